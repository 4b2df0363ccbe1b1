//! The bodies that Metacontroller sends.

use serde_json::{Map, Value, json};

use crate::hook::{ControllerKind, HookVersion};
use crate::object::GroupKey;

/// The parts of a sync or finalize request.
#[derive(Clone, Copy, Debug)]
pub struct Sync<'a> {
    /// The CompositeController or DecoratorController.
    pub controller: &'a Value,
    /// The parent; of a DecoratorController, the object.
    pub parent: &'a Value,
    /// The kinds of children that the controller declares, as apiVersion and kind. Each has a group, even an empty one.
    pub declared: &'a [(String, String)],
    /// The observed children or attachments.
    pub children: &'a [Value],
    /// The kinds that the customize hook asked for. Each has a group, even an empty one.
    pub related_kinds: &'a [(String, String)],
    /// The objects that the customize hook asked for.
    pub related: &'a [Value],
    /// Whether the parent is being deleted and the finalize hook is asked.
    pub finalizing: bool,
}

impl Sync<'_> {
    /// Returns the request's JSON. Its fields are in Metacontroller's order.
    pub fn body(&self, kind: ControllerKind, version: HookVersion) -> String {
        let namespace = namespace(self.parent);
        let children = groups(version, namespace, self.declared, self.children);
        let related = groups(version, namespace, self.related_kinds, self.related);
        format!(
            r#"{{"controller":{},"{}":{},"{}":{children},"related":{related},"finalizing":{}}}"#,
            self.controller,
            kind.parent_key(),
            self.parent,
            kind.children_key(),
            self.finalizing,
        )
    }
}

/// Returns the JSON of a customize request, which is the same for all controllers and versions.
pub fn customize(controller: &Value, parent: &Value) -> String {
    format!(r#"{{"controller":{controller},"parent":{parent}}}"#)
}

/// Returns the key of an object within its group, or `None` if a hook of this version is not shown the object.
/// A namespace is empty if there is none.
pub(super) fn object_key(
    version: HookVersion,
    parent_namespace: &str,
    namespace: &str,
    name: &str,
) -> Option<String> {
    match (version, parent_namespace) {
        (HookVersion::V1, own) if !own.is_empty() => (namespace == own).then(|| name.to_owned()),
        _ if namespace.is_empty() => Some(name.to_owned()),
        _ => Some(format!("{namespace}/{name}")),
    }
}

/// Returns the objects by group key and object key.
fn groups(
    version: HookVersion,
    parent_namespace: &str,
    kinds: &[(String, String)],
    objects: &[Value],
) -> Value {
    let key = |api_version: &str, kind: &str| GroupKey::new(api_version, kind).to_string();
    let mut groups: Map<String, Value> = kinds
        .iter()
        .map(|(api_version, kind)| (key(api_version, kind), json!({})))
        .collect();
    for object in objects {
        let group = groups
            .entry(key(text(object, "/apiVersion"), text(object, "/kind")))
            .or_insert_with(|| json!({}));
        let name = text(object, "/metadata/name");
        let key = object_key(version, parent_namespace, namespace(object), name);
        if let (Some(key), Some(group)) = (key, group.as_object_mut()) {
            group.insert(key, object.clone());
        }
    }
    Value::Object(groups)
}

/// Returns an object's namespace; empty if it has none.
pub(super) fn namespace(object: &Value) -> &str {
    text(object, "/metadata/namespace")
}

fn text<'v>(object: &'v Value, pointer: &str) -> &'v str {
    object
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_depend_on_the_version_and_on_the_parents_scope() {
        let table = [
            (HookVersion::V1, "ns", "ns", Some("o")),
            (HookVersion::V1, "ns", "other", None),
            (HookVersion::V1, "ns", "", None),
            (HookVersion::V1, "", "ns", Some("ns/o")),
            (HookVersion::V1, "", "", Some("o")),
            (HookVersion::V2, "ns", "ns", Some("ns/o")),
            (HookVersion::V2, "ns", "other", Some("other/o")),
            (HookVersion::V2, "ns", "", Some("o")),
            (HookVersion::V2, "", "ns", Some("ns/o")),
        ];
        for (version, parent, namespace, key) in table {
            let found = object_key(version, parent, namespace, "o");
            assert_eq!(found.as_deref(), key, "{version} {parent:?} {namespace:?}");
        }
    }

    /// Takes recorded requests apart and writes them again.
    #[test]
    fn requests_are_as_metacontroller_sends_them() {
        for (name, kind, version) in [
            (
                "composite-v1-sync-ready",
                ControllerKind::Composite,
                HookVersion::V1,
            ),
            (
                "composite-v2-sync-first",
                ControllerKind::Composite,
                HookVersion::V2,
            ),
            (
                "composite-v2-sync-ready",
                ControllerKind::Composite,
                HookVersion::V2,
            ),
            (
                "composite-v2-finalize",
                ControllerKind::Composite,
                HookVersion::V2,
            ),
            (
                "decorator-v2-sync-first",
                ControllerKind::Decorator,
                HookVersion::V2,
            ),
            (
                "decorator-v2-finalize",
                ControllerKind::Decorator,
                HookVersion::V2,
            ),
        ] {
            let recorded = crate::tests::fixture(&format!("{name}.body"));
            let recorded: Value = serde_json::from_slice(&recorded).unwrap();
            let kinds = |field: &str| -> Vec<(String, String)> {
                let groups = recorded[field].as_object().unwrap().keys();
                let keys = groups.map(|key| key.parse::<GroupKey>().unwrap());
                keys.map(|key| (key.api_version().to_owned(), key.kind().to_owned()))
                    .collect()
            };
            let objects = |field: &str| -> Vec<Value> {
                let groups = recorded[field].as_object().unwrap().values();
                groups
                    .flat_map(|group| group.as_object().unwrap().values().cloned())
                    .collect()
            };
            let parts = Sync {
                controller: &recorded["controller"],
                parent: &recorded[kind.parent_key()],
                declared: &kinds(kind.children_key()),
                children: &objects(kind.children_key()),
                related_kinds: &kinds("related"),
                related: &objects("related"),
                finalizing: recorded["finalizing"] == true,
            };
            let body: Value = serde_json::from_str(&parts.body(kind, version)).unwrap();
            assert_eq!(body, recorded, "{name}");
        }
        let recorded = crate::tests::fixture("composite-v2-customize.body");
        let recorded: Value = serde_json::from_slice(&recorded).unwrap();
        let body = customize(&recorded["controller"], &recorded["parent"]);
        assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), recorded);
    }
}
