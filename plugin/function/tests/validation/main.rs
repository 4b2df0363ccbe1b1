//! Every rule about a Function, with the exact sentence that a user reads.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests fails as a test does"
)]

#[path = "../support/mod.rs"]
mod support;

mod basics;
mod build;
mod combinations;
mod context;
mod dapr;
mod http;
mod knative;
mod merged;
mod odd;
mod pod_fields;
mod refused;
mod rules;
mod scale;
mod scaling;
mod serving;
mod template;
mod warnings;

use serde_json::{Map, Value, json};
pub(crate) use support::merge;
use support::{KINDS, parent, request, sync};

/// A Function that is right: each row below changes it by a JSON merge patch.
pub(crate) fn function() -> Value {
    json!({
        "apiVersion": "core.openfunction.io/v1beta2",
        "kind": "Function",
        "metadata": {"name": "hello"},
        "spec": {
            "image": "example.com/hello:v1",
            "serving": {"triggers": {"http": {"engine": "keda"}}},
        },
    })
}

pub(crate) fn patched(patch: &Value) -> Value {
    patched_with(patch, &json!({}))
}

/// The same with these settings.
pub(crate) fn patched_with(patch: &Value, settings: &Value) -> Value {
    let mut function = parent(function());
    merge(&mut function, patch);
    sync(&request(&function, &KINDS, &[]), settings)
}

/// The same with a Knative engine, on a cluster that has Knative.
pub(crate) fn patched_knative(patch: &Value) -> Value {
    let mut function = parent(function());
    function["spec"]["serving"]["triggers"]["http"]["engine"] = json!("knative");
    merge(&mut function, patch);
    sync(
        &request(&function, &["Service.serving.knative.dev/v1"], &[]),
        &json!({}),
    )
}

/// The message of a condition.
pub(crate) fn message(answer: &Value, r#type: &str, reason: &str) -> String {
    let conditions = answer["status"]["conditions"].as_array().unwrap();
    let condition = conditions
        .iter()
        .find(|condition| condition["type"] == r#type)
        .unwrap();
    assert_eq!(condition["reason"], reason, "{condition}");
    condition["message"].as_str().unwrap().to_owned()
}

/// Each patch makes exactly this mistake and no other.
pub(crate) fn problems(rows: &[(Value, &str)]) {
    for (patch, sentence) in rows {
        let answer = patched(patch);
        assert_eq!(message(&answer, "Ready", "Invalid"), *sentence, "{patch}");
        assert_eq!(answer["children"], json!([]), "{patch}");
    }
}

pub(crate) fn at(path: &[&str], patch: Value) -> Value {
    path.iter().rev().fold(patch, |patch, key| {
        Value::Object([((*key).to_owned(), patch)].into_iter().collect())
    })
}

pub(crate) fn spec(patch: Value) -> Value {
    at(&["spec"], patch)
}

pub(crate) fn serving(patch: Value) -> Value {
    at(&["spec", "serving"], patch)
}

pub(crate) fn http(patch: Value) -> Value {
    at(&["spec", "serving", "triggers", "http"], patch)
}

pub(crate) fn keda(patch: Value) -> Value {
    at(&["spec", "serving", "scaleOptions", "keda"], patch)
}

pub(crate) fn many(count: usize) -> Value {
    let entries = (0..count).map(|index| (format!("k{index}"), json!("v")));
    Value::Object(entries.collect::<Map<_, _>>())
}
