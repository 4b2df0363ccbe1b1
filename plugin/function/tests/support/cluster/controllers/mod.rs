//! The controllers that share a cluster with Metacontroller, as far as they can be seen: what they
//! write to objects. Pods, images and requests do not exist, and everything is ready at once.

mod addon;
mod knative;
mod shipwright;
mod workloads;

pub(crate) use shipwright::Outcome;

use serde_json::{Value, json};

use super::Cluster;
use super::server::{Id, text};

impl Cluster {
    /// All controllers, once each.
    pub(super) fn run_controllers(&mut self) {
        self.run_workloads();
        self.addon();
        self.knative();
        self.shipwright(self.builds);
    }

    /// All objects of a kind, in all namespaces.
    fn all(&self, api_version: &str, kind: &str) -> Vec<(Id, Value)> {
        let all = self.server.objects().iter();
        all.filter(|(id, _)| id.api_version == api_version && id.kind == kind)
            .map(|(id, object)| (id.clone(), object.clone()))
            .collect()
    }

    /// Writes an object of a controller's; a refusal is a mistake of this file.
    fn save(&mut self, object: Value) {
        self.server.update(object).unwrap();
    }

    /// A condition with the time of its last change of status.
    fn timed(&self, object: &Value, mut condition: Value) -> Value {
        let old = object.pointer("/status/conditions").and_then(Value::as_array);
        let same = old
            .into_iter()
            .flatten()
            .find(|old| old["type"] == condition["type"] && old["status"] == condition["status"]);
        condition["lastTransitionTime"] = match same {
            Some(old) => old["lastTransitionTime"].clone(),
            None => json!(self.server.now()),
        };
        condition
    }
}

/// Adds a finalizer; says whether it was missing.
fn add_finalizer(object: &mut Value, finalizer: &str) -> bool {
    let found = object["metadata"].get("finalizers").and_then(Value::as_array);
    let mut all: Vec<Value> = found.cloned().unwrap_or_default();
    if all.contains(&json!(finalizer)) {
        return false;
    }
    all.push(json!(finalizer));
    object["metadata"]["finalizers"] = json!(all);
    true
}

fn remove_finalizer(object: &mut Value, finalizer: &str) {
    if let Some(all) = object["metadata"]
        .get_mut("finalizers")
        .and_then(Value::as_array_mut)
    {
        all.retain(|found| found != finalizer);
    }
}

fn is_deleted(object: &Value) -> bool {
    object["metadata"].get("deletionTimestamp").is_some()
}

/// An owner reference to an object that is its controller.
fn controlled_by(id: &Id, object: &Value) -> Value {
    json!([{
        "apiVersion": id.api_version,
        "kind": id.kind,
        "name": id.name,
        "uid": text(object, "/metadata/uid"),
        "controller": true,
        "blockOwnerDeletion": true,
    }])
}
