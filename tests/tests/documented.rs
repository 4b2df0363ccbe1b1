//! `SECURITY.md` says where each value from outside is bounded and which test pins it. Each file and each test is there.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;

use metawasm_tests::root;

const HEADING: &str = "| value | chosen by | bounded in | limit | test |";

/// A row: a value from outside.
#[derive(Debug, PartialEq)]
struct Row {
    value: String,
    /// `host/src/serve/body.rs`
    files: Vec<String>,
    /// `host/src/serve/body.rs::the_limit_counts_before_and_while_it_is_read`
    tests: Vec<String>,
}

/// The rows of all tables with this heading.
///
/// # Errors
/// What is wrong with a row.
fn rows(document: &str) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    let mut inside = false;
    for line in document.lines() {
        inside = line == HEADING || (inside && line.starts_with('|'));
        if !inside || line == HEADING || line.starts_with("|---") {
            continue;
        }
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [value, by, files, limit, tests] = cells[..] else {
            return Err(format!("{line}: a row has five cells"));
        };
        if value.is_empty() || by.is_empty() || limit.is_empty() {
            return Err(format!("{line}: a cell is empty"));
        }
        let quoted = |cell: &str, is_one: fn(&str) -> bool| {
            let one = |part: &str| {
                let part = part.strip_prefix('`')?.strip_suffix('`')?;
                is_one(part).then(|| part.to_owned())
            };
            cell.split(", ").map(one).collect::<Option<Vec<_>>>()
        };
        rows.push(Row {
            value: value.to_owned(),
            files: quoted(files, |file| file.ends_with(".rs"))
                .ok_or_else(|| format!("{value}: files are written `path.rs`, `path.rs`"))?,
            tests: quoted(tests, |test| test.contains(".rs::"))
                .ok_or_else(|| format!("{value}: tests are written `path.rs::test`, `path.rs::test`"))?,
        });
    }
    Ok(rows)
}

/// Whether a Rust source has a test of this name.
fn has_test(source: &str, name: &str) -> bool {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let is_attribute = |line: &&str| {
        line.starts_with("#[test]") || line.starts_with("#[tokio::test") || line.starts_with("#[should_panic")
    };
    lines.iter().enumerate().any(|(index, line)| {
        let is_named = [format!("fn {name}("), format!("async fn {name}(")]
            .iter()
            .any(|start| line.starts_with(start));
        // Attributes and documentation stand between a test and its name.
        let mut before = lines
            .iter()
            .take(index)
            .rev()
            .take_while(|line| line.starts_with('#') || line.starts_with("//"));
        is_named && before.any(is_attribute)
    })
}

fn is_there(test: &str) -> bool {
    let (file, name) = test.split_once("::").unwrap();
    fs::read_to_string(root().join(file)).is_ok_and(|source| has_test(&source, name))
}

#[test]
fn every_file_and_every_test_that_is_named_is_there() {
    let rows = rows(&fs::read_to_string(root().join("SECURITY.md")).unwrap()).unwrap();
    assert!(rows.len() > 35, "the tables are not read: {}", rows.len());
    let mut missing = Vec::new();
    for row in &rows {
        let files = row.files.iter().filter(|file| !root().join(file).is_file());
        let tests = row.tests.iter().filter(|test| !is_there(test));
        missing.extend(files.chain(tests).map(|name| format!("{name} ({})", row.value)));
    }
    assert!(missing.is_empty(), "not there: {missing:#?}");
}

#[test]
fn a_row_that_is_not_whole_is_a_mistake() {
    let row = |line: &str| {
        rows(&format!(
            "# a\n\n{HEADING}\n|---|---|\n{line}\n\n| not | a row |\n"
        ))
    };
    let whole = Row {
        value: "body".to_owned(),
        files: vec!["a.rs".to_owned(), "b/c.rs".to_owned()],
        tests: vec!["a.rs::b".to_owned()],
    };
    assert_eq!(
        row("| body | client | `a.rs`, `b/c.rs` | 8 MiB | `a.rs::b` |"),
        Ok(vec![whole])
    );
    for bad in [
        "| body | client | `a.rs` | `a.rs::b` |",
        "| body | client | a.rs | 8 MiB | `a.rs::b` |",
        "| body | client | `a.rs` | 8 MiB | `b` |",
        "| body | client | `a.rs` | 8 MiB | |",
        "| body | client | `a.rs` |  | `a.rs::b` |",
        "|  | client | `a.rs` | 8 MiB | `a.rs::b` |",
    ] {
        assert!(row(bad).is_err(), "{bad}");
    }
}

#[test]
fn what_is_no_test_is_not_taken_for_one() {
    for (test, there) in [
        (
            "host/src/serve/body.rs::the_limit_counts_before_and_while_it_is_read",
            true,
        ),
        ("host/src/serve/budget/tests.rs::the_bound_holds", true),
        (
            "tests/tests/documented.rs::what_is_no_test_is_not_taken_for_one",
            true,
        ),
        ("tests/tests/documented.rs::is_there", false),
        ("host/src/serve/body.rs::read", false),
        ("host/src/serve/body.rs::no_such_test", false),
        ("host/src/serve/nothing.rs::at_all", false),
    ] {
        assert_eq!(is_there(test), there, "{test}");
    }
}
