//! The report of a test run in JUnit's XML format: a test suite for each case, a test for each check.

use std::fmt::Write as _;

use super::checks::{Outcome, Tested};
use crate::cli::changes;

/// Returns the report.
pub(super) fn report(plugin: &str, tested: &[Tested]) -> String {
    let all = || tested.iter().flat_map(|case| &case.checks);
    let failures = |outcome: &Outcome| matches!(outcome, Outcome::Failed(_) | Outcome::Differs(_));
    let skipped = |outcome: &Outcome| matches!(outcome, Outcome::Skipped(_));
    let count = |is: &dyn Fn(&Outcome) -> bool| all().filter(|(_, outcome)| is(outcome)).count();
    let time: f64 = tested.iter().map(|case| case.time.as_secs_f64()).sum();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a string never fails.
    let mut line = |text: String| writeln!(xml, "{text}").unwrap_or_default();
    line(format!(
        r#"<testsuites name="{}" tests="{}" failures="{}" skipped="{}" time="{time:.3}">"#,
        escaped(plugin),
        all().count(),
        count(&failures),
        count(&skipped),
    ));
    for case in tested {
        let name = escaped(&case.name);
        let of = |is: &dyn Fn(&Outcome) -> bool| {
            let checks = case.checks.iter();
            checks.filter(|(_, outcome)| is(outcome)).count()
        };
        line(format!(
            r#"  <testsuite name="{name}" tests="{}" failures="{}" errors="0" skipped="{}" time="{:.3}">"#,
            case.checks.len(),
            of(&failures),
            of(&skipped),
            case.time.as_secs_f64(),
        ));
        for (check, outcome) in &case.checks {
            let inside = match outcome {
                Outcome::Passed | Outcome::Updated => None,
                Outcome::Skipped(reason) => Some(format!(r#"<skipped message="{}"/>"#, escaped(reason))),
                Outcome::Failed(lines) => Some(failure(lines)),
                Outcome::Differs(difference) => {
                    let mut lines =
                        vec!["the answer differs from expected.yaml (expected → found)".to_owned()];
                    lines.extend(changes::lines(difference, 200));
                    Some(failure(&lines))
                }
            };
            let test = format!(r#"    <testcase classname="{name}" name="{}""#, check.as_str());
            line(match inside {
                Some(inside) => format!("{test}>{inside}</testcase>"),
                None => format!("{test}/>"),
            });
        }
        line("  </testsuite>".to_owned());
    }
    line("</testsuites>".to_owned());
    xml
}

fn failure(lines: &[String]) -> String {
    let message = lines.first().map(|line| escaped(line)).unwrap_or_default();
    let text = escaped(&lines.join("\n"));
    format!(r#"<failure message="{message}">{text}</failure>"#)
}

/// A text in XML. Characters that XML does not allow become U+FFFD.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\t' => escaped.push('\t'),
            c if c.is_control() || ['\u{fffe}', '\u{ffff}'].contains(&c) => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::checks::Check;
    use super::*;

    #[test]
    fn a_report_is_xml() {
        let tested = [Tested {
            name: "tests/<a>&\"b\"".to_owned(),
            checks: vec![
                (Check::Answer, Outcome::Passed),
                (
                    Check::Purity,
                    Outcome::Failed(vec!["one\u{1b}".to_owned(), "two".to_owned()]),
                ),
                (Check::Idempotence, Outcome::Skipped("it grows".to_owned())),
            ],
            time: Duration::from_millis(1500),
        }];
        insta::assert_snapshot!(report("p.wasm", &tested), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="p.wasm" tests="3" failures="1" skipped="1" time="1.500">
          <testsuite name="tests/&lt;a&gt;&amp;&quot;b&quot;" tests="3" failures="1" errors="0" skipped="1" time="1.500">
            <testcase classname="tests/&lt;a&gt;&amp;&quot;b&quot;" name="answer"/>
            <testcase classname="tests/&lt;a&gt;&amp;&quot;b&quot;" name="purity"><failure message="one�">one�&#10;two</failure></testcase>
            <testcase classname="tests/&lt;a&gt;&amp;&quot;b&quot;" name="idempotence"><skipped message="it grows"/></testcase>
          </testsuite>
        </testsuites>
        "#);
    }
}
