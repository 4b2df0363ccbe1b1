use k8s_openapi::api::core::v1::PodSpec;
use k8s_openapi::schemars::SchemaGenerator;
use serde_json::{Value, json};

use super::*;

/// The schema that `k8s-openapi` has for a PodSpec, with all that it refers to.
fn schema() -> Value {
    serde_json::to_value(SchemaGenerator::default().into_root_schema_for::<PodSpec>()).unwrap()
}

/// A schema, or the one that it refers to.
fn resolved<'s>(schema: &'s Value, root: &'s Value) -> &'s Value {
    match schema["$ref"].as_str() {
        Some(place) => root.pointer(&place[1..]).unwrap(),
        None => schema,
    }
}

/// What a schema says that a field holds, in the words of [`Holds`], and the schema below it.
fn holds<'s>(schema: &'s Value, root: &'s Value) -> (&'static str, Option<&'s Value>) {
    let name = schema["$ref"].as_str().unwrap_or_default();
    if name.ends_with(".Quantity") {
        return ("quantity", None);
    }
    let of = resolved(schema, root);
    if of["x-kubernetes-int-or-string"] == json!(true) {
        return ("port", None);
    }
    match of["type"].as_str().unwrap() {
        "string" => ("text", None),
        "boolean" => ("flag", None),
        "integer" => ("number", None),
        "array" => match holds(&of["items"], root) {
            ("text", _) => ("texts", None),
            ("number", _) => ("numbers", None),
            (_, below) => ("list", Some(below.unwrap())),
        },
        _ if of["properties"].is_object() => ("object", Some(of)),
        _ => match holds_each(of, root) {
            Some("quantity") => ("quantities", None),
            Some(_) => ("map", None),
            None => ("any", None),
        },
    }
}

/// What the members of a map hold.
fn holds_each(of: &Value, root: &Value) -> Option<&'static str> {
    let each = &of["additionalProperties"];
    each.is_object().then(|| holds(each, root).0)
}

fn named(holds: Holds) -> &'static str {
    match holds {
        Holds::Any => "any",
        Holds::Text | Holds::Word(_) => "text",
        Holds::Flag => "flag",
        Holds::Number => "number",
        Holds::Port => "port",
        Holds::Quantity => "quantity",
        Holds::Texts => "texts",
        Holds::Numbers => "numbers",
        Holds::Map => "map",
        Holds::Quantities => "quantities",
        Holds::Object(_) | Holds::Projected(_) => "object",
        Holds::List(_) => "list",
    }
}

/// Compares a shape with a schema and with all that is below it, and counts the fields.
fn compare(shape: &Shape, schema: &Value, root: &Value, at: &str) -> usize {
    let properties = schema["properties"].as_object().unwrap();
    let names: Vec<&str> = shape.fields.iter().map(|field| field.name).collect();
    assert!(names.is_sorted(), "{at}: {names:?}");
    assert_eq!(names, properties.keys().collect::<Vec<_>>(), "{at}");
    let required: Vec<&str> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|name| name.as_str().unwrap())
        .collect();
    let mut count = names.len();
    for field in shape.fields {
        let at = format!("{at}.{}", field.name);
        let (expected, below) = holds(&properties[field.name], root);
        assert_eq!(named(field.of.holds), expected, "{at}");
        // The plugin itself adds the container "function".
        let is_needed = required.contains(&field.name) && at != "t.containers";
        assert_eq!(field.of.needed, is_needed, "{at}");
        assert_eq!(field.below().is_some(), below.is_some(), "{at}");
        if let (Some(shape), Some(below)) = (field.below(), below) {
            count += compare(shape, below, root, &at);
        }
    }
    count
}

#[test]
fn the_fields_are_those_of_the_schema() {
    let schema = schema();
    let fields = compare(&POD, &schema, &schema, "t");
    assert!(fields > 1000, "{fields}");
}

#[test]
fn the_release_is_that_of_the_schema() {
    let manifest = include_str!("../../../../../../Cargo.toml");
    let feature = format!("v{}", KUBERNETES.replace('.', "_"));
    let line = manifest.lines().find(|line| line.starts_with("k8s-openapi = "));
    assert!(line.unwrap().contains(&feature), "{line:?}");
}

#[test]
fn a_key_at_the_wrong_place_has_a_better_one() {
    for (key, shape, expected) in [
        ("annotations", &POD, "; set spec.serving.annotations instead"),
        ("labels", &POD, "; set spec.serving.labels instead"),
        (
            "metadata",
            &POD,
            "; set spec.serving.annotations and spec.serving.labels instead",
        ),
        (
            "replicas",
            &POD,
            "; set spec.serving.scaleOptions.minReplicas and maxReplicas instead",
        ),
        ("image", &POD, "; set spec.image instead"),
        (
            "env",
            &POD,
            "; it belongs in the container \"function\" of spec.serving.template.containers",
        ),
        (
            "livenessProbe",
            &POD,
            "; it belongs in the container \"function\" of spec.serving.template.containers",
        ),
        ("runAsUser", &POD, "; it belongs in \"securityContext\""),
        ("contaners", &POD, "; did you mean \"containers\"?"),
        (
            "nodeSelector",
            &table::CONTAINER,
            "; it belongs in spec.serving.template itself",
        ),
        ("limits", &table::CONTAINER, "; it belongs in \"resources\""),
        (
            "volumeMount",
            &table::CONTAINER,
            "; did you mean \"volumeMounts\"?",
        ),
        (
            "configMapKeyRef",
            &table::ENV_VAR,
            "; it belongs in \"valueFrom\"",
        ),
        ("path", &table::PROBE, "; it belongs in \"httpGet\""),
        ("somethingElse", &POD, ""),
    ] {
        assert_eq!(hint(key, shape), expected, "{key}");
    }
}
