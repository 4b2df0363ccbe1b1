//! The differences of two values, field by field.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::object::Id;

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldChange {
    /// JSON pointer. Of an item of a list that both values have, the index is that of the new value.
    pub pointer: String,
    /// The old value; `None` if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<Value>,
    /// The new value; `None` if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<Value>,
}

/// By which items of a list are matched, best first: the first of these that all items have, each another one.
const KEYS: [&str; 10] = [
    "name",
    "containerPort",
    "port",
    "mountPath",
    "type",
    "uid",
    "ip",
    "path",
    "key",
    "topologyKey",
];

/// Lists the fields that differ. The items of a list are matched by a key that all of them have, where their order is
/// the same; otherwise by their place, from both ends.
pub fn differences(old: &Value, new: &Value) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    compare(&mut String::new(), old, new, &mut changes);
    changes
}

/// Appends a step to a JSON pointer.
pub fn push(pointer: &mut String, step: &str) {
    pointer.push('/');
    pointer.push_str(&step.replace('~', "~0").replace('/', "~1"));
}

/// What is shown instead of a value of a Secret.
pub const HIDDEN: &str = "(hidden)";

/// Hides the values of a Secret in its differences: that they differ is still seen.
pub fn hide(object: &Id, changes: &mut [FieldChange]) {
    if object.kind != "Secret" || object.api_version != "v1" {
        return;
    }
    for change in changes {
        let FieldChange { pointer, old, new } = change;
        for value in [old, new].into_iter().flatten() {
            hide_below(pointer, value);
        }
    }
}

/// Hides the values of a Secret.
pub fn hide_values(object: &Id, value: &mut Value) {
    if object.kind == "Secret" && object.api_version == "v1" {
        hide_below("", value);
    }
}

/// Hides the values in a part of a Secret, the one at a pointer.
fn hide_below(pointer: &str, value: &mut Value) {
    let root = pointer.split('/').nth(1).unwrap_or_default();
    match (root, value) {
        ("data" | "stringData", value) => hide_all(value),
        ("", Value::Object(members)) => {
            for (_, value) in members
                .iter_mut()
                .filter(|(key, _)| ["data", "stringData"].contains(&key.as_str()))
            {
                hide_all(value);
            }
        }
        _ => {}
    }
}

fn hide_all(value: &mut Value) {
    match value {
        Value::Object(members) => members.values_mut().for_each(hide_all),
        value => *value = Value::from(HIDDEN),
    }
}

fn compare(pointer: &mut String, old: &Value, new: &Value, changes: &mut Vec<FieldChange>) {
    match (old, new) {
        _ if old == new => {}
        (Value::Object(old), Value::Object(new)) => members(pointer, old, new, changes),
        (Value::Array(old), Value::Array(new)) => {
            for (index, old, new) in pairs(old, new) {
                below(pointer, &index.to_string(), old, new, changes);
            }
        }
        _ => changes.push(FieldChange {
            pointer: pointer.clone(),
            old: Some(old.clone()),
            new: Some(new.clone()),
        }),
    }
}

fn members(
    pointer: &mut String,
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    changes: &mut Vec<FieldChange>,
) {
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for key in keys {
        below(pointer, key, old.get(key), new.get(key), changes);
    }
}

fn below(
    pointer: &mut String,
    step: &str,
    old: Option<&Value>,
    new: Option<&Value>,
    changes: &mut Vec<FieldChange>,
) {
    let length = pointer.len();
    push(pointer, step);
    match (old, new) {
        (Some(old), Some(new)) => compare(pointer, old, new, changes),
        (old, new) => changes.push(FieldChange {
            pointer: pointer.clone(),
            old: old.cloned(),
            new: new.cloned(),
        }),
    }
    pointer.truncate(length);
}

type Pair<'a> = (usize, Option<&'a Value>, Option<&'a Value>);

/// The items of two lists that belong together, in the order of the new list, then those that are gone.
fn pairs<'a>(old: &'a [Value], new: &'a [Value]) -> Vec<Pair<'a>> {
    by_key(old, new).unwrap_or_else(|| by_place(old, new))
}

fn by_key<'a>(old: &'a [Value], new: &'a [Value]) -> Option<Vec<Pair<'a>>> {
    let (old_keys, new_keys) = KEYS
        .iter()
        .find_map(|key| Some((keys(old, key)?, keys(new, key)?)))?;
    let common: Vec<&String> = old_keys.iter().filter(|key| new_keys.contains(key)).collect();
    let same_order = new_keys.iter().filter(|key| old_keys.contains(key)).eq(common);
    if !same_order {
        return None;
    }
    let mut pairs: Vec<Pair<'a>> = Vec::new();
    for (index, (item, key)) in new.iter().zip(&new_keys).enumerate() {
        let before = old_keys.iter().position(|other| other == key);
        pairs.push((index, before.and_then(|at| old.get(at)), Some(item)));
    }
    for (index, (item, key)) in old.iter().zip(&old_keys).enumerate() {
        if !new_keys.contains(key) {
            pairs.push((index, Some(item), None));
        }
    }
    Some(pairs)
}

/// The values of a key in all items; `None` if one has none, or two have the same.
fn keys(list: &[Value], key: &str) -> Option<Vec<String>> {
    let mut all = Vec::new();
    for item in list {
        let value = item.get(key)?;
        let text = match value {
            Value::Object(_) | Value::Array(_) | Value::Null => return None,
            scalar => scalar.to_string(),
        };
        if all.contains(&text) {
            return None;
        }
        all.push(text);
    }
    Some(all)
}

fn by_place<'a>(old: &'a [Value], new: &'a [Value]) -> Vec<Pair<'a>> {
    let start = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let shorter = old.len().min(new.len()) - start;
    let end = (old.iter().rev())
        .zip(new.iter().rev())
        .take(shorter)
        .take_while(|(old, new)| old == new)
        .count();
    let until = old.len().max(new.len()) - end;
    let within = |list: &'a [Value], index: usize| list.get(index).filter(|_| index < list.len() - end);
    (start..until)
        .map(|index| (index, within(old, index), within(new, index)))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lines(old: &Value, new: &Value) -> Vec<String> {
        let text = |value: &Option<Value>| value.as_ref().map_or("-".to_owned(), ToString::to_string);
        differences(old, new)
            .iter()
            .map(|change| format!("{} {} {}", change.pointer, text(&change.old), text(&change.new)))
            .collect()
    }

    #[test]
    fn values_of_secrets_are_hidden_and_nothing_else() {
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"a": "eA=="},
            "type": "Opaque"});
        let other = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"a": "eQ=="},
            "stringData": {"b": "c"}, "type": "x"});
        let mut changes = differences(&secret, &other);
        hide(&Id::of(&secret), &mut changes);
        let text = serde_json::to_string(&changes).unwrap_or_default();
        assert_eq!(
            text,
            r#"[{"pointer":"/data/a","old":"(hidden)","new":"(hidden)"},{"pointer":"/stringData","new":{"b":"(hidden)"}},{"pointer":"/type","old":"Opaque","new":"x"}]"#
        );
        let mut whole = other.clone();
        hide_values(&Id::of(&secret), &mut whole);
        assert_eq!(whole.pointer("/stringData/b"), Some(&json!(HIDDEN)));
        assert_eq!(whole.pointer("/metadata/name"), Some(&json!("s")));
        let config = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "1"}});
        let mut same = config.clone();
        hide_values(&Id::of(&config), &mut same);
        assert_eq!(same, config);
    }

    #[test]
    fn differences_are_listed_by_pointer() {
        let table = [
            (json!({"a": 1}), json!({"a": 1}), vec![]),
            (
                json!({"a": 1, "b": {"c/d": 1}}),
                json!({"b": {"c/d": 2}, "n": null}),
                vec!["/a 1 -", "/b/c~1d 1 2", "/n - null"],
            ),
            (json!(1), json!("1"), vec![" 1 \"1\""]),
            (
                json!({"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}),
                json!({"env": [{"name": "N", "value": "0"}, {"name": "A", "value": "1"}, {"name": "B", "value": "3"}]}),
                vec![
                    r#"/env/0 - {"name":"N","value":"0"}"#,
                    r#"/env/2/value "2" "3""#,
                ],
            ),
            (
                json!([{"name": "A"}, {"name": "B"}]),
                json!([{"name": "B"}]),
                vec![r#"/0 {"name":"A"} -"#],
            ),
            (
                json!([{"name": "A"}, {"name": "B"}]),
                json!([{"name": "B"}, {"name": "A"}]),
                vec![r#"/0/name "A" "B""#, r#"/1/name "B" "A""#],
            ),
            (
                json!(["a", "b", "c"]),
                json!(["a", "x", "y", "c"]),
                vec![r#"/1 "b" "x""#, r#"/2 - "y""#],
            ),
            (json!(["a", "b"]), json!(["b"]), vec![r#"/0 "a" -"#]),
            (json!([1, 1]), json!([1]), vec!["/1 1 -"]),
        ];
        for (old, new, expected) in table {
            assert_eq!(lines(&old, &new), expected, "{old} {new}");
        }
    }
}
