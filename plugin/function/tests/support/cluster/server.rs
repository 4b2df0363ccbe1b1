//! The API server: objects as they are stored, and what happens to whoever writes one.

use std::collections::BTreeMap;
use std::fmt;

use metawasm_model::object::SYSTEM;
pub(crate) use metawasm_model::object::{controller_of, owners, text};
use serde_json::{Value, json};

use super::{rules, stored};

/// Which object is meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Id {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
}

/// Why a write was not done, in the API server's words or nearly so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There is an object of that name.
    AlreadyExists,
    /// 422.
    Invalid(String),
}

/// The objects, and what the server counts.
#[derive(Default)]
pub(super) struct Server {
    pub(super) objects: BTreeMap<Id, Value>,
    /// Seconds since the cluster began.
    clock: u64,
    uids: u64,
    /// The last resourceVersion: moves with every change and with nothing else.
    pub(super) version: u64,
}

impl Id {
    pub(crate) fn of(object: &Value) -> Self {
        Id {
            api_version: text(object, "/apiVersion"),
            kind: text(object, "/kind"),
            namespace: text(object, "/metadata/namespace"),
            name: text(object, "/metadata/name"),
        }
    }

    /// The kind as tests write it: two are called Service, and this tells them apart.
    pub(crate) fn kind_name(&self) -> &str {
        match (self.api_version.as_str(), self.kind.as_str()) {
            ("serving.knative.dev/v1", "Service") => "KnativeService",
            (_, kind) => kind,
        }
    }
}

impl From<metawasm_model::Id> for Id {
    fn from(id: metawasm_model::Id) -> Self {
        let metawasm_model::Id {
            api_version,
            kind,
            namespace,
            name,
        } = id;
        Id {
            api_version,
            kind,
            namespace,
            name,
        }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind_name(), self.name)
    }
}

impl Server {
    /// The time, as Kubernetes writes it. It advances by a second with every change.
    pub(super) fn now(&self) -> String {
        let (day, second) = (self.clock / 86_400, self.clock % 86_400);
        assert!(day < 28, "a test of more than a month");
        let (hour, minute) = (second / 3600, second / 60 % 60);
        format!("2026-03-{:02}T{hour:02}:{minute:02}:{:02}Z", day + 1, second % 60)
    }

    pub(super) fn pass(&mut self, seconds: u64) {
        self.clock += seconds;
    }

    /// POST.
    pub(super) fn create(&mut self, mut object: Value) -> Result<(), Refusal> {
        let id = Id::of(&object);
        if self.objects.contains_key(&id) {
            return Err(Refusal::AlreadyExists);
        }
        self.uids += 1;
        let metadata = object["metadata"].as_object_mut().unwrap();
        for key in SYSTEM {
            metadata.remove(key);
        }
        metadata.insert("uid".to_owned(), json!(format!("uid-{:04}", self.uids)));
        metadata.insert("creationTimestamp".to_owned(), json!(self.now()));
        if has_generation(&id) {
            metadata.insert("generation".to_owned(), json!(1));
        }
        if has_status(&id) {
            object.as_object_mut().unwrap().remove("status");
        }
        let mut object = stored::form(object, None, self.uids);
        rules::check(&object, None).map_err(Refusal::Invalid)?;
        self.version += 1;
        self.clock += 1;
        object["metadata"]["resourceVersion"] = json!(self.version.to_string());
        self.objects.insert(id, object);
        Ok(())
    }

    /// PUT of everything but the status. Says whether anything changed.
    pub(super) fn update(&mut self, object: Value) -> Result<bool, Refusal> {
        let id = Id::of(&object);
        let Some((object, spec_changed)) = self.dry_run(object)? else {
            return Ok(false);
        };
        self.store(&id, object, spec_changed);
        Ok(true)
    }

    /// What an update would store, and whether it raises the generation; nothing if it changes
    /// nothing.
    pub(super) fn dry_run(&self, mut object: Value) -> Result<Option<(Value, bool)>, Refusal> {
        let id = Id::of(&object);
        let old = &self.objects[&id];
        for key in SYSTEM {
            match old["metadata"].get(key) {
                Some(value) => object["metadata"][key] = value.clone(),
                None => drop(object["metadata"].as_object_mut().unwrap().remove(key)),
            }
        }
        if has_status(&id) {
            match old.get("status") {
                Some(status) => object["status"] = status.clone(),
                None => drop(object.as_object_mut().unwrap().remove("status")),
            }
        }
        let object = stored::form(object, Some(old), self.uids + 1);
        rules::check(&object, Some(old)).map_err(Refusal::Invalid)?;
        if object == *old {
            return Ok(None);
        }
        let spec_changed = has_generation(&id)
            && (without_metadata(&object) != without_metadata(old)
                || (id.kind == "Deployment"
                    && object["metadata"].get("annotations") != old["metadata"].get("annotations")));
        Ok(Some((object, spec_changed)))
    }

    /// PUT of the status alone. Says whether anything changed.
    pub(super) fn set_status(&mut self, id: &Id, status: Value) -> bool {
        let mut object = self.objects[id].clone();
        if object.get("status") == Some(&status) {
            return false;
        }
        object["status"] = status;
        self.store(id, object, false);
        true
    }

    /// DELETE. What it owns goes with it; what has a finalizer waits for it.
    pub(super) fn delete(&mut self, id: &Id) {
        let Some(object) = self.objects.get(id) else {
            return;
        };
        if !has_finalizers(object) {
            return self.remove(id);
        }
        if object["metadata"].get("deletionTimestamp").is_none() {
            let mut object = object.clone();
            object["metadata"]["deletionTimestamp"] = json!(self.now());
            self.store(id, object, has_generation(id));
        }
    }

    fn store(&mut self, id: &Id, mut object: Value, raise_generation: bool) {
        if object["metadata"].get("deletionTimestamp").is_some() && !has_finalizers(&object) {
            return self.remove(id);
        }
        self.version += 1;
        self.clock += 1;
        object["metadata"]["resourceVersion"] = json!(self.version.to_string());
        if raise_generation {
            let generation = object["metadata"]["generation"].as_i64().unwrap();
            object["metadata"]["generation"] = json!(generation + 1);
        }
        self.objects.insert(id.clone(), object);
    }

    /// Takes an object away, and what it owned.
    fn remove(&mut self, id: &Id) {
        let object = self.objects.remove(id).unwrap();
        self.version += 1;
        self.clock += 1;
        let uid = &object["metadata"]["uid"];
        let owned = |object: &Value| owners(object).iter().any(|owner| owner["uid"] == *uid);
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
}

fn has_finalizers(object: &Value) -> bool {
    let finalizers = object["metadata"].get("finalizers").and_then(Value::as_array);
    finalizers.is_some_and(|finalizers| !finalizers.is_empty())
}

/// Kinds of the core group that have no spec of a controller's are not counted.
fn has_generation(id: &Id) -> bool {
    id.api_version != "v1"
}

fn has_status(id: &Id) -> bool {
    !["ConfigMap", "Secret"].contains(&id.kind.as_str())
}

fn without_metadata(object: &Value) -> Value {
    let mut rest = object.clone();
    rest.as_object_mut().unwrap().remove("metadata");
    rest.as_object_mut().unwrap().remove("status");
    rest
}
