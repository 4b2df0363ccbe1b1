//! Compares two answers of a hook: which children are added, removed or changed, field by field.
//!
//! The comparison is by meaning, not by text: the order of fields, `1` and `1.0`, and `null` in place of an absent
//! field make no difference. Children are matched by group, kind, namespace and name.
//!
//! ```
//! use metawasm::compare::{Change, compare};
//! use serde_json::json;
//!
//! let child = |replicas: u32| json!({
//!     "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}, "spec": {"replicas": replicas},
//! });
//! let old = json!({"status": {"ready": true}, "children": [child(1)]});
//! let new = json!({"status": {"ready": true}, "children": [child(2)]});
//! let comparison = compare(&old, &new, Some("default"));
//! assert!(comparison.fields.is_empty());
//! let Change::Changed(fields) = &comparison.children[0].change else { panic!() };
//! assert_eq!(fields[0].to_string(), "spec.replicas: 1 → 2");
//! ```

use std::collections::BTreeMap;
use std::fmt;

use metawasm_contract::object::group_of;
use metawasm_model::Id;
use metawasm_model::secrets::{hide_changes, hide_values};
use serde::Serialize;
use serde_json::{Map, Value};

pub use metawasm_model::{FieldChange, fields};

/// The fields of an answer that hold its children.
const CHILDREN: [&str; 2] = ["children", "attachments"];

/// The differences between two answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Comparison {
    /// Children that differ, sorted by their identity.
    pub children: Vec<ChildChange>,
    /// Other fields that differ, such as `status` and `resyncAfterSeconds`.
    pub fields: Vec<FieldChange>,
}

impl Comparison {
    /// Whether the answers mean the same.
    pub fn is_equal(&self) -> bool {
        self.children.is_empty() && self.fields.is_empty()
    }
}

/// A child that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChildChange {
    /// The child.
    pub child: ChildId,
    /// The difference.
    #[serde(flatten)]
    pub change: Change,
}

/// The identity of a child.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ChildId {
    /// The API group; empty for the core group.
    pub group: String,
    /// The kind.
    pub kind: String,
    /// The namespace; empty for an object outside namespaces.
    pub namespace: String,
    /// The name.
    pub name: String,
}

/// What differs in a child.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// Only the new answer has the child.
    Added(Value),
    /// Only the old answer has the child: Metacontroller would delete it.
    Removed(Value),
    /// Both answers have the child, with differences in these fields.
    Changed(Vec<FieldChange>),
}

/// Compares two answers of the hooks `sync`, `finalize` or `customize`.
///
/// `namespace` is the namespace of the parent, if it has one: Metacontroller takes it for children without a namespace.
pub fn compare(old: &Value, new: &Value, namespace: Option<&str>) -> Comparison {
    let (mut before, mut after) = (children(old, namespace), children(new, namespace));
    let mut changes = Vec::new();
    for (child, old) in std::mem::take(&mut before) {
        let change = match after.remove(&child) {
            None => Change::Removed(old),
            Some(new) => match fields(&old, &new) {
                same if same.is_empty() => continue,
                changed => Change::Changed(changed),
            },
        };
        changes.push(ChildChange { child, change });
    }
    let added = after.into_iter().map(|(child, new)| ChildChange {
        child,
        change: Change::Added(new),
    });
    changes.extend(added);
    changes.sort_by(|one, other| one.child.cmp(&other.child));
    Comparison {
        children: changes,
        fields: fields(&rest(old), &rest(new)),
    }
}

/// Returns the same comparison with the values of Secrets hidden; which of them differ is still seen.
pub fn hidden(comparison: &Comparison) -> Comparison {
    let mut comparison = comparison.clone();
    for change in &mut comparison.children {
        let id = id(&change.child);
        match &mut change.change {
            Change::Added(child) | Change::Removed(child) => hide_values(&id, child),
            Change::Changed(fields) => hide_changes(&id, fields),
        }
    }
    comparison
}

fn id(child: &ChildId) -> Id {
    let api_version = match child.group.as_str() {
        "" => "v1".to_owned(),
        group => format!("{group}/v1"),
    };
    Id {
        api_version,
        kind: child.kind.clone(),
        namespace: child.namespace.clone(),
        name: child.name.clone(),
    }
}

/// The children of an answer by identity.
fn children(answer: &Value, namespace: Option<&str>) -> BTreeMap<ChildId, Value> {
    let lists = CHILDREN.into_iter().filter_map(|key| answer.get(key)?.as_array());
    lists
        .flatten()
        .map(|child| {
            let mut child = child.clone();
            // The same whether it is written or not.
            if let (Some(namespace), Some(metadata)) = (
                namespace,
                child.get_mut("metadata").and_then(Value::as_object_mut),
            ) && metadata.get("namespace").is_none_or(Value::is_null)
            {
                metadata.insert("namespace".to_owned(), Value::from(namespace));
            }
            (ChildId::of(&child), child)
        })
        .collect()
}

/// An answer without its children.
fn rest(answer: &Value) -> Value {
    let fields = answer.as_object().into_iter().flatten();
    let others = fields.filter(|(key, _)| !CHILDREN.contains(&key.as_str()));
    Value::Object(
        others
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect::<Map<_, _>>(),
    )
}

impl ChildId {
    /// Returns the identity of an object. Fields that it lacks are empty.
    pub fn of(object: &Value) -> Self {
        let text = |pointer| {
            object
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        Self {
            group: group_of(text("/apiVersion")).to_owned(),
            kind: text("/kind").to_owned(),
            namespace: text("/metadata/namespace").to_owned(),
            name: text("/metadata/name").to_owned(),
        }
    }
}

/// `Deployment.apps default/web`.
impl fmt::Display for ChildId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        if !self.group.is_empty() {
            write!(f, ".{}", self.group)?;
        }
        f.write_str(" ")?;
        if !self.namespace.is_empty() {
            write!(f, "{}/", self.namespace)?;
        }
        f.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn child(kind: &str, name: &str, spec: &Value) -> Value {
        json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": spec})
    }

    #[test]
    fn children_are_added_removed_or_changed() {
        let old = json!({"children": [child("Deployment", "a", &json!({"x": 1})), child("Deployment", "b", &json!({}))]});
        let new = json!({"children": [child("DaemonSet", "b", &json!({})), child("Deployment", "a", &json!({"x": 2}))]});
        let comparison = compare(&old, &new, Some("ns"));
        let told: Vec<String> = comparison
            .children
            .iter()
            .map(|change| {
                let what = match &change.change {
                    Change::Added(_) => "added".to_owned(),
                    Change::Removed(_) => "removed".to_owned(),
                    Change::Changed(fields) => fields.iter().map(ToString::to_string).collect(),
                };
                format!("{}: {what}", change.child)
            })
            .collect();
        assert_eq!(
            told,
            [
                "DaemonSet.apps ns/b: added",
                "Deployment.apps ns/a: spec.x: 1 → 2",
                "Deployment.apps ns/b: removed",
            ]
        );
    }

    #[test]
    fn order_of_children_number_format_null_and_the_parents_namespace_make_no_difference() {
        let one = child("Deployment", "a", &json!({"x": 1}));
        let two = child("Deployment", "b", &json!({}));
        let mut same = child("Deployment", "a", &json!({"x": 1.0, "y": null}));
        same["metadata"]["namespace"] = json!("ns");
        let old = json!({"status": {"a": 1}, "children": [one, two]});
        let new = json!({"children": [two, same], "status": {"a": 1.0}});
        assert!(compare(&old, &new, Some("ns")).is_equal());
        assert!(!compare(&old, &new, None).is_equal(), "another namespace");
    }

    #[test]
    fn fields_beside_the_children_are_compared_too() {
        let old = json!({"status": {"ready": false}, "attachments": []});
        let new = json!({"status": {"ready": true}, "resyncAfterSeconds": 5});
        let comparison = compare(&old, &new, None);
        let told: Vec<String> = comparison.fields.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            ["resyncAfterSeconds: added 5", "status.ready: false → true"]
        );
    }

    #[test]
    fn a_comparison_is_json() {
        let old = json!({"children": [child("D", "a", &json!({"x": 1}))]});
        let new = json!({"children": [child("D", "a", &json!({}))]});
        assert_eq!(
            serde_json::to_value(compare(&old, &new, None)).unwrap(),
            json!({
                "children": [{
                    "child": {"group": "apps", "kind": "D", "namespace": "", "name": "a"},
                    "changed": [{"path": "spec.x", "old": 1}],
                }],
                "fields": [],
            })
        );
    }

    #[test]
    fn values_of_secrets_are_hidden() {
        let secret = |name: &str, value: &str| json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": {"key": value}});
        let old = json!({"children": [secret("a", "one"), secret("b", "two")]});
        let new = json!({"children": [secret("a", "three"), secret("c", "four")]});
        let comparison = compare(&old, &new, None);
        let text = serde_json::to_string(&hidden(&comparison)).unwrap();
        for value in ["one", "two", "three", "four"] {
            assert!(!text.contains(value), "{text}");
        }
        assert!(text.contains("stringData.key"), "{text}");
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(json!(null)),
            any::<bool>().prop_map(Value::from),
            (0..3_i64).prop_map(Value::from),
            "[ab]{0,2}".prop_map(Value::from)
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map("[abn]|name", inner, 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    /// Without the fields that are null.
    fn bare(value: &Value) -> Value {
        match value {
            Value::Array(items) => items.iter().map(bare).collect(),
            Value::Object(fields) => {
                let kept = fields.iter().filter(|(_, value)| !value.is_null());
                Value::Object(kept.map(|(key, value)| (key.clone(), bare(value))).collect())
            }
            other => other.clone(),
        }
    }

    proptest! {
        /// Nothing is lost and nothing is invented, whatever the answers are.
        #[test]
        fn no_difference_is_found_exactly_where_there_is_none(old in value(), new in value()) {
            let found = !fields(&old, &new).is_empty();
            prop_assert_eq!(found, bare(&old) != bare(&new));
            prop_assert!(fields(&old, &old).is_empty());
            compare(&json!({"children": [old]}), &json!({"children": new}), Some("n"));
        }
    }
}
