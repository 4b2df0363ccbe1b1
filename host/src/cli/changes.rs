//! How changes of fields are shown to a person.

use anstyle::{AnsiColor, Style};
use metawasm_formats::text::{Escaped, cut, shown};
use serde_json::Value;

use crate::compare::{Change, ChildChange, Comparison, FieldChange, hidden};

/// What is added, or well.
pub(super) const GOOD: Style = AnsiColor::Green.on_default();
/// What is deleted, or wrong.
pub(super) const BAD: Style = AnsiColor::Red.on_default();
/// What is changed.
pub(super) const CHANGED: Style = AnsiColor::Yellow.on_default();
/// Notes that are not data.
pub(super) const NOTE: Style = Style::new().dimmed();

/// Bytes of a value.
const VALUE: usize = 120;
/// Bytes of a path.
const PATH: usize = 300;

/// Returns a change in one line: `spec.replicas: 1 → 2`.
pub(super) fn change(field: &FieldChange) -> String {
    let path = shown(&field.path, PATH);
    match (&field.old, &field.new) {
        (Some(old), Some(new)) => format!("{path}: {} → {}", value(old), value(new)),
        (None, Some(new)) => format!("{path}: added {}", value(new)),
        (Some(old), None) => format!("{path}: removed {}", value(old)),
        (None, None) => path,
    }
}

/// Returns a number with its noun: `1 step`, `2 steps`.
pub(super) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// Returns a value in one line.
pub(super) fn value(value: &Value) -> String {
    let text = value.to_string();
    let text = cut(&text, VALUE);
    Escaped(&text).to_string()
}

/// Differences in lines without styles, at most so many.
pub(super) fn lines(difference: &Comparison, most: usize) -> Vec<String> {
    let difference = hidden(difference);
    let of_child = |child: &ChildChange| match &child.change {
        Change::Added(_) => vec![format!("{}: added", child.child)],
        Change::Removed(_) => vec![format!("{}: no longer asked for", child.child)],
        Change::Changed(fields) => fields
            .iter()
            .map(|field| format!("{} {}", child.child, change(field)))
            .collect(),
    };
    let mut lines: Vec<String> = difference.children.iter().flat_map(of_child).collect();
    lines.extend(difference.fields.iter().map(change));
    let more = lines.len().saturating_sub(most);
    lines.truncate(most);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines
}
