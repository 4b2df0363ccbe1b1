//! Aligned columns, and the few colours that we use. They are dropped where the output is no terminal.

use std::env;

use anstream::println;
use anstyle::{AnsiColor, Style};

/// Headings and headers.
pub(crate) const HEADING: Style = Style::new().bold();
/// What went well.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// What was left out.
pub(crate) const WARN: Style = AnsiColor::Yellow.on_default();
/// What went wrong.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();

/// The last column is never narrower than this, however little room there is.
const NARROWEST: usize = 24;

/// Prints a table under its heads, as wide as the terminal says (`COLUMNS`) or 110 columns.
pub(crate) fn print<const N: usize>(heads: [&str; N], rows: &[[String; N]]) {
    let width = env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse().ok())
        .unwrap_or(110);
    let mut lines = lines(heads, rows, width).into_iter();
    if let Some(head) = lines.next() {
        println!("{HEADING}{head}{HEADING:#}");
    }
    for line in lines {
        println!("{line}");
    }
}

/// A line for the heads and at least one for each row; the last column is wrapped to fit into the width.
fn lines<const N: usize>(heads: [&str; N], rows: &[[String; N]], width: usize) -> Vec<String> {
    let mut columns = heads.map(|head| head.chars().count());
    for row in rows {
        for (column, cell) in columns.iter_mut().zip(row) {
            *column = (*column).max(cell.chars().count());
        }
    }
    let indent: usize = columns
        .iter()
        .take(N.saturating_sub(1))
        .map(|column| column + 2)
        .sum();
    let room = width.saturating_sub(indent).max(NARROWEST);

    let mut lines = Vec::new();
    for row in [heads.map(str::to_owned)].iter().chain(rows) {
        let Some((last, cells)) = row.split_last() else {
            continue;
        };
        let mut line = String::new();
        for (cell, column) in cells.iter().zip(columns) {
            line.push_str(&format!("{cell:column$}  "));
        }
        let mut wrapped = wrap(last, room).into_iter();
        line.push_str(&wrapped.next().unwrap_or_default());
        lines.push(line.trim_end().to_owned());
        lines.extend(wrapped.map(|rest| format!("{:indent$}{rest}", "")));
    }
    lines
}

/// Breaks a text between words. A word that is too long stays whole: it may be something to copy.
fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row<const N: usize>(cells: [&str; N]) -> [String; N] {
        cells.map(str::to_owned)
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [
            row(["Deployment", "fn", "image:v1"]),
            row(["Service", "fn-svc", "80 → 8080"]),
        ];
        assert_eq!(
            lines(["KIND", "NAME", "WHAT"], &rows, 80),
            [
                "KIND        NAME    WHAT",
                "Deployment  fn      image:v1",
                "Service     fn-svc  80 → 8080",
            ]
        );
    }

    #[test]
    fn the_last_column_wraps_under_itself() {
        let rows = [row([
            "Ready",
            "the function has no image yet, and so no pod can start",
        ])];
        assert_eq!(
            lines(["TYPE", "MESSAGE"], &rows, 40),
            [
                "TYPE   MESSAGE",
                "Ready  the function has no image yet,",
                "       and so no pod can start"
            ]
        );
    }

    #[test]
    fn an_empty_last_cell_leaves_no_spaces() {
        assert_eq!(lines(["A", "B"], &[row(["x", ""])], 40), ["A  B", "x"]);
    }

    #[test]
    fn a_long_word_stays_whole() {
        let word = "f".repeat(50);
        assert_eq!(wrap(&format!("see {word} there"), 24), ["see", &word, "there"]);
    }
}
