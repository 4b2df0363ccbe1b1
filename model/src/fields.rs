//! Compares two values field by field.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use serde::Serialize;
use serde_json::{Map, Number, Value};

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldChange {
    /// The path, such as `spec.containers[name=main].image`, `metadata.labels["a.b/c"]` or `spec.args[2]`.
    pub path: String,
    /// The old value; `None` if the field is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<Value>,
    /// The new value; `None` if the field was removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<Value>,
}

/// `spec.replicas: 1 → 2`, `spec.replicas: added 2` or `spec.replicas: removed 1`.
impl fmt::Display for FieldChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        match (&self.old, &self.new) {
            (Some(old), Some(new)) => write!(f, ": {old} → {new}"),
            (None, Some(new)) => write!(f, ": added {new}"),
            (Some(old), None) => write!(f, ": removed {old}"),
            (None, None) => Ok(()),
        }
    }
}

/// Returns the fields of two values that differ.
///
/// Lists of objects with a `name` each are matched by it, other lists by position from both ends. A list of named
/// objects in another order is one change, of the list of its names.
pub fn fields(old: &Value, new: &Value) -> Vec<FieldChange> {
    let mut walk = Walk::default();
    walk.value(Some(old), Some(new));
    walk.found
}

#[derive(Default)]
struct Walk {
    path: String,
    found: Vec<FieldChange>,
}

impl Walk {
    /// Compares two values; `None` is an absent one.
    fn value(&mut self, old: Option<&Value>, new: Option<&Value>) {
        match (old, new) {
            (None, None) => {}
            (Some(Value::Object(old)), Some(Value::Object(new))) => self.object(old, new),
            (Some(Value::Array(old)), Some(Value::Array(new))) => self.list(old, new),
            (Some(Value::Number(old)), Some(Value::Number(new))) if equal(old, new) => {}
            (Some(old), Some(new)) if old == new => {}
            _ => self.found.push(FieldChange {
                path: self.path.clone(),
                old: old.cloned(),
                new: new.cloned(),
            }),
        }
    }

    /// Does some work below a part of the path.
    fn below(&mut self, part: impl FnOnce(&mut String), work: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        part(&mut self.path);
        work(self);
        self.path.truncate(length);
    }

    fn object(&mut self, old: &Map<String, Value>, new: &Map<String, Value>) {
        let present = |value: &&Value| !value.is_null();
        let mut keys: Vec<&String> = old
            .keys()
            .chain(new.keys().filter(|key| !old.contains_key(*key)))
            .collect();
        keys.sort();
        for key in keys {
            let (one, other) = (old.get(key).filter(present), new.get(key).filter(present));
            self.below(|path| add_key(path, key), |walk| walk.value(one, other));
        }
    }

    fn list(&mut self, old: &[Value], new: &[Value]) {
        match (named(old), named(new)) {
            (Some(one), Some(other)) if !(one.is_empty() || other.is_empty()) => {
                self.named(old, new, &one, &other);
            }
            _ => self.positions(old, new),
        }
    }

    /// Compares objects by their names.
    fn named(
        &mut self,
        old: &[Value],
        new: &[Value],
        one: &BTreeMap<&str, &Value>,
        other: &BTreeMap<&str, &Value>,
    ) {
        let mut names: Vec<&str> = one.keys().chain(other.keys()).copied().collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            // Writing to a string never fails.
            let part = |path: &mut String| write!(path, "[name={name}]").unwrap_or_default();
            self.below(part, |walk| {
                walk.value(one.get(name).copied(), other.get(name).copied());
            });
        }
        let order = |list: &[Value], of: &BTreeMap<&str, &Value>| -> Vec<Value> {
            let names = list.iter().filter_map(|item| item.get("name")?.as_str());
            names
                .filter(|name| of.contains_key(name))
                .map(Value::from)
                .collect()
        };
        let (before, after) = (order(old, other), order(new, one));
        if before != after {
            self.found.push(FieldChange {
                path: format!("{} (order)", self.path),
                old: Some(before.into()),
                new: Some(after.into()),
            });
        }
    }

    /// Compares items by their positions, those at the end from the end.
    fn positions(&mut self, old: &[Value], new: &[Value]) {
        let same = |(one, other): &(&Value, &Value)| same(one, other);
        let front = old.iter().zip(new).take_while(same).count();
        let (old_rest, new_rest) = (
            old.get(front..).unwrap_or_default(),
            new.get(front..).unwrap_or_default(),
        );
        let back = old_rest
            .iter()
            .rev()
            .zip(new_rest.iter().rev())
            .take_while(same)
            .count();
        let middle = |rest: &[Value]| rest.len() - back;
        for index in 0..middle(old_rest).max(middle(new_rest)) {
            let one = old_rest.get(..middle(old_rest)).and_then(|rest| rest.get(index));
            let other = new_rest.get(..middle(new_rest)).and_then(|rest| rest.get(index));
            let part = |path: &mut String| write!(path, "[{}]", front + index).unwrap_or_default();
            self.below(part, |walk| walk.value(one, other));
        }
    }
}

/// Whether two values mean the same. In time proportional to their size, unlike a comparison field by field, which looks
/// at the items of a list twice.
fn same(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            let present =
                |fields: &Map<String, Value>| fields.values().filter(|value| !value.is_null()).count();
            present(old) == present(new)
                && old
                    .iter()
                    .filter(|(_, value)| !value.is_null())
                    .all(|(key, value)| new.get(key).is_some_and(|other| same(value, other)))
        }
        (Value::Array(old), Value::Array(new)) => {
            old.len() == new.len() && old.iter().zip(new).all(|(one, other)| same(one, other))
        }
        (Value::Number(old), Value::Number(new)) => equal(old, new),
        _ => old == new,
    }
}

/// Whether two numbers are the same, however they are written.
fn equal(old: &Number, new: &Number) -> bool {
    if old == new {
        return true;
    }
    // Integers that differ are different, also where a float cannot tell them apart.
    let whole = |number: &Number| number.is_i64() || number.is_u64();
    !(whole(old) && whole(new)) && old.as_f64() == new.as_f64()
}

/// The objects of a list by their names, if each has one of its own.
fn named(list: &[Value]) -> Option<BTreeMap<&str, &Value>> {
    let mut all = BTreeMap::new();
    for item in list {
        let name = item.get("name")?.as_str()?;
        if all.insert(name, item).is_some() {
            return None;
        }
    }
    Some(all)
}

fn add_key(path: &mut String, key: &str) {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-' || c == '$';
    if key.is_empty() || !key.chars().all(plain) {
        write!(path, "[{key:?}]").unwrap_or_default();
        return;
    }
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(key);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(old: &Value, new: &Value) -> Vec<String> {
        fields(old, new).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn deep_lists_take_no_exponential_time() {
        let deep = |value: i32| (0..100).fold(json!(value), |inner, _| json!([inner, 0]));
        assert_eq!(fields(&deep(1), &deep(2)).len(), 1);
    }

    #[test]
    fn every_kind_of_difference_has_a_path() {
        let table = [
            (json!({"a": 1}), json!({"a": "1"}), &["a: 1 → \"1\""][..]),
            (
                json!({"a": {"b.c/d": 1}}),
                json!({"a": {}}),
                &["a[\"b.c/d\"]: removed 1"],
            ),
            (
                json!({"a": [1, 2, 3]}),
                json!({"a": [0, 1, 2, 3]}),
                &["a[0]: added 0"],
            ),
            (
                json!({"a": [1, 2, 3, 4]}),
                json!({"a": [1, 9, 4]}),
                &["a[1]: 2 → 9", "a[2]: removed 3"],
            ),
            (
                json!({"c": [{"name": "x", "v": 1}, {"name": "y"}]}),
                json!({"c": [{"name": "z"}, {"name": "x", "v": 2}]}),
                &[
                    "c[name=x].v: 1 → 2",
                    "c[name=y]: removed {\"name\":\"y\"}",
                    "c[name=z]: added {\"name\":\"z\"}",
                ],
            ),
            (
                json!({"c": [{"name": "x"}, {"name": "y"}]}),
                json!({"c": [{"name": "y"}, {"name": "x"}]}),
                &["c (order): [\"x\",\"y\"] → [\"y\",\"x\"]"],
            ),
            (
                json!({"a": 9_007_199_254_740_993_u64}),
                json!({"a": 9_007_199_254_740_992_u64}),
                &["a: 9007199254740993 → 9007199254740992"],
            ),
            (json!({"a": 2.0, "b": null}), json!({"a": 2}), &[]),
            (json!([null]), json!([]), &["[0]: removed null"]),
            (
                json!({"a": [{"x": [1]}, {"y": null}]}),
                json!({"a": [{"x": [2]}, {}]}),
                &["a[0].x[0]: 1 → 2"],
            ),
        ];
        for (old, new, expected) in table {
            assert_eq!(told(&old, &new), expected, "{old} {new}");
        }
    }
}
