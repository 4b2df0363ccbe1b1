//! A Metacontroller with one controller and one parent, on an API server in memory.
//!
//! [`World::sync`] is one sync: it asks the hooks of a [`Plugin`] and does what they answer. Between syncs, the methods
//! of [`World`] do what people and other controllers do.
//!
//! It has no rolling updates of children (they are updated in place), and no second parent.

mod children;
mod controller;
mod sync;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use metawasm_contract::{ApplyStrategy, ControllerKind, Hook};
use serde::Serialize;
use serde_json::{Value, json};

use crate::desired::DECORATOR;
use crate::fields::FieldChange;
use crate::object::{Id, controller_of, text};
use crate::server::{Refusal, Server, stored};

use children::Applied;
pub use controller::{ChildKind, Controller, Method, NotAController};

/// The hooks that a world asks.
pub trait Plugin {
    /// Answers a request.
    ///
    /// # Errors
    ///
    /// A sentence: why there is no answer. The children stay as they are.
    fn call(&mut self, hook: Hook, request: &str) -> Result<String, String>;
}

/// What Metacontroller does to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// POST.
    Create,
    /// PUT or PATCH.
    Update,
    /// DELETE.
    Delete,
    /// PUT of the parent's status.
    Status,
}

/// A write that the API server took.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Write {
    /// What was done.
    pub verb: Verb,
    /// To which object.
    pub object: Id,
    /// What changed in the stored object, without what the API server and Metacontroller keep in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<FieldChange>,
    /// Where the stored object differs from what was sent: `old` is what was sent, `new` what is stored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub overruled: Vec<FieldChange>,
    /// The object before; null if there was none.
    #[serde(skip)]
    pub before: Value,
}

/// A write that the API server refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// Of which object.
    pub object: Id,
    /// In the API server's words.
    pub why: String,
}

/// What one sync did.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sync {
    /// The hook that was asked; none where there was nothing to ask.
    #[serde(serialize_with = "hook_name", skip_serializing_if = "Option::is_none")]
    pub hook: Option<Hook>,
    /// Why there was no answer, or why it was not taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// The writes, in their order.
    pub writes: Vec<Write>,
    /// The writes that were refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<Refused>,
    /// The children that are asked for, as they are sent. Empty where there was no answer.
    #[serde(skip)]
    pub desired: Vec<Value>,
    /// The answered status.
    #[serde(skip)]
    pub status: Value,
}

fn hook_name<S: serde::Serializer>(hook: &Option<Hook>, serializer: S) -> Result<S::Ok, S::Error> {
    hook.map(Hook::as_str).serialize(serializer)
}

impl Sync {
    /// Whether nothing was written and nothing failed: without an event from outside, the next sync is the same.
    pub fn is_quiet(&self) -> bool {
        self.writes.is_empty() && self.failure.is_none() && self.refused.is_empty()
    }
}

/// A parent and everything around it.
#[derive(Clone, Debug)]
pub struct World {
    server: Server,
    controller: Controller,
    apply: ApplyStrategy,
    applied: Applied,
    parent: Id,
    /// What customize answered, and of which generation.
    rules: Option<(Value, Vec<Value>)>,
    /// The related objects of a recorded request, which then are not asked for.
    related: Option<Related>,
    /// Calls of hooks that are still to fail.
    failing: BTreeMap<Hook, u32>,
}

/// Related objects, and the kinds that were asked for.
#[derive(Clone, Debug, Default)]
pub struct Related {
    /// The kinds, as apiVersion and kind.
    pub kinds: Vec<(String, String)>,
    /// The objects.
    pub objects: Vec<Value>,
}

impl World {
    /// A world with a parent in it.
    pub fn new(controller: Controller, parent: Value, apply: ApplyStrategy) -> Self {
        let mut server = Server::default();
        let parent = server.put(parent);
        Self {
            server,
            controller,
            apply,
            applied: Applied::default(),
            parent,
            rules: None,
            related: None,
            failing: BTreeMap::new(),
        }
    }

    /// The same with the related objects of a recorded request, whatever customize would answer.
    #[must_use]
    pub fn with_related(mut self, related: Related) -> Self {
        self.related = Some(related);
        self
    }

    /// Returns the API server.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Returns the API server, to write to.
    pub fn server_mut(&mut self) -> &mut Server {
        &mut self.server
    }

    /// Returns the parent; `None` once it is gone.
    pub fn parent(&self) -> Option<&Value> {
        self.server.get(&self.parent)
    }

    /// Returns the identity of the parent.
    pub fn parent_id(&self) -> &Id {
        &self.parent
    }

    /// Puts an observed child into the world, owned by the parent. One with a resourceVersion is stored as it is. One
    /// without is a sketch of a person: what it lacks is taken from the wanted child of its name, and from the defaults.
    pub fn observe(&mut self, mut child: Value, wanted: &[Value]) {
        let Some(parent) = self.parent().cloned() else {
            return;
        };
        crate::desired::default_namespace(&mut child, &parent);
        if child.pointer("/metadata/resourceVersion").is_none() {
            let id = Id::of(&child);
            for wanted in wanted {
                let mut wanted = wanted.clone();
                crate::desired::default_namespace(&mut wanted, &parent);
                if Id::of(&wanted) == id {
                    complete(&mut child, &wanted);
                }
            }
            child = stored::form(child, None, self.server.version() + 1);
        }
        if controller_of(&child).is_none() {
            crate::desired::own(&mut child, &parent);
        }
        match self.controller.of {
            // A label of another parent is left for the sync to find.
            ControllerKind::Composite if self.controller.generates_selector() => {
                crate::desired::label(&mut child, &parent).ok();
            }
            ControllerKind::Composite => {}
            ControllerKind::Decorator => crate::desired::decorate(&mut child, &self.controller.name),
        }
        self.server.put(child);
    }

    /// Creates an object, or updates it if it is there. A namespaced parent's namespace is the default one.
    ///
    /// # Errors
    ///
    /// The API server refuses it.
    pub fn put(&mut self, mut object: Value, namespaced: bool) -> Result<Id, Refusal> {
        if let Some(parent) = self.parent().cloned().filter(|_| namespaced) {
            crate::desired::default_namespace(&mut object, &parent);
        }
        let id = Id::of(&object);
        let status = object.get("status").cloned();
        if self.server.get(&id).is_some() {
            self.server.update(object)?;
        } else {
            self.server.create(object)?;
        }
        if let Some(status) = status {
            self.server.set_status(&id, status);
        }
        Ok(id)
    }

    /// Applies a JSON merge patch to an object, its status included.
    ///
    /// # Errors
    ///
    /// The object is not there, or the API server refuses the result.
    pub fn patch(&mut self, id: &Id, patch: &Value) -> Result<(), Refusal> {
        let mut object = self.server.get(id).cloned().ok_or(Refusal::NotFound)?;
        let status = object.get("status").cloned();
        merge_patch(&mut object, patch);
        let patched = object.get("status").cloned();
        self.server.update(object)?;
        if let Some(patched) = patched
            && status.as_ref() != Some(&patched)
        {
            self.server.set_status(id, patched);
        }
        Ok(())
    }

    /// Deletes the parent, as `kubectl delete` does.
    pub fn delete_parent(&mut self) {
        let id = self.parent.clone();
        self.server.delete(&id);
    }

    /// Lets the next calls of a hook fail.
    pub fn fail(&mut self, hook: Hook, times: u32) {
        self.failing.insert(hook, times);
    }

    /// Metacontroller starts anew: what it only remembers is gone.
    pub fn restart(&mut self) {
        self.applied.forget();
        self.rules = None;
    }

    /// Returns the children that belong to the parent and that Metacontroller sees.
    pub fn observed(&self) -> Vec<Value> {
        let Some(parent) = self.parent() else {
            return Vec::new();
        };
        let uid = text(parent, "/metadata/uid");
        let is_seen = |id: &Id| self.parent.namespace.is_empty() || id.namespace == self.parent.namespace;
        let is_ours = |object: &Value| {
            let mark = object
                .pointer("/metadata/annotations")
                .and_then(|all| all.get(DECORATOR));
            self.controller.of == ControllerKind::Composite || mark == Some(&json!(self.controller.name))
        };
        let objects = self.server.objects().iter();
        objects
            .filter(|(id, object)| {
                controller_of(object) == Some(uid.as_str())
                    && self.controller.kind_of(id).is_some()
                    // An attachment may be anywhere.
                    && (is_seen(id) || self.controller.of == ControllerKind::Decorator)
                    && is_ours(object)
            })
            .map(|(_, object)| object.clone())
            .collect()
    }

    /// Finds an object of a kind and name, a child first.
    pub fn find(&self, kind: &str, name: &str) -> Option<Id> {
        let ids = self.server.objects().keys();
        let mut found: Vec<&Id> = ids.filter(|id| id.kind == kind && id.name == name).collect();
        let owner = self.parent().map(|parent| text(parent, "/metadata/uid"));
        found.sort_by_key(|id| {
            let object = self.server.get(id);
            object.and_then(controller_of) != owner.as_deref()
        });
        found.first().map(|id| (*id).clone())
    }
}

/// Adds the fields of a wanted child that a sketch of it lacks.
fn complete(sketch: &mut Value, wanted: &Value) {
    if let (Value::Object(sketch), Value::Object(wanted)) = (sketch, wanted) {
        for (key, value) in wanted.iter().filter(|(key, _)| *key != "status") {
            match sketch.get_mut(key) {
                Some(found) => complete(found, value),
                None => drop(sketch.insert(key.clone(), value.clone())),
            }
        }
    }
}

/// Applies a JSON merge patch (RFC 7386).
pub fn merge_patch(value: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *value = patch.clone();
        return;
    };
    if !value.is_object() {
        *value = json!({});
    }
    let Some(object) = value.as_object_mut() else {
        return;
    };
    for (key, change) in patch {
        if change.is_null() {
            object.remove(key);
        } else {
            merge_patch(object.entry(key).or_insert(Value::Null), change);
        }
    }
}
