//! What an API server says of a Function: a structural schema's checks, for the part of the language that ours uses.
//!
//! A field that is not known is refused, as `kubectl apply` does; the API server alone would prune it.

use serde_json::{Map, Value};

use super::cel;

/// What is wrong with a value, each with its path. The rules in CEL run when the rest is right, as in an API server.
pub(crate) fn wrong(schema: &Value, value: &Value, path: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    walk(schema, value, path, &mut wrong, &mut shape);
    if wrong.is_empty() {
        walk(schema, value, path, &mut wrong, &mut rules);
    }
    wrong
}

type Check<'c> = dyn FnMut(&Value, &Value, &str, &mut Vec<String>) + 'c;

/// Calls `check` with every value that has a schema.
fn walk(schema: &Value, value: &Value, path: &str, wrong: &mut Vec<String>, check: &mut Check<'_>) {
    check(schema, value, path, wrong);
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                if let Some(below) = property(schema, key) {
                    walk(below, member, &format!("{path}.{key}"), wrong, check);
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                if let Some(below) = schema.get("items") {
                    walk(below, item, &format!("{path}[{index}]"), wrong, check);
                }
            }
        }
        _ => {}
    }
}

/// The schema of a member.
pub(crate) fn property<'s>(schema: &'s Value, key: &str) -> Option<&'s Value> {
    let known = schema.get("properties").and_then(|all| all.get(key));
    known.or_else(|| schema.get("additionalProperties"))
}

/// Types, required and unknown fields, and numbers of all kinds.
fn shape(schema: &Value, value: &Value, path: &str, wrong: &mut Vec<String>) {
    let mut say = |sentence: String| wrong.push(format!("{path}: {sentence}"));
    let flag = |name: &str| schema.get(name) == Some(&Value::Bool(true));
    let limit = |name: &str| schema.get(name).and_then(Value::as_i64);
    let fits = match schema.get("type").and_then(Value::as_str) {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64(),
        Some("boolean") => value.is_boolean(),
        None if flag("x-kubernetes-int-or-string") => value.is_i64() || value.is_string(),
        None if flag("x-kubernetes-preserve-unknown-fields") => true,
        other => panic!("{path}: type {other:?}"),
    };
    if !fits {
        return say(format!("must not be {value}"));
    }
    if let Some(known) = schema.get("enum").and_then(Value::as_array)
        && !known.contains(value)
    {
        say(format!("must be one of {}", Value::from(known.clone())));
    }
    let length = match value {
        Value::String(text) => Some((text.chars().count(), "minLength", "maxLength", "characters")),
        Value::Array(items) => Some((items.len(), "minItems", "maxItems", "items")),
        Value::Object(members) => Some((members.len(), "minProperties", "maxProperties", "properties")),
        _ => None,
    };
    if let Some((length, least, most, what)) = length {
        let length = i64::try_from(length).unwrap();
        if let Some(least) = limit(least).filter(|least| length < *least) {
            say(format!("must have at least {least} {what}"));
        }
        if let Some(most) = limit(most).filter(|most| length > *most) {
            say(format!("must have at most {most} {what}"));
        }
    }
    if let Some(number) = value.as_i64() {
        if let Some(least) = limit("minimum").filter(|least| number < *least) {
            say(format!("must be at least {least}"));
        }
        if schema.get("format").is_some_and(|format| format == "int32") && i32::try_from(number).is_err() {
            say("must fit 32 bits".to_owned());
        }
    }
    match value {
        Value::Object(members) => members_fit(schema, members, &mut say),
        Value::Array(items) => keys_differ(schema, items, &mut say),
        _ => {}
    }
}

fn members_fit(schema: &Value, members: &Map<String, Value>, say: &mut dyn FnMut(String)) {
    let required = schema.get("required").and_then(Value::as_array);
    for name in required.into_iter().flatten().filter_map(Value::as_str) {
        if !members.contains_key(name) {
            say(format!("{name} is required"));
        }
    }
    // Beside `type: object` alone (metadata) there is nothing to compare with.
    let is_open = schema.get("x-kubernetes-preserve-unknown-fields").is_some()
        || schema.as_object().is_some_and(|schema| schema.len() == 1);
    for key in members.keys() {
        if property(schema, key).is_none() && !is_open {
            say(format!("{key} is not known"));
        }
    }
}

/// In a list that is a map, the keys tell items apart.
fn keys_differ(schema: &Value, items: &[Value], say: &mut dyn FnMut(String)) {
    let keys = schema.get("x-kubernetes-list-map-keys").and_then(Value::as_array);
    for key in keys.into_iter().flatten().filter_map(Value::as_str) {
        let mut seen = Vec::new();
        for item in items {
            if seen.contains(&&item[key]) {
                say(format!("{key} {} is there twice", item[key]));
            }
            seen.push(&item[key]);
        }
    }
}

fn rules(schema: &Value, value: &Value, path: &str, wrong: &mut Vec<String>) {
    let rules = schema.get("x-kubernetes-validations").and_then(Value::as_array);
    for rule in rules.into_iter().flatten() {
        let text = |key: &str| rule[key].as_str().unwrap();
        match cel::verdict(text("rule"), value) {
            Ok(true) => {}
            Ok(false) => wrong.push(format!("{path}: {}", text("message"))),
            Err(error) => wrong.push(format!("{path}: {}: {error}", text("message"))),
        }
    }
}
