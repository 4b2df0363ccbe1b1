//! What the plugin says about itself.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests fails as a test does"
)]

mod support;

use serde_json::{Value, json};
use support::KINDS;

fn described() -> Value {
    serde_json::from_str(&metawasm_function::describe()).unwrap()
}

#[test]
fn the_plugin_has_a_name_a_parent_and_children() {
    let described = described();
    assert_eq!(described["name"], "function");
    assert_eq!(described["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(
        described["parent"],
        json!({"apiVersion": "core.openfunction.io/v1beta2", "kind": "Function", "resource": "functions"})
    );
    let children = described["children"].as_array().unwrap().iter();
    let by_default = children.filter(|child| child.get("optional").is_none());
    let keys: Vec<String> = by_default
        .map(|child| {
            format!(
                "{}.{}",
                child["kind"].as_str().unwrap(),
                child["apiVersion"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(keys, *KINDS);
}

/// The defaults that the schema names are those that the plugin uses.
fn defaults(schema: &Value) -> Value {
    let Some(properties) = schema["properties"].as_object() else {
        return schema["default"].clone();
    };
    properties
        .iter()
        .map(|(key, schema)| (key.clone(), defaults(schema)))
        .collect()
}

#[test]
fn the_schema_tells_the_defaults() {
    let settings = defaults(&described()["settings"]);
    let request = json!({
        "parent": {
            "metadata": {"name": "a", "namespace": "b"},
            "spec": {"image": "c", "serving": {"triggers": {"http": {"engine": "keda"}}}},
        },
        "children": {"Deployment.apps/v1": {}, "Service.v1": {}, "HTTPScaledObject.http.keda.sh/v1alpha1": {}},
    })
    .to_string();
    let answer = metawasm_function::sync(&request, &settings.to_string()).unwrap();
    assert_eq!(metawasm_function::sync(&request, "{}"), Ok(answer));
}

#[test]
fn every_setting_is_described_and_no_other_is_taken() {
    fn check(schema: &Value) {
        if let Some(properties) = schema["properties"].as_object() {
            assert_eq!(schema["additionalProperties"], false);
            for property in properties.values() {
                assert!(property["description"].is_string(), "{property}");
                assert!(property.get("default").is_some(), "{property}");
                check(property);
            }
        }
    }
    check(&described()["settings"]);
}
