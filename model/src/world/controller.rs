//! The controller of a world: the CompositeController or DecoratorController, and the kinds that it declares.

use std::fmt;

use metawasm_contract::{ControllerKind, Hook, HookVersion};
use serde_json::Value;

use crate::finalizer;
use crate::object::{Id, text};

/// How a kind of children is updated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// Never.
    OnDelete,
    /// By deleting it.
    Recreate,
    /// By writing it.
    #[default]
    InPlace,
}

/// A kind of children that a controller declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChildKind {
    /// `apps/v1`.
    pub api_version: String,
    /// `Deployment`.
    pub kind: String,
    /// `deployments`.
    pub resource: String,
    /// How it is updated.
    pub method: Method,
}

/// A controller: the object, and what it says.
#[derive(Clone, Debug)]
pub struct Controller {
    pub(super) object: Value,
    pub(super) of: ControllerKind,
    pub(super) name: String,
    pub(super) children: Vec<ChildKind>,
}

/// Reasons why there can be no such world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAController(String);

impl fmt::Display for NotAController {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "invalid controller kind {:?}; expected CompositeController or DecoratorController",
            self.0
        )
    }
}

impl std::error::Error for NotAController {}

impl Controller {
    /// A controller of a CompositeController or DecoratorController object and the kinds that it declares.
    ///
    /// # Errors
    ///
    /// The object is of another kind.
    pub fn new(object: Value, children: Vec<ChildKind>) -> Result<Self, NotAController> {
        let of = match text(&object, "/kind").as_str() {
            "CompositeController" => ControllerKind::Composite,
            "DecoratorController" => ControllerKind::Decorator,
            other => return Err(NotAController(other.to_owned())),
        };
        Ok(Self {
            of,
            name: text(&object, "/metadata/name"),
            children,
            object,
        })
    }

    /// Returns its kind.
    pub fn of(&self) -> ControllerKind {
        self.of
    }

    pub(super) fn has(&self, hook: Hook) -> bool {
        let hook = self.object.pointer(&format!("/spec/hooks/{}", hook.as_str()));
        hook.is_some_and(Value::is_object)
    }

    pub(super) fn version(&self, hook: Hook) -> HookVersion {
        let version = text(&self.object, &format!("/spec/hooks/{}/version", hook.as_str()));
        if version == "v2" {
            HookVersion::V2
        } else {
            HookVersion::V1
        }
    }

    pub(super) fn generates_selector(&self) -> bool {
        self.object.pointer("/spec/generateSelector") == Some(&Value::Bool(true))
    }

    pub(super) fn kind_of(&self, id: &Id) -> Option<&ChildKind> {
        let mut kinds = self.children.iter();
        kinds.find(|kind| kind.api_version == id.api_version && kind.kind == id.kind)
    }

    pub(super) fn declared(&self) -> Vec<(String, String)> {
        let kinds = self.children.iter();
        kinds
            .map(|kind| (kind.api_version.clone(), kind.kind.clone()))
            .collect()
    }

    pub(super) fn finalizer(&self) -> String {
        finalizer::name(self.of, &self.name)
    }
}
