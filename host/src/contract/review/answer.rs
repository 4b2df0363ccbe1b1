//! An answer with its children.

use std::borrow::Cow;

use super::refusal::{Refusal, Rule};
use super::{Asked, shape};
use crate::contract::json::{Document, Kind, NodeId};

/// An answer of which the rules for the whole hold.
pub(super) struct Answer<'a> {
    pub(super) document: Document<'a>,
    /// None for customize.
    pub(super) children: Vec<Child<'a>>,
}

/// An object that should exist.
pub(super) struct Child<'a> {
    pub(super) at: NodeId,
    pub(super) metadata: NodeId,
    pub(super) api_version: Cow<'a, str>,
    pub(super) kind: Cow<'a, str>,
    /// As written; an empty one is none.
    pub(super) namespace: Option<Cow<'a, str>>,
    pub(super) name: Cow<'a, str>,
}

impl<'a> Answer<'a> {
    pub(super) fn read(document: Document<'a>, asked: &Asked<'_>) -> Result<Self, Refusal> {
        let list = asked
            .children_key()
            .and_then(|key| present(&document, document.root(), key));
        let children = match list.map(|list| shape::read(&document, list)).transpose() {
            Ok(children) => children.unwrap_or_default(),
            Err(broken) => return Err(broken.refuse(Rule::ChildShape, &document)),
        };
        Ok(Self { document, children })
    }
}

/// The value of a key, unless it is null, which goes.
pub(super) fn present(document: &Document<'_>, object: NodeId, key: &str) -> Option<NodeId> {
    document
        .get(object, key)
        .filter(|&value| document.kind(value) != Kind::Null)
}
