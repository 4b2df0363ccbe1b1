//! An answer with its children.

use super::look::present;
use super::refusal::{Refusal, Rule};
use super::shape::Child;
use super::{Asked, shape};
use crate::json::Document;

/// An answer of which the rules for the whole hold.
pub(super) struct Answer<'a> {
    pub(super) document: Document<'a>,
    /// None for customize.
    pub(super) children: Vec<Child<'a>>,
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
