//! The JavaScript face in Node, against the native core, which gives the component's answers too: other tests hold
//! those two together.
//!
//! They need Node and what `cargo xtask web` leaves, so they are ignored unless asked for: `cargo xtask test` does.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests fails as a test does"
)]

#[path = "../../tests/support/mod.rs"]
mod support;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use metawasm_function::Failure;
use serde_json::{Value, json};

type Hook = fn(&str, &str) -> Result<String, Failure>;

const HOOKS: [(&str, Hook); 3] = [
    ("sync", metawasm_function::sync),
    ("customize", metawasm_function::customize),
    ("finalize", metawasm_function::finalize),
];

/// A request, and settings if any.
type Arguments = (String, Option<String>);

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn flavour(name: &str) -> PathBuf {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| here().join("../../../target"), PathBuf::from);
    let folder = target.join("plugins/web").join(name);
    assert!(
        folder.join("function.js").exists(),
        "{} is not there: run `cargo xtask web` first",
        folder.display()
    );
    folder
}

/// Runs a script of this folder on one flavour and returns what it printed.
fn node(script: &str, name: &str, input: &str) -> String {
    let mut child = Command::new("node")
        .arg(here().join("tests").join(script))
        .arg(flavour(name))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("node cannot be started: {error}"));
    let mut stdin = child.stdin.take().unwrap();
    // A script that does not read may be gone already.
    stdin.write_all(input.as_bytes()).ok();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{script} ({name}): {}\n{printed}",
        output.status
    );
    printed
}

/// A Function that is wrong while its children do not say what was last asked for: the core fails with it.
fn unanswerable() -> Value {
    let (mut request, _) = support::case("ready");
    request["parent"]["spec"]["image"] = json!(7);
    request
}

fn all_arguments() -> Vec<Arguments> {
    let mut all = vec![
        (unanswerable().to_string(), None),
        ("7".to_owned(), None),
        ("{}".to_owned(), Some(r#"{"httpAddon":"0.1"}"#.to_owned())),
    ];
    for case in support::cases() {
        let (request, settings) = support::case(&case);
        all.push((request.to_string(), Some(settings.to_string())));
    }
    // As Metacontroller sent them, managedFields and all.
    let recorded = here().join("../../../tests/fixtures");
    for entry in fs::read_dir(recorded).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "body") {
            all.push((fs::read_to_string(path).unwrap(), None));
        }
    }
    all
}

/// What `run.mjs` is to say of a call.
fn outcome(result: Result<String, Failure>) -> Value {
    let thrown = |kind: &str, message: String| json!({"isError": true, "kind": kind, "message": message});
    match result {
        Ok(answer) => json!({"answer": answer}),
        Err(Failure::Invalid(message)) => thrown("invalid", message),
        Err(Failure::Internal(message)) => thrown("internal", message),
        Err(Failure::RetryLater {
            after_seconds,
            reason,
        }) => {
            let mut thrown = thrown("retry-later", reason);
            thrown["retryAfterSeconds"] = json!(after_seconds);
            thrown
        }
    }
}

#[test]
#[ignore = "needs Node: `cargo xtask test`"]
fn every_answer_is_the_cores_byte_for_byte() {
    let mut calls = Vec::new();
    let mut expected = Vec::new();
    for (request, settings) in all_arguments() {
        for (name, hook) in HOOKS {
            calls.push(json!({"hook": name, "request": request, "settings": settings}));
            expected.push(outcome(hook(&request, settings.as_deref().unwrap_or("{}"))));
        }
    }
    for kind in ["invalid", "internal"] {
        assert!(expected.iter().any(|outcome| outcome["kind"] == kind), "{kind}");
    }
    let input = json!(calls).to_string();
    for name in ["nodejs", "web"] {
        let told: Value = serde_json::from_str(&node("run.mjs", name, &input)).unwrap();
        let outcomes = told["outcomes"].as_array().unwrap();
        assert_eq!(outcomes.len(), expected.len());
        for ((outcome, expected), call) in outcomes.iter().zip(&expected).zip(&calls) {
            assert_eq!(&outcome["text"], expected, "{name}: {call}");
            assert_eq!(
                outcome["object"], true,
                "{name}: objects are answered otherwise: {call}"
            );
        }
        assert_eq!(told["description"], metawasm_function::describe());
        assert_eq!(told["described"], true);
    }
}

#[test]
#[ignore = "needs Node: `cargo xtask test`"]
fn what_a_caller_does_wrong_is_an_error() {
    node("errors.mjs", "nodejs", "");
}

#[test]
#[ignore = "needs Node: `cargo xtask test`"]
fn memory_does_not_grow_with_calls() {
    // The only one that gives access to the module's memory; the module is the same.
    let [nodejs, web] =
        ["nodejs", "web"].map(|name| fs::read(flavour(name).join("function_bg.wasm")).unwrap());
    assert!(nodejs == web);
    let (request, _) = support::case("ready");
    node("memory.mjs", "web", &request.to_string());
}
