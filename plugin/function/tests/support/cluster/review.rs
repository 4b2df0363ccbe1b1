//! What Metacontroller, or the host in front of it, would take amiss in an answer of sync or
//! finalize.

use metawasm_model::twice;
use serde_json::Value;

use super::server::{Id, text};

/// Everything that is wrong with an answer, one sentence each; `kinds` are those declared, as
/// apiVersion and kind.
pub(crate) fn mistakes(
    answer: &Value,
    namespace: &str,
    kinds: &[(String, String)],
    finalizing: bool,
) -> Vec<String> {
    let mut all = Vec::new();
    let Some(members) = answer.as_object() else {
        return vec![format!("the answer is no object: {answer}")];
    };
    for key in members.keys() {
        let known: &[&str] = match finalizing {
            true => &["children", "finalized", "resyncAfterSeconds", "status"],
            false => &["children", "resyncAfterSeconds", "status"],
        };
        if !known.contains(&key.as_str()) {
            all.push(format!("the answer has a member {key}"));
        }
    }
    if !finalizing && !answer["status"].is_object() {
        all.push("the answer has no status".to_owned());
    }
    if let Some(seconds) = answer.get("resyncAfterSeconds")
        && !seconds
            .as_f64()
            .is_some_and(|seconds| (1.0..=1e6).contains(&seconds))
    {
        all.push(format!("resyncAfterSeconds is {seconds}"));
    }
    let Some(children) = answer["children"].as_array() else {
        all.push("the answer has no list of children".to_owned());
        return all;
    };
    let mut identities = Vec::new();
    for child in children {
        let id = Id::of(child);
        let mut say = |what: &str| all.push(format!("{id}: {what}"));
        if !child["metadata"].is_object() || id.name.is_empty() {
            say("it has no name");
            continue;
        }
        if !kinds.contains(&(id.api_version.clone(), id.kind.clone())) {
            say("its kind is not declared");
        }
        if !["", namespace].contains(&id.namespace.as_str()) {
            say("it is in another namespace");
        }
        for key in [
            "generateName",
            "ownerReferences",
            "resourceVersion",
            "uid",
            "managedFields",
        ] {
            if child["metadata"].get(key).is_some() {
                say(&format!("it has metadata.{key}"));
            }
        }
        if !text(child, "/metadata/labels/controller-uid").is_empty() {
            say("it has the label controller-uid");
        }
        if child.get("status").is_some() {
            say("it has a status");
        }
        if let Some(at) = twice(child) {
            say(&format!("a list of it has one merge key twice: {at}"));
        }
        if identities.contains(&id) {
            say("it is there twice");
        }
        identities.push(id);
    }
    odd_values(answer, "", &mut all);
    all
}

/// What Go would write otherwise: null, and a whole number with a point.
fn odd_values(value: &Value, at: &str, all: &mut Vec<String>) {
    match value {
        Value::Null => all.push(format!("null at {at}")),
        Value::Number(number) if !number.is_i64() && number.as_f64().unwrap().fract() == 0.0 => {
            all.push(format!("{number} at {at}"));
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                odd_values(value, &format!("{at}/{index}"), all);
            }
        }
        Value::Object(object) => {
            for (key, value) in object {
                odd_values(value, &format!("{at}/{key}"), all);
            }
        }
        _ => {}
    }
}
