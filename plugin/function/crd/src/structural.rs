//! JSON Schema → the structural schema of apiextensions.k8s.io/v1, which is a part of it with words of its own.
//!
//! Source: `k8s.io/apiextensions-apiserver/pkg/apiserver/schema`.

use serde_json::{Map, Value};

/// Whatever is not known is kept.
const OPEN: &str = "x-kubernetes-preserve-unknown-fields";

/// Makes a schema structural, with all that is below it.
pub(crate) fn structural(schema: Value) -> Value {
    // `true`: anything.
    let mut schema = match schema {
        Value::Object(schema) => schema,
        _ => Map::new(),
    };
    // Names of Rust types, and where the words are from.
    schema.remove("title");
    schema.remove("$schema");
    without_null(&mut schema);
    one_of_constants(&mut schema);
    open_or_closed(&mut schema);
    if let Some(Value::String(description)) = schema.get_mut("description") {
        *description = description.replace('\n', " ");
    }
    for key in ["items", "additionalProperties"] {
        if let Some(below) = schema.get_mut(key) {
            *below = structural(below.take());
        }
    }
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        for below in properties.values_mut() {
            *below = structural(below.take());
        }
    }
    Value::Object(schema)
}

/// A field that may be absent need not be nullable: the API server takes `null` for a mistake.
fn without_null(schema: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|r#type| r#type != "null");
        if let [r#type] = types.as_mut_slice() {
            let r#type = r#type.take();
            schema.insert("type".to_owned(), r#type);
        }
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    if let Some(Value::Array(mut any)) = schema.remove("anyOf") {
        any.retain(|one| one.get("type").is_none_or(|r#type| r#type != "null"));
        match any.as_mut_slice() {
            // What the field says of itself goes before what its type says.
            [Value::Object(one)] => {
                for (key, value) in std::mem::take(one) {
                    schema.entry(key).or_insert(value);
                }
            }
            _ => {
                schema.insert("anyOf".to_owned(), Value::Array(any));
            }
        }
    }
}

/// An enum with a description of each value becomes a plain one.
fn one_of_constants(schema: &mut Map<String, Value>) {
    let Some(Value::Array(all)) = schema.get("oneOf") else {
        return;
    };
    let values: Option<Vec<Value>> = all.iter().map(|one| one.get("const").cloned()).collect();
    if let Some(values) = values {
        schema.remove("oneOf");
        schema.insert("type".to_owned(), "string".into());
        schema.insert("enum".to_owned(), Value::Array(values));
    }
}

/// What is not known is pruned unless a schema says otherwise.
fn open_or_closed(schema: &mut Map<String, Value>) {
    let more = schema.get("additionalProperties").and_then(Value::as_bool);
    if more.is_some() {
        schema.remove("additionalProperties");
    }
    let says_what = ["type", "x-kubernetes-int-or-string"]
        .iter()
        .any(|key| schema.contains_key(*key));
    if more == Some(true) || !says_what {
        schema.insert(OPEN.to_owned(), Value::Bool(true));
    }
}
