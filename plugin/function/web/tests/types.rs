//! The TypeScript types, against what the plugin says of itself.

#![allow(clippy::unwrap_used, reason = "a helper of tests fails as a test does")]

use serde_json::Value;

const TYPES: &str = include_str!("../src/types.d.ts");

/// Every property of a schema, at any depth.
fn properties(schema: &Value) -> Vec<String> {
    let own = schema["properties"].as_object().into_iter().flatten();
    own.flat_map(|(name, schema)| [vec![name.clone()], properties(schema)].concat())
        .collect()
}

#[test]
fn every_setting_has_a_type() {
    let described: Value = serde_json::from_str(&metawasm_function::describe()).unwrap();
    let (_, types) = TYPES.split_once("export interface Settings {").unwrap();
    let (types, _) = types.split_once("\n}").unwrap();
    let settings = properties(&described["settings"]);
    assert!(!settings.is_empty());
    for setting in settings {
        assert!(
            types.contains(&format!("{setting}?: ")),
            "{setting} is a setting and not in the interface Settings of plugin/function/web/src/types.d.ts"
        );
    }
}
