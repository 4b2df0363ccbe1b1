//! How one desired child is applied, under either strategy.
//!
//! Source: Metacontroller 4.17's `pkg/controller/common/manage_children.go` and `pkg/dynamic/apply/apply.go`.

use std::collections::BTreeMap;

use metawasm_contract::ApplyStrategy;
use serde_json::{Value, json};

use super::{Method, Refused, Sync, Verb, World, Write};
use crate::desired::{self, LAST_APPLIED};
use crate::fields::{FieldChange, fields};
use crate::object::{Id, SYSTEM, controller_of, is_being_deleted, mark, text};
use crate::secrets::hide_changes;
use crate::server::{Refusal, merge_applied};

/// What Metacontroller, or the API server on its behalf, remembers of server-side apply.
#[derive(Clone, Debug, Default)]
pub(super) struct Applied {
    /// What was applied last, by the object's uid: the fields that it owns.
    fields: BTreeMap<String, Value>,
    /// What an object looked like after the last apply; while it does, nothing is sent.
    seen: BTreeMap<Id, (Value, Value)>,
}

impl Applied {
    /// Forgets what Metacontroller itself remembers. The API server forgets nothing.
    pub(super) fn forget(&mut self) {
        self.seen.clear();
    }
}

/// The groups whose lists have keys that the API server knows.
const BUILT_IN: [&str; 8] = [
    "v1",
    "apps/v1",
    "batch/v1",
    "networking.k8s.io/v1",
    "rbac.authorization.k8s.io/v1",
    "policy/v1",
    "autoscaling/v2",
    "storage.k8s.io/v1",
];

impl World {
    /// Brings the children to what is wanted.
    pub(super) fn manage(&mut self, parent: &Value, observed: &[Value], wanted: &[Value], sync: &mut Sync) {
        for id in desired::unwanted(observed, wanted) {
            let before = self.server.get(&id).cloned().unwrap_or_default();
            self.server.delete(&id);
            sync.writes.push(Write::new(Verb::Delete, id, before));
        }
        for child in wanted {
            let id = Id::of(child);
            let done = match self.apply {
                ApplyStrategy::Dynamic => self.apply_dynamic(parent, &id, child),
                ApplyStrategy::ServerSide => self.apply_server_side(parent, &id, child),
            };
            match done {
                Ok(Some(write)) => sync.writes.push(write),
                Ok(None) => {}
                Err(refusal) => sync.refused.push(refused(id, &refusal)),
            }
        }
    }

    /// The stored object if it is a child of this parent.
    fn mine(&self, parent: &Value, id: &Id) -> Option<Value> {
        let uid = text(parent, "/metadata/uid");
        let object = self.server.get(id)?;
        (controller_of(object) == Some(uid.as_str())).then(|| object.clone())
    }

    fn method(&self, id: &Id) -> Method {
        // A kind that is not declared is made and then left alone.
        let kind = self.controller.kind_of(id);
        kind.map_or(Method::OnDelete, |kind| kind.method)
    }

    /// Creates, or merges with what was asked for last, which an annotation tells.
    fn apply_dynamic(&mut self, parent: &Value, id: &Id, wanted: &Value) -> Result<Option<Write>, Refusal> {
        let Some(observed) = self.mine(parent, id) else {
            let mut object = wanted.clone();
            desired::annotate(&mut object, wanted);
            desired::own(&mut object, parent);
            self.server.create(object.clone())?;
            return Ok(Some(self.written(Verb::Create, id, Value::Null, &object)));
        };
        if is_being_deleted(&observed) {
            return Ok(None);
        }
        let merged = desired::update(&observed, wanted).map_err(Refusal::Invalid)?;
        if merged == observed {
            return Ok(None);
        }
        match self.method(id) {
            Method::OnDelete => Ok(None),
            Method::Recreate => Ok(Some(self.delete_child(id, observed))),
            Method::InPlace => {
                self.server.update(merged.clone())?;
                Ok(Some(self.written(Verb::Update, id, observed, &merged)))
            }
        }
    }

    /// Sends a forced apply unless nothing has changed since the last one. An object of that name that belongs to
    /// nobody is taken over.
    fn apply_server_side(
        &mut self,
        parent: &Value,
        id: &Id,
        wanted: &Value,
    ) -> Result<Option<Write>, Refusal> {
        let wanted = desired::to_apply(wanted, parent);
        let built_in = BUILT_IN.contains(&id.api_version.as_str());
        if !built_in && has_null(&wanted) {
            let why = "null is not of the type that the schema wants";
            return Err(Refusal::Invalid(why.to_owned()));
        }
        let Some(live) = self.server.get(id).cloned() else {
            // Lists are checked as they are merged.
            merge_applied(&json!({}), &Value::Null, &wanted, built_in).map_err(Refusal::Invalid)?;
            self.server.create(wanted.clone())?;
            self.remember(id, wanted.clone());
            return Ok(Some(self.written(Verb::Create, id, Value::Null, &wanted)));
        };
        let is_ours = self.mine(parent, id).is_some();
        let method = self.method(id);
        if (is_ours && is_being_deleted(&live)) || method == Method::OnDelete {
            return Ok(None);
        }
        if self.applied.seen.get(id) == Some(&(wanted.clone(), mark(&live))) {
            return Ok(None);
        }
        let uid = text(&live, "/metadata/uid");
        let before = self.applied.fields.get(&uid).cloned().unwrap_or_default();
        let merged = merge_applied(&live, &before, &wanted, built_in).map_err(Refusal::Invalid)?;
        let change = self.server.dry_run(merged.clone())?;
        if method == Method::Recreate && is_ours {
            return match change {
                None => Ok(None),
                Some((_, true)) => {
                    let why = "generation or UID changed during dry run";
                    Err(Refusal::Invalid(why.to_owned()))
                }
                Some((_, false)) => Ok(Some(self.delete_child(id, live))),
            };
        }
        let changed = self.server.update(merged.clone())?;
        let is_first = !self.applied.fields.contains_key(&uid);
        self.remember(id, wanted);
        // An apply that changes nothing wakes nobody.
        Ok((changed || is_first).then(|| self.written(Verb::Update, id, live, &merged)))
    }

    fn delete_child(&mut self, id: &Id, before: Value) -> Write {
        self.server.delete(id);
        Write::new(Verb::Delete, id.clone(), before)
    }

    fn remember(&mut self, id: &Id, wanted: Value) {
        let Some(live) = self.server.get(id) else {
            return;
        };
        let uid = text(live, "/metadata/uid");
        self.applied.seen.insert(id.clone(), (wanted.clone(), mark(live)));
        self.applied.fields.insert(uid, wanted);
    }

    /// A write that was done, and what came of it.
    pub(super) fn written(&self, verb: Verb, id: &Id, before: Value, sent: &Value) -> Write {
        let stored = self.server.get(id).cloned().unwrap_or_default();
        let mut changes = match verb {
            Verb::Update | Verb::Status => visible(&before, &stored),
            Verb::Create | Verb::Delete => Vec::new(),
        };
        let mut overruled = match verb {
            Verb::Create | Verb::Update => visible(sent, &stored),
            Verb::Status | Verb::Delete => Vec::new(),
        };
        hide_changes(id, &mut changes);
        hide_changes(id, &mut overruled);
        Write {
            changes,
            overruled,
            ..Write::new(verb, id.clone(), before)
        }
    }
}

impl Write {
    pub(super) fn new(verb: Verb, object: Id, before: Value) -> Self {
        Self {
            verb,
            object,
            changes: Vec::new(),
            overruled: Vec::new(),
            before,
        }
    }
}

pub(super) fn refused(object: Id, refusal: &Refusal) -> Refused {
    let why = refusal.to_string();
    Refused { object, why }
}

/// The differences of two versions of an object, without what the API server and Metacontroller keep in it.
fn visible(before: &Value, after: &Value) -> Vec<FieldChange> {
    fields(&stripped(before), &stripped(after))
}

/// An object without what the API server and Metacontroller keep in it.
pub(super) fn stripped(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        for key in SYSTEM {
            metadata.remove(key);
        }
        metadata.remove("ownerReferences");
        let annotations = metadata.get_mut("annotations").and_then(Value::as_object_mut);
        let is_empty = annotations.is_some_and(|annotations| {
            annotations.remove(LAST_APPLIED);
            annotations.is_empty()
        });
        if is_empty {
            metadata.remove("annotations");
        }
    }
    object
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.iter().any(has_null),
        Value::Object(object) => object.values().any(has_null),
        _ => false,
    }
}
