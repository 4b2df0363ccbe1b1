//! What is done to children: those no longer wanted go, the others are made or updated.

use std::collections::HashMap;
use std::sync::Mutex;

use metawasm_model::desired::{self, LAST_APPLIED};
use metawasm_model::object::{SYSTEM, is_being_deleted, mark};
use metawasm_model::{Id, text};
use serde_json::{Value, json};

use super::controller::Controller;
use super::server::{Failed, Kind};
use super::spec::Method;
use super::{Apply, Fail};

/// What server-side apply sent last, and what the object looked like after it; while both are so, nothing is sent.
#[derive(Default)]
pub(super) struct Applied(Mutex<HashMap<Id, (Value, Value)>>);

impl Controller {
    /// Brings the children to what is wanted. One that fails does not keep the others from it.
    pub(super) async fn manage(
        &self,
        parent: &Value,
        known: &[Value],
        wanted: Vec<Value>,
    ) -> Result<(), Fail> {
        let wanted = desired::last_of_each(wanted);
        let mut failures = Vec::new();
        for id in desired::unwanted(known, &wanted) {
            let Some(child) = known.iter().find(|child| Id::of(child) == id) else {
                continue;
            };
            let Some(rule) = self.child_rules.iter().find(|rule| is_of(&rule.kind, &id)) else {
                continue;
            };
            let uid = text(child, "/metadata/uid");
            let deleted = self.shared.server.delete(&rule.kind, &id, &uid).await;
            note(&mut failures, "delete", Some(&id), deleted);
        }
        for child in &wanted {
            let id = Id::of(child);
            let rule = self.child_rules.iter().find(|rule| is_of(&rule.kind, &id));
            let observed = known.iter().find(|observed| Id::of(observed) == id);
            let (kind, method) = match rule {
                Some(rule) => (rule.kind.clone(), rule.method),
                None => match self.kind(&id).await {
                    Ok(kind) => (kind, Method::OnDelete),
                    Err(what) => {
                        failures.push(what);
                        continue;
                    }
                },
            };
            if rule.is_some_and(|rule| rule.rolls) && observed.is_some() {
                failures.push(format!(
                    "{} {}: rolling updates are not played here",
                    id.kind, id.name
                ));
                continue;
            }
            let what = if observed.is_some() { "update" } else { "create" };
            let done = match self.shared.options.apply {
                Apply::Dynamic => self.apply_dynamic(&kind, method, parent, observed, child).await,
                Apply::ServerSide => {
                    self.apply_server_side(&kind, method, parent, observed, child)
                        .await
                }
            };
            match done {
                // What server-side apply fails with is told as it is.
                Ok(done) => {
                    let named = (self.shared.options.apply == Apply::Dynamic).then_some(&id);
                    note(&mut failures, what, named, done);
                }
                Err(what) => failures.push(what),
            }
        }
        match failures.is_empty() {
            true => Ok(()),
            false => Err(Fail::Error(failures.join(", "))),
        }
    }

    /// A kind that is not declared.
    async fn kind(&self, id: &Id) -> Result<Kind, String> {
        let unknown = || {
            format!(
                "discovery: can't find kind {} in apiVersion {}",
                id.kind, id.api_version
            )
        };
        if id.api_version.is_empty() {
            return Err(unknown());
        }
        let kinds = self
            .shared
            .server
            .kinds(&id.api_version)
            .await
            .map_err(|_| unknown())?;
        kinds
            .into_iter()
            .find(|kind| kind.kind == id.kind)
            .ok_or_else(unknown)
    }

    async fn apply_dynamic(
        &self,
        kind: &Kind,
        method: Method,
        parent: &Value,
        observed: Option<&Value>,
        child: &Value,
    ) -> Result<Result<(), Failed>, String> {
        let server = &self.shared.server;
        let Some(observed) = observed else {
            let mut object = child.clone();
            desired::annotate(&mut object, child);
            desired::own(&mut object, parent);
            return Ok(server.create(kind, &object).await.map(drop));
        };
        if is_being_deleted(observed) {
            return Ok(Ok(()));
        }
        let updated = desired::update(observed, child)?;
        if updated == *observed {
            return Ok(Ok(()));
        }
        Ok(match method {
            Method::OnDelete => Ok(()),
            Method::Recreate => {
                let uid = text(observed, "/metadata/uid");
                server.delete(kind, &Id::of(observed), &uid).await
            }
            Method::InPlace => server.update(kind, &updated).await.map(drop),
        })
    }

    async fn apply_server_side(
        &self,
        kind: &Kind,
        method: Method,
        parent: &Value,
        observed: Option<&Value>,
        child: &Value,
    ) -> Result<Result<(), Failed>, String> {
        let server = &self.shared.server;
        let id = Id::of(child);
        let sent = desired::to_apply(child, parent);
        if let Some(observed) = observed {
            let is_known = || {
                let applied = self.shared.applied.0.lock().unwrap();
                applied
                    .get(&id)
                    .is_some_and(|(last, seen)| *last == sent && *seen == mark(observed))
            };
            if is_being_deleted(observed) || method == Method::OnDelete || is_known() {
                return Ok(Ok(()));
            }
            if method == Method::Recreate {
                return match server.apply(kind, &sent, true).await {
                    Err(failed) => Ok(Err(failed)),
                    Ok(tried) if core(&tried) == core(observed) => Ok(Ok(())),
                    Ok(tried) if counted(&tried) != counted(observed) => Err(format!(
                        "{} {}: generation or UID changed during dry run",
                        id.kind, id.name
                    )),
                    Ok(_) => Ok(server.delete(kind, &id, &text(observed, "/metadata/uid")).await),
                };
            }
            let annotations = observed.pointer("/metadata/annotations");
            if annotations.is_some_and(|all| all.get(LAST_APPLIED).is_some()) {
                let patch = json!({"metadata": {"annotations": {LAST_APPLIED: null}}});
                if let Err(failed) = server.merge(kind, &id, &patch).await {
                    return Ok(Err(failed));
                }
            }
        }
        Ok(match server.apply(kind, &sent, false).await {
            Ok(stored) => {
                let mut applied = self.shared.applied.0.lock().unwrap();
                applied.insert(id, (sent, mark(&stored)));
                Ok(())
            }
            Err(failed) => Err(failed),
        })
    }
}

fn is_of(kind: &Kind, id: &Id) -> bool {
    kind.api_version == id.api_version && kind.kind == id.kind
}

/// What a writer can set.
fn core(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        for key in SYSTEM {
            metadata.remove(key);
        }
    }
    object["status"] = Value::Null;
    object
}

fn counted(object: &Value) -> [Option<&Value>; 2] {
    ["/metadata/uid", "/metadata/generation"].map(|pointer| object.pointer(pointer))
}

/// What somebody else has done in between is found out by the event of it. `named` is the child, where the failure does not
/// stand alone.
fn note(failures: &mut Vec<String>, what: &str, named: Option<&Id>, done: Result<(), Failed>) {
    if let Err(failed) = done
        && !failed.is_already_there()
        && !failed.is_conflict()
        && !(failed.is_gone() && what != "create")
    {
        failures.push(match named {
            Some(id) => format!("can't {what} {} {}/{}: {failed}", id.kind, id.namespace, id.name),
            None => failed.to_string(),
        });
    }
}
