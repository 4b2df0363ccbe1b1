//! What a pass found, and whether it is a request.

use std::borrow::Cow;

use metawasm_json::{quote, shorten};

use super::{Envelope, EnvelopeError};
use crate::hook::{ControllerKind, Hook, HookVersion};
use crate::object::{GroupKey, ObjectRef};

/// What was found.
#[derive(Default)]
pub(super) struct Found<'a> {
    /// The top-level keys.
    pub(super) roots: Vec<Cow<'a, str>>,
    pub(super) controller_kind: Option<Cow<'a, str>>,
    pub(super) version: HookVersion,
    pub(super) timeout: Option<Cow<'a, str>>,
    pub(super) api_version: Option<Cow<'a, str>>,
    pub(super) kind: Option<Cow<'a, str>>,
    pub(super) name: Option<Cow<'a, str>>,
    pub(super) namespace: Option<Cow<'a, str>>,
    pub(super) uid: Option<Cow<'a, str>>,
    pub(super) declared: Vec<GroupKey>,
    pub(super) observed: usize,
    pub(super) finalizing: bool,
    pub(super) etag: bool,
    pub(super) rolling: bool,
}

impl Found<'_> {
    /// The envelope, if all is there that must be.
    pub(super) fn envelope(self, hook: Hook, trimmed: String) -> Result<Envelope, EnvelopeError> {
        let kind = self.controller(hook)?;
        let root = if self.has("parent") { "parent" } else { "object" };
        let must = |field: Option<Cow<'_, str>>, path: &str, expected| {
            some(field).ok_or_else(|| EnvelopeError::Missing {
                pointer: format!("/{root}{path}"),
                expected,
            })
        };
        Ok(Envelope {
            kind,
            parent: ObjectRef {
                api_version: must(self.api_version, "/apiVersion", "the apiVersion of the parent")?,
                kind: must(self.kind, "/kind", "the kind of the parent")?,
                namespace: some(self.namespace),
                name: must(self.name, "/metadata/name", "the name of the parent")?,
                uid: some(self.uid).unwrap_or_default(),
            },
            declared: self.declared,
            observed: self.observed,
            finalizing: self.finalizing,
            version: self.version,
            timeout: some(self.timeout),
            etag: self.etag,
            rolling: self.rolling,
            trimmed,
        })
    }

    /// Whose request it is.
    fn controller(&self, hook: Hook) -> Result<ControllerKind, EnvelopeError> {
        use ControllerKind::{Composite, Decorator};
        const EXCLUSIVE: [(&str, &str); 4] = [
            ("parent", "object"),
            ("children", "attachments"),
            ("parent", "attachments"),
            ("object", "children"),
        ];
        if let Some((one, other)) = EXCLUSIVE
            .into_iter()
            .find(|(one, other)| self.has(one) && self.has(other))
        {
            return Err(EnvelopeError::Mixed { one, other });
        }
        if hook == Hook::Customize {
            return match self.controller_kind.as_deref() {
                _ if !self.has("parent") => Err(EnvelopeError::NoParent {
                    hook,
                    keys: self.key_list(),
                }),
                Some("DecoratorController") => Ok(Decorator),
                _ => Ok(Composite),
            };
        }
        let kind = match (self.has("parent"), self.has("object")) {
            (true, _) => Composite,
            (_, true) => Decorator,
            _ => {
                return Err(EnvelopeError::NoParent {
                    hook,
                    keys: self.key_list(),
                });
            }
        };
        let (parent, children) = (kind.parent_key(), kind.children_key());
        if !self.has(children) {
            return Err(EnvelopeError::NoChildren {
                hook,
                parent,
                children,
                keys: self.key_list(),
            });
        }
        Ok(kind)
    }

    fn has(&self, key: &str) -> bool {
        self.roots.iter().any(|root| root == key)
    }

    /// The top-level keys, as far as a sentence has room.
    fn key_list(&self) -> String {
        let keys: Vec<String> = self
            .roots
            .iter()
            .take(8)
            .map(|key| quote(&shorten(key, 30)))
            .collect();
        match (keys.len(), self.roots.len()) {
            (0, _) => "nothing".to_owned(),
            (shown, all) if shown < all => format!("{} and {} more", keys.join(", "), all - shown),
            _ => keys.join(", "),
        }
    }
}

/// An empty text is none, as Go leaves empty fields out.
fn some(field: Option<Cow<'_, str>>) -> Option<String> {
    field.filter(|text| !text.is_empty()).map(Cow::into_owned)
}
