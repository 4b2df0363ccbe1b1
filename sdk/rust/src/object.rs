//! Kubernetes objects as they are in requests.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::failure::{Failure, Result, invalid};

/// A Kubernetes object.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Object(Map<String, Value>);

impl Object {
    /// Returns the fields.
    pub fn fields(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Returns the value at a JSON pointer, such as `/status/readyReplicas`. `~1` stands for a `/` in a key.
    pub fn pointer(&self, pointer: &str) -> Option<&Value> {
        let (first, rest) = match pointer.strip_prefix('/')?.split_once('/') {
            Some((first, _)) => (first, pointer.get(first.len() + 1..)?),
            None => (pointer.get(1..)?, ""),
        };
        let key = first.replace("~1", "/").replace("~0", "~");
        self.0.get(&key)?.pointer(rest)
    }

    /// Returns the text at a JSON pointer.
    pub fn text(&self, pointer: &str) -> Option<&str> {
        self.pointer(pointer)?.as_str()
    }

    /// Returns the integer at a JSON pointer.
    pub fn integer(&self, pointer: &str) -> Option<i64> {
        self.pointer(pointer)?.as_i64()
    }

    /// Returns the name, or an empty text.
    pub fn name(&self) -> &str {
        self.text("/metadata/name").unwrap_or_default()
    }

    /// Returns the namespace. Cluster-scoped objects have none.
    pub fn namespace(&self) -> Option<&str> {
        self.text("/metadata/namespace")
    }

    /// Returns the generation, which counts the changes of the spec.
    pub fn generation(&self) -> Option<i64> {
        self.integer("/metadata/generation")
    }

    /// Returns the value of a label.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.metadata("labels", key)
    }

    /// Returns the value of an annotation.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.metadata("annotations", key)
    }

    fn metadata(&self, map: &str, key: &str) -> Option<&str> {
        self.0.get("metadata")?.get(map)?.get(key)?.as_str()
    }

    /// Whether the object is being deleted.
    pub fn is_being_deleted(&self) -> bool {
        self.pointer("/metadata/deletionTimestamp").is_some()
    }

    /// Reads the spec. An absent spec is an empty one.
    ///
    /// # Errors
    ///
    /// [`Failure::Invalid`], if the spec does not fit the type: a person has to edit it.
    pub fn spec<T: DeserializeOwned>(&self) -> Result<T> {
        let empty = Value::Object(Map::new());
        let spec = self.0.get("spec").unwrap_or(&empty);
        T::deserialize(spec).map_err(|error| invalid(format!("spec: {error}")))
    }

    /// Reads the whole object into a type, such as one of the crate `k8s-openapi`.
    ///
    /// # Errors
    ///
    /// [`Failure::Internal`], if the object does not fit the type.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T> {
        T::deserialize(&self.0).map_err(Failure::from)
    }
}

/// Objects by kind and name: the observed children, attachments, or related objects of a request.
///
/// `T` is the type of the objects: give your own to read only the fields that the plugin needs.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Children<T = Object>(BTreeMap<String, BTreeMap<String, T>>);

impl<T> Default for Children<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Children<T> {
    /// Returns the objects of a kind with their keys, sorted. The `apiVersion` is `apps/v1` or `v1`.
    ///
    /// A key is `NAMESPACE/NAME`, or `NAME` for cluster-scoped objects and from Metacontroller's first webhook version.
    pub fn of(&self, api_version: &str, kind: &str) -> impl Iterator<Item = (&str, &T)> {
        let objects = self.0.get(&format!("{kind}.{api_version}"));
        objects
            .into_iter()
            .flatten()
            .map(|(name, object)| (name.as_str(), object))
    }

    /// Returns the object of a kind and a name. The name is `NAME`, or `NAMESPACE/NAME` if several namespaces have it.
    pub fn get(&self, api_version: &str, kind: &str, name: &str) -> Option<&T> {
        let objects = self.0.get(&format!("{kind}.{api_version}"))?;
        let in_namespace = || {
            let mut objects = objects.iter();
            objects.find(|(key, _)| key.split_once('/').is_some_and(|(_, last)| last == name))
        };
        objects
            .get(name)
            .or_else(|| in_namespace().map(|(_, object)| object))
    }

    /// Returns all objects.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.values().flat_map(BTreeMap::values)
    }

    /// Whether there is no object.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
}
