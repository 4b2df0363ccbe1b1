//! The types read what people write, and refuse what they do not know.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by a panic"
)]

mod support;

use metawasm_function_crd::Function;
use metawasm_function_crd::triggers::{Engine, Port};
use serde_json::{Value, json};
use support::{admission, answer, cases, refusal, schema};

/// A golden case with fields that nobody knows, to show that they are dropped.
const HAS_UNKNOWN: &str = "dapr_components";

#[test]
fn every_valid_function_of_the_repository_is_read() {
    let mut valid = 0;
    for case in cases().into_iter().filter(|case| case.name != HAS_UNKNOWN) {
        if refusal(&case.function).is_none() {
            valid += 1;
            let read = serde_json::from_value::<Function>(case.function);
            assert!(read.is_ok(), "{}: {}", case.name, read.unwrap_err());
        }
    }
    assert!(valid > 20, "{valid}");
}

#[test]
fn every_valid_function_of_the_repository_is_admitted() {
    let schema = schema();
    for case in cases().into_iter().filter(|case| case.name != HAS_UNKNOWN) {
        if refusal(&case.function).is_none() {
            assert_eq!(
                admission::wrong(&schema, &case.function, ""),
                [""; 0],
                "{}",
                case.name
            );
        }
    }
}

/// What is pruned is written again at every sync.
#[test]
fn nothing_of_the_plugins_status_is_pruned() {
    let schema = schema();
    for case in cases() {
        // Without an answer there is no status.
        let Some(mut answer) = answer(&case.request, &case.settings) else {
            continue;
        };
        let status = answer["status"].take();
        assert!(status["conditions"].is_array(), "{}", case.name);
        let wrong = admission::wrong(&schema["properties"]["status"], &status, "status");
        assert_eq!(wrong, [""; 0], "{}", case.name);
    }
}

#[test]
fn the_proposals_spelling_is_read_as_it_is_written() {
    let function: Function = serde_json::from_value(json!({"spec": {
        "image": "i",
        "serving": {"triggers": {"http": {"port": "8080", "engine": "", "inputs": [{"name": "a", "type": "binding.x"}]}}},
    }}))
    .unwrap();
    let http = function.spec.serving.unwrap().triggers.unwrap().http.unwrap();
    assert_eq!(http.port, Some(Port::Text("8080".to_owned())));
    assert_eq!(http.engine, Some(Engine::Unset));
    assert_eq!(http.inputs.unwrap()[0].r#type.as_deref(), Some("binding.x"));
}

/// Puts a field that nobody knows into every object of a Function.
fn with_unknown(value: &Value, at: &str, all: &mut Vec<(String, Value)>, put: &dyn Fn(Value) -> Value) {
    match value {
        Value::Object(members) => {
            let mut more = members.clone();
            more.insert("unheardOf".to_owned(), json!({}));
            all.push((at.to_owned(), put(Value::Object(more))));
            for (key, member) in members {
                let put = |below| {
                    let mut members = members.clone();
                    members.insert(key.clone(), below);
                    put(Value::Object(members))
                };
                with_unknown(member, &format!("{at}.{key}"), all, &put);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let put = |below| {
                    let mut items = items.clone();
                    items[index] = below;
                    put(Value::Array(items))
                };
                with_unknown(item, &format!("{at}[]"), all, &put);
            }
        }
        _ => {}
    }
}

#[test]
fn types_and_schema_refuse_the_same_unknown_fields() {
    let schema = schema();
    let (mut known, mut unknown) = (0, 0);
    for case in cases() {
        let spec = &case.function["spec"];
        if refusal(&case.function).is_some() {
            continue;
        }
        let mut all = Vec::new();
        with_unknown(
            spec,
            "spec",
            &mut all,
            &|spec| json!({"metadata": {}, "spec": spec}),
        );
        for (at, function) in all {
            let is_admitted = admission::wrong(&schema, &function, "").is_empty();
            let is_read = serde_json::from_value::<Function>(function).is_ok();
            assert_eq!(is_read, is_admitted, "{}: {at}", case.name);
            if is_read { known += 1 } else { unknown += 1 }
        }
    }
    assert!(known > 20 && unknown > 100, "{known} {unknown}");
}
