//! What an answer must be before Metacontroller sees it.
//!
//! A 200 is a promise. Metacontroller deletes every child that an answer does not name, dies
//! of a `null` in a list, and calls again at once when an answer undoes itself. So an answer
//! is checked by `WHOLE`, its children by `CHILDREN`, and what it says is written as
//! the API server would write it (`canonical`). All rules hold for v1 and v2 hooks alike: v1
//! ignores what v2 refuses, and what it ignores deletes children.
//!
//! What breaks no rule and is written so already, as nearly all is, is seen in one look (`pass`).
//!
//! A new rule is a file with a `check`, a [`Rule`] and a line in one of the tables; `pass` must
//! know it too, and the tests ask for an answer that breaks it.

mod absent;
mod answer;
mod budget;
mod canonical;
mod compared;
mod context;
mod declared;
mod decoration;
mod fields;
mod identity;
mod keys;
mod lists;
mod look;
mod loops;
mod merge;
mod namespace;
mod numbers;
mod related;
mod scalars;
mod scan;
mod selector;
mod shape;
mod size;
#[cfg(test)]
mod tests;
mod violation;

use std::borrow::Cow;
use std::fmt;

use answer::Answer;
pub use context::{Note, ReviewContext, Reviewed};
use metawasm_json::{Document, Kind};
use violation::Broken;
pub use violation::{Rule, Violation};

use super::apply::ApplyStrategy;
use super::envelope::Envelope;
use super::hook::Hook;

/// A rule for an answer.
type WholeCheck = fn(&Document<'_>, &ReviewContext<'_>) -> Result<(), Broken>;
/// A rule for the children of an answer to sync or finalize.
type ChildrenCheck = fn(&Answer<'_>, &ReviewContext<'_>) -> Result<(), Broken>;

/// In order: a rule may rely on those before it.
const WHOLE: &[(Rule, WholeCheck)] = &[
    (Rule::Fields, fields::check),
    (Rule::DuplicateKey, keys::check),
    (Rule::NullElement, lists::check),
    (Rule::Number, numbers::check),
    (Rule::Status, scalars::status),
    (Rule::ResyncAfter, scalars::resync_after),
    (Rule::Finalized, scalars::finalized),
    (Rule::Decoration, decoration::check),
    (Rule::AbsentChildren, absent::check),
    (Rule::RelatedResources, related::check),
];

/// In order. The first, the shape of a child, is [`Answer::read`].
const CHILDREN: &[(Rule, ChildrenCheck)] = &[
    (Rule::UndeclaredKind, declared::check),
    (Rule::Namespace, namespace::check),
    (Rule::Loop, loops::check),
    (Rule::DuplicateIdentity, identity::check),
    (Rule::MergeKey, merge::check),
    (Rule::Deletions, budget::check),
    (Rule::Size, size::check),
];

/// Reviews an answer.
///
/// # Guarantees
///
/// What comes out is one JSON object that Metacontroller takes, that keeps every child it does
/// not mean to delete, and that comes out of another review unchanged.
///
/// # Errors
///
/// [`Violation`]: the first rule that is broken, where, and what to do about it.
pub fn review<'a>(answer: &'a str, context: &ReviewContext<'_>) -> Result<Reviewed<'a>, Violation> {
    if scan::is_as_it_is(answer, context) {
        return Ok(Reviewed {
            body: Cow::Borrowed(answer),
            notes: Vec::new(),
        });
    }
    by_rules(answer, context)
}

/// The slow way: by the tables.
fn by_rules<'a>(answer: &'a str, context: &ReviewContext<'_>) -> Result<Reviewed<'a>, Violation> {
    let whole = |rule, message| Violation {
        rule,
        pointer: String::new(),
        message,
    };
    if answer.len() > context.max_bytes {
        let (is, most) = (answer.len(), context.max_bytes);
        return Err(whole(
            Rule::Size,
            format!("the answer has {is} bytes; the limit is {most}"),
        ));
    }
    let document = Document::parse(answer)
        .map_err(|error| whole(Rule::Json, format!("the answer is not JSON: {error}")))?;
    let kind = document.kind(document.root());
    if kind != Kind::Object {
        let expected = fields::known(context).join(", ");
        return Err(whole(
            Rule::Json,
            format!(
                "the answer is {}; expected an object with {expected}",
                kind.name()
            ),
        ));
    }
    for &(rule, check) in WHOLE {
        check(&document, context).map_err(|broken| broken.refuse(rule, &document))?;
    }
    let answer = Answer::read(document, context)?;
    for &(rule, check) in CHILDREN {
        check(&answer, context).map_err(|broken| broken.refuse(rule, &answer.document))?;
    }
    Ok(canonical::write(&answer, context))
}

impl<'r> ReviewContext<'r> {
    /// What a request asks. Answers may have at most `max_bytes`; Metacontroller applies as it does by default,
    /// no scopes are known but those of Kubernetes' kinds, and there is no deletion budget.
    pub fn new(hook: Hook, envelope: &'r Envelope, max_bytes: usize) -> Self {
        Self {
            hook,
            kind: envelope.kind,
            version: envelope.version,
            parent: &envelope.parent,
            declared: &envelope.declared,
            observed: envelope.observed,
            finalizing: envelope.finalizing,
            max_bytes,
            apply: ApplyStrategy::default(),
            scopes: [None; 2],
            deletions: None,
        }
    }

    /// The answer's key of the children; `None` for customize.
    fn children_key(&self) -> Option<&'static str> {
        (self.hook != Hook::Customize).then(|| self.kind.children_key())
    }
}

/// `/finalized: dropped: …`.
impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.pointer, self.message)?;
        match self.more {
            0 => Ok(()),
            more => write!(f, " (and {more} more)"),
        }
    }
}
