//! What the tests share: cases from files, requests as Metacontroller makes them, and what must
//! be true of every answer.

#![allow(dead_code, unused_imports, reason = "each test file uses a part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests fails as a test does"
)]

pub(crate) mod cluster;
pub(crate) mod functions;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use metawasm_function::kinds::{self, Kind};
use serde_json::{Map, Value, json};

/// The kinds that a controller declares by default, as keys of `children`.
pub(crate) static KINDS: LazyLock<Vec<&str>> = LazyLock::new(|| keys(|kind| kind.feature.is_none()));

/// Every kind that a controller can declare.
pub(crate) static ALL_KINDS: LazyLock<Vec<&str>> = LazyLock::new(|| keys(|_| true));

fn keys(is_wanted: fn(&Kind) -> bool) -> Vec<&'static str> {
    let kinds = kinds::ALL.iter().filter(|kind| is_wanted(kind));
    kinds
        .map(|kind| &*format!("{}.{}", kind.kind, kind.api_version).leak())
        .collect()
}

/// The folder `plugin/function`; the tests of the packages below it find it too.
fn plugin() -> PathBuf {
    let mut folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let plugin = folders.find(|folder| folder.join("tests/golden").is_dir());
    plugin.unwrap().to_owned()
}

pub(crate) fn golden(case: &str) -> PathBuf {
    plugin().join("tests/golden").join(case)
}

/// The names of all golden cases, sorted.
pub(crate) fn cases() -> Vec<String> {
    let mut cases: Vec<String> = fs::read_dir(golden(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    cases.sort();
    cases
}

/// A golden case: its request and its settings.
pub(crate) fn case(case: &str) -> (Value, Value) {
    let folder = golden(case);
    let file = |name: &str| format!("{}.yaml", name.replace('_', "-"));
    let parent = match case.split_once('_') {
        Some(("example", name)) => example(&file(name)),
        Some(("seed", name)) => example(&format!("seed/{}", file(name))),
        _ => parent(yaml(&folder.join("parent.yaml")).unwrap()),
    };
    let declared = yaml(&folder.join("declared.yaml"));
    let declared: Vec<&str> = match &declared {
        Some(kinds) => kinds
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect(),
        None => KINDS.to_vec(),
    };
    let objects = |file| match yaml(&folder.join(file)) {
        Some(Value::Array(objects)) => objects,
        _ => Vec::new(),
    };
    let (observed, related) = (objects("observed.yaml"), objects("related.yaml"));
    let settings = yaml(&folder.join("settings.yaml")).unwrap_or_else(|| json!({}));
    (request_with(&parent, &declared, &observed, &related), settings)
}

pub(crate) fn yaml(path: &Path) -> Option<Value> {
    let text = fs::read_to_string(path).ok()?;
    Some(serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

pub(crate) fn example(name: &str) -> Value {
    let path = plugin().join("../../examples").join(name);
    parent(yaml(&path).unwrap())
}

/// A Function as the API server would show it: with a namespace, a generation and a birthday.
pub(crate) fn parent(mut function: Value) -> Value {
    let metadata = function["metadata"].as_object_mut().unwrap();
    for (key, value) in [
        ("creationTimestamp", json!("2026-01-01T00:00:00Z")),
        ("generation", json!(1)),
        ("namespace", json!("demo")),
        ("uid", json!("6f7d1ef9-e0bc-4ca5-a0f8-81e3dc8d22a4")),
    ] {
        metadata.entry(key).or_insert(value);
    }
    function
}

/// A sync request with these observed children.
pub(crate) fn request(parent: &Value, declared: &[&str], observed: &[Value]) -> Value {
    request_with(parent, declared, observed, &[])
}

/// A sync request with these observed children and these related objects.
pub(crate) fn request_with(parent: &Value, declared: &[&str], observed: &[Value], others: &[Value]) -> Value {
    let mut children: Map<String, Value> = declared
        .iter()
        .map(|kind| ((*kind).to_owned(), json!({})))
        .collect();
    for object in observed {
        let text = |pointer: &str| {
            object
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap()
                .to_owned()
        };
        let group = format!("{}.{}", text("/kind"), text("/apiVersion"));
        let key = format!("demo/{}", text("/metadata/name"));
        children[&group][key] = object.clone();
    }
    json!({
        "controller": {"apiVersion": "metacontroller.k8s.io/v1alpha1", "kind": "CompositeController"},
        "parent": parent,
        "children": children,
        "related": related(others),
        "finalizing": false,
    })
}

/// Related objects in groups. One without a name stands for an empty group: it was asked for and
/// is not there.
fn related(objects: &[Value]) -> Value {
    let mut groups = json!({});
    for object in objects {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
        let group = format!("{}.{}", text("/kind").unwrap(), text("/apiVersion").unwrap());
        let group = groups.as_object_mut().unwrap().entry(group).or_insert(json!({}));
        if let Some(name) = text("/metadata/name") {
            let key = format!("{}/{name}", text("/metadata/namespace").unwrap_or("demo"));
            group[key] = object.clone();
        }
    }
    groups
}

/// Children as Metacontroller would have created them: with what was asked for in an annotation.
pub(crate) fn applied(answer: &Value) -> Vec<Value> {
    let children = answer["children"].as_array().unwrap().iter();
    children
        .map(|child| {
            let mut asked = child.clone();
            asked["metadata"]["labels"]["controller-uid"] = json!("6f7d1ef9");
            let mut object = asked.clone();
            object["metadata"]["annotations"]["metacontroller.k8s.io/last-applied-configuration"] =
                json!(asked.to_string());
            object["metadata"]["creationTimestamp"] = json!("2026-01-01T00:00:01Z");
            object["metadata"]["generation"] = json!(1);
            object
        })
        .collect()
}

pub(crate) fn sync(request: &Value, settings: &Value) -> Value {
    let answer = metawasm_function::sync(&request.to_string(), &settings.to_string()).unwrap();
    let answer = serde_json::from_str(&answer).unwrap();
    check(&answer);
    answer
}

/// What is true of every answer.
pub(crate) fn check(answer: &Value) {
    let Value::Object(members) = answer else {
        panic!("no object: {answer}")
    };
    for key in members.keys() {
        assert!(
            ["children", "resyncAfterSeconds", "status"].contains(&key.as_str()),
            "{key}"
        );
    }
    storable(answer, "");
    let mut identities = Vec::new();
    for child in answer["children"].as_array().unwrap() {
        let text = |pointer: &str| child.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
        let identity = (text("/apiVersion"), text("/kind"), text("/metadata/name"));
        assert!(!identities.contains(&identity), "twice: {identity:?}");
        identities.push(identity);
        assert_eq!(child.pointer("/metadata/labels/controller-uid"), None);
        assert_eq!(child.pointer("/metadata/ownerReferences"), None);
        assert_eq!(child.get("status"), None);
        assert_eq!(metawasm_model::twice(child), None, "{child}");
        let containers = child.pointer("/spec/template/spec/containers");
        for container in containers.and_then(Value::as_array).into_iter().flatten() {
            unique(container, "env", "name");
            unique(container, "ports", "containerPort");
        }
    }
    for condition in answer["status"]["conditions"].as_array().unwrap() {
        for key in ["type", "status", "reason", "message", "lastTransitionTime"] {
            assert!(
                condition[key].as_str().is_some_and(|text| !text.is_empty()),
                "{condition}"
            );
        }
    }
}

fn unique(container: &Value, list: &str, key: &str) {
    let mut seen = Vec::new();
    for element in container[list].as_array().into_iter().flatten() {
        assert_ne!(
            element.get("value"),
            Some(&json!("")),
            "an empty value: {element}"
        );
        assert!(!seen.contains(&&element[key]), "{key} twice: {element}");
        seen.push(&element[key]);
    }
}

/// Nothing that Go would write otherwise: no null, no whole number with a point or an exponent.
fn storable(value: &Value, at: &str) {
    match value {
        Value::Null => panic!("null at {at}"),
        Value::Number(number) => {
            let float = number.as_f64().unwrap();
            assert!(number.is_i64() || float.fract() != 0.0, "{number} at {at}");
        }
        Value::Array(list) => list
            .iter()
            .enumerate()
            .for_each(|(index, value)| storable(value, &format!("{at}/{index}"))),
        Value::Object(object) => object
            .iter()
            .for_each(|(key, value)| storable(value, &format!("{at}/{key}"))),
        _ => {}
    }
}

/// The children without what the cluster gives them and without what scalers own; lists of
/// objects in an order of their own, since dynamic-apply keeps the one that it finds.
pub(crate) fn essence(cluster: &cluster::Cluster) -> Vec<Value> {
    let children = cluster.children().into_values();
    children
        .map(|mut child| {
            let labels = child["metadata"]["labels"].clone();
            let name = child["metadata"]["name"].clone();
            child["metadata"] = json!({"labels": labels, "name": name});
            child.as_object_mut().unwrap().remove("status");
            let spec = child["spec"].as_object_mut().unwrap();
            spec.retain(|key, _| !["replicas", "clusterIP", "clusterIPs"].contains(&key.as_str()));
            in_order(&mut child);
            child
        })
        .collect()
}

fn in_order(value: &mut Value) {
    match value {
        Value::Array(list) => {
            list.iter_mut().for_each(in_order);
            if list.iter().all(Value::is_object) {
                list.sort_by_key(ToString::to_string);
            }
        }
        Value::Object(object) => object.values_mut().for_each(in_order),
        _ => {}
    }
}

/// Applies a JSON merge patch.
pub(crate) fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (key, value) in patch {
        if value.is_null() {
            target.as_object_mut().unwrap().remove(key);
        } else {
            merge(&mut target[key], value);
        }
    }
}
