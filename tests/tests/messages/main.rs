//! All sentences that people read, in one reviewable place per crate: `golden/CRATE.txt`, sorted by file.
//!
//! The sentences are read from the sources, without compiling them: `#[error]` attributes, help texts of commands,
//! descriptions of configuration fields, and string literals of at least two words. A test fails if a file is out of
//! date. Update the files with `INSTA_UPDATE=always cargo test --release --workspace --test messages`, and read the
//! difference as a reader would.
//!
//! A second test checks the sentences and the documentation for wording that `docs/style.md` forbids.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod collect;
mod docs;
mod lint;
mod sources;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use metawasm_tests::root;

/// The sentences of a crate, by file.
type Sentences = BTreeMap<String, Vec<String>>;

fn golden() -> PathBuf {
    root().join("tests/tests/messages/golden")
}

/// Reads the sentences of all files of a crate.
fn sentences(member: &str) -> Sentences {
    let files = sources::files(member).into_iter().filter_map(|file| {
        let source = fs::read_to_string(root().join(&file)).unwrap();
        let found = collect::sentences(&source).unwrap_or_else(|error| panic!("{file}: {error}"));
        (!found.is_empty()).then_some((file, found))
    });
    files.collect()
}

/// Returns the contents of a golden file. Lines after the first line of a sentence are indented.
fn text(sentences: &Sentences) -> String {
    let files = sentences.iter().map(|(file, sentences)| {
        let lines = sentences
            .iter()
            .map(|sentence| format!("{}\n", sentence.replace('\n', "\n    ")));
        format!("## {file}\n\n{}", lines.collect::<String>())
    });
    files.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_sentences_of_every_crate_are_reviewed() {
    let update = std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always");
    let mut stale = Vec::new();
    let mut expected: BTreeMap<String, String> = BTreeMap::new();
    for member in sources::members() {
        let sentences = sentences(&member);
        if !sentences.is_empty() {
            expected.insert(format!("{}.txt", member.replace('/', "-")), text(&sentences));
        }
    }
    assert!(expected.len() > 4, "the crates are not found: {expected:?}");
    for entry in fs::read_dir(golden()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if !expected.contains_key(name) {
            stale.push(format!("{name}: no such crate"));
            if update {
                fs::remove_file(&path).unwrap();
            }
        }
    }
    for (name, text) in &expected {
        let path = golden().join(name);
        let found = fs::read_to_string(&path).unwrap_or_default();
        if found != *text {
            stale.push(format!("{name}: {}", first_difference(&found, text)));
            if update {
                fs::write(&path, text).unwrap();
            }
        }
    }
    assert!(
        stale.is_empty() || update,
        "out of date: {stale:#?}\nupdate with INSTA_UPDATE=always and review the difference"
    );
}

fn first_difference(found: &str, expected: &str) -> String {
    let mut lines = found.lines().zip(expected.lines());
    match lines.find(|(found, expected)| found != expected) {
        Some((found, expected)) => format!("found {found:?}, expected {expected:?}"),
        None => "one is longer than the other".to_owned(),
    }
}

#[test]
fn sentences_follow_the_style_guide() {
    let mut wrong = Vec::new();
    for member in sources::members() {
        for (file, sentences) in sentences(&member) {
            if lint::is_pending(&file) {
                continue;
            }
            let found = sentences.iter().flat_map(|sentence| lint::check(sentence));
            wrong.extend(found.map(|problem| format!("{file}: {problem}")));
        }
    }
    assert!(wrong.is_empty(), "see docs/style.md: {wrong:#?}");
}

#[test]
fn documentation_follows_the_style_guide() {
    let mut wrong = Vec::new();
    let files = docs::files();
    assert!(files.len() > 15, "the pages are not found: {files:?}");
    for file in files.into_iter().filter(|file| !docs::may_quote(file)) {
        let text = fs::read_to_string(root().join(&file)).unwrap();
        for (number, line) in docs::prose(&text) {
            let found = lint::check(&line);
            wrong.extend(found.map(|problem| format!("{file}:{number}: {problem}")));
        }
    }
    assert!(wrong.is_empty(), "see docs/style.md: {wrong:#?}");
}

#[test]
fn every_link_of_the_documentation_leads_somewhere() {
    let mut broken = Vec::new();
    for file in docs::files().into_iter().filter(|file| file.ends_with(".md")) {
        let text = fs::read_to_string(root().join(&file)).unwrap();
        for link in docs::links(&text) {
            if let Err(why) = docs::resolve(&file, &link) {
                broken.push(format!("{file}: {link}: {why}"));
            }
        }
    }
    assert!(broken.is_empty(), "broken links: {broken:#?}");
}

/// The log lines that `docs/operations.md` quotes are lines that the host writes.
#[test]
fn quoted_log_lines_exist() {
    let host: String = sentences("host")
        .into_values()
        .flatten()
        .collect::<Vec<_>>()
        .join("\n");
    let page = fs::read_to_string(root().join("docs/operations.md")).unwrap();
    let quoted = docs::log_lines(&page);
    assert!(quoted.len() > 15, "the table is not found: {quoted:?}");
    for line in quoted {
        for part in line.split('…').map(str::trim).filter(|part| part.len() > 3) {
            assert!(
                host.contains(part),
                "docs/operations.md quotes {line:?}; no log line has {part:?}"
            );
        }
    }
}
