//! CRD and plugin do not drift apart: what the plugin accepts is admitted, and what it reads is not pruned.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by a panic"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use support::{admission, cases, refusal, root, schema};

/// How many Functions each value is tried in.
const TRIES: usize = 2;

/// Values that are near to the limit of some rule, for a field of this schema.
fn candidates(schema: &Value) -> Vec<Value> {
    let words = [
        "",
        "a",
        "A",
        "a.b",
        "a_b",
        "-a",
        "a-",
        "1a",
        "x y",
        "x\n",
        "é",
        "*.a.b",
        "*",
        "/",
        "a/b",
        "A.b/c",
        "v1",
        ".",
        "8080",
        "0",
        "+1",
        "-0",
        "-1",
        "65535",
        "65536",
        "bindings.x",
        "binding.x",
        "binding.",
        "pubsub.x",
        "state.x",
        "keda",
        "Append",
        "Never",
        "Exact",
    ];
    let texts = words.map(str::to_owned).into_iter();
    let texts = texts.chain([63, 64, 253, 254, 300].map(|length| "a".repeat(length)));
    let texts = texts.map(Value::from);
    let numbers = [-1, 0, 1, 2, 99, 100, 101, 65535, 65536, i32::MAX].map(Value::from);
    match schema.get("type").and_then(Value::as_str) {
        Some("string") => texts.collect(),
        Some("integer") => numbers.to_vec(),
        Some("boolean") => vec![json!(true), json!(false)],
        Some("array") => vec![json!([])],
        Some("object") => vec![json!({})],
        _ => texts.chain(numbers).collect(),
    }
}

/// Changes of a Function: one value is set, or one key of a map is another.
struct Changes {
    /// How often a value has been tried at a place.
    tried: BTreeMap<(String, String), usize>,
}

impl Changes {
    fn is_worth_trying(&mut self, place: &str, value: &str) -> bool {
        let tried = self
            .tried
            .entry((place.to_owned(), value.to_owned()))
            .or_default();
        *tried += 1;
        *tried <= TRIES
    }

    /// Calls `check` with `value` changed in each way that is still to be tried.
    fn each(&mut self, schema: &Value, value: &Value, place: &str, check: &mut dyn FnMut(&str, Value)) {
        for candidate in candidates(schema) {
            if self.is_worth_trying(place, &candidate.to_string()) {
                check(place, candidate);
            }
        }
        match value {
            Value::Object(members) => {
                let known = schema.get("properties").and_then(Value::as_object);
                let keys: BTreeSet<&String> = known
                    .into_iter()
                    .flat_map(|all| all.keys())
                    .chain(members.keys())
                    .collect();
                for key in keys {
                    let Some(below) = admission::property(schema, key) else {
                        continue;
                    };
                    let is_known = known.is_some_and(|known| known.contains_key(key));
                    let place = format!("{place}.{}", if is_known { key } else { "*" });
                    self.each(
                        below,
                        members.get(key).unwrap_or(&Value::Null),
                        &place,
                        &mut |place, below| {
                            let mut members = members.clone();
                            members.insert(key.clone(), below);
                            check(place, Value::Object(members));
                        },
                    );
                }
                if known.is_none() && schema.get("additionalProperties").is_some() {
                    self.each_key(members, place, check);
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.each(
                        &schema["items"],
                        item,
                        &format!("{place}[]"),
                        &mut |place, below| {
                            let mut items = items.clone();
                            items[index] = below;
                            check(place, Value::Array(items));
                        },
                    );
                }
            }
            _ => {}
        }
    }

    /// Calls `check` with the first member under another key.
    fn each_key(
        &mut self,
        members: &serde_json::Map<String, Value>,
        place: &str,
        check: &mut dyn FnMut(&str, Value),
    ) {
        let Some((key, value)) = members.iter().next() else {
            return;
        };
        for candidate in candidates(&json!({"type": "string"})) {
            let candidate = candidate.as_str().unwrap();
            if self.is_worth_trying(&format!("{place} key"), candidate) {
                let mut members = members.clone();
                members.remove(key);
                members.insert(candidate.to_owned(), value.clone());
                check(place, Value::Object(members));
            }
        }
    }
}

/// Whether a Dapr item has two spellings at once: the plugin reads one of them, the CRD checks both.
fn is_spelled_twice(value: &Value) -> bool {
    match value {
        Value::Object(members) => {
            let is_wrapped = ["dapr", "dap"]
                .iter()
                .any(|key| members.get(*key).is_some_and(Value::is_object));
            is_wrapped && members.len() > 1 || members.values().any(is_spelled_twice)
        }
        Value::Array(items) => items.iter().any(is_spelled_twice),
        _ => false,
    }
}

#[test]
fn what_the_plugin_accepts_is_admitted() {
    let schema = schema();
    let mut changes = Changes {
        tried: BTreeMap::new(),
    };
    let (mut accepted, mut refused) = (0, 0);
    let mut drifted = BTreeMap::new();
    for case in cases() {
        // What nobody knows is dropped with a warning here, and pruned there.
        if refusal(&case.function).is_some() || !admission::wrong(&schema, &case.function, "").is_empty() {
            continue;
        }
        let (base, spec) = (&case.function, &case.function["spec"]);
        changes.each(
            &schema["properties"]["spec"],
            spec,
            ".spec",
            &mut |place, spec| {
                let mut function = base.clone();
                function["spec"] = spec;
                if refusal(&function).is_some() {
                    refused += 1;
                    return;
                }
                if is_spelled_twice(&function) {
                    return;
                }
                accepted += 1;
                for sentence in admission::wrong(&schema, &function, "") {
                    drifted.insert(place.to_owned(), format!("{sentence} ({})", case.name));
                }
            },
        );
    }
    assert_eq!(
        drifted,
        BTreeMap::new(),
        "the plugin accepts what the CRD does not admit"
    );
    assert!(accepted > 1000 && refused > 1000, "{accepted} {refused}");
}

/// The names in `field("…")` of a source file.
fn fields(source: &str) -> impl Iterator<Item = &str> {
    let after = source.split("field(\"").skip(1);
    after
        .filter_map(|rest| rest.split('"').next())
        .flat_map(|name| name.split('.'))
}

fn sources(folder: &Path, all: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, all);
        } else {
            all.push(fs::read_to_string(path).unwrap());
        }
    }
}

fn properties<'s>(schema: &'s Value, all: &mut BTreeSet<&'s str>) {
    for (name, below) in schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        all.insert(name);
        properties(below, all);
    }
    for word in ["items", "additionalProperties"] {
        if let Some(below) = schema.get(word) {
            properties(below, all);
        }
    }
}

#[test]
fn what_the_plugin_reads_is_not_pruned() {
    let schema = schema();
    let mut known = BTreeSet::new();
    properties(&schema, &mut known);
    let mut all = Vec::new();
    sources(&root().join("plugin/function/src/function/normalize"), &mut all);
    let read: BTreeSet<&str> = all.iter().flat_map(|source| fields(source)).collect();
    assert!(read.len() > 60, "{read:?}");
    // Of metadata, of an annotation that is YAML, and of a rule and the template, which are open.
    known.extend(["uid", "order", "backendRefs", "terminationMessagePath"]);
    let pruned: Vec<_> = read.difference(&known).collect();
    assert!(
        pruned.is_empty(),
        "the plugin reads {pruned:?}, which the CRD does not have"
    );
}
