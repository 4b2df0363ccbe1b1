//! Reviewing the answer of a plugin.

use std::borrow::Cow;

use bytes::Bytes;
use metawasm_contract::{Deletions, Envelope, Hook, Note, ReviewContext, Reviewed, review};

use super::outcome::{Outcome, Who};
use super::rules::{Matched, Rules};
use crate::catalogue::Plugin;

/// A request whose plugin has answered.
pub(super) struct Answered<'a> {
    pub(super) hook: Hook,
    pub(super) envelope: &'a Envelope,
    pub(super) deletions: Option<&'a Deletions>,
    pub(super) who: Who,
    /// Bytes that the answer may have.
    pub(super) limit: usize,
    pub(super) plugin: &'a Plugin,
    pub(super) rules: &'a Rules,
}

impl Answered<'_> {
    /// Reviews the answer. Returns the outcome, what the review changed, and how many children do not match their
    /// schema.
    pub(super) fn reviewed(self, answer: String) -> (Outcome, Vec<Note>, usize) {
        let who = self.who;
        let options = self.rules.options();
        let context = ReviewContext {
            apply: options.apply,
            scopes: [Some(options.schemas.scopes()), Some(&self.plugin.scopes)],
            deletions: self.deletions,
            ..ReviewContext::new(self.hook, self.envelope, self.limit)
        };
        let (rewritten, notes) = match review(&answer, &context) {
            Ok(Reviewed {
                body: Cow::Owned(body),
                notes,
            }) => (Some(body), notes),
            Ok(Reviewed { notes, .. }) => (None, notes),
            Err(violation) => return (Outcome::Refused { who, violation }, Vec::new(), 0),
        };
        let body = rewritten.unwrap_or(answer);
        let key = (self.hook != Hook::Customize).then(|| context.kind.children_key());
        let matched = key.map_or_else(Matched::default, |key| self.rules.matched(&body, key, &who));
        if let Some(violation) = matched.violation {
            return (
                Outcome::Refused { who, violation },
                Vec::new(),
                matched.mismatched,
            );
        }
        let outcome = Outcome::Answer {
            // Without the room that it does not use: it may be kept for long.
            body: Bytes::from(body.into_boxed_str().into_boxed_bytes()),
            etag: None,
        };
        (outcome, notes, matched.mismatched)
    }
}
