//! How one desired child is applied, under either strategy.
//!
//! Source: Metacontroller 4.17's `pkg/controller/common/manage_children.go` and
//! `pkg/dynamic/apply/apply.go`.

use std::collections::BTreeMap;

use metawasm_model::desired;
use metawasm_model::object::{controller_of, is_being_deleted, mark};
use metawasm_model::server::merge_applied;
use serde_json::{Value, json};

use super::Cluster;
use super::metacontroller::Verb;
use super::server::{Id, Refusal, text};

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
        let object = self.server.objects().get(id)?;
        (controller_of(object) == Some(uid.as_str())).then(|| object.clone())
    }

    fn recreates(&self, id: &Id) -> bool {
        let kind = self.kinds.iter().find(|kind| kind.is_of(id));
        kind.is_some_and(|kind| kind.update_strategy == "Recreate")
    }

    /// Creates, or merges with what was asked for last, which an annotation tells.
    pub(super) fn apply_dynamic(&mut self, desired: &Value) -> Result<Option<Verb>, Refusal> {
        let id = Id::of(desired);
        let Some(observed) = self.mine(&id) else {
            let mut object = desired.clone();
            desired::annotate(&mut object, desired);
            desired::own(&mut object, self.parent());
            return self.server.create(object).map(|()| Some(Verb::Create));
        };
        if is_being_deleted(&observed) {
            return Ok(None);
        }
        let merged = desired::update(&observed, desired).unwrap();
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
    pub(super) fn apply_server_side(&mut self, desired: &Value) -> Result<Option<Verb>, Refusal> {
        let id = Id::of(desired);
        let desired = desired::to_apply(desired, self.parent());
        let built_in = ["v1", "apps/v1", "batch/v1"].contains(&id.api_version.as_str());
        if !built_in && has_null(&desired) {
            return Err(Refusal::Invalid(
                "null is not of the type that the schema wants".to_owned(),
            ));
        }
        let Some(live) = self.server.objects().get(&id).cloned() else {
            // Lists are checked as they are merged.
            merge_applied(&json!({}), &Value::Null, &desired, built_in).map_err(Refusal::Invalid)?;
            self.server.create(desired.clone())?;
            self.remember(&id, desired);
            return Ok(Some(Verb::Create));
        };
        let is_ours = self.mine(&id).is_some();
        if is_ours && is_being_deleted(&live) {
            return Ok(None);
        }
        if self.applied.seen.get(&id) == Some(&(desired.clone(), mark(&live))) {
            return Ok(None);
        }
        let uid = text(&live, "/metadata/uid");
        let before = self.applied.fields.get(&uid).cloned().unwrap_or_default();
        let merged = merge_applied(&live, &before, &desired, built_in).map_err(Refusal::Invalid)?;
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
        let live = &self.server.objects()[id];
        let uid = text(live, "/metadata/uid");
        self.applied
            .seen
            .insert(id.clone(), (desired.clone(), mark(live)));
        self.applied.fields.insert(uid, desired);
    }
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.iter().any(has_null),
        Value::Object(object) => object.values().any(has_null),
        _ => false,
    }
}
