//! What OpenFunction 1.2 made of its own samples, field by field: the same is made here, but for
//! the exceptions that each case lists with their reasons.
//!
//! `shipped/<case>.yaml` has the Function, the settings, what was made of it (the environment as
//! a map, contexts as objects), and the exceptions: a JSON pointer into one object and why. An
//! exception that is none any more fails too.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests fails as a test does"
)]

mod support;

use std::path::Path;

use serde_json::{Map, Value, json};
use support::{parent, request, sync, yaml};

fn all_kinds() -> Vec<String> {
    let described: Value = serde_json::from_str(&metawasm_function::describe()).unwrap();
    let kinds = described["children"].as_array().unwrap().iter();
    kinds
        .map(|kind| {
            format!(
                "{}.{}",
                kind["kind"].as_str().unwrap(),
                kind["apiVersion"].as_str().unwrap()
            )
        })
        .collect()
}

/// The environment by name, and contexts as what they say.
fn readable(child: &mut Value) {
    let containers = child.pointer_mut("/spec/template/spec/containers");
    for container in containers.and_then(Value::as_array_mut).into_iter().flatten() {
        let Some(env) = container.get("env").and_then(Value::as_array) else {
            continue;
        };
        let mut by_name = Map::new();
        for variable in env {
            let name = variable["name"].as_str().unwrap();
            let value = match variable.get("value").and_then(Value::as_str) {
                Some(text) if name.starts_with("FUNC_CONTEXT") => serde_json::from_str(text).unwrap(),
                Some(text) => json!(text),
                None => variable["valueFrom"].clone(),
            };
            by_name.insert(name.to_owned(), value);
        }
        container["env"] = Value::Object(by_name);
    }
}

/// Every value of `shipped` that is otherwise in `ours`.
fn differences(shipped: &Value, ours: Option<&Value>, at: &str, all: &mut Vec<String>) {
    match (shipped, ours) {
        (Value::Object(shipped), Some(Value::Object(ours))) => {
            for (key, value) in shipped {
                let key_at = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
                differences(value, ours.get(key), &key_at, all);
            }
        }
        (Value::Array(shipped), Some(Value::Array(ours))) => {
            for (index, value) in shipped.iter().enumerate() {
                differences(value, ours.get(index), &format!("{at}/{index}"), all);
            }
            if ours.len() > shipped.len() {
                all.push(format!("{at}/{}", shipped.len()));
            }
        }
        (shipped, Some(ours)) if shipped == ours => {}
        _ => all.push(at.to_owned()),
    }
}

fn check(case: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/shipped/{case}.yaml"));
    let case = yaml(&path).unwrap();
    let function = parent(case["function"].clone());
    let kinds = all_kinds();
    let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
    let answer = sync(&request(&function, &kinds, &[]), &case["settings"]);
    let mut ours: Map<String, Value> = Map::new();
    for child in answer["children"].as_array().unwrap() {
        let name = format!(
            "{} {}",
            child["kind"].as_str().unwrap(),
            child["metadata"]["name"].as_str().unwrap()
        );
        let mut child = child.clone();
        readable(&mut child);
        ours.insert(name, child);
    }
    let mut found = Vec::new();
    for (name, shipped) in case["shipped"].as_object().unwrap() {
        let mut all = Vec::new();
        match ours.get(name) {
            Some(ours) => differences(shipped, Some(ours), "", &mut all),
            None => all.push(String::new()),
        }
        found.extend(all.into_iter().map(|at| format!("{name} {at}").trim().to_owned()));
    }
    let mut listed = Vec::new();
    for exception in case["exceptions"].as_array().unwrap() {
        assert!(
            exception["why"].as_str().is_some_and(|why| why.len() > 10),
            "{exception}"
        );
        for at in exception["at"].as_array().unwrap() {
            listed.push(at.as_str().unwrap().to_owned());
        }
    }
    found.sort();
    listed.sort();
    assert_eq!(
        found,
        listed,
        "{}: {:#?}",
        path.display(),
        ours.keys().collect::<Vec<_>>()
    );
}

#[test]
fn a_knative_function_with_an_output() {
    check("knative_output");
}

#[test]
fn an_async_function_that_a_topic_calls() {
    check("async_pubsub");
}

#[test]
fn an_async_function_between_bindings() {
    check("async_bindings");
}

#[test]
fn a_function_that_the_http_add_on_scales() {
    check("kedahttp");
}
