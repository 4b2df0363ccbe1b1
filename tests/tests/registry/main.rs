//! Plugins from registries: a real one, and one that does everything wrong. What is wrong is one sentence, takes bounded
//! time and memory, and leaves no file.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod faults;
mod faulty;
mod real;
mod stored;
mod trust;

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use metawasm_tests::guest::Guest;
use metawasm_tests::process::{Folder, HANG};

/// A small plugin whose answer has a word in it.
fn component(word: &str) -> Vec<u8> {
    Guest::answering(format!(r#"{{"status": {{"word": "{word}"}}, "children": []}}"#)).component()
}

/// Runs a command in a folder that is also its home, to its end.
fn run_in<S: AsRef<std::ffi::OsStr>>(folder: &Folder, args: impl IntoIterator<Item = S>) -> Output {
    command(folder).args(args).output().unwrap()
}

fn command(folder: &Folder) -> Command {
    let mut command = Command::new(metawasm_tests::metawasm());
    command
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .env("HOME", folder.path())
        .env_remove("DOCKER_CONFIG");
    command
}

/// Runs a command that must fail: its exit code, and its only line.
fn failure<S: AsRef<std::ffi::OsStr>>(folder: &Folder, args: impl IntoIterator<Item = S>) -> (i32, String) {
    let start = Instant::now();
    let output = run_in(folder, args);
    assert!(
        start.elapsed() < HANG.min(Duration::from_secs(30)),
        "it takes too long"
    );
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text.lines().count(), 1, "one line: {text}");
    let line = text.trim_end().trim_start_matches("error: ").to_owned();
    (output.status.code().unwrap(), line)
}

/// What a command printed that must have succeeded, without the line's end.
fn success<S: AsRef<std::ffi::OsStr>>(folder: &Folder, args: impl IntoIterator<Item = S>) -> String {
    let output = run_in(folder, args);
    metawasm_tests::process::stdout(&output).trim_end().to_owned()
}

/// The names of the files in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
