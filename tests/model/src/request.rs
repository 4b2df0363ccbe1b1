//! The bodies of requests.

use serde_json::{Map, Value, json};

use crate::finalizer::Controller;
use crate::object::{Id, text};

/// `version` of a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// Keys relative to the parent; what is unknown in an answer is ignored.
    V1,
    /// Keys with the namespace; what is unknown in an answer fails the sync.
    V2,
}

/// What a sync or finalize hook is told.
pub struct Sync<'a> {
    /// The controller as it was when it started.
    pub controller: &'a Value,
    /// A composite's parent, a decorator's object.
    pub parent: &'a Value,
    /// Kinds (apiVersion and kind) that are there even when they are empty.
    pub declared: &'a [(String, String)],
    /// Children or attachments.
    pub children: &'a [Value],
    /// Kinds of customize's rules.
    pub related_kinds: &'a [(String, String)],
    /// What customize's rules select.
    pub related: &'a [Value],
    /// Whether finalize is called.
    pub finalizing: bool,
}

/// The key of a kind: `Service.v1`, `Deployment.apps/v1`.
pub fn group_key(api_version: &str, kind: &str) -> String {
    format!("{kind}.{api_version}")
}

/// The key of an object within its kind; nothing if a request of this version cannot have it.
pub fn object_key(version: Version, parent_namespace: &str, id: &Id) -> Option<String> {
    let uniform = match id.namespace.as_str() {
        "" => id.name.clone(),
        namespace => format!("{namespace}/{}", id.name),
    };
    match (version, parent_namespace) {
        (Version::V2, _) | (Version::V1, "") => Some(uniform),
        (Version::V1, own) => (id.namespace == own).then(|| id.name.clone()),
    }
}

/// The body for sync and finalize.
pub fn sync(to: Controller, version: Version, what: &Sync<'_>) -> Value {
    let namespace = text(what.parent, "/metadata/namespace");
    let (parent, children) = match to {
        Controller::Composite => ("parent", "children"),
        Controller::Decorator => ("object", "attachments"),
    };
    json!({
        "controller": what.controller,
        parent: what.parent,
        children: groups(version, &namespace, what.declared, what.children),
        "related": groups(version, &namespace, what.related_kinds, what.related),
        "finalizing": what.finalizing,
    })
}

/// The body for customize, the same for all controllers and versions.
pub fn customize(controller: &Value, parent: &Value) -> Value {
    json!({"controller": controller, "parent": parent})
}

fn groups(version: Version, namespace: &str, kinds: &[(String, String)], objects: &[Value]) -> Value {
    let mut groups: Map<String, Value> = kinds
        .iter()
        .map(|(api_version, kind)| (group_key(api_version, kind), json!({})))
        .collect();
    for object in objects {
        let id = Id::of(object);
        let group = groups
            .entry(group_key(&id.api_version, &id.kind))
            .or_insert_with(|| json!({}));
        if let (Some(key), Some(group)) = (object_key(version, namespace, &id), group.as_object_mut()) {
            group.insert(key, object.clone());
        }
    }
    Value::Object(groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(namespace: &str, name: &str) -> Value {
        let mut object = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}});
        if !namespace.is_empty() {
            object["metadata"]["namespace"] = json!(namespace);
        }
        object
    }

    #[test]
    fn keys() {
        let table = [
            (Version::V1, "ns", "ns", Some("o")),
            (Version::V1, "ns", "other", None),
            (Version::V1, "ns", "", None),
            (Version::V1, "", "ns", Some("ns/o")),
            (Version::V1, "", "", Some("o")),
            (Version::V2, "ns", "ns", Some("ns/o")),
            (Version::V2, "ns", "other", Some("other/o")),
            (Version::V2, "ns", "", Some("o")),
            (Version::V2, "", "ns", Some("ns/o")),
        ];
        for (version, parent, namespace, key) in table {
            let found = object_key(version, parent, &Id::of(&object(namespace, "o")));
            assert_eq!(found.as_deref(), key, "{version:?} {parent:?} {namespace:?}");
        }
        assert_eq!(group_key("v1", "Pod"), "Pod.v1");
        assert_eq!(group_key("apps/v1", "Deployment"), "Deployment.apps/v1");
    }

    #[test]
    fn bodies() {
        let parent = object("ns", "p");
        let controller = json!({"kind": "C"});
        let kind = |api_version: &str, kind: &str| (api_version.to_owned(), kind.to_owned());
        let what = Sync {
            controller: &controller,
            parent: &parent,
            declared: &[kind("apps/v1", "Deployment"), kind("v1", "Service")],
            children: &[object("ns", "c")],
            related_kinds: &[kind("v1", "Secret")],
            related: &[],
            finalizing: true,
        };
        let children = json!({"Deployment.apps/v1": {"ns/c": object("ns", "c")}, "Service.v1": {}});
        assert_eq!(
            sync(Controller::Composite, Version::V2, &what),
            json!({"controller": controller, "parent": parent, "children": children, "related": {"Secret.v1": {}},
                "finalizing": true})
        );
        let attachments = json!({"Deployment.apps/v1": {"c": object("ns", "c")}, "Service.v1": {}});
        assert_eq!(
            sync(Controller::Decorator, Version::V1, &what),
            json!({"controller": controller, "object": parent, "attachments": attachments,
                "related": {"Secret.v1": {}}, "finalizing": true})
        );
        assert_eq!(
            customize(&controller, &parent),
            json!({"controller": controller, "parent": parent})
        );
    }
}
