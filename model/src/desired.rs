//! What Metacontroller adds to a child that a hook asks for, what it takes back, and which children go.

use serde_json::{Value, json};

use crate::merge::three_way;
use crate::object::{Id, SYSTEM, in_metadata, is_being_deleted, member, owners, text};

/// Where dynamic-apply keeps what was last asked for.
pub const LAST_APPLIED: &str = "metacontroller.k8s.io/last-applied-configuration";

/// The label of children under `generateSelector`: the parent's uid.
pub const CONTROLLER_UID: &str = "controller-uid";

/// By which a decorator knows its attachments.
pub const DECORATOR: &str = "metacontroller.k8s.io/decorator-controller";

/// A child goes into its parent's namespace if it names none.
pub fn default_namespace(child: &mut Value, parent: &Value) {
    let namespace = text(parent, "/metadata/namespace");
    if !namespace.is_empty()
        && text(child, "/metadata/namespace").is_empty()
        && let Some(metadata) = member(child, "metadata")
    {
        metadata.insert("namespace".to_owned(), json!(namespace));
    }
}

/// `generateSelector`: labels a child with its parent's uid, if it has no such label.
///
/// # Errors
/// The child has the label with another value, which fails the whole sync.
pub fn label(child: &mut Value, parent: &Value) -> Result<(), String> {
    let uid = text(parent, "/metadata/uid");
    if let Some(labels) = in_metadata(child, "labels") {
        let found = labels.entry(CONTROLLER_UID).or_insert_with(|| json!(uid));
        if *found != json!(uid) {
            return Err(format!(
                "labels on desired child {} {} don't match parent selector",
                text(child, "/kind"),
                text(child, "/metadata/name"),
            ));
        }
    }
    Ok(())
}

/// Marks an attachment as this decorator's.
pub fn decorate(attachment: &mut Value, decorator: &str) {
    if let Some(annotations) = in_metadata(attachment, "annotations") {
        annotations.insert(DECORATOR.to_owned(), json!(decorator));
    }
}

/// Makes the parent the controller of an object.
pub fn own(object: &mut Value, parent: &Value) {
    let uid = text(parent, "/metadata/uid");
    let mut all = owners(object).to_vec();
    all.retain(|owner| text(owner, "/uid") != uid);
    all.push(json!({
        "apiVersion": text(parent, "/apiVersion"),
        "kind": text(parent, "/kind"),
        "name": text(parent, "/metadata/name"),
        "uid": uid,
        "controller": true,
        "blockOwnerDeletion": true,
    }));
    if let Some(metadata) = member(object, "metadata") {
        metadata.insert("ownerReferences".to_owned(), json!(all));
    }
}

/// Notes in an object what was asked for.
pub fn annotate(object: &mut Value, asked: &Value) {
    if let Some(annotations) = in_metadata(object, "annotations") {
        annotations.insert(LAST_APPLIED.to_owned(), json!(as_go_writes(asked)));
    }
}

/// What was last asked for; null if nothing was.
///
/// # Errors
/// Somebody else wrote the annotation, and it is not valid JSON.
pub fn last_applied(observed: &Value) -> Result<Value, String> {
    let annotation = observed
        .pointer("/metadata/annotations")
        .and_then(|all| all.get(LAST_APPLIED));
    match annotation.and_then(Value::as_str) {
        Some(text) => serde_json::from_str(text)
            .map_err(|error| format!("the annotation {LAST_APPLIED} is not valid JSON: {error}")),
        None => Ok(Value::Null),
    }
}

/// What dynamic-apply would store over an observed child. If it equals the observed one, nothing is written.
///
/// # Errors
/// See [`last_applied`].
pub fn update(observed: &Value, asked: &Value) -> Result<Value, String> {
    let mut merged = three_way(observed, &last_applied(observed)?, asked);
    annotate(&mut merged, asked);
    revert(&mut merged, observed);
    Ok(merged)
}

/// The child that server-side apply sends: without status, system metadata and the annotation, owned by its parent.
pub fn to_apply(asked: &Value, parent: &Value) -> Value {
    let mut child = asked.clone();
    revert(&mut child, &Value::Null);
    if let Some(annotations) = child
        .pointer_mut("/metadata/annotations")
        .and_then(Value::as_object_mut)
    {
        annotations.remove(LAST_APPLIED);
    }
    own(&mut child, parent);
    child
}

/// Status and system metadata are not for a hook to set.
fn revert(child: &mut Value, observed: &Value) {
    if let Some(metadata) = member(child, "metadata") {
        for key in SYSTEM {
            match observed
                .pointer("/metadata")
                .and_then(|metadata| metadata.get(key))
            {
                Some(value) => drop(metadata.insert(key.to_owned(), value.clone())),
                None => drop(metadata.remove(key)),
            }
        }
    }
    if let Some(child) = child.as_object_mut() {
        match observed.get("status") {
            Some(status) => drop(child.insert("status".to_owned(), status.clone())),
            None => drop(child.remove("status")),
        }
    }
}

/// The observed children that are no longer asked for and not yet on their way.
pub fn unwanted<'a>(observed: impl IntoIterator<Item = &'a Value>, desired: &[Value]) -> Vec<Id> {
    let wanted: Vec<Id> = desired.iter().map(Id::of).collect();
    let observed = observed.into_iter().filter(|object| !is_being_deleted(object));
    observed.map(Id::of).filter(|id| !wanted.contains(id)).collect()
}

/// Of two children of one identity the last is meant.
pub fn last_of_each(children: Vec<Value>) -> Vec<Value> {
    let mut kept: Vec<(Id, Value)> = Vec::new();
    for child in children {
        let id = Id::of(&child);
        kept.retain(|(other, _)| *other != id);
        kept.push((id, child));
    }
    kept.into_iter().map(|(_, child)| child).collect()
}

/// A composite's whole status as it is written: what the hook answers, and which generation it is of.
pub fn status(answered: &Value, parent: &Value) -> Value {
    let mut status = answered.as_object().cloned().unwrap_or_default();
    let generation = parent.pointer("/metadata/generation").cloned();
    status.insert(
        "observedGeneration".to_owned(),
        generation.unwrap_or_else(|| json!(0)),
    );
    Value::Object(status)
}

/// What a decorator's labels or annotations do to an object: null deletes. Whether that changes it.
pub fn set_all(object: &mut Value, key: &str, answered: &Value) -> bool {
    let before = object.clone();
    for (name, value) in answered.as_object().into_iter().flatten() {
        match value {
            Value::Null => {
                let all = object
                    .pointer_mut(&format!("/metadata/{key}"))
                    .and_then(Value::as_object_mut);
                all.map(|all| all.remove(name));
            }
            value => {
                in_metadata(object, key).map(|all| all.insert(name.clone(), value.clone()));
            }
        }
    }
    *object != before
}

/// JSON with the escapes of Go's encoder.
pub fn as_go_writes(value: &Value) -> String {
    let text = value.to_string();
    let escaped = text
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026");
    escaped
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails that way"
)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn parent() -> Value {
        json!({"apiVersion": "x/v1", "kind": "P", "metadata": {"name": "p", "namespace": "ns", "uid": "u",
            "generation": 3}})
    }

    #[test]
    fn namespace_and_label() {
        let table = [
            (
                json!({}),
                json!({"namespace": "ns", "labels": {"controller-uid": "u"}}),
            ),
            (
                json!({"namespace": "other"}),
                json!({"namespace": "other", "labels": {"controller-uid": "u"}}),
            ),
            (
                json!({"labels": {"controller-uid": "u", "a": "b"}}),
                json!({"namespace": "ns", "labels": {"controller-uid": "u", "a": "b"}}),
            ),
            (Value::Null, Value::Null),
        ];
        for (metadata, expected) in table {
            let mut child = json!({"metadata": metadata});
            default_namespace(&mut child, &parent());
            label(&mut child, &parent()).unwrap();
            assert_eq!(child, json!({"metadata": expected}));
        }
        let mut foreign = json!({"kind": "C", "metadata": {"name": "c", "labels": {"controller-uid": "v"}}});
        let error = label(&mut foreign, &parent()).unwrap_err();
        assert_eq!(error, "labels on desired child C c don't match parent selector");
    }

    #[test]
    fn one_reference_to_each_owner() {
        let mut child = json!({"metadata": {"ownerReferences": [{"uid": "u"}, {"uid": "z"}]}});
        own(&mut child, &parent());
        let expected = json!({"apiVersion": "x/v1", "kind": "P", "name": "p", "uid": "u", "controller": true,
            "blockOwnerDeletion": true});
        assert_eq!(
            child["metadata"]["ownerReferences"],
            json!([{"uid": "z"}, expected])
        );
    }

    #[test]
    fn an_update_keeps_what_is_the_servers() {
        let mut observed = json!({"metadata": {"name": "c", "uid": "c1", "resourceVersion": "7"}, "spec": {"a": 1},
            "status": {"ready": true}});
        annotate(
            &mut observed,
            &json!({"metadata": {"name": "c"}, "spec": {"a": 1}}),
        );
        let asked = json!({"metadata": {"name": "c", "uid": "mine"}, "spec": {"b": "<&>"}, "status": {"ready": false}});
        let merged = update(&observed, &asked).unwrap();
        assert_eq!(merged["metadata"]["uid"], "c1");
        assert_eq!(merged["metadata"]["resourceVersion"], "7");
        assert_eq!(merged["status"], json!({"ready": true}));
        assert_eq!(merged["spec"], json!({"b": "<&>"}));
        let noted = merged["metadata"]["annotations"][LAST_APPLIED].as_str().unwrap();
        assert!(noted.contains("\\u003c\\u0026\\u003e"), "{noted}");
        assert_eq!(last_applied(&merged).unwrap(), asked);
        assert_eq!(
            update(&merged, &asked).unwrap(),
            merged,
            "the second time nothing changes"
        );
        observed["metadata"]["annotations"][LAST_APPLIED] = json!("{");
        assert!(update(&observed, &asked).is_err());
    }

    #[test]
    fn what_server_side_apply_sends() {
        let asked = json!({"metadata": {"name": "c", "uid": "x", "annotations": {LAST_APPLIED: "{}", "a": "b"}},
            "status": {}});
        let sent = to_apply(&asked, &parent());
        assert_eq!(sent["metadata"]["annotations"], json!({"a": "b"}));
        assert_eq!(sent["metadata"].get("uid"), None);
        assert_eq!(sent.get("status"), None);
        assert_eq!(crate::object::controller_of(&sent), Some("u"));
    }

    #[test]
    fn who_goes() {
        let child = |name: &str| json!({"apiVersion": "v1", "kind": "C", "metadata": {"name": name}});
        let mut going = child("going");
        going["metadata"]["deletionTimestamp"] = json!("now");
        let observed = [child("a"), child("b"), going];
        let names = |ids: Vec<Id>| ids.into_iter().map(|id| id.name).collect::<Vec<_>>();
        assert_eq!(names(unwanted(&observed, &[child("a")])), ["b"]);
        assert_eq!(names(unwanted(&observed, &[])), ["a", "b"]);
        let mut second = child("a");
        second["spec"] = json!(2);
        assert_eq!(last_of_each(vec![child("a"), second.clone()]), [second]);
    }

    #[test]
    fn a_status_is_replaced_whole() {
        let table = [
            (Value::Null, json!({"observedGeneration": 3})),
            (
                json!({"a": 1, "observedGeneration": 9}),
                json!({"a": 1, "observedGeneration": 3}),
            ),
        ];
        for (answered, expected) in table {
            assert_eq!(status(&answered, &parent()), expected);
        }
    }

    #[test]
    fn null_deletes_a_label() {
        let labelled = |labels: Value| json!({"metadata": {"labels": labels}});
        let table = [
            (json!({"a": "2"}), json!({"a": "2", "b": "1"}), true),
            (json!({"a": null}), json!({"b": "1"}), true),
            (json!({"a": "1"}), json!({"a": "1", "b": "1"}), false),
            (json!({"z": null}), json!({"a": "1", "b": "1"}), false),
            (Value::Null, json!({"a": "1", "b": "1"}), false),
        ];
        for (answered, expected, changes) in table {
            let mut object = labelled(json!({"a": "1", "b": "1"}));
            assert_eq!(set_all(&mut object, "labels", &answered), changes, "{answered}");
            assert_eq!(object, labelled(expected), "{answered}");
        }
    }
}
