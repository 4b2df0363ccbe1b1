//! An answer with its children.

use metawasm_json::Document;

use super::context::ReviewContext;
use super::look::present;
use super::shape;
use super::shape::Child;
use super::violation::{Rule, Violation};

/// An answer of which the rules for the whole hold.
pub(super) struct Answer<'a> {
    pub(super) document: Document<'a>,
    /// None for customize.
    pub(super) children: Vec<Child<'a>>,
}

impl<'a> Answer<'a> {
    pub(super) fn read(document: Document<'a>, context: &ReviewContext<'_>) -> Result<Self, Violation> {
        let list = context
            .children_key()
            .and_then(|key| present(&document, document.root(), key));
        let children = match list.map(|list| shape::read(&document, list)).transpose() {
            Ok(children) => children.unwrap_or_default(),
            Err(broken) => return Err(broken.refuse(Rule::ChildShape, &document)),
        };
        Ok(Self { document, children })
    }
}
