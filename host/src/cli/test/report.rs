//! The report of a test run, for a person.

use metawasm_formats::text::{Escaped, shown};
use serde_json::Value;

use super::checks::{Outcome, Tested};
use crate::cli::Output;
use crate::cli::changes::{BAD, GOOD, NOTE, count};
use crate::compare::{Change, Comparison, FieldChange, hidden};

/// Bytes of a value.
const VALUE: usize = 300;
/// Bytes of a line.
const LINE: usize = 2000;

/// Returns the report.
pub(super) fn output(tested: &[Tested]) -> Output {
    let mut text = String::new();
    let (mut passed, mut updated, mut skipped) = (0, 0, 0);
    for case in tested {
        let is_good = case.passed();
        passed += usize::from(is_good);
        let (style, word) = if is_good { (GOOD, "pass") } else { (BAD, "FAIL") };
        text.push_str(&format!("{style}{word}{style:#} {}", Escaped(&case.name)));
        if case
            .checks
            .iter()
            .any(|(_, outcome)| matches!(outcome, Outcome::Updated))
        {
            text.push_str(" (updated)");
        }
        text.push('\n');
        for (check, outcome) in &case.checks {
            let check = check.as_str();
            match outcome {
                Outcome::Passed => {}
                Outcome::Updated => updated += 1,
                Outcome::Skipped(reason) => {
                    skipped += 1;
                    text.push_str(&format!(
                        "  {NOTE}{check} skipped: {}{NOTE:#}\n",
                        shown(reason, LINE)
                    ));
                }
                Outcome::Failed(lines) => block(&mut text, check, lines),
                Outcome::Differs(difference) => {
                    text.push_str(&format!(
                        "  {check}: the answer differs from expected.yaml ({BAD}- expected{BAD:#}, {GOOD}+ found{GOOD:#})\n"
                    ));
                    differences(&mut text, difference);
                }
            }
        }
    }
    let failed = tested.len() - passed;
    let style = if failed == 0 { GOOD } else { BAD };
    text.push_str(&format!(
        "{style}{passed} passed, {failed} failed{style:#}{}{}\n",
        match updated {
            0 => String::new(),
            updated => format!(", {updated} updated"),
        },
        match skipped {
            0 => String::new(),
            skipped => format!(", {} skipped", count(skipped, "check")),
        },
    ));
    Output {
        data: text.into_bytes(),
        styled: true,
        refused: failed > 0,
        ..Output::default()
    }
}

fn block(text: &mut String, check: &str, lines: &[String]) {
    let mut lines = lines.iter().map(|line| shown(line, LINE));
    let first = lines.next().unwrap_or_default();
    text.push_str(&format!("  {BAD}{check}{BAD:#}: {first}\n"));
    lines.for_each(|line| text.push_str(&format!("    {line}\n")));
}

fn differences(text: &mut String, difference: &Comparison) {
    for child in &hidden(difference).children {
        let name = child.child.to_string();
        let name = Escaped(&name);
        match &child.change {
            Change::Added(_) => text.push_str(&format!("    {GOOD}+ {name}{GOOD:#} (unexpected child)\n")),
            Change::Removed(_) => text.push_str(&format!("    {BAD}- {name}{BAD:#} (missing child)\n")),
            Change::Changed(fields) => {
                text.push_str(&format!("    {name}\n"));
                fields.iter().for_each(|field| two_lines(text, field, "      "));
            }
        }
    }
    let others = &difference.fields;
    others.iter().for_each(|field| two_lines(text, field, "    "));
}

/// The expected value and the found one; of a text of several lines, each line.
fn two_lines(text: &mut String, field: &FieldChange, indent: &str) {
    let path = Escaped(&field.path);
    let sides = [(&field.old, BAD, '-'), (&field.new, GOOD, '+')];
    for (value, style, sign) in sides {
        match value {
            Some(Value::String(long)) if long.contains('\n') => {
                text.push_str(&format!("{indent}{style}{sign} {path}:{style:#}\n"));
                for line in long.lines() {
                    text.push_str(&format!(
                        "{indent}{style}{sign}   {}{style:#}\n",
                        shown(line, LINE)
                    ));
                }
            }
            Some(value) => {
                let value = shown(&value.to_string(), VALUE);
                text.push_str(&format!("{indent}{style}{sign} {path}: {value}{style:#}\n"));
            }
            None => {}
        }
    }
}
