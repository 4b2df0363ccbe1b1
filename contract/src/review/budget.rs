//! An answer deletes no more of the observed children than its plugin's budget allows, unless the parent is being
//! deleted or a person has allowed it with an annotation of the parent.

use std::collections::HashSet;

use metawasm_json::{quote, shorten};

use super::answer::Answer;
use super::context::ReviewContext;
use super::identity::{Identity, identity};
use super::violation::Broken;
use crate::deletions::{ALLOW, Deletions, UNTIL_REMOVED};

/// Children that a sentence names.
const NAMED: usize = 5;

pub(super) fn check(answer: &Answer<'_>, context: &ReviewContext<'_>) -> Result<(), Broken> {
    let Some(deletions) = in_force(context) else {
        return Ok(());
    };
    let kept: Vec<Identity<'_>> = answer
        .children
        .iter()
        .map(|child| identity(child, context))
        .collect();
    match beyond(&kept, deletions) {
        None => Ok(()),
        Some(sentence) => {
            let root = answer.document.root();
            Err(Broken::below(root, context.kind.children_key(), sentence))
        }
    }
}

/// Whether an answer with these children is within the budget.
pub(super) fn is_within(kept: &[Identity<'_>], context: &ReviewContext<'_>) -> bool {
    in_force(context).is_none_or(|deletions| beyond(kept, deletions).is_none())
}

fn in_force<'r>(context: &ReviewContext<'r>) -> Option<&'r Deletions> {
    context.deletions.filter(|_| !context.finalizing)
}

fn beyond(kept: &[Identity<'_>], deletions: &Deletions) -> Option<String> {
    let kept: HashSet<&Identity<'_>> = kept.iter().collect();
    let going = deletions.beyond(|child| kept.contains(&child))?;
    let named: Vec<String> = going
        .iter()
        .take(NAMED)
        .map(|child| shorten(&child.to_string(), 90).into_owned())
        .collect();
    let more = match going.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let (value, all, budget) = (deletions.allowing(), deletions.observed(), deletions.budget());
    let other = match deletions.other_value() {
        Some(other) => format!(" (it is {} now)", quote(other)),
        None => String::new(),
    };
    let ends = if value == UNTIL_REMOVED {
        "remove the annotation afterwards"
    } else {
        "it ends with the next edit of the spec"
    };
    Some(format!(
        "would delete {} of {all} observed children, and the deletion budget is {budget}: {}{more}. To allow it, \
         annotate the parent with {ALLOW}: {value:?}{other}; {ends}",
        going.len(),
        named.join(", "),
    ))
}
