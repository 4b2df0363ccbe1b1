//! How data is shown to a person.

use anstyle::{AnsiColor, Style};
use metawasm_formats::text::{Escaped, on_terminal};
use serde_json::Value;

/// Headings of tables.
pub(super) const HEADING: Style = Style::new().bold();
/// The word before a complaint.
pub(super) const ERROR: Style = AnsiColor::Red.on_default().bold();
/// The word before a warning.
pub(super) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const WAITING: Style = AnsiColor::Yellow.on_default();
const BAD: Style = AnsiColor::Red.on_default();
/// Notes that are not data.
pub(super) const NOTE: Style = Style::new().dimmed();

/// Columns as wide as their widest cell, the last one as it comes. `style` colours the cell of a row and a column.
pub(super) fn table(
    heading: &[&str],
    rows: &[Vec<String>],
    style: impl Fn(&[String], usize) -> Style,
) -> String {
    let columns = heading.len();
    let cells = |column: usize| rows.iter().filter_map(move |row| row.get(column));
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            let title = heading.get(column).map_or(0, |title| title.len());
            cells(column)
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
                .max(title)
        })
        .collect();
    let last: usize = widths
        .iter()
        .take(columns.saturating_sub(1))
        .map(|width| width + GAP)
        .sum();
    let room = terminal_width().map_or(usize::MAX, |width| width.saturating_sub(last).max(NARROW));
    let mut text = String::new();
    let mut line = |cells: Vec<(&str, Style)>| {
        // Nothing follows the last cell that is not empty, spaces neither.
        let full = cells
            .iter()
            .rposition(|(cell, _)| !cell.is_empty())
            .map_or(0, |last| last + 1);
        for (column, (cell, style)) in cells.iter().enumerate().take(full) {
            if column + 1 < full {
                let width = widths.get(column).copied().unwrap_or(0);
                let space = " ".repeat(width.saturating_sub(cell.chars().count()) + GAP);
                text.push_str(&format!("{style}{cell}{style:#}{space}"));
            } else if column + 1 < columns {
                text.push_str(&format!("{style}{cell}{style:#}"));
            } else {
                let lines = wrapped(cell, room).join(&format!("\n{}", " ".repeat(last)));
                text.push_str(&format!("{style}{lines}{style:#}"));
            }
        }
        text.push('\n');
    };
    line(heading.iter().map(|title| (*title, HEADING)).collect());
    for row in rows {
        let cells = row.iter().enumerate();
        line(
            cells
                .map(|(column, cell)| (cell.as_str(), style(row, column)))
                .collect(),
        );
    }
    text
}

/// Spaces between columns.
const GAP: usize = 3;
/// The least width of a wrapped column.
const NARROW: usize = 40;

/// Returns the width of the terminal, if standard output is one.
fn terminal_width() -> Option<usize> {
    let (width, _) = terminal_size::terminal_size_of(std::io::stdout())?;
    Some(usize::from(width.0))
}

/// Splits a text between words into lines of at most `width` characters. A longer word has a line of its own.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Children and conditions of an answer as two tables. `observed` says whether children were observed.
pub(super) fn summary(answer: &Value, observed: bool) -> String {
    let text = |value: &Value, pointer: &str| {
        value
            .pointer(pointer)
            .and_then(Value::as_str)
            .map(|text| Escaped(text).to_string())
            .unwrap_or_default()
    };
    let list = |field: &str| answer.get(field).and_then(Value::as_array);
    let mut out = String::new();
    let children = list("children").or_else(|| list("attachments"));
    if let Some(children) = children {
        let rows: Vec<Vec<String>> = children
            .iter()
            .map(|child| {
                vec![
                    text(child, "/kind"),
                    text(child, "/metadata/name"),
                    text(child, "/apiVersion"),
                ]
            })
            .collect();
        out.push_str(&table(&["KIND", "NAME", "APIVERSION"], &rows, |_, _| {
            Style::new()
        }));
        if rows.is_empty() {
            out.push_str("(no children)\n");
        }
    }
    let conditions = answer.pointer("/status/conditions").and_then(Value::as_array);
    if let Some(conditions) = conditions {
        let rows: Vec<Vec<String>> = conditions
            .iter()
            .map(|condition| {
                ["/type", "/status", "/reason", "/message"]
                    .map(|field| text(condition, field))
                    .into()
            })
            .collect();
        out.push('\n');
        out.push_str(&table(
            &["CONDITION", "STATUS", "REASON", "MESSAGE"],
            &rows,
            |row, column| match (column, row) {
                (1, [_, status, reason, ..]) => state(status, reason),
                _ => Style::new(),
            },
        ));
        let waits = rows
            .iter()
            .any(|row| matches!(&**row, [_, status, ..] if status != "True"));
        if !observed && waits {
            out.push_str(&format!(
                "{NOTE}(no child is observed yet; --observed FILE shows later states){NOTE:#}\n"
            ));
        }
    }
    if out.is_empty() {
        out = on_terminal(&serde_json::to_string_pretty(answer).unwrap_or_default()).into_owned();
        out.push('\n');
    }
    out
}

/// The colour of a condition. False is only bad if something failed: before children are observed, most conditions are
/// False or Unknown.
fn state(status: &str, reason: &str) -> Style {
    const FAILED: [&str; 7] = [
        "Invalid", "Fail", "Error", "Refused", "Rejected", "Denied", "Timeout",
    ];
    match status {
        "True" => GOOD,
        _ if FAILED.iter().any(|word| reason.contains(word)) => BAD,
        "False" | "Unknown" => WAITING,
        _ => Style::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_summary_lines_up_its_columns() {
        let answer = json!({
            "children": [
                {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "f"}},
                {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "f-svc"}},
            ],
            "status": {"conditions": [{"type": "Ready", "status": "False", "reason": "R", "message": "m"}]},
        });
        let plain = anstream::adapter::strip_str(&summary(&answer, true)).to_string();
        insta::assert_snapshot!(plain, @r"
        KIND         NAME    APIVERSION
        Deployment   f       apps/v1
        Service      f-svc   v1

        CONDITION   STATUS   REASON   MESSAGE
        Ready       False    R        m
        ");
    }

    #[test]
    fn long_texts_are_wrapped_between_words() {
        assert_eq!(wrapped("a bb ccc dddd", 6), ["a bb", "ccc", "dddd"]);
        assert_eq!(wrapped("a  b", 80), ["a  b"]);
        assert_eq!(wrapped("longer-than-that x", 6), ["longer-than-that", "x"]);
        assert_eq!(wrapped("", 6), [""]);
    }

    #[test]
    fn a_condition_is_red_only_if_something_failed() {
        for (status, reason, style) in [
            ("True", "Ready", GOOD),
            ("False", "Invalid", BAD),
            ("False", "BuildFailed", BAD),
            ("False", "DeploymentMissing", WAITING),
            ("Unknown", "NotObserved", WAITING),
            ("Maybe", "x", Style::new()),
        ] {
            assert_eq!(state(status, reason), style, "{status} {reason}");
        }
    }

    #[test]
    fn an_answer_without_children_says_so() {
        let plain = anstream::adapter::strip_str(&summary(&json!({"children": []}), false)).to_string();
        assert!(plain.ends_with("(no children)\n"), "{plain}");
    }
}
