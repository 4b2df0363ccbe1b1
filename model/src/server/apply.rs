//! How the API server merges what server-side apply sends into a live object.
//!
//! Source: the merge keys of the built-in kinds (`+listMapKey` in `k8s.io/api`).

use serde_json::{Map, Value};

const NONE: &Value = &Value::Null;

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

/// Server-side apply with force: what was applied before and is no longer goes, what others
/// wrote stays. `built_in` for kinds whose lists have keys; lists of others are whole.
///
/// # Errors
/// If a list with keys has one twice.
pub fn merge_applied(live: &Value, before: &Value, wanted: &Value, built_in: bool) -> Result<Value, String> {
    merge_by_schema(live.clone(), before, wanted, built_in)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
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
