//! Only the fields of this hook kind.
//!
//! A v1 hook's `Children` would be ignored: an answer without children, which deletes them all.

use metawasm_formats::nearest::nearest;
use metawasm_json::{Document, quote};

use super::context::ReviewContext;
use super::violation::Broken;
use crate::hook::{ControllerKind, Hook};

/// The fields of an answer.
pub(super) fn known(context: &ReviewContext<'_>) -> &'static [&'static str] {
    match (context.hook, context.kind) {
        (Hook::Customize, _) => &["relatedResources"],
        (_, ControllerKind::Composite) => &["status", "children", "resyncAfterSeconds", "finalized"],
        (_, ControllerKind::Decorator) => &[
            "labels",
            "annotations",
            "status",
            "attachments",
            "resyncAfterSeconds",
            "finalized",
        ],
    }
}

pub(super) fn check(document: &Document<'_>, context: &ReviewContext<'_>) -> Result<(), Broken> {
    let known = known(context);
    for (key, _) in document.members(document.root()) {
        if !known.iter().any(|name| document.says(key, name)) {
            let text = document.text(key);
            let (hook, kind) = (context.hook, context.kind);
            return Err(Broken::at(
                key,
                format!("{} {}", unknown(&text, known), expected(hook, kind, known)),
            ));
        }
    }
    Ok(())
}

/// Returns `is an unknown field; did you mean "children"?`
pub(super) fn unknown(text: &str, known: &[&str]) -> String {
    match nearest(text, &mut known.iter().copied()) {
        Some(name) => format!("is an unknown field; did you mean {}?", quote(name)),
        None => "is an unknown field.".to_owned(),
    }
}

fn expected(hook: Hook, kind: ControllerKind, known: &[&str]) -> String {
    format!("A {kind}'s {hook} answers with {}", known.join(", "))
}
