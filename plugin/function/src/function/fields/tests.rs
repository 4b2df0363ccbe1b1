use std::collections::BTreeSet;
use std::path::Path as File;

use serde_json::Value;

use super::table::{Below, IGNORED, Place, SPEC};
use crate::function::older;

/// Places with tables of their own, where the CRD has fields and the table here has none.
const ELSEWHERE: [&str; 7] = [
    "spec.serving.bindings",
    "spec.serving.pubsub",
    "spec.serving.states[].spec",
    "spec.serving.template",
    "spec.serving.scaleOptions.keda.httpScaledObject",
    "spec.serving.scaleOptions.keda.scaledJob",
    "spec.serving.scaleOptions.keda.scaledObject",
];
const TRIGGERS: &str = "spec.serving.scaleOptions.keda.triggers";

fn schema() -> Value {
    let file = File::new(env!("CARGO_MANIFEST_DIR")).join("../../metacontroller/crd/function.yaml");
    let crd: Value = serde_saphyr::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let schema = crd.pointer("/spec/versions/0/schema/openAPIV3Schema/properties/spec");
    schema.unwrap().clone()
}

/// Compares a place with the CRD's schema of it, and counts the fields.
fn compare(place: &'static Place, schema: &Value, at: &str) -> usize {
    let schema = schema.get("items").unwrap_or(schema);
    assert!(place.fields.is_sorted_by_key(|(name, _)| *name), "{at}");
    let known: BTreeSet<&str> = place.names().collect();
    let is_open = schema.get("x-kubernetes-preserve-unknown-fields").is_some();
    assert_eq!(is_open, place.fate != IGNORED, "{at}: who takes other fields?");
    if is_open {
        return known.len();
    }
    let admitted = schema["properties"].as_object().unwrap();
    let admitted: BTreeSet<&str> = admitted
        .keys()
        .map(String::as_str)
        .filter(|name| !older::FIELDS.contains(&&*format!("{at}.{name}")))
        .collect();
    assert_eq!(known, admitted, "{at}");
    let mut count = known.len();
    for (name, below) in place.fields {
        let (schema, at) = (&schema["properties"][*name], format!("{at}.{name}"));
        match below {
            Below::Fields(place) => count += compare(place, schema, &at),
            Below::Each(place) => {
                let at = format!("{at}[]");
                count += compare(place, &schema["additionalProperties"], &at);
            }
            Below::Value => {
                let schema = schema.get("items").unwrap_or(schema);
                let has_fields = schema.get("properties").is_some()
                    || schema["additionalProperties"].get("properties").is_some();
                let is_elsewhere = ELSEWHERE.contains(&&*at) || at == TRIGGERS;
                assert_eq!(has_fields, is_elsewhere, "{at}");
            }
        }
    }
    count
}

#[test]
fn the_table_is_the_crds() {
    assert!(compare(&SPEC, &schema(), "spec") > 100);
}

#[test]
fn fields_of_v1beta1_are_in_the_crd() {
    let schema = schema();
    for field in older::FIELDS {
        let names = field.strip_prefix("spec.").unwrap().split('.');
        let mut found = &schema;
        for name in names {
            let (name, is_map) = match name.strip_suffix("[]") {
                Some(name) => (name, true),
                None => (name, false),
            };
            found = &found["properties"][name];
            if is_map {
                found = &found["additionalProperties"];
            }
        }
        assert!(found.is_object(), "{field}");
    }
}

#[test]
fn the_only_place_of_a_name_is_found() {
    use super::elsewhere;
    assert_eq!(
        elsewhere("engine").as_deref(),
        Some("spec.serving.triggers.http.engine")
    );
    assert_eq!(elsewhere("name"), None);
    assert_eq!(elsewhere("nothing"), None);
}
