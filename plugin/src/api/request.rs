//! What is read of Metacontroller's sync request.
//!
//! Observed objects come from anyone: each field tolerates null and odd types (an API server
//! does send `lastTransitionTime: null`), and an object without identity is passed over.

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{IgnoredAny, MapAccess};
use serde_json::value::RawValue;

use super::field::{Field, List, Shape, object_shapes};
use super::function::Spec;
use crate::Failure;

/// A sync request.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(crate) struct Request<'a> {
    pub(crate) parent: Field<Parent>,
    pub(crate) children: Field<Children<'a>>,
}

/// The Function as it was observed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Parent {
    pub(crate) metadata: Field<ParentMeta>,
    pub(crate) spec: Field<Spec>,
    pub(crate) status: Field<ParentStatus>,
}

/// The Function's metadata.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct ParentMeta {
    pub(crate) name: Field<String>,
    pub(crate) namespace: Field<String>,
    pub(crate) generation: Field<i64>,
    pub(crate) creation_timestamp: Field<String>,
    pub(crate) annotations: Field<ParentAnnotations>,
}

/// The annotations of a Function that mean something.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ParentAnnotations {
    #[serde(rename = "module.wasm.image/variant")]
    pub(crate) wasm_variant: Field<String>,
    pub(crate) plugins: Field<String>,
    #[serde(rename = "plugins.tracing")]
    pub(crate) plugins_tracing: Field<String>,
}

/// The status that an earlier sync gave the Function: only its conditions are read, for their
/// times.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ParentStatus {
    pub(crate) conditions: Field<List<Condition>>,
}

/// A condition of anything.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Condition {
    pub(crate) r#type: Field<String>,
    pub(crate) status: Field<String>,
    pub(crate) reason: Field<String>,
    pub(crate) message: Field<String>,
    pub(crate) last_transition_time: Field<String>,
    pub(crate) last_update_time: Field<String>,
}

/// The observed children: which kinds are declared, and what there is.
#[derive(Debug, Default)]
pub(crate) struct Children<'a> {
    declared: Vec<String>,
    objects: Vec<Observed<'a>>,
    /// Whether something is there that is no object.
    has_others: bool,
}

/// An observed child.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(crate) struct Observed<'a> {
    pub(crate) api_version: Field<String>,
    pub(crate) kind: Field<String>,
    pub(crate) metadata: Field<ObservedMeta<'a>>,
    pub(crate) spec: Field<ObservedSpec>,
    pub(crate) status: Field<ObservedStatus>,
}

/// An observed child's metadata.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(crate) struct ObservedMeta<'a> {
    pub(crate) name: Field<String>,
    pub(crate) generation: Field<i64>,
    pub(crate) creation_timestamp: Field<String>,
    pub(crate) annotations: Field<ObservedAnnotations<'a>>,
}

/// What Metacontroller keeps of what it was last asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(crate) struct ObservedAnnotations<'a> {
    /// A JSON string with JSON in it, unread: only an invalid Function needs it.
    #[serde(rename = "metacontroller.k8s.io/last-applied-configuration")]
    pub(crate) last_applied: Option<&'a RawValue>,
}

/// An observed child's spec: only a workload's replicas.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ObservedSpec {
    pub(crate) replicas: Field<i64>,
}

/// An observed child's status.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct ObservedStatus {
    pub(crate) observed_generation: Field<i64>,
    pub(crate) replicas: Field<i64>,
    pub(crate) ready_replicas: Field<i64>,
    pub(crate) conditions: Field<List<Condition>>,
}

object_shapes!(
    Parent,
    ParentMeta,
    ParentAnnotations,
    ParentStatus,
    Condition,
    ObservedSpec,
    ObservedStatus,
);

impl<'a> Request<'a> {
    /// Reads a request.
    ///
    /// # Errors
    /// [`Failure::Internal`] if the text is no JSON, or `parent` or `children` is no object:
    /// whoever does not know what is observed must not answer, since that would delete it.
    pub(crate) fn parse(request: &'a str) -> Result<(Parent, Children<'a>), Failure> {
        let unreadable = |what: &str| Failure::Internal(format!("the request cannot be read: {what}"));
        let request: Field<Request<'a>> =
            serde_json::from_str(request).map_err(|error| unreadable(&error.to_string()))?;
        let request = request.ok().ok_or_else(|| unreadable("it is no object"))?;
        let parent = request.parent.ok();
        let children = request.children.ok();
        Ok((
            parent.ok_or_else(|| unreadable("parent is no object"))?,
            children.ok_or_else(|| unreadable("children is no object"))?,
        ))
    }
}

impl<'a> Children<'a> {
    /// Whether the controller declares a kind: only those may be asked for.
    pub(crate) fn declares(&self, api_version: &str, kind: &str) -> bool {
        self.declared.iter().any(|key| {
            key.split_once('.')
                .is_some_and(|(found, version)| found == kind && version == api_version)
        })
    }

    /// An observed child by its own kind and name; the keys of the request differ between
    /// Metacontroller's hook versions.
    pub(crate) fn find(&self, api_version: &str, kind: &str, name: &str) -> Option<&Observed<'a>> {
        self.objects.iter().find(|object| {
            object.api_version.text() == api_version
                && object.kind.text() == kind
                && object.meta().is_some_and(|meta| meta.name.text() == name)
        })
    }

    /// Whether something is observed that is no object. It cannot be asked for again.
    pub(crate) fn has_others(&self) -> bool {
        self.has_others
    }

    /// Everything that is observed.
    pub(crate) fn all(&self) -> &[Observed<'a>] {
        &self.objects
    }
}

impl<'a> Observed<'a> {
    /// The metadata, if it is any.
    pub(crate) fn meta(&self) -> Option<&ObservedMeta<'a>> {
        self.metadata.get()
    }

    /// The last condition of a type: older HTTP add-ons append conditions.
    pub(crate) fn condition(&self, r#type: &str) -> Option<&Condition> {
        self.conditions()
            .rfind(|condition| condition.r#type.text() == r#type)
    }

    /// All conditions.
    pub(crate) fn conditions(&self) -> impl DoubleEndedIterator<Item = &Condition> {
        let conditions = self.status.get().and_then(|status| status.conditions.get());
        conditions.into_iter().flatten().filter_map(Field::get)
    }
}

/// Bridges the lifetime of borrowed raw values into the shape of an object.
macro_rules! borrowing_shapes {
    ($($name:ident),*) => {$(
        impl<'de: 'a, 'a> Shape<'de> for $name<'a> {
            const WANTED: &'static str = "an object";

            fn from_object<A: MapAccess<'de>>(object: A) -> Result<Field<Self>, A::Error> {
                Deserialize::deserialize(MapAccessDeserializer::new(object)).map(Field::Is)
            }
        }
    )*};
}

borrowing_shapes!(Request, Observed, ObservedMeta, ObservedAnnotations);

impl<'de: 'a, 'a> Shape<'de> for Children<'a> {
    const WANTED: &'static str = "an object";

    fn from_object<A: MapAccess<'de>>(mut groups: A) -> Result<Field<Self>, A::Error> {
        let mut children = Children::default();
        while let Some(key) = groups.next_key()? {
            children.declared.push(key);
            match groups.next_value()? {
                Field::Is(Group(objects)) => {
                    for object in objects {
                        match object {
                            Field::Is(object) => children.objects.push(object),
                            Field::Absent | Field::Wrong(_) => children.has_others = true,
                        }
                    }
                }
                Field::Absent => {}
                Field::Wrong(_) => children.has_others = true,
            }
        }
        Ok(Field::Is(children))
    }
}

/// The objects of one kind, whatever their keys.
struct Group<'a>(List<Observed<'a>>);

impl<'de: 'a, 'a> Shape<'de> for Group<'a> {
    const WANTED: &'static str = "an object";

    fn from_object<A: MapAccess<'de>>(mut group: A) -> Result<Field<Self>, A::Error> {
        let mut objects = Vec::new();
        while let Some((_, object)) = group.next_entry::<IgnoredAny, _>()? {
            objects.push(object);
        }
        Ok(Field::Is(Group(objects)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn children(json: &str) -> Children<'_> {
        let field: Field<Children<'_>> = serde_json::from_str(json).unwrap();
        field.ok().unwrap()
    }

    #[test]
    fn kinds_are_declared_by_the_keys_of_children() {
        let children = children(r#"{"Deployment.apps/v1": {}, "Service.v1": {}}"#);
        assert!(children.declares("apps/v1", "Deployment"));
        assert!(children.declares("v1", "Service"));
        assert!(!children.declares("serving.knative.dev/v1", "Service"));
    }

    #[test]
    fn a_child_is_found_by_its_own_name_whatever_its_key() {
        let object = r#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"a"}}"#;
        for key in ["a", "ns/a", "other"] {
            let json = format!(r#"{{"Service.v1":{{"{key}":{object}}}}}"#);
            assert!(children(&json).find("v1", "Service", "a").is_some(), "{key}");
            assert!(children(&json).find("v1", "Service", "other").is_none(), "{key}");
        }
    }

    #[test]
    fn odd_objects_are_passed_over() {
        let json = r#"{"Service.v1":{"a":null,"b":7,"c":{"kind":{}},"d":{"metadata":null},
            "e":{"metadata":{"name":3,"annotations":[]},"status":"x","spec":{"replicas":"many"}}},
            "X":null,"Y":"z"}"#;
        let children = children(json);
        assert_eq!(children.all().len(), 3);
        assert!(children.has_others());
        assert!(children.find("v1", "Service", "d").is_none());
    }

    #[test]
    fn the_last_condition_of_a_type_counts() {
        let json = r#"{"X.v1":{"a":{"status":{"conditions":[
            {"type":"Ready","status":"True","lastTransitionTime":null},null,
            {"type":"Ready","status":"False"},{"type":"Other","status":"True"}]}}}}"#;
        let children = children(json);
        let condition = children.all()[0].condition("Ready").unwrap();
        assert_eq!(condition.status.text(), "False");
    }
}
