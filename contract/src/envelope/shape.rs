//! Where the host looks in a request, and for what.

use crate::hook::Hook;
use crate::object::{is_api_version, is_kind, is_label, is_object_name, is_uid};

/// Where the pass is, as far as the host looks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Root,
    Controller,
    Spec,
    Hooks,
    Hook,
    Webhook,
    Etag,
    Parent,
    Metadata,
    Groups,
    Group,
    /// Somewhere that only the view looks at.
    Any,
}

/// What the host wants of a member.
#[derive(Clone, Copy)]
pub(super) enum Want {
    Nothing,
    /// It must be an object.
    Object(Shape),
    /// It must be an object, or null, which Go writes for an empty map.
    Map(Shape),
    Text(Field),
    Bool(Flag),
    /// The kinds of children, of which only the update strategies are of interest.
    Strategies,
}

#[derive(Clone, Copy)]
pub(super) enum Flag {
    Finalizing,
    /// Null, which is none, is let pass.
    Etag,
}

#[derive(Clone, Copy)]
pub(super) enum Field {
    ControllerKind,
    Version,
    Timeout,
    ApiVersion,
    Kind,
    Name,
    Namespace,
    Uid,
}

impl Field {
    /// What is expected, where the text is not what Kubernetes allows there. These texts get into logs, Events and
    /// traces, so that their size is bounded here.
    pub(super) fn refuses(self, text: &str) -> Option<&'static str> {
        let (is_good, expected) = match self {
            Self::ApiVersion => (is_api_version(text), "an apiVersion like \"apps/v1\" or \"v1\""),
            Self::Kind => (is_kind(text), "a kind like \"Function\""),
            Self::Name => (
                is_object_name(text),
                "the name of an object: at most 253 bytes, without slashes, percent signs and control characters",
            ),
            Self::Namespace => (
                is_label(text),
                "the name of a namespace: at most 63 lower-case letters, digits and, in between, hyphens",
            ),
            Self::Uid => (is_uid(text), "a uid of at most 128 printable ASCII characters"),
            Self::ControllerKind | Self::Version | Self::Timeout => return None,
        };
        (!is_good).then_some(expected)
    }
}

impl Shape {
    /// What the host wants of a member of an object of this shape.
    pub(super) fn want(self, key: &str, hook: Hook) -> Want {
        match (self, key) {
            (Self::Root, "controller") => Want::Map(Self::Controller),
            (Self::Root, "parent" | "object") => Want::Object(Self::Parent),
            (Self::Root, "children" | "attachments") => Want::Map(Self::Groups),
            (Self::Root, "finalizing") => Want::Bool(Flag::Finalizing),
            (Self::Controller, "kind") => Want::Text(Field::ControllerKind),
            (Self::Controller, "spec") => Want::Map(Self::Spec),
            (Self::Spec, "hooks") => Want::Map(Self::Hooks),
            (Self::Spec, "childResources" | "attachments") => Want::Strategies,
            (Self::Hooks, name) if name == hook.as_str() => Want::Map(Self::Hook),
            (Self::Hook, "version") => Want::Text(Field::Version),
            (Self::Hook, "webhook") => Want::Map(Self::Webhook),
            (Self::Webhook, "timeout") => Want::Text(Field::Timeout),
            (Self::Webhook, "etag") => Want::Map(Self::Etag),
            (Self::Etag, "enabled") => Want::Bool(Flag::Etag),
            (Self::Parent, "apiVersion") => Want::Text(Field::ApiVersion),
            (Self::Parent, "kind") => Want::Text(Field::Kind),
            (Self::Parent, "metadata") => Want::Object(Self::Metadata),
            (Self::Metadata, "name") => Want::Text(Field::Name),
            (Self::Metadata, "namespace") => Want::Text(Field::Namespace),
            (Self::Metadata, "uid") => Want::Text(Field::Uid),
            (Self::Groups, _) => Want::Map(Self::Group),
            (Self::Group, _) => Want::Object(Self::Any),
            _ => Want::Nothing,
        }
    }
}
