//! A controller that runs: its informers, its workers, and who is to be synced when something changes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use metawasm_contract::ControllerKind as Type;
use metawasm_contract::HookVersion;
use metawasm_model::desired::{CONTROLLER_UID, DECORATOR};
use metawasm_model::finalizer;
use metawasm_model::object::{controller_of, is_being_deleted};
use metawasm_model::related::{matches, selects};
use metawasm_model::{Id, text};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::hook::Hook;
use super::informer::{Informer, OnChange, owner};
use super::queue::Queue;
use super::server::Kind;
use super::spec::{self, ChildRule, NotStarted, ParentRule};
use super::{Fail, Shared};

/// Metacontroller's own resync of everything; a longer period of a controller's counts for nothing.
const FLUSH: u64 = 30 * 60;

/// How long a sync waits for the first list of a related kind.
const SYNC: Duration = Duration::from_secs(5);

/// The answer of customize, and for which uid and generation.
#[derive(Clone)]
pub(super) struct Rules {
    pub(super) of: (String, Value),
    pub(super) rules: Vec<(Value, Kind)>,
}

pub(super) struct Controller {
    pub(super) shared: Arc<Shared>,
    pub(super) of: Type,
    /// As it was when it started.
    pub(super) object: Value,
    pub(super) name: String,
    pub(super) finalizer: String,
    pub(super) sync: Option<Hook>,
    pub(super) finalize: Option<Hook>,
    pub(super) customize: Option<Hook>,
    pub(super) parent_rules: Vec<ParentRule>,
    pub(super) child_rules: Vec<ChildRule>,
    pub(super) queue: Arc<Queue>,
    /// Parents by their uid.
    uids: Mutex<HashMap<String, Id>>,
    parents: Mutex<Vec<Arc<Informer>>>,
    children: Mutex<Vec<Arc<Informer>>>,
    related: Mutex<HashMap<Kind, Arc<Informer>>>,
    /// Only where a rule selects by the labels of namespaces.
    namespaces: Mutex<Option<Arc<Informer>>>,
    pub(super) rules: Mutex<HashMap<Id, Rules>>,
}

impl Controller {
    /// Finds out what the controller needs.
    ///
    /// # Errors
    /// Why it cannot start now.
    pub(super) async fn new(shared: &Arc<Shared>, of: Type, object: &Value) -> Result<Arc<Self>, NotStarted> {
        let server = &shared.server;
        let spec = &object["spec"];
        let hooks = &spec["hooks"];
        let parent_rules = spec::parents(server, of, spec).await?;
        if hooks.is_null() {
            return Err(NotStarted::Told("no hooks defined".to_owned()));
        }
        let name = text(object, "/metadata/name");
        Ok(Arc::new(Self {
            shared: Arc::clone(shared),
            of,
            finalizer: finalizer::name(of, &name),
            name,
            parent_rules,
            child_rules: spec::children(server, of, spec).await?,
            sync: Hook::of(server, hooks.get("sync")).await?,
            finalize: Hook::of(server, hooks.get("finalize")).await?,
            customize: Hook::of(server, hooks.get("customize")).await?,
            object: object.clone(),
            queue: Arc::default(),
            uids: Mutex::default(),
            parents: Mutex::default(),
            children: Mutex::default(),
            related: Mutex::default(),
            namespaces: Mutex::default(),
            rules: Mutex::default(),
        }))
    }

    /// Runs until the task is aborted.
    pub(super) async fn run(self: Arc<Self>) {
        let server = &self.shared.server;
        let handler = |of: fn(&Self, Option<&Value>, Option<&Value>)| -> OnChange {
            let controller: Weak<Self> = Arc::downgrade(&self);
            Arc::new(move |before, now| {
                if let Some(controller) = controller.upgrade() {
                    of(&controller, before, now);
                }
            })
        };
        // Children first: the first sync of a parent is to see them.
        let children: Vec<Arc<Informer>> = (self.child_rules.iter())
            .map(|rule| {
                Arc::new(Informer::start(
                    server,
                    rule.kind.clone(),
                    handler(Self::child_changed),
                ))
            })
            .collect();
        for informer in &children {
            informer.synced().await;
        }
        *self.children.lock().unwrap() = children;
        let parents: Vec<Arc<Informer>> = (self.parent_rules.iter())
            .map(|rule| {
                Arc::new(Informer::start(
                    server,
                    rule.kind.clone(),
                    handler(Self::parent_changed),
                ))
            })
            .collect();
        *self.parents.lock().unwrap() = parents.clone();
        for informer in &parents {
            informer.synced().await;
            // The first list may have come before anybody could find the informer.
            for parent in informer.select(|_| true) {
                self.parent_changed(None, Some(&parent));
            }
        }
        let mut tasks = JoinSet::new();
        for _ in 0..self.shared.options.workers {
            let controller = Arc::clone(&self);
            tasks.spawn(async move { controller.work().await });
        }
        if let Some(seconds) = self
            .object
            .pointer("/spec/resyncPeriodSeconds")
            .and_then(Value::as_u64)
            && seconds < FLUSH
        {
            let controller = Arc::clone(&self);
            tasks.spawn(async move {
                loop {
                    tokio::time::sleep(Duration::from_secs(seconds.max(1))).await;
                    for parent in controller.all_parents() {
                        controller.queue.add(Id::of(&parent));
                    }
                }
            });
        }
        while tasks.join_next().await.is_some() {}
    }

    async fn work(self: &Arc<Self>) {
        loop {
            let id = self.queue.next().await;
            let parent = self.parent(&id);
            let synced = match &parent {
                Some(parent) => self.sync_parent(parent).await,
                None => {
                    self.rules.lock().unwrap().remove(&id);
                    Ok(())
                }
            };
            let events = &self.shared.events;
            let about = parent.as_deref().unwrap_or(&Value::Null);
            match synced {
                Ok(()) | Err(Fail::Quiet) => self.queue.forget(&id),
                Err(Fail::Later(wait)) => self.queue.add_after(id.clone(), wait),
                Err(Fail::Error(what)) => {
                    self.queue.add_failed(id.clone());
                    events
                        .warn(about, "SyncError", &format!("Sync error: {what}"))
                        .await;
                }
                Err(Fail::Death(what)) => {
                    self.queue.add_failed(id.clone());
                    events
                        .warn(about, "SyncError", &format!("the process would die: {what}"))
                        .await;
                }
            }
            self.queue.done(&id);
        }
    }

    fn all_parents(&self) -> Vec<Arc<Value>> {
        let informers = self.parents.lock().unwrap().clone();
        informers
            .iter()
            .flat_map(|informer| informer.select(|parent| self.concerns(parent)))
            .collect()
    }

    fn parent(&self, id: &Id) -> Option<Arc<Value>> {
        self.parents
            .lock()
            .unwrap()
            .iter()
            .find_map(|informer| informer.get(id))
    }

    /// The last rule of a kind is the one that counts.
    pub(super) fn rule_of(&self, parent: &Value) -> Option<&ParentRule> {
        let id = Id::of(parent);
        let mut rules = self.parent_rules.iter().rev();
        rules.find(|rule| rule.kind.names() == (id.api_version.clone(), id.kind.clone()))
    }

    /// Whether the selectors take a parent.
    pub(super) fn selects(&self, parent: &Value) -> bool {
        let member = |key: &str| {
            parent
                .pointer(&format!("/metadata/{key}"))
                .cloned()
                .unwrap_or_default()
        };
        self.rule_of(parent).is_some_and(|rule| {
            matches(&rule.labels, &member("labels")) && matches(&rule.annotations, &member("annotations"))
        })
    }

    /// Whether a parent is synced: one that is not selected only while our finalizer holds it.
    pub(super) fn concerns(&self, parent: &Value) -> bool {
        self.selects(parent) || finalizer::has(parent, &self.finalizer)
    }

    fn parent_changed(&self, before: Option<&Value>, now: Option<&Value>) {
        let Some(parent) = now.or(before) else { return };
        let uid = text(parent, "/metadata/uid");
        match now {
            Some(_) => drop(self.uids.lock().unwrap().insert(uid, Id::of(parent))),
            None => drop(self.uids.lock().unwrap().remove(&uid)),
        }
        if !self.concerns(parent) {
            return;
        }
        let ignores = self.rule_of(parent).is_some_and(|rule| rule.ignores_status);
        if let (true, Some(before), Some(now)) = (ignores, before, now)
            && !is_being_deleted(now)
            && ["generation", "labels", "annotations"].into_iter().all(|key| {
                let pointer = format!("/metadata/{key}");
                before.pointer(&pointer) == now.pointer(&pointer)
            })
        {
            return;
        }
        self.queue.add(Id::of(parent));
    }

    fn child_changed(&self, before: Option<&Value>, now: Option<&Value>) {
        for child in [before, now].into_iter().flatten() {
            if let Some(parent) = self.uids.lock().unwrap().get(&owner(child)) {
                self.queue.add(parent.clone());
            }
        }
        // An orphan without the label may be anybody's whose selector takes it.
        let Some(child) = now.filter(|child| controller_of(child).is_none()) else {
            return;
        };
        if self.of == Type::Composite && !self.generates_selector() {
            for parent in self.all_parents() {
                if Id::of(child).namespace == Id::of(&parent).namespace && self.claims(child, &parent) {
                    self.queue.add(Id::of(&parent));
                }
            }
        }
    }

    fn related_changed(&self, before: Option<&Value>, now: Option<&Value>) {
        let asked: Vec<(Id, Rules)> = {
            let rules = self.rules.lock().unwrap();
            rules
                .iter()
                .map(|(id, rules)| (id.clone(), rules.clone()))
                .collect()
        };
        for (parent, rules) in asked {
            let selects = |object: &Value| {
                let kind = (text(object, "/apiVersion"), text(object, "/kind"));
                let mut of_kind = rules.rules.iter().filter(|(_, of)| of.names() == kind);
                of_kind.any(|(rule, _)| self.is_related(rule, &parent.namespace, object))
            };
            if [before, now].into_iter().flatten().any(selects) {
                self.queue.add(parent);
            }
        }
    }

    /// Whether a composite's selector takes a child.
    pub(super) fn claims(&self, child: &Value, parent: &Value) -> bool {
        let labels = child.pointer("/metadata/labels").cloned().unwrap_or_default();
        let selector = match self.generates_selector() {
            true => json!({"matchLabels": {CONTROLLER_UID: text(parent, "/metadata/uid")}}),
            false => parent.pointer("/spec/selector").cloned().unwrap_or_default(),
        };
        !selector.is_null() && matches(&selector, &labels)
    }

    pub(super) fn generates_selector(&self) -> bool {
        self.object.pointer("/spec/generateSelector") == Some(&Value::Bool(true))
    }

    /// The children of a parent that are known: those that are its own, and those it may adopt.
    pub(super) fn known_children(&self, parent: &Value) -> Vec<Arc<Value>> {
        let uid = text(parent, "/metadata/uid");
        let namespace = Id::of(parent).namespace;
        let informers = self.children.lock().unwrap().clone();
        let wanted = |child: &Value| {
            let is_near = namespace.is_empty() || Id::of(child).namespace == namespace;
            is_near
                && match (controller_of(child), self.of) {
                    (Some(owner), Type::Composite) => owner == uid,
                    (Some(owner), Type::Decorator) => {
                        let annotations = child.pointer("/metadata/annotations");
                        let by = annotations.and_then(|all| all.get(DECORATOR));
                        owner == uid && by == Some(&json!(self.name))
                    }
                    (None, Type::Composite) => self.claims(child, parent),
                    (None, Type::Decorator) => false,
                }
        };
        let by_selector = self.of == Type::Composite && !self.generates_selector();
        let near = informers.iter().flat_map(|informer| match by_selector {
            true => informer.select(wanted),
            false => informer.owned_by(&uid),
        });
        near.filter(|child| wanted(child)).collect()
    }

    /// The informer of a related kind, which is started when it is first needed.
    ///
    /// # Errors
    /// It has not been able to list the objects: it may not, for one.
    pub(super) async fn related(self: &Arc<Self>, kind: &Kind) -> Result<Arc<Informer>, String> {
        let informer = Arc::clone(
            self.related
                .lock()
                .unwrap()
                .entry(kind.clone())
                .or_insert_with(|| {
                    let controller = Arc::downgrade(self);
                    let on_change: OnChange = Arc::new(move |before, now| {
                        if let Some(controller) = controller.upgrade() {
                            controller.related_changed(before, now);
                        }
                    });
                    Arc::new(Informer::start(&self.shared.server, kind.clone(), on_change))
                }),
        );
        let synced = tokio::time::timeout(SYNC, informer.synced()).await;
        synced.map_err(|_| {
            format!(
                "the informer of {} {} is not synced",
                kind.api_version, kind.resource
            )
        })?;
        Ok(informer)
    }

    /// Learns the labels of namespaces.
    pub(super) async fn know_namespaces(&self) -> Result<(), String> {
        if self.namespaces.lock().unwrap().is_some() {
            return Ok(());
        }
        let kind = self.shared.server.resource("v1", "namespaces").await?;
        let informer = Arc::new(Informer::start(&self.shared.server, kind, Arc::new(|_, _| {})));
        informer.synced().await;
        *self.namespaces.lock().unwrap() = Some(informer);
        Ok(())
    }

    /// Whether a rule of customize's selects an object for parents of a namespace.
    pub(super) fn is_related(&self, rule: &Value, parent_namespace: &str, object: &Value) -> bool {
        let id = Id {
            api_version: "v1".to_owned(),
            kind: "Namespace".to_owned(),
            namespace: String::new(),
            name: text(object, "/metadata/namespace"),
        };
        let namespaces = self.namespaces.lock().unwrap().clone();
        let namespace = namespaces.and_then(|namespaces| namespaces.get(&id));
        let labels = namespace.and_then(|namespace| namespace.pointer("/metadata/labels").cloned());
        let version = self
            .customize
            .as_ref()
            .map_or(HookVersion::V1, |hook| hook.version);
        selects(
            rule,
            version,
            parent_namespace,
            object,
            &labels.unwrap_or_default(),
        )
    }
}
