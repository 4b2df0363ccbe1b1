//! What can be said of any object: its identity, its keys in a request, its owner.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

/// The members of `metadata` that a writer cannot set.
pub const SYSTEM: [&str; 7] = [
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "managedFields",
    "selfLink",
];

/// Which object is meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id {
    /// `apps/v1`, `v1`.
    pub api_version: String,
    /// `Deployment`.
    pub kind: String,
    /// Empty for what has none.
    pub namespace: String,
    /// Empty for what the API server is to name.
    pub name: String,
}

impl Id {
    /// The object's.
    pub fn of(object: &Value) -> Self {
        Self {
            api_version: text(object, "/apiVersion"),
            kind: text(object, "/kind"),
            namespace: text(object, "/metadata/namespace"),
            name: text(object, "/metadata/name"),
        }
    }
}

/// `Deployment/hello`. A kind that has the name of a built-in one has its group too:
/// `Service.serving.knative.dev/hello`.
impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const BUILT_IN: [(&str, &str); 5] = [
            ("Service", ""),
            ("Event", ""),
            ("Binding", ""),
            ("Ingress", "networking.k8s.io"),
            ("Gateway", "gateway.networking.k8s.io"),
        ];
        let group = self.api_version.split_once('/').map_or("", |(group, _)| group);
        let is_another = |(kind, of): &(&str, &str)| *kind == self.kind && *of != group;
        f.write_str(&self.kind)?;
        if BUILT_IN.iter().any(is_another) && !group.is_empty() {
            write!(f, ".{group}")?;
        }
        write!(f, "/{}", self.name)
    }
}

/// As an object with the members `apiVersion`, `kind`, `namespace` and `name`.
impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            api_version,
            kind,
            namespace,
            name,
        } = self;
        let members = [
            ("apiVersion", api_version),
            ("kind", kind),
            ("namespace", namespace),
            ("name", name),
        ];
        serializer.collect_map(members.into_iter().filter(|(_, value)| !value.is_empty()))
    }
}

/// A text in an object; empty if there is none.
pub fn text(object: &Value, pointer: &str) -> String {
    let found = object.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_default().to_owned()
}

/// A member of an object that is itself an object, made if it is not there. Nothing where either is something else:
/// Go's setters fail in the same place, and Metacontroller does not look.
pub fn member<'a>(object: &'a mut Value, key: &str) -> Option<&'a mut Map<String, Value>> {
    let member = object
        .as_object_mut()?
        .entry(key)
        .or_insert_with(|| Value::Object(Map::new()));
    member.as_object_mut()
}

/// The member `key` of `metadata`, under the terms of [`member`].
pub fn in_metadata<'a>(object: &'a mut Value, key: &str) -> Option<&'a mut Map<String, Value>> {
    let metadata = member(object, "metadata")?;
    metadata
        .entry(key)
        .or_insert_with(|| Value::Object(Map::new()))
        .as_object_mut()
}

/// `metadata.ownerReferences`.
pub fn owners(object: &Value) -> &[Value] {
    let owners = object
        .pointer("/metadata/ownerReferences")
        .and_then(Value::as_array);
    owners.map(Vec::as_slice).unwrap_or_default()
}

/// The uid of the controller that an object belongs to.
pub fn controller_of(object: &Value) -> Option<&str> {
    let is_controller = |owner: &&Value| owner.get("controller") == Some(&Value::Bool(true));
    owners(object).iter().find(is_controller)?.get("uid")?.as_str()
}

/// Whether somebody has asked for the object to go.
pub fn is_being_deleted(object: &Value) -> bool {
    object.pointer("/metadata/deletionTimestamp").is_some()
}

/// What tells that an object has changed since it was last applied; without a generation, every write does.
pub fn mark(object: &Value) -> Value {
    let member = |key: &str| {
        object
            .pointer(&format!("/metadata/{key}"))
            .cloned()
            .unwrap_or_default()
    };
    let counted = match member("generation") {
        Value::Null => member("resourceVersion"),
        generation => generation,
    };
    Value::Array(vec![member("uid"), counted])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{controller_of, in_metadata, is_being_deleted, mark};

    #[test]
    fn the_owner_is_the_one_that_controls() {
        let owned = |owners| json!({"metadata": {"ownerReferences": owners}});
        assert_eq!(controller_of(&json!({})), None);
        assert_eq!(controller_of(&owned(json!([{"uid": "a"}]))), None);
        let two = owned(json!([{"uid": "a"}, {"uid": "b", "controller": true}]));
        assert_eq!(controller_of(&two), Some("b"));
    }

    #[test]
    fn what_counts_as_changed() {
        let table = [
            (
                json!({"uid": "u", "generation": 2, "resourceVersion": "9"}),
                json!(["u", 2]),
            ),
            (json!({"uid": "u", "resourceVersion": "9"}), json!(["u", "9"])),
        ];
        for (metadata, expected) in table {
            assert_eq!(mark(&json!({"metadata": metadata})), expected);
        }
        assert!(is_being_deleted(&json!({"metadata": {"deletionTimestamp": "x"}})));
        assert!(!is_being_deleted(&json!({"metadata": {}})));
    }

    #[test]
    fn metadata_of_another_type_is_left_alone() {
        let mut null = json!({"metadata": null});
        assert!(in_metadata(&mut null, "labels").is_none());
        assert_eq!(null, json!({"metadata": null}));
        let mut none = json!({});
        assert!(in_metadata(&mut none, "labels").is_some());
        assert_eq!(none, json!({"metadata": {"labels": {}}}));
    }
}
