//! What the tests share: the repository's Functions, what the plugin says of one, and what an API server would.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests fails as a test does"
)]

pub(crate) mod admission;
mod cel;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

/// The repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The schema of a Function.
pub(crate) fn schema() -> Value {
    let crd = metawasm_function_crd::crd();
    crd.pointer("/spec/versions/0/schema/openAPIV3Schema")
        .unwrap()
        .clone()
}

pub(crate) fn yaml(path: &Path) -> Option<Value> {
    let text = fs::read_to_string(path).ok()?;
    Some(serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// A Function of the repository, and what belongs to it.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) function: Value,
    pub(crate) observed: Vec<Value>,
}

/// The examples, and the plugin's golden cases.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for path in files(&root().join("examples")) {
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let function = yaml(&path).unwrap();
            cases.push(case(&path, function, Vec::new()));
        }
    }
    for path in files(&root().join("plugin/tests/golden")) {
        // A case without a parent of its own shows an example.
        if let Some(function) = yaml(&path.join("parent.yaml")) {
            let observed = yaml(&path.join("observed.yaml")).unwrap_or(json!([]));
            cases.push(case(&path, function, observed.as_array().unwrap().clone()));
        }
    }
    assert!(cases.len() > 20, "{}", cases.len());
    cases
}

fn case(path: &Path, function: Value, observed: Vec<Value>) -> Case {
    Case {
        name: path.file_name().unwrap().to_string_lossy().into_owned(),
        function,
        observed,
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

/// The plugin's answer to a sync request.
pub(crate) fn answer(function: &Value, observed: &[Value]) -> Value {
    let mut function = function.clone();
    let metadata = function["metadata"].as_object_mut().unwrap();
    for (key, value) in [
        ("creationTimestamp", json!("2026-01-01T00:00:00Z")),
        ("generation", json!(1)),
        ("namespace", json!("demo")),
    ] {
        metadata.entry(key).or_insert(value);
    }
    let mut children = Map::new();
    for kind in [
        "Deployment.apps/v1",
        "Service.v1",
        "HTTPScaledObject.http.keda.sh/v1alpha1",
    ] {
        children.insert(kind.to_owned(), json!({}));
    }
    for object in observed {
        let text = |key: &str| object[key].as_str().unwrap();
        let group = format!("{}.{}", text("kind"), text("apiVersion"));
        let name = object.pointer("/metadata/name").and_then(Value::as_str).unwrap();
        children.entry(group).or_insert(json!({}))[name] = object.clone();
    }
    let request = json!({"parent": function, "children": children});
    let answer = metawasm_function::sync(&request.to_string(), "{}").unwrap();
    serde_json::from_str(&answer).unwrap()
}

/// What the plugin says is wrong with a Function; nothing where it accepts it.
pub(crate) fn refusal(function: &Value) -> Option<String> {
    let answer = answer(function, &[]);
    let conditions = answer["status"]["conditions"].as_array().unwrap();
    let ready = conditions.iter().find(|one| one["type"] == "Ready").unwrap();
    (ready["reason"] == "Invalid").then(|| ready["message"].as_str().unwrap().to_owned())
}
