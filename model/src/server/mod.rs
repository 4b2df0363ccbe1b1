//! An API server in memory: objects as they are stored, and what happens to whoever writes one.
//!
//! It stores objects in the form of the real one ([`stored`]), refuses what the real one refuses ([`rules`]) and merges
//! what server-side apply sends ([`merge_applied`]). It knows the built-in kinds of Kubernetes best; custom resources
//! are stored as they are written. It has no watches and no conflicts: one writer at a time.

mod apply;
pub mod rules;
pub mod stored;

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value, json};

pub use apply::merge_applied;

use crate::object::{Id, SYSTEM, member, owners};

/// Why a write was not done, in the API server's words or nearly so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is an object of that name.
    AlreadyExists,
    /// There is no such object.
    NotFound,
    /// 422.
    Invalid(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlreadyExists => "another object has the name",
            Self::NotFound => "the object does not exist",
            Self::Invalid(why) => why,
        })
    }
}

impl std::error::Error for Refusal {}

/// Changes objects as they are written, before they are stored: a mutating webhook, or the defaults of a custom
/// resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Defaulter {
    /// The kind of the objects.
    pub kind: String,
    /// Their apiVersion; all of them if there is none.
    pub api_version: Option<String>,
    /// Fields and values, as a part of the object.
    pub set: Value,
    /// Whether values that are there are replaced; otherwise only missing fields are set.
    pub force: bool,
}

/// The objects, and what the server counts.
#[derive(Clone, Debug, Default)]
pub struct Server {
    objects: BTreeMap<Id, Value>,
    defaulters: Vec<Defaulter>,
    /// Seconds since the server began.
    clock: u64,
    uids: u64,
    version: u64,
}

/// What an update would do.
struct Update {
    object: Value,
    raises_generation: bool,
}

impl Server {
    /// Returns the objects.
    pub fn objects(&self) -> &BTreeMap<Id, Value> {
        &self.objects
    }

    /// Returns an object.
    pub fn get(&self, id: &Id) -> Option<&Value> {
        self.objects.get(id)
    }

    /// Returns the last resourceVersion. It moves with every change and with nothing else.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Adds a defaulter, which changes what is written from now on.
    pub fn add_defaulter(&mut self, defaulter: Defaulter) {
        self.defaulters.push(defaulter);
    }

    /// Returns the time, as Kubernetes writes it. It advances by a second with every change.
    pub fn now(&self) -> String {
        let (day, second) = (self.clock / 86_400, self.clock % 86_400);
        let (hour, minute) = (second / 3600, second / 60 % 60);
        // Months of 28 days: only the order counts.
        let (year, month, day) = (2026 + day / 336, day / 28 % 12 + 1, day % 28 + 1);
        format!(
            "{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{:02}Z",
            second % 60
        )
    }

    /// Lets time pass.
    pub fn pass(&mut self, seconds: u64) {
        self.clock = self.clock.saturating_add(seconds);
    }

    /// Stores an object as it is, with what it has of uid, version and time. What is missing of them is added.
    pub fn put(&mut self, mut object: Value) -> Id {
        let id = Id::of(&object);
        self.version += 1;
        self.clock += 1;
        self.uids += 1;
        let fresh = [
            ("uid", json!(format!("uid-{:04}", self.uids))),
            ("creationTimestamp", json!(self.now())),
            ("resourceVersion", json!(self.version.to_string())),
        ];
        if let Some(metadata) = member(&mut object, "metadata") {
            for (key, value) in fresh {
                metadata.entry(key).or_insert(value);
            }
            if has_generation(&id) {
                metadata.entry("generation").or_insert(json!(1));
            }
        }
        self.objects.insert(id.clone(), object);
        id
    }

    /// POST.
    ///
    /// # Errors
    ///
    /// The name is taken, or the object is invalid.
    pub fn create(&mut self, mut object: Value) -> Result<(), Refusal> {
        let id = Id::of(&object);
        if self.objects.contains_key(&id) {
            return Err(Refusal::AlreadyExists);
        }
        let number = self.uids + 1;
        let now = self.now();
        let Some(metadata) = member(&mut object, "metadata") else {
            return Err(Refusal::Invalid("metadata: Required value".to_owned()));
        };
        for key in SYSTEM {
            metadata.remove(key);
        }
        metadata.insert("uid".to_owned(), json!(format!("uid-{number:04}")));
        metadata.insert("creationTimestamp".to_owned(), json!(now));
        if has_generation(&id) {
            metadata.insert("generation".to_owned(), json!(1));
        }
        if has_status(&id) {
            remove(&mut object, "status");
        }
        self.set_defaults(&id, &mut object);
        let mut object = stored::form(object, None, number);
        rules::check(&object, None).map_err(Refusal::Invalid)?;
        self.uids = number;
        self.version += 1;
        self.clock += 1;
        set(&mut object, "resourceVersion", json!(self.version.to_string()));
        self.objects.insert(id, object);
        Ok(())
    }

    /// PUT of everything but the status. Says whether anything changed.
    ///
    /// # Errors
    ///
    /// The object is not there, or is invalid.
    pub fn update(&mut self, object: Value) -> Result<bool, Refusal> {
        let id = Id::of(&object);
        let Some(update) = self.prepared(object)? else {
            return Ok(false);
        };
        self.store(&id, update.object, update.raises_generation);
        Ok(true)
    }

    /// Returns what an update would store, and whether it raises the generation; nothing if it changes nothing.
    ///
    /// # Errors
    ///
    /// As [`Server::update`].
    pub fn dry_run(&self, object: Value) -> Result<Option<(Value, bool)>, Refusal> {
        let update = self.prepared(object)?;
        Ok(update.map(|update| (update.object, update.raises_generation)))
    }

    fn prepared(&self, mut object: Value) -> Result<Option<Update>, Refusal> {
        let id = Id::of(&object);
        let old = self.objects.get(&id).ok_or(Refusal::NotFound)?;
        for key in SYSTEM {
            match old.pointer("/metadata").and_then(|metadata| metadata.get(key)) {
                Some(value) => set(&mut object, key, value.clone()),
                None => drop(member(&mut object, "metadata").and_then(|metadata| metadata.remove(key))),
            }
        }
        if has_status(&id) {
            match (old.get("status"), object.as_object_mut()) {
                (Some(status), Some(object)) => drop(object.insert("status".to_owned(), status.clone())),
                (_, Some(object)) => drop(object.remove("status")),
                _ => {}
            }
        }
        self.set_defaults(&id, &mut object);
        let object = stored::form(object, Some(old), self.uids + 1);
        rules::check(&object, Some(old)).map_err(Refusal::Invalid)?;
        if object == *old {
            return Ok(None);
        }
        let annotations = |object: &Value| object.pointer("/metadata/annotations").cloned();
        let raises_generation = has_generation(&id)
            && (without_metadata(&object) != without_metadata(old)
                || (id.kind == "Deployment" && annotations(&object) != annotations(old)));
        Ok(Some(Update {
            object,
            raises_generation,
        }))
    }

    /// PUT of the status alone. Says whether anything changed; nothing does where the object is not there.
    pub fn set_status(&mut self, id: &Id, status: Value) -> bool {
        let Some(mut object) = self.objects.get(id).cloned() else {
            return false;
        };
        if object.get("status") == Some(&status) {
            return false;
        }
        if let Some(object) = object.as_object_mut() {
            object.insert("status".to_owned(), status);
        }
        self.store(id, object, false);
        true
    }

    /// DELETE. What it owns goes with it; what has a finalizer waits for it.
    pub fn delete(&mut self, id: &Id) {
        let Some(object) = self.objects.get(id) else {
            return;
        };
        if !has_finalizers(object) {
            return self.remove(id);
        }
        if object.pointer("/metadata/deletionTimestamp").is_none() {
            let mut object = object.clone();
            set(&mut object, "deletionTimestamp", json!(self.now()));
            self.store(id, object, has_generation(id));
        }
    }

    fn store(&mut self, id: &Id, mut object: Value, raises_generation: bool) {
        if object.pointer("/metadata/deletionTimestamp").is_some() && !has_finalizers(&object) {
            return self.remove(id);
        }
        self.version += 1;
        self.clock += 1;
        set(&mut object, "resourceVersion", json!(self.version.to_string()));
        if raises_generation {
            let generation = object.pointer("/metadata/generation").and_then(Value::as_i64);
            set(
                &mut object,
                "generation",
                json!(generation.unwrap_or_default().saturating_add(1)),
            );
        }
        self.objects.insert(id.clone(), object);
    }

    /// Takes an object away, and what it owned.
    fn remove(&mut self, id: &Id) {
        let Some(object) = self.objects.remove(id) else {
            return;
        };
        self.version += 1;
        self.clock += 1;
        let uid = object.pointer("/metadata/uid").cloned().unwrap_or_default();
        let owned = |object: &Value| owners(object).iter().any(|owner| owner.get("uid") == Some(&uid));
        let orphans: Vec<Id> = self
            .objects
            .iter()
            .filter(|(_, object)| owned(object))
            .map(|(id, _)| id.clone())
            .collect();
        for orphan in orphans {
            self.delete(&orphan);
        }
    }

    fn set_defaults(&self, id: &Id, object: &mut Value) {
        for defaulter in &self.defaulters {
            let is_of_version = |version: &String| *version == id.api_version;
            if defaulter.kind == id.kind && defaulter.api_version.as_ref().is_none_or(is_of_version) {
                fill(object, &defaulter.set, defaulter.force);
            }
        }
    }
}

/// Sets fields of an object that are missing, or all of them.
fn fill(object: &mut Value, set: &Value, force: bool) {
    match (object, set) {
        (Value::Object(object), Value::Object(set)) => {
            for (key, value) in set {
                match object.get_mut(key) {
                    Some(found) if found.is_object() && value.is_object() => fill(found, value, force),
                    Some(found) if force => *found = value.clone(),
                    Some(_) => {}
                    None => drop(object.insert(key.clone(), value.clone())),
                }
            }
        }
        (object, set) if force => *object = set.clone(),
        _ => {}
    }
}

/// Sets a member of `metadata`.
fn set(object: &mut Value, key: &str, value: Value) {
    if let Some(metadata) = member(object, "metadata") {
        metadata.insert(key.to_owned(), value);
    }
}

fn remove(object: &mut Value, key: &str) {
    if let Some(object) = object.as_object_mut() {
        object.remove(key);
    }
}

fn has_finalizers(object: &Value) -> bool {
    let finalizers = object.pointer("/metadata/finalizers").and_then(Value::as_array);
    finalizers.is_some_and(|finalizers| !finalizers.is_empty())
}

/// Kinds of the core group that have no spec of a controller's are not counted.
fn has_generation(id: &Id) -> bool {
    id.api_version != "v1"
}

fn has_status(id: &Id) -> bool {
    !["ConfigMap", "Secret"].contains(&id.kind.as_str())
}

fn without_metadata(object: &Value) -> Map<String, Value> {
    let mut rest = object.as_object().cloned().unwrap_or_default();
    rest.remove("metadata");
    rest.remove("status");
    rest
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails that way"
)]
mod tests {
    use super::*;

    fn config(data: &Value) -> Value {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": data})
    }

    #[test]
    fn a_defaulter_sets_what_is_missing_and_a_forcing_one_what_is_there_too() {
        for (force, expected) in [(false, "red"), (true, "green")] {
            let mut server = Server::default();
            server.add_defaulter(Defaulter {
                kind: "ConfigMap".to_owned(),
                api_version: None,
                set: json!({"data": {"colour": "green", "size": "1"}}),
                force,
            });
            server.create(config(&json!({"colour": "red"}))).unwrap();
            let stored = server.get(&Id::of(&config(&json!({})))).unwrap();
            assert_eq!(stored["data"], json!({"colour": expected, "size": "1"}));
        }
    }

    #[test]
    fn nothing_that_is_written_makes_it_panic() {
        for object in [
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}}),
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": "x"}),
            json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "d"},
                "spec": {"template": 1, "updateStrategy": "x"}}),
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"},
                "spec": {"strategy": "x", "template": {"metadata": "x", "spec": {"containers": [1, "x", {"ports": [1]}],
                "volumes": [1, null]}}}}),
            json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "d"}, "spec": {"template": {"metadata": 1}}}),
            json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "d"}, "spec": {"ports": ["x"], "type": 1}}),
            json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "d"}, "spec": []}),
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": "x", "data": 1}),
            json!({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": {"name": "d"},
                "spec": {"rules": [1, {"matches": ["x", {"path": 1}]}]}}),
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "d", "labels": 1, "finalizers": "x"}}),
            json!("text"),
        ] {
            let mut server = Server::default();
            let refused = server.create(object.clone());
            let updated = server.update(object.clone());
            server.delete(&Id::of(&object));
            assert!(refused.is_ok() || updated.is_err(), "{object}");
        }
    }
}
