//! One sync of a parent.

use std::sync::Arc;

use metawasm_contract::ControllerKind as Type;
use metawasm_contract::request::{self, Sync};
use metawasm_model::answer::{self, Answer, Hook as Asked};
use metawasm_model::desired;
use metawasm_model::finalizer;
use metawasm_model::object::{controller_of, is_being_deleted, owners};
use metawasm_model::queue::resync_after;
use metawasm_model::{Id, related, text};
use serde_json::Value;

use super::Fail;
use super::controller::{Controller, Rules};
use super::server::{Failed, Kind};

impl Controller {
    pub(super) async fn sync_parent(self: &Arc<Self>, parent: &Value) -> Result<(), Fail> {
        if !self.concerns(parent) {
            return Ok(());
        }
        let parent = self.fix_finalizer(parent).await?;
        if is_being_deleted(&parent) && self.finalize.is_none() {
            return Ok(());
        }
        let children = self.claim(&parent).await?;
        let rules = self.ask_customize(&parent).await?;
        let finalizing = finalizer::is_called(self.finalize.is_some(), &parent, self.selects(&parent));
        let answer = self.ask(&parent, &children, &rules, finalizing).await?;
        if let Some(wait) = resync_after(answer.resync_after_seconds) {
            self.queue.add_after(Id::of(&parent), wait);
        }
        match self.of {
            Type::Composite => self.finish_composite(parent, children, answer).await,
            Type::Decorator => self.finish_decorator(parent, children, answer).await,
        }
    }

    async fn finish_composite(
        &self,
        parent: Value,
        children: Vec<Value>,
        answer: Answer,
    ) -> Result<(), Fail> {
        let parent = match answer.finalized {
            true => self.set_finalizer(&parent, false).await?,
            false => parent,
        };
        let mut wanted = answer.children;
        for child in &mut wanted {
            desired::default_namespace(child, &parent);
            if self.generates_selector() {
                desired::label(child, &parent).map_err(Fail::Error)?;
            } else if !self.claims(child, &parent) {
                let what = "labels on desired child don't match parent selector";
                return Err(Fail::Error(format!(
                    "{what}: {} {}",
                    text(child, "/kind"),
                    text(child, "/metadata/name")
                )));
            }
        }
        let managed = match finalizer::manages_children(&parent, &self.finalizer) {
            true => self.reconcile(&parent, &children, wanted).await,
            false => Ok(()),
        };
        self.write_status(&parent, &answer.status).await?;
        managed
    }

    async fn finish_decorator(
        &self,
        parent: Value,
        children: Vec<Value>,
        answer: Answer,
    ) -> Result<(), Fail> {
        let managed = finalizer::manages_children(&parent, &self.finalizer);
        let mut updated = parent.clone();
        if let Some(rule) = self.rule_of(&parent)
            && !answer.status.is_null()
            && parent.get("status") != Some(&answer.status)
        {
            updated["status"] = answer.status.clone();
            if rule.kind.has_status {
                updated = self.shared.server.update_status(&rule.kind, &updated).await?;
            }
        }
        let mut changes = updated.get("status") != parent.get("status") && !self.has_status(&parent);
        changes |= desired::set_all(&mut updated, "labels", &answer.labels);
        changes |= desired::set_all(&mut updated, "annotations", &answer.annotations);
        changes |= answer.finalized && finalizer::set(&mut updated, &self.finalizer, false);
        if let (true, Some(rule)) = (changes, self.rule_of(&parent)) {
            self.shared.server.update(&rule.kind, &updated).await?;
        }
        let mut wanted = answer.children;
        for attachment in &mut wanted {
            desired::default_namespace(attachment, &parent);
            desired::decorate(attachment, &self.name);
        }
        match managed {
            true => self.reconcile(&parent, &children, wanted).await,
            false => Ok(()),
        }
    }

    /// Brings the children to what is wanted. A failure names the parent, as in Metacontroller's Events.
    async fn reconcile(&self, parent: &Value, known: &[Value], wanted: Vec<Value>) -> Result<(), Fail> {
        let done = self.manage(parent, known, wanted).await;
        done.map_err(|fail| match fail {
            Fail::Error(what) => Fail::Error(format!(
                "can't reconcile children for {}: {what}",
                self.named(parent)
            )),
            other => other,
        })
    }

    fn has_status(&self, parent: &Value) -> bool {
        self.rule_of(parent).is_some_and(|rule| rule.kind.has_status)
    }

    /// A finalizer is there before the first sync, and goes when the controller no longer finalizes.
    async fn fix_finalizer(&self, parent: &Value) -> Result<Value, Fail> {
        match self.finalize.is_some() {
            true if is_being_deleted(parent) || !self.selects(parent) => Ok(parent.clone()),
            wanted => self.set_finalizer(parent, wanted).await,
        }
    }

    async fn set_finalizer(&self, parent: &Value, wanted: bool) -> Result<Value, Fail> {
        if finalizer::has(parent, &self.finalizer) == wanted {
            return Ok(parent.clone());
        }
        let finalizer = self.finalizer.clone();
        self.change(parent, move |parent| finalizer::set(parent, &finalizer, wanted))
            .await
    }

    /// Changes a parent as it is now, however often somebody else is faster.
    async fn change(&self, parent: &Value, edit: impl Fn(&mut Value) -> bool) -> Result<Value, Fail> {
        let Some(rule) = self.rule_of(parent) else {
            return Ok(parent.clone());
        };
        loop {
            let mut live = self.shared.server.get(&rule.kind, &Id::of(parent)).await?;
            if live.pointer("/metadata/uid") != parent.pointer("/metadata/uid") {
                return Err(Fail::Quiet);
            }
            if !edit(&mut live) {
                return Ok(live);
            }
            match self.shared.server.update(&rule.kind, &live).await {
                Err(failed) if failed.is_conflict() => {}
                other => return Ok(other?),
            }
        }
    }

    async fn write_status(&self, parent: &Value, answered: &Value) -> Result<(), Fail> {
        let Some(rule) = self.rule_of(parent) else {
            return Ok(());
        };
        let swallow = |failed: Failed| match failed.is_conflict() || failed.is_gone() {
            true => Ok(()),
            false => Err(Fail::Error(format!(
                "can't update status for {}: {failed}",
                self.named(parent)
            ))),
        };
        let mut live = match self.shared.server.get(&rule.kind, &Id::of(parent)).await {
            Ok(live) => live,
            Err(failed) => return swallow(failed),
        };
        let status = desired::status(answered, parent);
        let is_another = live.pointer("/metadata/uid") != parent.pointer("/metadata/uid");
        if is_another || live.get("status") == Some(&status) {
            return Ok(());
        }
        live["status"] = status;
        let written = self.shared.server.update_status(&rule.kind, &live).await;
        written.map(drop).or_else(swallow)
    }

    fn named(&self, parent: &Value) -> String {
        let id = Id::of(parent);
        format!("{} {}/{}", id.kind, id.namespace, id.name)
    }

    /// The children of a parent: orphans that match are adopted, its own that no longer match are let go.
    async fn claim(&self, parent: &Value) -> Result<Vec<Value>, Fail> {
        let mut claimed = Vec::new();
        for child in self.known_children(parent) {
            let is_owned = controller_of(&child).is_some();
            let matches = self.of == Type::Decorator || self.claims(&child, parent);
            let Some(rule) = self
                .child_rules
                .iter()
                .find(|rule| rule.kind.names() == kind_of(&child))
            else {
                continue;
            };
            if is_owned && matches {
                claimed.push(Value::clone(&child));
            } else if !is_being_deleted(parent) && !is_being_deleted(&child) {
                let mut changed = Value::clone(&child);
                if matches {
                    desired::own(&mut changed, parent);
                } else {
                    let uid = text(parent, "/metadata/uid");
                    let rest = owners(&child).iter().filter(|owner| text(owner, "/uid") != uid);
                    changed["metadata"]["ownerReferences"] = rest.cloned().collect();
                }
                let changed = self.shared.server.update(&rule.kind, &changed).await?;
                if matches {
                    claimed.push(changed);
                }
            }
        }
        Ok(claimed)
    }

    /// The rules of customize: asked for once for each generation.
    async fn ask_customize(self: &Arc<Self>, parent: &Value) -> Result<Vec<(Value, Kind)>, Fail> {
        let Some(hook) = &self.customize else {
            return Ok(Vec::new());
        };
        let id = Id::of(parent);
        let generation = parent
            .pointer("/metadata/generation")
            .cloned()
            .unwrap_or_default();
        let of = (text(parent, "/metadata/uid"), generation);
        if let Some(known) = self.rules.lock().unwrap().get(&id).filter(|known| known.of == of) {
            return Ok(known.rules.clone());
        }
        let body = hook
            .call(&id, &parse(&request::customize(&self.object, parent)))
            .await?;
        let mut rules = Vec::new();
        for rule in answer::rules(hook.version, hook.strict, &body)? {
            let kind = self
                .shared
                .server
                .resource(&text(&rule, "/apiVersion"), &text(&rule, "/resource"))
                .await;
            let kind = kind.map_err(Fail::Error)?;
            related::check(&rule, hook.version, &id.namespace, kind.namespaced).map_err(Fail::Error)?;
            if rule.get("namespaceSelector").is_some() {
                self.know_namespaces().await.map_err(Fail::Error)?;
            }
            rules.push((rule, kind));
        }
        let known = Rules {
            of,
            rules: rules.clone(),
        };
        self.rules.lock().unwrap().insert(id, known);
        Ok(rules)
    }

    async fn ask(
        self: &Arc<Self>,
        parent: &Value,
        children: &[Value],
        rules: &[(Value, Kind)],
        finalizing: bool,
    ) -> Result<Answer, Fail> {
        let (hook, asked) = match finalizing {
            true => (&self.finalize, Asked::Finalize),
            false => (&self.sync, Asked::Sync),
        };
        let hook = hook
            .as_ref()
            .ok_or_else(|| Fail::Error(format!("{asked} hook not defined")))?;
        let namespace = Id::of(parent).namespace;
        let mut related = Vec::new();
        for (rule, kind) in rules {
            let informer = self.related(kind).await.map_err(Fail::Error)?;
            let objects = informer.select(|object| self.is_related(rule, &namespace, object));
            related.extend(objects.iter().map(|object| Value::clone(object)));
        }
        let declared: Vec<_> = self.child_rules.iter().map(|rule| rule.kind.names()).collect();
        let related_kinds: Vec<_> = rules.iter().map(|(_, kind)| kind.names()).collect();
        let what = Sync {
            controller: &self.object,
            parent,
            declared: &declared,
            children,
            related_kinds: &related_kinds,
            related: &related,
            finalizing,
        };
        let body = hook
            .call(&Id::of(parent), &parse(&what.body(self.of, hook.version)))
            .await?;
        Ok(answer::read(self.of, asked, hook.version, hook.strict, &body)?)
    }
}

/// Reads a body, which is written again as Go writes it.
fn parse(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or_default()
}

fn kind_of(object: &Value) -> (String, String) {
    let id = Id::of(object);
    (id.api_version, id.kind)
}
