//! Dynamic-apply's three-way merge.
//!
//! Source: Metacontroller's `pkg/dynamic/apply/apply.go`.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

const NONE: &Value = &Value::Null;

/// What Metacontroller guesses to be the key of a list, best first.
const GUESSED: [&str; 7] = ["containerPort", "port", "mountPath", "name", "uid", "ip", "path"];

/// Merges the observed object, what was last asked for, and what is asked for now. A list keeps the observed order.
pub fn three_way(live: &Value, before: &Value, wanted: &Value) -> Value {
    merge(live.clone(), before, wanted)
}

fn merge(live: Value, before: &Value, wanted: &Value) -> Value {
    match live {
        // What is wanted of another type counts as nothing wanted, as Go's does.
        Value::Object(live) => Value::Object(merge_members(live, before, wanted)),
        Value::Array(live) => {
            let lists = [live.as_slice(), list(before), list(wanted)];
            match guessed_key(&lists) {
                Some(key) => Value::Array(merge_items(&live, list(before), list(wanted), key)),
                None => Value::Array(list(wanted).to_vec()),
            }
        }
        _ => wanted.clone(),
    }
}

fn merge_members(mut live: Map<String, Value>, before: &Value, wanted: &Value) -> Map<String, Value> {
    let no = Map::new();
    let wanted = wanted.as_object().unwrap_or(&no);
    for key in before.as_object().unwrap_or(&no).keys() {
        if !wanted.contains_key(key) {
            live.remove(key);
        }
    }
    for (key, value) in wanted {
        let old = live.remove(key).unwrap_or_default();
        live.insert(key.clone(), merge(old, before.get(key).unwrap_or(NONE), value));
    }
    live
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The first known key that all items of all lists have.
fn guessed_key(lists: &[&[Value]]) -> Option<&'static str> {
    let mut items = lists.iter().flat_map(|list| list.iter()).peekable();
    items.peek()?;
    let all: Vec<&Map<String, Value>> = items.map(Value::as_object).collect::<Option<_>>()?;
    let mut known = GUESSED.into_iter();
    known.find(|key| all.iter().all(|item| item.contains_key(*key)))
}

/// Where a list in a child has one merge key twice: the JSON pointer of the second one's value. Of such items only
/// one is left once the list has been merged.
pub fn twice(child: &Value) -> Option<String> {
    match child {
        Value::Object(members) => members.iter().find_map(|(key, value)| {
            Some(format!(
                "/{}{}",
                key.replace('~', "~0").replace('/', "~1"),
                twice(value)?
            ))
        }),
        Value::Array(items) => {
            let again = guessed_key(&[items]).and_then(|key| {
                let mut known = BTreeSet::new();
                let again = items.iter().position(|item| !known.insert(text_of(item, key)))?;
                Some(format!("/{again}/{key}"))
            });
            let inside = || {
                items
                    .iter()
                    .enumerate()
                    .find_map(|(index, item)| Some(format!("/{index}{}", twice(item)?)))
            };
            again.or_else(inside)
        }
        _ => None,
    }
}

/// An item's value of a key, as Metacontroller compares it: by the text that Go prints.
fn text_of(item: &Value, key: &str) -> String {
    fn printed(value: &Value) -> String {
        match value {
            Value::Null => "<nil>".to_owned(),
            Value::String(text) => text.clone(),
            Value::Array(items) => format!("[{}]", items.iter().map(printed).collect::<Vec<_>>().join(" ")),
            Value::Object(members) => {
                let members: Vec<String> = members
                    .iter()
                    .map(|(key, value)| format!("{key}:{}", printed(value)))
                    .collect();
                format!("map[{}]", members.join(" "))
            }
            other => other.to_string(),
        }
    }
    printed(item.get(key).unwrap_or(NONE))
}

fn merge_items(live: &[Value], before: &[Value], wanted: &[Value], key: &str) -> Vec<Value> {
    let key_of = |item: &Value| text_of(item, key);
    let by_key = |list: &[Value]| -> Map<String, Value> {
        list.iter().map(|item| (key_of(item), item.clone())).collect()
    };
    let (old, last, new) = (by_key(live), by_key(before), by_key(wanted));
    let merged = merge_members(old, &Value::Object(last), &Value::Object(new));
    // Observed items of one key are each kept; new ones are not.
    let mut known: BTreeSet<String> = live.iter().map(key_of).collect();
    let mut keys: Vec<String> = live.iter().map(key_of).collect();
    keys.extend(wanted.iter().map(key_of).filter(|key| known.insert(key.clone())));
    keys.iter().filter_map(|key| merged.get(key).cloned()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{three_way, twice};

    #[test]
    fn a_key_that_is_there_twice_is_found() {
        let table = [
            (
                json!({"a": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]}),
                Some("/a/1/port"),
            ),
            (json!({"a": [{"port": 53}, {"port": "53"}]}), Some("/a/1/port")),
            (
                json!({"a": [{"port": 1, "name": "x"}, {"port": 2, "name": "x"}]}),
                None,
            ),
            (
                json!({"a": [{"name": "x"}, {"name": "y", "port": 1}, {"name": "x", "port": 1}]}),
                Some("/a/2/name"),
            ),
            (json!({"a": [{"name": "x"}, {"key": "x"}, {"name": "x"}]}), None),
            (
                json!({"a": [{"b": [{"ip": "1"}, {"ip": "1"}]}]}),
                Some("/a/0/b/1/ip"),
            ),
            (
                json!({"a": [{"path": {"t": 1, "v": "/"}}, {"path": {"v": "/", "t": 1}}]}),
                Some("/a/1/path"),
            ),
            (json!({"a": ["x", "x"], "b": [[1], [1]]}), None),
        ];
        for (child, pointer) in table {
            assert_eq!(twice(&child).as_deref(), pointer, "{child}");
        }
    }

    #[test]
    fn merges() {
        let table: [(&str, Value, Value, Value, Value); 11] = [
            ("new", json!({}), json!({}), json!({"a": 1}), json!({"a": 1})),
            (
                "others' fields stay",
                json!({"b": 2}),
                json!({}),
                json!({"a": 1}),
                json!({"a": 1, "b": 2}),
            ),
            (
                "no longer wanted",
                json!({"a": 1, "b": 2}),
                json!({"a": 1}),
                json!({}),
                json!({"b": 2}),
            ),
            (
                "null stays null",
                json!({"a": 1}),
                json!({}),
                json!({"a": null}),
                json!({"a": null}),
            ),
            (
                "another type",
                json!({"a": {"b": 1}}),
                json!({}),
                json!({"a": 1}),
                json!({"a": {"b": 1}}),
            ),
            (
                "plain lists are replaced",
                json!([1, 2]),
                json!([1, 2]),
                json!([3]),
                json!([3]),
            ),
            (
                "keyed lists keep the observed order",
                json!([{"name": "b"}, {"name": "a"}]),
                json!([]),
                json!([{"name": "a", "v": 1}, {"name": "c"}]),
                json!([{"name": "b"}, {"name": "a", "v": 1}, {"name": "c"}]),
            ),
            (
                "an item that was asked for and no longer is goes",
                json!([{"name": "a"}, {"name": "b"}]),
                json!([{"name": "a"}]),
                json!([]),
                json!([{"name": "b"}]),
            ),
            (
                "a port is a better key than a name",
                json!([{"name": "x", "port": 80, "nodePort": 3}]),
                json!([]),
                json!([{"name": "y", "port": 80}]),
                json!([{"name": "y", "port": 80, "nodePort": 3}]),
            ),
            (
                "one port as TCP and UDP collapses",
                json!([{"port": 80, "protocol": "TCP"}, {"port": 80, "protocol": "UDP"}]),
                json!([]),
                json!([{"port": 80, "protocol": "TCP"}, {"port": 80, "protocol": "UDP"}]),
                json!([{"port": 80, "protocol": "UDP"}, {"port": 80, "protocol": "UDP"}]),
            ),
            (
                "without a key that all have, whole",
                json!([{"name": "a"}, {"path": "b"}]),
                json!([]),
                json!([{"name": "c"}]),
                json!([{"name": "c"}]),
            ),
        ];
        for (case, live, before, wanted, merged) in table {
            assert_eq!(three_way(&live, &before, &wanted), merged, "{case}");
        }
    }
}
