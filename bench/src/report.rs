//! The table, for a terminal and for the documentation.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};

use crate::figure::Figure;
use metawasm_tests::machine;

const BEGIN: &str = "<!-- figures: written by `cargo xtask bench --write` -->\n\n";
const END: &str = "\n<!-- end of figures -->";

/// The figures as Markdown, which a terminal shows as well.
pub(crate) fn table(figures: &[Figure]) -> String {
    let mut table = String::from("| figure | measured | target | result | note |\n|---|---|---|---|---|\n");
    for figure in figures {
        let reached = match figure.reached() {
            Some(true) => "reached",
            Some(false) => "**falls short**",
            None => "",
        };
        let Figure { name, bar, note, .. } = figure;
        // Writing to a string never fails.
        writeln!(
            table,
            "| {name} | {} | {bar} | {reached} | {note} |",
            figure.shown()
        )
        .ok();
    }
    table
}

/// Puts the table into the documentation.
pub(crate) fn write(figures: &[Figure]) -> Result<()> {
    let path = metawasm_tests::root().join("docs/performance.md");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let (before, rest) = text
        .split_once(BEGIN)
        .context("docs/performance.md has no start marker of the figures")?;
    let (_, after) = rest
        .split_once(END)
        .context("docs/performance.md has no end marker of the figures")?;
    let text = format!(
        "{before}{BEGIN}{}\n{}.\n{END}{after}",
        table(figures),
        machine::name()
    );
    std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
}
