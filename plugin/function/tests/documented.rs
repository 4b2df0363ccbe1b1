//! `docs/function-tests.md` names tests for everything that the plugin does. Each of them is there.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

use std::fs;
use std::path::Path;

const HEADING: &str = "| what it does | pinned by |";

/// A row: what the plugin does, and the tests that pin it.
#[derive(Debug, PartialEq)]
struct Row {
    what: String,
    /// `names::other_names_end_in_a_hash`
    tests: Vec<String>,
}

/// The rows of all tables of a document.
///
/// # Errors
/// What is wrong with a row.
fn rows(document: &str) -> Result<Vec<Row>, String> {
    let lines = document
        .lines()
        .filter(|line| line.starts_with("| ") && *line != HEADING);
    let row = |line: &str| {
        let cells = line.strip_prefix("| ").and_then(|line| line.strip_suffix(" |"));
        let cells = cells.and_then(|cells| cells.rsplit_once(" | "));
        let (what, tests) = cells.ok_or_else(|| format!("{line}: a row has two cells"))?;
        let test = |test: &str| {
            let test = test.strip_prefix('`').and_then(|test| test.strip_suffix('`'));
            test.filter(|test| test.contains("::")).map(str::to_owned)
        };
        let tests: Option<Vec<String>> = tests.split(", ").map(test).collect();
        let tests = tests.ok_or_else(|| format!("{what}: tests are written `file::test`, `file::test`"))?;
        Ok(Row {
            what: what.to_owned(),
            tests,
        })
    };
    lines.map(row).collect()
}

/// Whether a Rust file has a test of this name. `golden.rs` makes a test of each case in its list.
fn has_test(source: &str, name: &str) -> bool {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let is_case = source.contains("cases! {") && lines.contains(&name);
    let start = format!("fn {name}(");
    let is_test = |index: usize| {
        let before = lines.iter().take(index).rev();
        // Attributes and documentation stand between a test and its name.
        let mut before = before.take_while(|line| line.starts_with('#') || line.starts_with("//"));
        before.any(|line| *line == "#[test]")
    };
    is_case
        || lines
            .iter()
            .enumerate()
            .any(|(index, line)| line.starts_with(&start) && is_test(index))
}

/// Whether a test is there: the path of its file is below `tests`, `src` or the package of the CRD.
fn is_there(test: &str) -> bool {
    let (file, name) = test.rsplit_once("::").unwrap();
    let file = file.replace("::", "/");
    let (crd, in_crd) = ("crd/tests", file.strip_prefix("crd/").unwrap_or_default());
    [("tests", &*file), ("src", &*file), (crd, in_crd)]
        .iter()
        .flat_map(|(folder, file)| [format!("{folder}/{file}.rs"), format!("{folder}/{file}/mod.rs")])
        .filter_map(|path| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).ok())
        .any(|source| has_test(&source, name))
}

#[test]
fn every_test_that_is_named_is_there() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/function-tests.md");
    let rows = rows(&fs::read_to_string(path).unwrap()).unwrap();
    assert!(rows.len() > 60, "the tables are not read: {}", rows.len());
    let missing: Vec<String> = rows
        .iter()
        .flat_map(|row| row.tests.iter().map(move |test| (row, test)))
        .filter(|(_, test)| !is_there(test))
        .map(|(row, test)| format!("{test} ({})", row.what))
        .collect();
    assert!(missing.is_empty(), "no such test: {missing:#?}");
}

/// The reasons that a file of the plugin gives to conditions.
fn reasons(source: &str) -> Vec<String> {
    let flat: String = source.split_whitespace().collect::<Vec<_>>().join(" ");
    let new = flat.split("Finding::new(").skip(1).filter_map(|call| {
        let (truth, rest) = call.split_once(", ")?;
        let (reason, _) = rest.strip_prefix('"')?.split_once('"')?;
        truth
            .trim_start()
            .starts_with("Truth::")
            .then(|| reason.to_owned())
    });
    let told = flat.split("Finding::told(").skip(1).filter_map(|call| {
        let (_, rest) = call.split_once(", ")?;
        let (reason, _) = rest.strip_prefix('"')?.split_once('"')?;
        Some(reason.to_owned())
    });
    let held = flat.split("reason: \"").skip(1);
    let held = held.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned()));
    new.chain(told).chain(held).collect()
}

/// All files of a folder, at every depth.
fn sources(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.flat_map(|path| match path.is_dir() {
        true => sources(&path),
        false => vec![fs::read_to_string(path).unwrap()],
    });
    files.collect()
}

#[test]
fn every_reason_of_a_condition_says_what_to_do() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = fs::read_to_string(folder.join("../../docs/function.md")).unwrap();
    let (_, troubleshooting) = document.split_once("\n## Troubleshooting\n").unwrap();
    let mut rows = troubleshooting.lines().filter(|line| line.starts_with("| `"));
    let documented: Vec<&str> = rows.by_ref().filter_map(|row| row.split(" | ").next()).collect();
    let all: Vec<String> = sources(&folder.join("src"))
        .iter()
        .flat_map(|source| reasons(source))
        .collect();
    assert!(all.len() > 30, "the reasons are not read: {all:?}");
    // These stand for what Kubernetes, Knative, KEDA or Shipwright say, in the row "any other".
    let others = ["Failed", "NotProgressing", "ReplicaFailure"];
    for reason in all.iter().filter(|reason| !others.contains(&reason.as_str())) {
        let is_told = documented.iter().any(|row| row.contains(&format!("`{reason}`")));
        assert!(is_told, "docs/function.md does not say what to do about {reason}");
    }
}

#[test]
fn a_row_without_a_test_is_a_mistake() {
    let row = |line: &str| rows(&format!("# a\n\n{HEADING}\n|---|---|\n{line}\n"));
    let two = Row {
        what: "x | y".to_owned(),
        tests: vec!["a::b".to_owned(), "c::d::e".to_owned()],
    };
    assert_eq!(row("| x | y | `a::b`, `c::d::e` |"), Ok(vec![two]));
    assert_eq!(row("| x |"), Err("| x |: a row has two cells".to_owned()));
    for tests in ["", "nothing", "`b`", "`a::b` `a::c`, a::d"] {
        let line = format!("| x | {tests} |");
        let sentence = "x: tests are written `file::test`, `file::test`";
        assert_eq!(row(&line), Err(sentence.to_owned()), "{line}");
    }
}

#[test]
fn what_is_no_test_is_not_taken_for_one() {
    for (test, there) in [
        ("formats::names::other_names_end_in_a_hash", true),
        (
            "formats::names::derived_names_are_valid_and_the_same_every_time",
            true,
        ),
        ("function::request::the_view_is_what_is_read", true),
        ("validation::http::route", true),
        ("golden::hello", false),
        ("golden::example_hello", true),
        ("golden::every_folder_is_a_case", true),
        ("formats::names::derive", false),
        ("formats::names::no_such_test", false),
        ("nothing::at_all", false),
        ("crd::rules::ports", true),
    ] {
        assert_eq!(is_there(test), there, "{test}");
    }
}
