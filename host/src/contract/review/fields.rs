//! Only the fields of this hook kind.
//!
//! A v1 hook's `Children` would be ignored: an answer without children, which deletes them all.

use super::Asked;
use super::refusal::Broken;
use crate::contract::hook::{ControllerKind, Hook};
use crate::contract::json::{Document, quote};

/// The fields of an answer.
pub(super) fn known(asked: &Asked<'_>) -> &'static [&'static str] {
    match (asked.hook, asked.kind) {
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

pub(super) fn check(document: &Document<'_>, asked: &Asked<'_>) -> Result<(), Broken> {
    let known = known(asked);
    for (key, _) in document.members(document.root()) {
        if !known.iter().any(|name| document.says(key, name)) {
            let text = document.text(key);
            let (hook, kind) = (asked.hook, asked.kind);
            return Err(Broken::at(
                key,
                format!("{} {}", unknown(&text, known), expected(hook, kind, known)),
            ));
        }
    }
    Ok(())
}

/// `is unknown; did you mean "children"?`
pub(super) fn unknown(text: &str, known: &[&str]) -> String {
    match alike(text, known) {
        Some(name) => format!("is no known field; did you mean {}?", quote(name)),
        None => "is no known field.".to_owned(),
    }
}

fn expected(hook: Hook, kind: ControllerKind, known: &[&str]) -> String {
    format!("A {kind}'s {hook} answers with {}", known.join(", "))
}

/// The known name that was meant: the same but for case and punctuation, or two slips away.
fn alike<'k>(text: &str, known: &[&'k str]) -> Option<&'k str> {
    if text.len() > 40 {
        return None;
    }
    let plain = |text: &str| {
        text.chars()
            .filter(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_ascii_lowercase()
    };
    let text = plain(text);
    known
        .iter()
        .map(|name| (slips(text.as_bytes(), plain(name).as_bytes()), *name))
        .filter(|&(slips, name)| slips <= 2 && slips * 3 < name.len())
        .min()
        .map(|(_, name)| name)
}

/// Levenshtein's distance.
fn slips(one: &[u8], other: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, a) in one.iter().enumerate() {
        let mut diagonal = line;
        let mut left = line + 1;
        for (cell, b) in row.iter_mut().skip(1).zip(other) {
            let best = (diagonal + usize::from(a != b)).min(left + 1).min(*cell + 1);
            diagonal = std::mem::replace(cell, best);
            left = best;
        }
        if let Some(first) = row.first_mut() {
            *first = line + 1;
        }
    }
    row.last().copied().unwrap_or(one.len())
}
