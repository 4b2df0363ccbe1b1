//! What becomes of everything that may be written in a Function: it has an effect, or a warning says why
//! not.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests fails as a test does"
)]

#[path = "../support/mod.rs"]
mod support;

mod add_on;
mod effects;
mod keda;
mod older;
mod references;
mod trigger;
mod unknown;

use serde_json::{Value, json};
pub(crate) use support::{ALL_KINDS as ALL, merge as merged};
use support::{KINDS, parent, request, sync};

/// A Function with this spec.
pub(crate) fn function(spec: Value) -> Value {
    let mut function = json!({
        "apiVersion": "core.openfunction.io/v1beta2",
        "kind": "Function",
        "metadata": {"name": "fn"},
    });
    function["spec"] = spec;
    function
}

/// The answer of a plugin that has all kinds.
pub(crate) fn answer(function: &Value) -> Value {
    answer_with(function, &json!({}))
}

pub(crate) fn answer_with(function: &Value, settings: &Value) -> Value {
    let mut all = json!({"exposure": {"gateway": {"name": "web", "namespace": "ways"}}});
    merged(&mut all, settings);
    sync(&request(&parent(function.clone()), &ALL, &[]), &all)
}

/// The answer on a cluster that has what is there by default, with the engine keda.
pub(crate) fn answer_by_default(function: &Value) -> Value {
    let settings = json!({"defaultEngine": "keda"});
    sync(&request(&parent(function.clone()), &KINDS, &[]), &settings)
}

/// The message of a condition; empty where there is none.
pub(crate) fn message<'a>(answer: &'a Value, r#type: &str) -> &'a str {
    let conditions = answer["status"]["conditions"].as_array().unwrap();
    let found = conditions.iter().find(|condition| condition["type"] == r#type);
    found.map_or("", |found| found["message"].as_str().unwrap())
}

/// What is wrong with a Function; empty where it is valid.
pub(crate) fn problems(answer: &Value) -> &str {
    let ready = &answer["status"]["conditions"][0];
    assert_eq!(ready["type"], "Ready");
    match ready["reason"].as_str().unwrap() {
        "Invalid" | "KindNotDeclared" => ready["message"].as_str().unwrap(),
        _ => "",
    }
}

/// The warnings; empty where everything is used as it is written.
pub(crate) fn warnings(answer: &Value) -> &str {
    match message(answer, "Normalized") {
        "the Function is used as it is written" => "",
        warnings => warnings,
    }
}

/// The child of a kind.
pub(crate) fn child<'a>(answer: &'a Value, kind: &str) -> &'a Value {
    let children = answer["children"].as_array().unwrap();
    let found = children.iter().find(|child| child["kind"] == kind);
    found.unwrap_or_else(|| panic!("no {kind}: {}", answer["status"]))
}
