//! Requests as Metacontroller sent them, and what the plugin says that it reads of them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests fails as a test does"
)]

mod support;

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};
use support::{KINDS, check, example, request};

fn recorded(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/fixtures")
        .join(name);
    fs::read_to_string(path).unwrap()
}

fn sync(request: &str) -> Value {
    let answer = metawasm_function::sync(request, "{}").unwrap();
    let answer = serde_json::from_str(&answer).unwrap();
    check(&answer);
    answer
}

/// The paths that `describe` keeps, and identity, which a host never cuts.
fn view() -> Vec<Vec<String>> {
    let described: Value = serde_json::from_str(&metawasm_function::describe()).unwrap();
    let kept = described["view"]["keep"].as_array().unwrap().clone();
    let identity = [
        "apiVersion",
        "kind",
        "metadata/name",
        "metadata/namespace",
        "metadata/uid",
    ];
    let identity = identity
        .iter()
        .flat_map(|path| ["/parent", "/children/*/*", "/related/*/*"].map(|of| format!("{of}/{path}")));
    kept.iter()
        .map(|path| path.as_str().unwrap().to_owned())
        .chain(identity)
        .map(|path| {
            let keys = path.split('/').skip(1);
            keys.map(|key| key.replace("~1", "/").replace("~0", "~"))
                .collect()
        })
        .collect()
}

/// What a host copies into the sandbox.
fn cut(value: &Value, paths: &[&[String]]) -> Option<Value> {
    if paths.iter().any(|path| path.is_empty()) {
        return Some(value.clone());
    }
    let below = |key: &str| -> Vec<&[String]> {
        let matching = paths.iter().filter(|path| path[0] == "*" || path[0] == key);
        matching.map(|path| &path[1..]).collect()
    };
    match value {
        Value::Object(object) => {
            let kept: Map<String, Value> = object
                .iter()
                .filter(|(key, _)| !below(key).is_empty())
                .filter_map(|(key, value)| Some((key.clone(), cut(value, &below(key))?)))
                .collect();
            Some(Value::Object(kept))
        }
        // What is on the way to a path stays, whatever it is.
        Value::Array(list) => {
            let cut = |(index, value): (usize, &Value)| cut(value, &below(&index.to_string()));
            Some(Value::Array(list.iter().enumerate().filter_map(cut).collect()))
        }
        scalar => Some(scalar.clone()),
    }
}

fn trimmed(request: &Value) -> Value {
    let view = view();
    let paths: Vec<&[String]> = view.iter().map(Vec::as_slice).collect();
    cut(request, &paths).unwrap()
}

#[test]
fn a_recorded_request_is_answered() {
    let ready = sync(&recorded("composite-v2-sync-ready.body"));
    assert_eq!(ready["children"].as_array().unwrap().len(), 4);
    assert_eq!(ready["resyncAfterSeconds"], 10);
    let first = sync(&recorded("composite-v2-sync-first.body"));
    let services = |answer: &Value| answer["children"].as_array().unwrap()[1..].to_vec();
    assert_eq!(services(&first), services(&ready));
}

#[test]
fn what_the_view_cuts_is_not_read() {
    for name in [
        "composite-v1-sync-ready.body",
        "composite-v2-sync-first.body",
        "composite-v2-sync-second.body",
        "composite-v2-sync-ready.body",
    ] {
        let whole = recorded(name);
        let cut = trimmed(&serde_json::from_str(&whole).unwrap()).to_string();
        assert!(
            cut.len() * 2 < whole.len(),
            "{name}: {} of {}",
            cut.len(),
            whole.len()
        );
        assert_eq!(sync(&cut), sync(&whole), "{name}");
        // The same while the Function is invalid: then the children's memory is read.
        let mut broken: Value = serde_json::from_str(&whole).unwrap();
        broken["parent"]["spec"]["image"] = json!(7);
        let cut = trimmed(&broken).to_string();
        assert_eq!(sync(&cut), sync(&broken.to_string()), "{name}");
    }
}

/// Every kind of child and of related object is in some golden case, in each of its states.
#[test]
fn what_the_view_cuts_is_not_read_in_any_golden_case() {
    for case in support::cases() {
        let (mut whole, settings) = support::case(&case);
        let settings = settings.to_string();
        for image in [None, Some(json!(7))] {
            if let Some(image) = image {
                // While the Function is invalid, other things are read.
                whole["parent"]["spec"]["image"] = image;
            }
            let answer = |request: &Value| metawasm_function::sync(&request.to_string(), &settings);
            assert_eq!(answer(&trimmed(&whole)), answer(&whole), "{case}");
        }
    }
}

#[test]
fn what_the_view_keeps_suffices_for_every_field() {
    let mut function = example("function.yaml");
    function["metadata"]["annotations"] = json!({"module.wasm.image/variant": "v", "plugins": "x",
        "plugins.tracing": "y", "unread": "z"});
    function["metadata"]["managedFields"] = json!([{}]);
    function["status"] = json!({"conditions": [
        {"type": "Ready", "status": "True", "lastTransitionTime": "2020-01-01T00:00:00Z"}], "revision": {}});
    let mut observed = support::applied(&sync(&request(&function, &KINDS, &[]).to_string()));
    observed[0]["spec"]["replicas"] = json!(2);
    observed[0]["status"] = json!({"observedGeneration": 1, "replicas": 2, "readyReplicas": 1, "conditions": [
        {"type": "Available", "status": "True", "lastUpdateTime": "2029-01-01T00:00:00Z"}]});
    observed[3]["status"] = json!({"conditions": [
        {"type": "Ready", "status": "False", "reason": "R", "message": "m"}]});
    for image in [json!("example.com/x:v1"), json!(7)] {
        function["spec"]["image"] = image;
        let whole = request(&function, &KINDS, &observed);
        assert_eq!(sync(&trimmed(&whole).to_string()), sync(&whole.to_string()));
    }
}
