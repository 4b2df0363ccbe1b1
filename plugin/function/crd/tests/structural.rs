//! The schema is structural: an API server takes it as it is.
//!
//! Source: `k8s.io/apiextensions-apiserver/pkg/apiserver/schema/validation.go` and the API's reference.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by a panic"
)]

mod support;

use serde_json::{Map, Value};
use support::{admission, schema};

/// The words that our schema may use: a part of those that an API server knows.
const WORDS: [&str; 19] = [
    "additionalProperties",
    "default",
    "description",
    "enum",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "minLength",
    "minimum",
    "properties",
    "required",
    "type",
    "x-kubernetes-int-or-string",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-list-type",
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-validations",
];

/// Calls `check` with the path of every schema and the schema.
fn each(schema: &Value, path: &str, check: &mut dyn FnMut(&str, &Map<String, Value>)) {
    let Value::Object(words) = schema else {
        panic!("{path}: {schema} is no object");
    };
    check(path, words);
    for (name, below) in words
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        each(below, &format!("{path}.{name}"), check);
    }
    for (word, sign) in [("items", "[]"), ("additionalProperties", "{}")] {
        if let Some(below) = words.get(word) {
            each(below, &format!("{path}{sign}"), check);
        }
    }
}

fn of_all(check: impl Fn(&str, &Map<String, Value>)) {
    let mut count = 0;
    each(&schema(), "", &mut |path, words| {
        count += 1;
        check(path, words);
    });
    assert!(count > 250, "{count}");
}

fn is(words: &Map<String, Value>, word: &str, value: &str) -> bool {
    words.get(word).is_some_and(|found| found == value)
}

#[test]
fn every_word_is_one_that_an_api_server_knows() {
    of_all(|path, words| {
        for word in words.keys() {
            assert!(WORDS.contains(&word.as_str()), "{path}: {word}");
        }
    });
}

#[test]
fn every_schema_has_one_type_or_says_why_it_has_none() {
    of_all(|path, words| {
        let r#type = words.get("type").map(|r#type| r#type.as_str().unwrap());
        let is_mixed = words.get("x-kubernetes-int-or-string") == Some(&Value::Bool(true));
        let is_open = words.get("x-kubernetes-preserve-unknown-fields") == Some(&Value::Bool(true));
        match r#type {
            Some("object" | "array" | "string" | "integer" | "boolean") => assert!(!is_mixed, "{path}"),
            Some(other) => panic!("{path}: {other}"),
            None => assert!(is_mixed || is_open, "{path}"),
        }
    });
}

#[test]
fn objects_have_members_lists_have_items_and_nothing_else_has() {
    of_all(|path, words| {
        let has = |word| words.contains_key(word);
        assert!(!(has("properties") && has("additionalProperties")), "{path}");
        for word in ["properties", "additionalProperties", "required", "maxProperties"] {
            assert!(!has(word) || is(words, "type", "object"), "{path}: {word}");
        }
        for word in ["items", "maxItems", "x-kubernetes-list-type"] {
            assert!(!has(word) || is(words, "type", "array"), "{path}: {word}");
        }
        assert_eq!(has("items"), is(words, "type", "array"), "{path}");
        assert!(!has("enum") || is(words, "type", "string"), "{path}");
        assert!(!has("minimum") || is(words, "type", "integer"), "{path}");
    });
}

#[test]
fn only_known_formats_are_used() {
    of_all(|path, words| match words.get("format").and_then(Value::as_str) {
        None => {}
        Some("int32" | "int64") => assert!(is(words, "type", "integer"), "{path}"),
        Some("date-time") => assert!(is(words, "type", "string"), "{path}"),
        Some(other) => panic!("{path}: {other}"),
    });
}

#[test]
fn what_is_required_is_there() {
    of_all(|path, words| {
        for name in words
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            assert!(
                words["properties"].get(name.as_str().unwrap()).is_some(),
                "{path}: {name}"
            );
        }
    });
}

#[test]
fn lists_that_are_maps_have_keys_that_are_always_there() {
    of_all(|path, words| {
        let keys = words.get("x-kubernetes-list-map-keys").and_then(Value::as_array);
        assert_eq!(
            keys.is_some(),
            is(words, "x-kubernetes-list-type", "map"),
            "{path}"
        );
        for key in keys.into_iter().flatten() {
            assert!(
                words["items"]["required"].as_array().unwrap().contains(key),
                "{path}: {key}"
            );
        }
    });
}

#[test]
fn defaults_are_admitted_by_their_own_schema() {
    let found = std::cell::Cell::new(0);
    of_all(|path, words| {
        if let Some(default) = words.get("default") {
            found.set(found.get() + 1);
            let schema = Value::Object(words.clone());
            assert_eq!(admission::wrong(&schema, default, path), [""; 0]);
        }
    });
    assert_eq!(found.get(), 1);
}

#[test]
fn rules_have_a_message_of_one_line_and_nothing_else() {
    of_all(|path, words| {
        let rules = words.get("x-kubernetes-validations").and_then(Value::as_array);
        for rule in rules.into_iter().flatten().map(|rule| rule.as_object().unwrap()) {
            assert_eq!(rule.keys().collect::<Vec<_>>(), ["message", "rule"], "{path}");
            let (rule, message) = (rule["rule"].as_str().unwrap(), rule["message"].as_str().unwrap());
            assert!(rule.contains("self"), "{path}: {rule}");
            assert!(
                !message.is_empty() && message.lines().count() == 1,
                "{path}: {message}"
            );
        }
    });
}

/// An API server takes for the worst what has no limit, and refuses a CRD whose rules could cost too much.
#[test]
fn what_rules_look_into_is_limited() {
    fn limited(schema: &Value, path: &str, in_list: bool) {
        let has = |word: &str| schema.get(word).is_some();
        let rules = schema
            .get("x-kubernetes-validations")
            .map(Value::to_string)
            .unwrap_or_default();
        if in_list && schema["type"] == "string" && rules.contains("matches") {
            assert!(has("maxLength"), "{path}: no maxLength");
        }
        let below_is_ruled = ["items", "additionalProperties"].iter().any(|word| {
            schema
                .get(word)
                .is_some_and(|below| below.to_string().contains("matches("))
        });
        if below_is_ruled {
            assert!(has("maxItems") || has("maxProperties"), "{path}: no limit");
        }
        for (name, below) in schema
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            limited(below, &format!("{path}.{name}"), in_list);
        }
        for word in ["items", "additionalProperties"] {
            if let Some(below) = schema.get(word) {
                limited(below, &format!("{path}[]"), true);
            }
        }
    }
    limited(&schema(), "", false);
}

/// `metadata` alone has no description: an API server allows none.
#[test]
fn every_field_is_described() {
    of_all(|path, words| {
        let is_part = path.ends_with("[]") || path.ends_with("{}");
        assert_eq!(
            words.contains_key("description") || is_part,
            path != ".metadata",
            "{path}"
        );
    });
}
