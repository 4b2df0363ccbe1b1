//! A part of a runtime: one child, or several of one kind.

use std::borrow::Cow;

use super::child::Child;
use crate::formats::json::Object;
use crate::formats::notes::Notes;
use crate::kinds::Kind;
use crate::plan::decisions::Plan;

/// What a runtime lists. Its names are known without the children being made.
pub(crate) struct Part {
    pub(crate) kind: &'static Kind,
    /// The names of the children; empty while there is nothing to make.
    pub(crate) names: for<'a> fn(&'a Plan<'a>) -> Vec<Cow<'a, str>>,
    /// Makes the children, in the order of their names.
    pub(super) make: for<'a> fn(&'a Plan<'a>, &mut Making<'a, '_>),
}

/// The children of a Function while they are made.
pub(crate) struct Making<'a, 'n> {
    /// The user's pod spec. The part that runs the function takes it.
    pub(super) template: Object<'a>,
    pub(super) notes: &'n mut Notes,
    pub(super) children: Vec<Child<'a>>,
}

/// The one name of a part.
pub(super) fn named(name: &str) -> Vec<Cow<'_, str>> {
    vec![Cow::Borrowed(name)]
}
