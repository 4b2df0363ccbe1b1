//! How one desired child is applied, under either strategy.
//!
//! Source: Metacontroller 4.17's `pkg/controller/common/manage_children.go` and
//! `pkg/dynamic/apply/apply.go`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::metacontroller::Verb;
use super::server::{Id, Refusal, SYSTEM, controller_of, text};
use super::{Cluster, merge};

const LAST_APPLIED: &str = "metacontroller.k8s.io/last-applied-configuration";

/// What Metacontroller, or the API server on its behalf, remembers of server-side apply.
#[derive(Default)]
pub(super) struct Applied {
    /// What was applied last, by the object's uid: the fields that it owns.
    fields: BTreeMap<String, Value>,
    /// What an object looked like after the last apply; while it does, nothing is sent.
    seen: BTreeMap<Id, (Value, Value)>,
}

impl Cluster {
    /// The stored object if it is a child of this Function's that may be written to.
    fn mine(&self, id: &Id) -> Option<Value> {
        let uid = self.uid();
        let object = self.server.objects.get(id)?;
        (controller_of(object) == Some(uid.as_str())).then(|| object.clone())
    }

    fn recreates(&self, id: &Id) -> bool {
        let kind = self.kinds.iter().find(|kind| kind.is_of(id));
        kind.is_some_and(|kind| kind.update_strategy == "Recreate")
    }

    /// Creates, or merges with what was asked for last, which an annotation tells.
    pub(super) fn apply_dynamic(&mut self, desired: Value) -> Result<Option<Verb>, Refusal> {
        let id = Id::of(&desired);
        let annotation = json!(as_go_writes(&desired));
        let annotate = |object: &mut Value| {
            if object["metadata"].get("annotations").is_none() {
                object["metadata"]["annotations"] = json!({});
            }
            object["metadata"]["annotations"][LAST_APPLIED] = annotation.clone();
        };
        let Some(observed) = self.mine(&id) else {
            let mut object = desired;
            annotate(&mut object);
            self.own(&mut object);
            return self.server.create(object).map(|()| Some(Verb::Create));
        };
        if observed["metadata"].get("deletionTimestamp").is_some() {
            return Ok(None);
        }
        let last = observed["metadata"]
            .get("annotations")
            .and_then(|all| all.get(LAST_APPLIED));
        let last = last
            .and_then(Value::as_str)
            .map_or(Value::Null, |text| serde_json::from_str(text).unwrap());
        let mut merged = merge::three_way(&observed, &last, &desired);
        annotate(&mut merged);
        for key in SYSTEM {
            match observed["metadata"].get(key) {
                Some(value) => merged["metadata"][key] = value.clone(),
                None => drop(merged["metadata"].as_object_mut().unwrap().remove(key)),
            }
        }
        match observed.get("status") {
            Some(status) => merged["status"] = status.clone(),
            None => drop(merged.as_object_mut().unwrap().remove("status")),
        }
        if merged == observed {
            return Ok(None);
        }
        if self.recreates(&id) {
            self.server.delete(&id);
            return Ok(Some(Verb::Delete));
        }
        self.server.update(merged).map(|_| Some(Verb::Update))
    }

    /// Sends a forced apply unless nothing has changed since the last one. An object of that
    /// name that belongs to nobody is taken over.
    pub(super) fn apply_server_side(&mut self, mut desired: Value) -> Result<Option<Verb>, Refusal> {
        let id = Id::of(&desired);
        desired.as_object_mut().unwrap().remove("status");
        self.own(&mut desired);
        let built_in = ["v1", "apps/v1", "batch/v1"].contains(&id.api_version.as_str());
        if !built_in && has_null(&desired) {
            return Err(Refusal::Invalid(
                "null is not of the type that the schema wants".to_owned(),
            ));
        }
        let Some(live) = self.server.objects.get(&id).cloned() else {
            // Lists are checked as they are merged.
            merge::server_side(&json!({}), &Value::Null, &desired, built_in).map_err(Refusal::Invalid)?;
            self.server.create(desired.clone())?;
            self.remember(&id, desired);
            return Ok(Some(Verb::Create));
        };
        let is_ours = self.mine(&id).is_some();
        if is_ours && live["metadata"].get("deletionTimestamp").is_some() {
            return Ok(None);
        }
        if self.applied.seen.get(&id) == Some(&(desired.clone(), mark(&live))) {
            return Ok(None);
        }
        let uid = text(&live, "/metadata/uid");
        let before = self.applied.fields.get(&uid).cloned().unwrap_or_default();
        let merged = merge::server_side(&live, &before, &desired, built_in).map_err(Refusal::Invalid)?;
        let change = self.server.dry_run(merged.clone())?;
        if self.recreates(&id) && is_ours {
            return match change {
                None => Ok(None),
                Some((_, true)) => {
                    let why = "generation or UID changed during dry run";
                    Err(Refusal::Invalid(why.to_owned()))
                }
                Some((_, false)) => {
                    self.server.delete(&id);
                    Ok(Some(Verb::Delete))
                }
            };
        }
        self.server.update(merged)?;
        self.remember(&id, desired);
        Ok(Some(Verb::Update))
    }

    fn remember(&mut self, id: &Id, desired: Value) {
        let live = &self.server.objects[id];
        let uid = text(live, "/metadata/uid");
        self.applied
            .seen
            .insert(id.clone(), (desired.clone(), mark(live)));
        self.applied.fields.insert(uid, desired);
    }
}

/// What tells that an object has changed; without a generation every write does.
fn mark(object: &Value) -> Value {
    let metadata = &object["metadata"];
    let counted = metadata.get("generation").unwrap_or(&metadata["resourceVersion"]);
    json!([metadata["uid"], counted])
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.iter().any(has_null),
        Value::Object(object) => object.values().any(has_null),
        _ => false,
    }
}

/// JSON with the escapes of Go's encoder.
fn as_go_writes(value: &Value) -> String {
    let text = value.to_string();
    text.replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
}
