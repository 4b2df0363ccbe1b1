//! From the core's answer to JavaScript's objects.

use serde::Serialize;
use serde_json::Value;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::JsValue;

use crate::error::Thrown;

/// The object of a JSON text: what `JSON.parse` makes of it, or an error where that would not be the same.
///
/// # Errors
/// [`Thrown`] for a whole number that JavaScript would round, and for a member `__proto__`, which setting makes the
/// prototype instead.
pub(crate) fn object(answer: &str) -> Result<JsValue, Thrown> {
    let answer: Value = serde_json::from_str(answer).map_err(|error| unfit(&error.to_string()))?;
    if has_prototype(&answer) {
        return Err(unfit("it has a member __proto__"));
    }
    answer
        .serialize(&Serializer::json_compatible())
        .map_err(|error| unfit(&error.to_string()))
}

fn has_prototype(value: &Value) -> bool {
    match value {
        Value::Array(list) => list.iter().any(has_prototype),
        Value::Object(object) => object
            .iter()
            .any(|(key, value)| key == "__proto__" || has_prototype(value)),
        _ => false,
    }
}

fn unfit(why: &str) -> Thrown {
    Thrown::internal(format!(
        "the answer cannot become a JavaScript object: {why}; use the hook on JSON texts"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_member_that_would_be_the_prototype_is_found_anywhere() {
        assert!(has_prototype(&json!([{"a": [{"__proto__": 1}]}])));
        assert!(!has_prototype(
            &json!({"a": "__proto__", "b": ["__proto__"], "proto": {}})
        ));
    }
}
