//! The CRD takes what people write and what the plugin answers: nothing is refused, nothing pruned.
//!
//! What an API server prunes is written again at every sync, so a status field that the CRD does not
//! know costs a write each time.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use std::path::PathBuf;

use metawasm_tests::{fixture, function_plugin, process, root};
use serde_json::Value;

fn schema() -> Value {
    let file = std::fs::read_to_string(root().join("metacontroller/crd/function.yaml")).unwrap();
    let crd: Value = serde_saphyr::from_str(&file).unwrap();
    crd.pointer("/spec/versions/0/schema/openAPIV3Schema")
        .unwrap()
        .clone()
}

/// What a structural schema does to a value, for the parts of the language that our CRD uses.
fn check(schema: &Value, value: &Value, path: &str, wrong: &mut Vec<String>) {
    let flag = |name: &str| schema.get(name) == Some(&Value::Bool(true));
    if flag("x-kubernetes-int-or-string") {
        if !value.is_i64() && !value.is_string() {
            wrong.push(format!("{path}: is neither a number nor a string"));
        }
        return;
    }
    let fits = match schema.get("type").and_then(Value::as_str) {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some(other) => panic!("{path}: type {other}"),
        None => true,
    };
    if !fits {
        wrong.push(format!("{path}: is no {}", schema["type"]));
        return;
    }
    match value {
        Value::Object(members) => {
            for required in schema
                .get("required")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                if !members.contains_key(required.as_str().unwrap()) {
                    wrong.push(format!("{path}.{required}: is required"));
                }
            }
            for (key, member) in members {
                let path = format!("{path}.{key}");
                let known = schema.get("properties").and_then(|all| all.get(key));
                match known.or_else(|| schema.get("additionalProperties")) {
                    Some(inside) if inside.is_object() => check(inside, member, &path, wrong),
                    _ if flag("x-kubernetes-preserve-unknown-fields") => {}
                    _ => wrong.push(format!("{path}: is pruned")),
                }
            }
        }
        Value::Array(items) => {
            if let Some(inside) = schema.get("items") {
                for (index, item) in items.iter().enumerate() {
                    check(inside, item, &format!("{path}[{index}]"), wrong);
                }
            }
        }
        _ => {}
    }
}

/// What is wrong with a Function; its metadata is the API server's own.
fn wrong(function: &Value) -> Vec<String> {
    let schema = schema();
    let mut wrong = Vec::new();
    for part in ["spec", "status"] {
        if let Some(value) = function.get(part) {
            check(&schema["properties"][part], value, part, &mut wrong);
        }
    }
    wrong
}

fn yaml(path: &PathBuf) -> Value {
    serde_saphyr::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn examples() -> Vec<PathBuf> {
    let folder = std::fs::read_dir(root().join("examples")).unwrap();
    folder
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .collect()
}

#[test]
fn the_examples_are_admitted_whole() {
    assert!(examples().len() >= 2);
    for path in examples() {
        assert_eq!(wrong(&yaml(&path)), Vec::<String>::new(), "{}", path.display());
    }
}

#[test]
fn a_recorded_function_is_admitted_whole() {
    let request: Value = serde_json::from_slice(&fixture("composite-v2-sync-ready.body")).unwrap();
    assert_eq!(wrong(&request["parent"]), Vec::<String>::new());
}

#[test]
fn nothing_of_the_plugins_status_is_pruned() {
    let plugin = function_plugin();
    let plugin = plugin.to_str().unwrap();
    let mut answers = Vec::new();
    for path in examples() {
        answers.push(process::run([
            "render",
            plugin,
            "-f",
            path.to_str().unwrap(),
            "-o",
            "json",
        ]));
    }
    for request in ["composite-v2-sync-first.body", "composite-v2-sync-ready.body"] {
        let path = root().join("tests/fixtures").join(request);
        answers.push(process::run(["replay", plugin, path.to_str().unwrap()]));
    }
    for output in answers {
        let answer: Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", process::show(&output)));
        assert!(answer["status"]["conditions"].is_array());
        assert_eq!(wrong(&answer), Vec::<String>::new());
    }
}

#[test]
fn the_check_itself_finds_what_is_wrong() {
    let function: Value = serde_saphyr::from_str(
        "spec: {image: 7, version: v1, unknown: 1, serving: {triggers: {http: {port: [1]}}}}\nstatus: {conditions: [{type: Ready}]}",
    )
    .unwrap();
    let found = wrong(&function);
    for part in [
        "spec.image: is no",
        "spec.unknown: is pruned",
        "port: is neither",
        "is required",
    ] {
        assert!(found.iter().any(|line| line.contains(part)), "{part}: {found:?}");
    }
}
