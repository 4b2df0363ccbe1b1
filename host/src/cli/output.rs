//! How data is shown to a person.

use anstyle::{AnsiColor, Style};
use metawasm_formats::text::{Escaped, on_terminal};
use serde_json::Value;

/// Headings of tables.
pub(super) const HEADING: Style = Style::new().bold();
/// The word before a complaint.
pub(super) const ERROR: Style = AnsiColor::Red.on_default().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();

/// Columns as wide as their widest cell, the last one as it comes. `style` colours the cells of
/// a row, by column.
pub(super) fn table(heading: &[&str], rows: &[Vec<String>], style: impl Fn(&str) -> Style) -> String {
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
    let mut text = String::new();
    let mut line = |cells: Vec<(&str, Style)>| {
        for (column, (cell, style)) in cells.iter().enumerate() {
            text.push_str(&format!("{style}{cell}{style:#}"));
            if column + 1 < columns {
                let width = widths.get(column).copied().unwrap_or(0);
                text.push_str(&" ".repeat(width.saturating_sub(cell.chars().count()) + 3));
            }
        }
        text.push('\n');
    };
    line(heading.iter().map(|title| (*title, HEADING)).collect());
    for row in rows {
        line(row.iter().map(|cell| (cell.as_str(), style(cell))).collect());
    }
    text
}

/// Children and conditions of an answer as two tables.
pub(super) fn summary(answer: &Value) -> String {
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
        out.push_str(&table(&["KIND", "NAME", "APIVERSION"], &rows, |_| Style::new()));
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
            |cell| match cell {
                "True" => GOOD,
                "False" => BAD,
                _ => Style::new(),
            },
        ));
    }
    if out.is_empty() {
        out = on_terminal(&serde_json::to_string_pretty(answer).unwrap_or_default()).into_owned();
        out.push('\n');
    }
    out
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
        let plain = anstream::adapter::strip_str(&summary(&answer)).to_string();
        insta::assert_snapshot!(plain, @r"
        KIND         NAME    APIVERSION
        Deployment   f       apps/v1
        Service      f-svc   v1

        CONDITION   STATUS   REASON   MESSAGE
        Ready       False    R        m
        ");
    }

    #[test]
    fn an_answer_without_children_says_so() {
        let plain = anstream::adapter::strip_str(&summary(&json!({"children": []}))).to_string();
        assert!(plain.ends_with("(no children)\n"), "{plain}");
    }
}
