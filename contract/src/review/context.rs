//! What a review has to know of a request, and what comes of it.

use std::borrow::Cow;

use crate::apply::ApplyStrategy;
use crate::deletions::Deletions;
use crate::hook::{ControllerKind, Hook, HookVersion};
use crate::object::{GroupKey, ObjectRef};
use crate::scope::Scopes;

/// What was asked: what the review has to know of a request.
#[derive(Clone, Debug)]
pub struct ReviewContext<'r> {
    /// The hook.
    pub hook: Hook,
    /// Who asked.
    pub kind: ControllerKind,
    /// Of the hook.
    pub version: HookVersion,
    /// The parent.
    pub parent: &'r ObjectRef,
    /// The kinds that the controller declares.
    pub declared: &'r [GroupKey],
    /// Observed children.
    pub observed: usize,
    /// Whether the parent is going.
    pub finalizing: bool,
    /// Bytes of an answer at most.
    pub max_bytes: usize,
    /// How Metacontroller applies children.
    pub apply: ApplyStrategy,
    /// Scopes of kinds that Kubernetes does not own, the best source first.
    pub scopes: [Option<&'r Scopes>; 2],
    /// How many children may be deleted at once; `None` without a budget.
    pub deletions: Option<&'r Deletions>,
}

/// An answer that may go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reviewed<'a> {
    /// The plugin's own bytes when they are canonical.
    pub body: Cow<'a, str>,
    /// What was changed, for the log.
    pub notes: Vec<Note>,
}

/// Something in an answer that was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// JSON pointer of the first such place.
    pub pointer: String,
    /// What was done, and why.
    pub message: String,
    /// Places besides the first.
    pub more: usize,
}
