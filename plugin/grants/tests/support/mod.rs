//! What the tests share: requests as Metacontroller makes them, and the hook with its answer read.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a helper of tests fails as a test does")]

use serde_json::{Map, Value, json};

/// The key of the kind that the controller declares.
pub(crate) const GRANTS: &str = "ReferenceGrant.gateway.networking.k8s.io/v1beta1";

/// A Namespace with these labels.
pub(crate) fn namespace(name: &str, labels: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
}

/// A Namespace that asks for its grant.
pub(crate) fn labelled(name: &str) -> Value {
    namespace(name, &json!({"openfunction.io/routes": "enabled"}))
}

/// A request about a Namespace, with declared kinds and observed attachments.
pub(crate) fn request(namespace: &Value, declared: &[&str], observed: &[Value]) -> Value {
    let mut groups: Map<String, Value> = declared
        .iter()
        .map(|key| ((*key).to_owned(), json!({})))
        .collect();
    for object in observed {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap();
        let group = format!("{}.{}", text("/kind"), text("/apiVersion"));
        let key = format!("{}/{}", text("/metadata/namespace"), text("/metadata/name"));
        let group = groups.get_mut(&group).and_then(Value::as_object_mut).unwrap();
        group.insert(key, object.clone());
    }
    json!({
        "controller": {"kind": "DecoratorController", "metadata": {"name": "grants"}},
        "object": namespace,
        "attachments": groups,
        "related": {},
        "finalizing": false,
    })
}

/// What the hook answers.
pub(crate) fn sync(request: &Value, settings: &Value) -> Value {
    let answer = metawasm_grants::sync(&request.to_string(), &settings.to_string()).unwrap();
    serde_json::from_str(&answer).unwrap()
}
