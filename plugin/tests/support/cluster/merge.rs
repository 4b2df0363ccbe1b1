//! How a desired object is merged into a live one.
//!
//! Source: Metacontroller's `pkg/dynamic/apply/apply.go`; for server-side apply the merge keys of
//! the built-in kinds (`+listMapKey` in `k8s.io/api`).

use serde_json::{Map, Value};

const NONE: &Value = &Value::Null;

/// What Metacontroller guesses to be the key of a list, best first.
const GUESSED: [&str; 7] = ["containerPort", "port", "mountPath", "name", "uid", "ip", "path"];

/// The keys of lists in built-in kinds; a port's is another in a Service.
const KNOWN: [(&str, &[&str]); 12] = [
    ("containers", &["name"]),
    ("env", &["name"]),
    ("ephemeralContainers", &["name"]),
    ("hostAliases", &["ip"]),
    ("imagePullSecrets", &["name"]),
    ("initContainers", &["name"]),
    ("ownerReferences", &["uid"]),
    ("ports", &["containerPort", "port", "protocol"]),
    ("topologySpreadConstraints", &["topologyKey", "whenUnsatisfiable"]),
    ("volumeDevices", &["devicePath"]),
    ("volumeMounts", &["mountPath"]),
    ("volumes", &["name"]),
];

/// Dynamic-apply's three-way merge of the observed object, what was last asked for, and what is
/// asked for now. A list keeps the observed order.
pub(super) fn three_way(live: &Value, before: &Value, wanted: &Value) -> Value {
    merge_guessing(live.clone(), before, wanted)
}

/// Server-side apply with force: what was applied before and is no longer goes, what others
/// wrote stays. `built_in` for kinds whose lists have keys; lists of others are whole.
///
/// # Errors
/// If a list with keys has one twice.
pub(super) fn server_side(
    live: &Value,
    before: &Value,
    wanted: &Value,
    built_in: bool,
) -> Result<Value, String> {
    merge_by_schema(live.clone(), before, wanted, built_in)
}

fn merge_guessing(live: Value, before: &Value, wanted: &Value) -> Value {
    match live {
        // What is wanted of another type counts as nothing wanted, as Go's does.
        Value::Object(live) => Value::Object(merge_members(live, before, wanted, merge_guessing)),
        Value::Array(live) => {
            let lists = [live.as_slice(), list(before), list(wanted)];
            match guessed_key(&lists) {
                Some(key) => Value::Array(merge_guessed(&live, list(before), list(wanted), key)),
                None => Value::Array(list(wanted).to_vec()),
            }
        }
        _ => wanted.clone(),
    }
}

fn merge_members(
    mut live: Map<String, Value>,
    before: &Value,
    wanted: &Value,
    merge: impl Fn(Value, &Value, &Value) -> Value,
) -> Map<String, Value> {
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

fn merge_guessed(live: &[Value], before: &[Value], wanted: &[Value], key: &str) -> Vec<Value> {
    let key_of = |item: &Value| match &item[key] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let by_key = |list: &[Value]| -> Map<String, Value> {
        list.iter().map(|item| (key_of(item), item.clone())).collect()
    };
    let (old, last, new) = (by_key(live), by_key(before), by_key(wanted));
    let merged = merge_members(old, &Value::Object(last), &Value::Object(new), merge_guessing);
    let known: Vec<String> = live.iter().map(key_of).collect();
    let mut added: Vec<String> = Vec::new();
    let new = wanted.iter().map(key_of).filter(|key| !known.contains(key));
    for key in known.iter().cloned().chain(new) {
        // Observed items of one key are each kept; new ones are not.
        if merged.contains_key(&key) && (known.contains(&key) || !added.contains(&key)) {
            added.push(key);
        }
    }
    added.iter().map(|key| merged[key].clone()).collect()
}

fn merge_by_schema(live: Value, before: &Value, wanted: &Value, built_in: bool) -> Result<Value, String> {
    let (Value::Object(mut live), Value::Object(wanted)) = (live, wanted) else {
        return Ok(wanted.clone());
    };
    for key in before.as_object().into_iter().flat_map(Map::keys) {
        if !wanted.contains_key(key) {
            live.remove(key);
        }
    }
    for (name, value) in wanted {
        let old = live.remove(name).unwrap_or_default();
        let last = before.get(name).unwrap_or(NONE);
        let keys = KNOWN.iter().find(|(known, _)| known == name);
        let merged = match (value, keys) {
            (Value::Array(value), Some((_, keys))) if built_in || name == "ownerReferences" => {
                Value::Array(merge_keyed(list(&old), list(last), value, keys, name)?)
            }
            _ => merge_by_schema(old, last, value, built_in)?,
        };
        live.insert(name.clone(), merged);
    }
    Ok(Value::Object(live))
}

/// The items in the wanted order, then those of others.
fn merge_keyed(
    live: &[Value],
    before: &[Value],
    wanted: &[Value],
    keys: &[&str],
    name: &str,
) -> Result<Vec<Value>, String> {
    let key_of = |item: &Value| -> Vec<String> {
        let part = |key: &&str| match item.get(*key) {
            None if *key == "protocol" => "\"TCP\"".to_owned(),
            found => found.unwrap_or(NONE).to_string(),
        };
        keys.iter().map(part).collect()
    };
    let find = |list: &[Value], item: &Value| {
        let key = key_of(item);
        list.iter().find(|other| key_of(other) == key).cloned()
    };
    let mut merged = Vec::new();
    for (index, item) in wanted.iter().enumerate() {
        if find(wanted.get(..index).unwrap_or_default(), item).is_some() {
            return Err(format!(
                "failed to create typed patch object: duplicate entries for key in {name}"
            ));
        }
        let (old, last) = (find(live, item), find(before, item));
        merged.push(merge_by_schema(
            old.unwrap_or_default(),
            &last.unwrap_or_default(),
            item,
            true,
        )?);
    }
    let others = live
        .iter()
        .filter(|item| find(wanted, item).is_none() && find(before, item).is_none());
    merged.extend(others.cloned());
    Ok(merged)
}
