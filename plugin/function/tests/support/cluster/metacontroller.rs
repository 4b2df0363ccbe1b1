//! One sync of Metacontroller's, with a CompositeController that has `generateSelector`.
//!
//! Source: Metacontroller 4.17's `pkg/controller/composite/controller.go` and
//! `pkg/controller/common/manage_children.go`.

use std::fmt;

use metawasm_contract::{ControllerKind, Hook};
use metawasm_function::Failure;
use metawasm_model::finalizer;
use metawasm_model::{desired, object};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::server::{Id, Named, Refusal};
use super::{Apply, Cluster};

/// The controller's name.
pub(super) const CONTROLLER: &str = "function";

/// What Metacontroller does to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Create,
    Update,
    Delete,
    /// The Function's status.
    Status,
}

/// A write that reached the API server, whether it changed anything or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Write {
    pub(crate) verb: Verb,
    /// `KnativeService` for Knative's.
    pub(crate) kind: String,
    pub(crate) name: String,
}

/// A write that the API server refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) why: String,
}

/// What one sync did.
#[derive(Debug, Default)]
pub(crate) struct Sync {
    /// The hook's answer; null if it failed or there is no Function.
    pub(crate) answer: Value,
    /// The answer's children, byte for byte.
    pub(crate) children: String,
    /// Why a hook did not answer.
    pub(crate) failure: Option<Failure>,
    pub(crate) writes: Vec<Write>,
    pub(crate) refused: Vec<Refused>,
    /// Children that were not made because another object has the name: `Service hello`.
    pub(crate) collided: Vec<String>,
}

impl fmt::Display for Write {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match self.verb {
            Verb::Create => "create",
            Verb::Update => "update",
            Verb::Delete => "delete",
            Verb::Status => "update status of",
        };
        write!(f, "{verb} {} {}", self.kind, self.name)
    }
}

impl Sync {
    /// The writes as lines: `update Deployment hello`.
    pub(crate) fn wrote(&self) -> Vec<String> {
        self.writes.iter().map(ToString::to_string).collect()
    }

    fn write(&mut self, verb: Verb, id: &Id) {
        self.writes.push(Write {
            verb,
            kind: id.kind_name().to_owned(),
            name: id.name.clone(),
        });
    }

    /// Counts a write or says why there was none.
    fn note(&mut self, verb: Verb, id: &Id, result: Result<(), Refusal>) {
        match result {
            Ok(()) => self.write(verb, id),
            Err(Refusal::AlreadyExists) => self.collided.push(id.named()),
            Err(Refusal::NotFound) => panic!("{} is not there", id.named()),
            Err(Refusal::Invalid(why)) => self.refused.push(Refused {
                kind: id.kind_name().to_owned(),
                name: id.name.clone(),
                why,
            }),
        }
    }
}

impl Cluster {
    /// One sync: asks the hooks and does what they answer. Nothing if the Function is gone.
    ///
    /// # Panics
    /// If the answer is one that Metacontroller or the host would take amiss.
    pub(crate) fn reconcile(&mut self) -> Sync {
        let mut sync = Sync::default();
        if self.is_gone() {
            return sync;
        }
        let deleted = object::is_being_deleted(self.parent());
        if self.finalizes && !deleted {
            self.set_finalizer(true, &mut sync);
        }
        for mut orphan in self.orphans() {
            desired::own(&mut orphan, self.parent());
            let id = Id::of(&orphan);
            let result = self.server.update(orphan).map(drop);
            sync.note(Verb::Update, &id, result);
        }
        let finalizing = finalizer::is_called(self.finalizes, self.parent(), true);
        let answered = self.ask_customize().and_then(|()| {
            let request = self.request(finalizing);
            let hook = if finalizing { Hook::Finalize } else { Hook::Sync };
            self.call(hook, &request)
        });
        let answer = match answered {
            Ok(answer) => answer,
            Err(failure) => {
                sync.failure = Some(failure);
                return sync;
            }
        };
        sync.children = children_of(&answer);
        sync.answer = serde_json::from_str(&answer).unwrap();
        if finalizing && sync.answer["finalized"] == true {
            // What it still asks for is left to the garbage collector.
            self.set_finalizer(false, &mut sync);
            return sync;
        }
        let desired: Vec<Value> = sync.answer["children"]
            .as_array()
            .unwrap()
            .iter()
            .map(|child| self.desired(child))
            .collect();
        self.delete_others(&desired, &mut sync);
        for child in desired {
            let id = Id::of(&child);
            let result = match self.apply {
                Apply::Dynamic => self.apply_dynamic(&child),
                Apply::ServerSide => self.apply_server_side(&child),
            };
            match result {
                Ok(Some(verb)) => sync.note(verb, &id, Ok(())),
                Ok(None) => {}
                Err(refusal) => sync.note(Verb::Update, &id, Err(refusal)),
            }
        }
        self.write_status(&mut sync);
        sync
    }

    fn set_finalizer(&mut self, wanted: bool, sync: &mut Sync) {
        let mut function = self.function();
        let name = finalizer::name(ControllerKind::Composite, CONTROLLER);
        if !finalizer::set(&mut function, &name, wanted) {
            return;
        }
        let id = self.function.clone();
        let result = self.server.update(function).map(drop);
        sync.note(Verb::Update, &id, result);
    }

    /// A child with what Metacontroller adds to it.
    fn desired(&self, child: &Value) -> Value {
        let mut child = child.clone();
        desired::default_namespace(&mut child, self.parent());
        desired::label(&mut child, self.parent()).unwrap();
        child
    }

    fn delete_others(&mut self, desired: &[Value], sync: &mut Sync) {
        let observed: Vec<Value> = self.observed().into_iter().map(|(_, object)| object).collect();
        for id in desired::unwanted(&observed, desired) {
            self.server.delete(&id);
            sync.write(Verb::Delete, &id);
        }
    }

    /// Replaces the Function's status.
    fn write_status(&mut self, sync: &mut Sync) {
        let status = desired::status(&sync.answer["status"], self.parent());
        let id = self.function.clone();
        if self.server.set_status(&id, status) {
            sync.write(Verb::Status, &id);
        }
    }
}

/// The answer's children as they are written.
fn children_of(answer: &str) -> String {
    #[derive(Deserialize)]
    struct Answer<'a> {
        #[serde(borrow)]
        children: Option<&'a RawValue>,
    }
    let answer: Answer<'_> = serde_json::from_str(answer).unwrap();
    answer.children.map(RawValue::get).unwrap_or_default().to_owned()
}
