//! One sync of the parent.
//!
//! Source: Metacontroller 4.17's `pkg/controller/composite/controller.go` and `pkg/controller/decorator/controller.go`.

use metawasm_contract::request::{self, Sync as Request};
use metawasm_contract::{ControllerKind, Hook};
use serde_json::Value;

use super::children::refused;
use super::{Plugin, Related, Sync, Verb, World};
use crate::answer::{self, Answer, Hook as Asked, Refusal as AnswerRefusal};
use crate::desired;
use crate::finalizer;
use crate::object::{Id, controller_of, is_being_deleted, text};
use crate::related;

impl World {
    /// Asks the hooks, and does what they answer. Does nothing once the parent is gone.
    pub fn sync(&mut self, plugin: &mut dyn Plugin) -> Sync {
        let mut sync = Sync::default();
        if let Err(failure) = self.try_sync(plugin, &mut sync) {
            sync.failure = Some(failure);
        }
        sync
    }

    fn try_sync(&mut self, plugin: &mut dyn Plugin, sync: &mut Sync) -> Result<(), String> {
        let Some(parent) = self.parent() else {
            return Ok(());
        };
        let finalizes = self.controller.has(Hook::Finalize);
        if is_being_deleted(parent) {
            if !finalizes {
                return Ok(());
            }
        } else {
            self.set_finalizer(finalizes, sync);
        }
        self.adopt(sync);
        let related = self.ask_customize(plugin)?;
        let Some(parent) = self.parent().cloned() else {
            return Ok(());
        };
        let finalizing = finalizer::is_called(finalizes, &parent, true);
        let (hook, asked) = if finalizing {
            (Hook::Finalize, Asked::Finalize)
        } else {
            (Hook::Sync, Asked::Sync)
        };
        sync.hook = Some(hook);
        let observed = self.observed();
        let request = self.request(&parent, &observed, &related, finalizing);
        let body = self.call(plugin, hook, &request)?;
        let version = self.controller.version(hook);
        let answer = answer::read(self.controller.of, asked, version, None, body.as_bytes());
        let answer = answer.map_err(refusal)?;
        sync.status = answer.status.clone();
        match self.controller.of {
            ControllerKind::Composite => self.finish_composite(parent, &observed, answer, sync),
            ControllerKind::Decorator => {
                self.finish_decorator(&parent, &observed, answer, sync);
                Ok(())
            }
        }
    }

    /// Returns the request of sync or finalize.
    fn request(&self, parent: &Value, observed: &[Value], related: &Related, finalizing: bool) -> String {
        let hook = if finalizing { Hook::Finalize } else { Hook::Sync };
        let what = Request {
            controller: &self.controller.object,
            parent,
            declared: &self.controller.declared(),
            children: observed,
            related_kinds: &related.kinds,
            related: &related.objects,
            finalizing,
        };
        what.body(self.controller.of, self.controller.version(hook))
    }

    fn finish_composite(
        &mut self,
        mut parent: Value,
        observed: &[Value],
        answer: Answer,
        sync: &mut Sync,
    ) -> Result<(), String> {
        if answer.finalized && sync.hook == Some(Hook::Finalize) {
            self.set_finalizer(false, sync);
            finalizer::set(&mut parent, &self.controller.finalizer(), false);
        }
        let mut wanted = answer.children;
        for child in &mut wanted {
            desired::default_namespace(child, &parent);
            if self.controller.generates_selector() {
                desired::label(child, &parent)?;
            }
        }
        sync.desired = desired::last_of_each(wanted);
        if finalizer::manages_children(&parent, &self.controller.finalizer()) {
            let wanted = sync.desired.clone();
            self.manage(&parent, observed, &wanted, sync);
        }
        self.write_status(desired::status(&answer.status, &parent), sync);
        Ok(())
    }

    fn finish_decorator(&mut self, parent: &Value, observed: &[Value], answer: Answer, sync: &mut Sync) {
        let managed = finalizer::manages_children(parent, &self.controller.finalizer());
        if !answer.status.is_null() {
            self.write_status(answer.status.clone(), sync);
        }
        let mut updated = self.parent().cloned().unwrap_or_else(|| parent.clone());
        let mut changes = desired::set_all(&mut updated, "labels", &answer.labels);
        changes |= desired::set_all(&mut updated, "annotations", &answer.annotations);
        changes |= answer.finalized && finalizer::set(&mut updated, &self.controller.finalizer(), false);
        if changes {
            self.update_parent(&updated, sync);
        }
        let mut wanted = answer.children;
        for attachment in &mut wanted {
            desired::default_namespace(attachment, parent);
            desired::decorate(attachment, &self.controller.name);
        }
        sync.desired = desired::last_of_each(wanted);
        if managed {
            let wanted = sync.desired.clone();
            self.manage(parent, observed, &wanted, sync);
        }
    }

    fn set_finalizer(&mut self, wanted: bool, sync: &mut Sync) {
        let Some(mut parent) = self.parent().cloned() else {
            return;
        };
        if finalizer::set(&mut parent, &self.controller.finalizer(), wanted) {
            self.update_parent(&parent, sync);
        }
    }

    fn update_parent(&mut self, parent: &Value, sync: &mut Sync) {
        let id = self.parent.clone();
        let before = self.parent().cloned().unwrap_or_default();
        match self.server.update(parent.clone()) {
            Ok(_) => {
                let write = self.written(Verb::Update, &id, before, parent);
                sync.writes.push(write);
            }
            Err(why) => sync.refused.push(refused(id, &why)),
        }
    }

    fn write_status(&mut self, status: Value, sync: &mut Sync) {
        let id = self.parent.clone();
        let Some(before) = self.parent().cloned() else {
            return;
        };
        if self.server.set_status(&id, status) {
            let write = self.written(Verb::Status, &id, before, &Value::Null);
            sync.writes.push(write);
        }
    }

    /// Makes the parent the owner of children without one.
    fn adopt(&mut self, sync: &mut Sync) {
        let Some(parent) = self.parent().cloned() else {
            return;
        };
        if self.controller.of != ControllerKind::Composite || is_being_deleted(&parent) {
            return;
        }
        let uid = text(&parent, "/metadata/uid");
        let objects = self.server.objects().iter();
        let orphans: Vec<Value> = objects
            .filter(|(id, object)| {
                self.controller.kind_of(id).is_some()
                    && controller_of(object).is_none()
                    && !is_being_deleted(object)
                    && text(object, "/metadata/labels/controller-uid") == uid
            })
            .map(|(_, object)| object.clone())
            .collect();
        for before in orphans {
            let mut orphan = before.clone();
            desired::own(&mut orphan, &parent);
            let id = Id::of(&orphan);
            match self.server.update(orphan.clone()) {
                Ok(_) => {
                    let write = self.written(Verb::Update, &id, before, &orphan);
                    sync.writes.push(write);
                }
                Err(why) => sync.refused.push(refused(id, &why)),
            }
        }
    }

    /// Which objects the parent depends on: the rules are asked anew for each generation.
    fn ask_customize(&mut self, plugin: &mut dyn Plugin) -> Result<Related, String> {
        if let Some(related) = &self.related {
            return Ok(related.clone());
        }
        let Some(parent) = self.parent().cloned() else {
            return Ok(Related::default());
        };
        if !self.controller.has(Hook::Customize) {
            return Ok(Related::default());
        }
        let generation = parent
            .pointer("/metadata/generation")
            .cloned()
            .unwrap_or_default();
        let known = self.rules.clone().filter(|(asked, _)| *asked == generation);
        let rules = match known {
            Some((_, rules)) => rules,
            None => {
                let request = request::customize(&self.controller.object, &parent);
                let body = self.call(plugin, Hook::Customize, &request)?;
                let version = self.controller.version(Hook::Customize);
                let rules = answer::rules(version, None, body.as_bytes()).map_err(refusal)?;
                self.rules = Some((generation, rules.clone()));
                rules
            }
        };
        Ok(self.selected(&rules))
    }

    fn selected(&self, rules: &[Value]) -> Related {
        let version = self.controller.version(Hook::Customize);
        let nothing = Value::Null;
        let mut found = Related::default();
        for (id, object) in self.server.objects() {
            let namespace = Id {
                api_version: "v1".to_owned(),
                kind: "Namespace".to_owned(),
                namespace: String::new(),
                name: id.namespace.clone(),
            };
            let labels = self
                .server
                .get(&namespace)
                .and_then(|namespace| namespace.pointer("/metadata/labels"))
                .unwrap_or(&nothing);
            let selects = |rule: &&Value| {
                self.is_of(rule, id)
                    && related::selects(rule, version, &self.parent.namespace, object, labels)
            };
            if rules.iter().any(|rule| selects(&rule)) {
                found.objects.push(object.clone());
            }
        }
        for rule in rules {
            if let Some(kind) = self.kind_of(rule) {
                found.kinds.push(kind);
            }
        }
        found
    }

    /// Whether an object is of a rule's resource.
    fn is_of(&self, rule: &Value, id: &Id) -> bool {
        let declared = self.controller.kind_of(id).map(|kind| kind.resource.clone());
        text(rule, "/apiVersion") == id.api_version
            && text(rule, "/resource") == declared.unwrap_or_else(|| plural(&id.kind))
    }

    /// The kind of a rule's resource, where it is declared or an object of it is there.
    fn kind_of(&self, rule: &Value) -> Option<(String, String)> {
        let (api_version, resource) = (text(rule, "/apiVersion"), text(rule, "/resource"));
        let declared = self.controller.children.iter();
        let declared = declared
            .filter(|kind| kind.api_version == api_version && kind.resource == resource)
            .map(|kind| kind.kind.clone());
        let there = self.server.objects().keys();
        let there = there
            .filter(|id| id.api_version == api_version && plural(&id.kind) == resource)
            .map(|id| id.kind.clone());
        let known = KINDS.iter();
        let known = known
            .filter(|kind| plural(kind) == resource)
            .map(|kind| (*kind).to_owned());
        let kind = declared.chain(there).chain(known).next()?;
        Some((api_version, kind))
    }

    fn call(&mut self, plugin: &mut dyn Plugin, hook: Hook, request: &str) -> Result<String, String> {
        if let Some(left) = self.failing.get_mut(&hook).filter(|left| **left > 0) {
            *left -= 1;
            return Err(format!("the {hook} hook does not answer, as the step says"));
        }
        plugin.call(hook, request)
    }
}

/// Kinds that plugins often ask for; a kind that is nowhere else cannot be told from its resource.
const KINDS: [&str; 12] = [
    "ConfigMap",
    "Deployment",
    "Gateway",
    "Ingress",
    "Namespace",
    "NetworkPolicy",
    "Node",
    "PersistentVolumeClaim",
    "Pod",
    "Secret",
    "Service",
    "ServiceAccount",
];

/// The resource of a kind, as nearly all CustomResourceDefinitions have it.
pub(super) fn plural(kind: &str) -> String {
    let lower = kind.to_lowercase();
    let before_y = lower
        .strip_suffix('y')
        .filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u']));
    match before_y {
        Some(stem) => format!("{stem}ies"),
        None if lower.ends_with(['s', 'x']) || lower.ends_with("ch") => format!("{lower}es"),
        None => format!("{lower}s"),
    }
}

fn refusal(refusal: AnswerRefusal) -> String {
    match refusal {
        AnswerRefusal::Error(what) => what,
        AnswerRefusal::Death(what) => format!("Metacontroller would crash: {what}"),
    }
}

#[cfg(test)]
mod tests {
    use super::plural;

    #[test]
    fn resources() {
        for (kind, resource) in [
            ("Deployment", "deployments"),
            ("NetworkPolicy", "networkpolicies"),
            ("Ingress", "ingresses"),
            ("Gateway", "gateways"),
        ] {
            assert_eq!(plural(kind), resource);
        }
    }
}
