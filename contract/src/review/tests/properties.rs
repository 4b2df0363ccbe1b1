use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// Only those that serde_json, which reads floats to within a digit, reads exactly.
fn any_float() -> impl Strategy<Value = Value> {
    any::<f64>().prop_filter_map("serde_json reads another number", |float| {
        let value = Value::from(float);
        (serde_json::from_str::<Value>(&value.to_string()).ok()? == value).then_some(value)
    })
}

fn any_value() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        any::<i64>().prop_map(Value::from),
        any_float(),
        (-3..3_i32).prop_map(|n| Value::from(f64::from(n))),
        any::<u64>().prop_map(Value::from),
    ];
    let leaf =
        prop_oneof![1 => Just(json!(null)), 2 => number, 4 => "[a-c\"é\n<]{0,9}".prop_map(Value::from)];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            3 => any_map(inner).prop_map(Value::from),
        ]
    })
}

fn any_map(value: impl Strategy<Value = Value>) -> impl Strategy<Value = serde_json::Map<String, Value>> {
    let key = prop_oneof![
        Just("spec"),
        Just("status"),
        Just("annotations"),
        Just("labels"),
        Just("uid"),
        Just("generation"),
        Just("a"),
    ];
    prop::collection::btree_map(key.prop_map(String::from), value, 0..4)
        .prop_map(|map| map.into_iter().collect())
}

fn any_answer() -> impl Strategy<Value = Value> {
    let child =
        (any_map(any_value()), any_map(any_value()), 0..9_u8).prop_map(|(mut child, mut metadata, name)| {
            metadata.insert("name".into(), format!("n{name}").into());
            metadata.remove("labels");
            metadata.remove("annotations");
            child.insert("apiVersion".into(), "v1".into());
            child.insert("kind".into(), "Service".into());
            child.insert("metadata".into(), metadata.into());
            Value::from(child)
        });
    let resync = prop_oneof![
        Just(json!(null)),
        any_float(),
        (-5..90_000_i64).prop_map(Value::from)
    ];
    (prop::option::of(any_map(any_value())), prop::collection::vec(child, 0..3), resync, any::<bool>()).prop_map(
        |(status, children, resync, finalized)| {
            json!({"status": status, "children": children, "resyncAfterSeconds": resync, "finalized": finalized})
        },
    )
}

fn no_null_in_lists(value: &Value) -> bool {
    match value {
        Value::Array(list) => list
            .iter()
            .all(|value| !value.is_null() && no_null_in_lists(value)),
        Value::Object(map) => map.values().all(no_null_in_lists),
        _ => true,
    }
}

/// The canonical form, on values: what the writer does to text.
fn settled(value: &Value) -> Value {
    match value {
        Value::Object(map) => map
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key.clone(), settled(value)))
            .collect(),
        Value::Array(list) => list.iter().map(settled).collect(),
        Value::Number(number) if number.is_f64() => {
            let float = number.as_f64().unwrap();
            let integer = float as i128;
            if float.fract() != 0.0 {
                value.clone()
            } else if let Ok(integer) = i64::try_from(integer) {
                integer.into()
            } else {
                u64::try_from(integer).map_or_else(|_| value.clone(), Value::from)
            }
        }
        other => other.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_reviewed_answer_is_taken_again_as_it_is(answer in any_answer(), finalize: bool, pretty: bool) {
        let hook = if finalize { Hook::Finalize } else { Hook::Sync };
        let request = request(hook, ControllerKind::Composite);
        let text = if pretty { serde_json::to_string_pretty(&answer) } else { serde_json::to_string(&answer) }.unwrap();
        match request.review(&text) {
            Ok(reviewed) => {
                request.takes(&reviewed.body);
                let out: Value = serde_json::from_str(&reviewed.body).unwrap();
                prop_assert!(no_null_in_lists(&out));
                prop_assert!(out["status"].is_object());
                let mut status = settled(&answer["status"]);
                if status.is_null() {
                    status = json!({});
                }
                prop_assert_eq!(&out["status"], &status);
                for (child, before) in out["children"].as_array().unwrap().iter().zip(answer["children"].as_array().unwrap()) {
                    prop_assert!(child.get("status").is_none() && child["metadata"].get("uid").is_none());
                    prop_assert_eq!(&child["spec"], &settled(&before["spec"]));
                }
            }
            Err(violation) => {
                let expected = [Rule::NullElement, Rule::DuplicateIdentity];
                prop_assert!(expected.contains(&violation.rule), "{}: {}", violation, text);
            }
        }
    }

    #[test]
    fn a_broken_answer_never_panics(answer in any_answer(), at: prop::sample::Index, byte in 0x20..0x7f_u8, decorated: bool) {
        let mut text = answer.to_string().into_bytes();
        let at = at.index(text.len());
        text[at] = byte;
        let kind = if decorated { ControllerKind::Decorator } else { ControllerKind::Composite };
        if let Ok(text) = std::str::from_utf8(&text) {
            let request = request(Hook::Sync, kind);
            if let Ok(reviewed) = request.review(text) {
                request.takes(&reviewed.body);
            }
            let _ = customize().review(text);
        }
    }
}
