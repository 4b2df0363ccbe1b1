//! A cluster in memory, for tests of what happens over time.
//!
//! ```ignore
//! let mut cluster = Cluster::new(function);          // or .under(Apply::ServerSide), .settings(…)
//! cluster.settle();                                  // hooks and controllers, until all is quiet
//! assert_eq!(cluster.child("Deployment", "hello")["spec"]["replicas"], 1);
//! cluster.edit(|function| function["spec"]["image"] = json!("hello:v2"));
//! let sync = cluster.reconcile();                    // one sync of Metacontroller's
//! assert_eq!(sync.wrote(), ["update Deployment hello", "update status of Function hello"]);
//! ```
//!
//! What it is made of: the model's API server ([`server`]), Metacontroller ([`metacontroller`], [`request`],
//! [`apply`]), and the observable part of the controllers that write to the same objects ([`controllers`]). Kinds are
//! named by their kind alone; Knative's Service is `KnativeService`.
//!
//! What it leaves out: schemas of custom resources (nothing is pruned or refused for them),
//! conflicts of writers, label selectors in customize, rolling update strategies.

mod apply;
mod controllers;
mod hooks;
mod metacontroller;
mod request;
mod server;

use std::collections::BTreeMap;

use metawasm_contract::View;
use serde_json::{Value, json};

pub(crate) use controllers::Outcome;
pub(crate) use hooks::Hooks;
pub(crate) use metacontroller::{Refused, Sync, Verb, Write};
use server::{Id, Named, Server};

use apply::Applied;
use request::Related;

/// Rounds after which a cluster that still moves is a failed test.
const MAX_ROUNDS: usize = 20;

/// Metacontroller's `--apply-strategy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Apply {
    /// `dynamic-apply`, the default.
    Dynamic,
    /// `server-side-apply`.
    ServerSide,
}

/// Both, for tests that hold under each.
pub(crate) const STRATEGIES: [Apply; 2] = [Apply::Dynamic, Apply::ServerSide];

/// A kind of children, as `describe` and the CompositeController name it.
#[derive(Clone, Debug)]
struct ChildKind {
    api_version: String,
    kind: String,
    resource: String,
    /// `InPlace` or `Recreate`.
    update_strategy: String,
}

/// A Function and everything around it.
pub(crate) struct Cluster {
    hooks: Hooks,
    /// The plugin's view.
    view: View,
    settings: Value,
    kinds: Vec<ChildKind>,
    apply: Apply,
    /// Whether the controller has a finalize hook.
    finalizes: bool,
    builds: Outcome,
    server: Server,
    applied: Applied,
    /// The answer of customize, by the generation that it was asked for.
    related: Option<(Value, Vec<Related>)>,
    function: Id,
    /// Pod templates of Deployments and which revision each is.
    templates: BTreeMap<Id, (String, u32)>,
}

impl Cluster {
    /// A cluster with this Function in it and all kinds of children declared, under
    /// dynamic-apply, without settings and without a finalize hook. A Function needs no more
    /// metadata than a name.
    pub(crate) fn new(function: Value) -> Self {
        Self::with_hooks(function, Hooks::plugin())
    }

    /// The same with other hooks than the plugin's.
    pub(crate) fn with_hooks(function: Value, hooks: Hooks) -> Self {
        let mut function = super::parent(function);
        let metadata = function["metadata"].as_object_mut().unwrap();
        metadata.entry("namespace").or_insert(json!("demo"));
        let described: Value = serde_json::from_str(&metawasm_function::describe()).unwrap();
        let text = |kind: &Value, key: &str| kind[key].as_str().unwrap().to_owned();
        let kinds = described["children"]
            .as_array()
            .unwrap()
            .iter()
            .map(|kind| ChildKind {
                api_version: text(kind, "apiVersion"),
                kind: text(kind, "kind"),
                resource: text(kind, "resource"),
                update_strategy: text(kind, "updateStrategy"),
            });
        let mut server = Server::default();
        let id = Id::of(&function);
        server.create(function).unwrap();
        Cluster {
            hooks,
            view: View::from_json(&described["view"]).unwrap(),
            settings: json!({}),
            kinds: kinds.collect(),
            apply: Apply::Dynamic,
            finalizes: false,
            builds: Outcome::Succeeded,
            server,
            applied: Applied::default(),
            related: None,
            function: id,
            templates: BTreeMap::new(),
        }
    }

    /// With other hooks from now on, as after a new version of the plugin.
    pub(crate) fn hooked(mut self, hooks: Hooks) -> Self {
        self.hooks = hooks;
        self.related = None;
        self
    }

    /// Under this apply strategy.
    pub(crate) fn under(mut self, apply: Apply) -> Self {
        self.apply = apply;
        self
    }

    /// With these settings of the plugin.
    pub(crate) fn settings(mut self, settings: Value) -> Self {
        self.settings = settings;
        self
    }

    /// With the finalize hook, which the manifests leave to the user.
    pub(crate) fn finalizing(mut self) -> Self {
        self.finalizes = true;
        self
    }

    /// Without a kind, which is then not declared.
    pub(crate) fn without(mut self, kind: &str) -> Self {
        let before = self.kinds.len();
        self.kinds.retain(|declared| declared.name() != kind);
        assert!(self.kinds.len() < before, "{kind} is not declared");
        self
    }

    /// With one more kind, or another update strategy for it.
    pub(crate) fn declare(mut self, api_version: &str, kind: &str, resource: &str, strategy: &str) -> Self {
        self.kinds.retain(|declared| {
            (declared.api_version.as_str(), declared.kind.as_str()) != (api_version, kind)
        });
        self.kinds.push(ChildKind {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            resource: resource.to_owned(),
            update_strategy: strategy.to_owned(),
        });
        self
    }

    /// With how [`Cluster::settle`] lets builds end.
    pub(crate) fn builds(mut self, outcome: Outcome) -> Self {
        self.builds = outcome;
        self
    }

    /// With an object that somebody else made; see [`Cluster::put`].
    pub(crate) fn with(mut self, object: Value) -> Self {
        self.put(object);
        self
    }

    /// Somebody else creates an object, or replaces it. Without a namespace it is in the
    /// Function's; its status is taken as it is.
    pub(crate) fn put(&mut self, mut object: Value) {
        let metadata = object["metadata"].as_object_mut().unwrap();
        metadata
            .entry("namespace")
            .or_insert(json!(self.function.namespace));
        let id = Id::of(&object);
        let status = object.get("status").cloned();
        if self.server.objects().contains_key(&id) {
            self.server.update(object).unwrap();
        } else {
            self.server.create(object).unwrap();
        }
        if let Some(status) = status {
            self.server.set_status(&id, status);
        }
    }

    /// Somebody else edits an object of the Function's namespace.
    pub(crate) fn change(&mut self, kind: &str, name: &str, edit: impl FnOnce(&mut Value)) {
        let mut object = self.child(kind, name);
        let status = object.get("status").cloned();
        edit(&mut object);
        if object.get("status") != status.as_ref() {
            let status = object["status"].clone();
            self.server.set_status(&Id::of(&object), status);
        }
        if self.find(kind, name).is_some() {
            self.server.update(object).unwrap();
        }
    }

    /// Somebody else deletes an object of the Function's namespace.
    pub(crate) fn remove(&mut self, kind: &str, name: &str) {
        let id = Id::of(&self.child(kind, name));
        self.server.delete(&id);
    }

    /// The user edits the Function: the generation rises if the spec changed.
    pub(crate) fn edit(&mut self, edit: impl FnOnce(&mut Value)) {
        let mut function = self.function();
        edit(&mut function);
        self.server.update(function).unwrap();
    }

    /// The user deletes the Function.
    pub(crate) fn delete_function(&mut self) {
        let id = self.function.clone();
        self.server.delete(&id);
    }

    /// Whether the Function is no longer there.
    pub(crate) fn is_gone(&self) -> bool {
        !self.server.objects().contains_key(&self.function)
    }

    /// The Function as it is stored.
    pub(crate) fn function(&self) -> Value {
        self.parent().clone()
    }

    fn parent(&self) -> &Value {
        &self.server.objects()[&self.function]
    }

    fn uid(&self) -> String {
        server::text(self.parent(), "/metadata/uid")
    }

    /// The Function's condition of this type; null if there is none.
    pub(crate) fn condition(&self, r#type: &str) -> Value {
        let function = self.parent();
        let conditions = function.pointer("/status/conditions").and_then(Value::as_array);
        let mut conditions = conditions.into_iter().flatten();
        conditions
            .find(|condition| condition["type"] == r#type)
            .cloned()
            .unwrap_or_default()
    }

    /// A condition in short: `True Running`; empty if there is none.
    pub(crate) fn says(&self, r#type: &str) -> String {
        let condition = self.condition(r#type);
        let text = |key: &str| condition.get(key).and_then(Value::as_str).unwrap_or_default();
        format!("{} {}", text("status"), text("reason")).trim().to_owned()
    }

    /// What belongs to the Function, by kind and name.
    pub(crate) fn children(&self) -> BTreeMap<String, Value> {
        let owned = self.owned();
        owned.map(|(id, object)| (id.named(), object.clone())).collect()
    }

    /// An object of the Function's namespace, whoever made it.
    pub(crate) fn find(&self, kind: &str, name: &str) -> Option<&Value> {
        let all = self.server.objects().iter();
        all.filter(|(id, _)| id.namespace == self.function.namespace)
            .find(|(id, _)| id.kind_name() == kind && id.name == name)
            .map(|(_, object)| object)
    }

    /// The same, which must be there.
    pub(crate) fn child(&self, kind: &str, name: &str) -> Value {
        let found = self.find(kind, name).cloned();
        found.unwrap_or_else(|| {
            let all: Vec<String> = self.server.objects().keys().map(Named::named).collect();
            panic!("there is no {kind} {name}, only {}", all.join(", "))
        })
    }

    /// Time passes, and nothing happens.
    pub(crate) fn wait(&mut self, seconds: u64) {
        self.server.pass(seconds);
    }

    /// Syncs and lets all controllers do their work, until a whole round changes nothing and
    /// Metacontroller writes nothing. Returns the number of rounds, the quiet one included.
    ///
    /// # Panics
    /// If it is not quiet after [`MAX_ROUNDS`], with what was written; if the hook fails or the
    /// API server refuses a child in the last round.
    pub(crate) fn settle(&mut self) -> usize {
        let mut last = String::new();
        for round in 1..=MAX_ROUNDS {
            let before = self.server.version();
            let sync = self.reconcile();
            self.run_controllers();
            if sync.writes.is_empty() && self.server.version() == before {
                assert_eq!(sync.failure, None, "the hook fails");
                assert_eq!(sync.refused, [], "the API server refuses children");
                return round;
            }
            last = format!("{last}\nround {round}: {}", sync.wrote().join(", "));
        }
        panic!("not quiet after {MAX_ROUNDS} rounds:{last}");
    }

    /// Lets all controllers do their work, once; whether they wrote nothing.
    pub(crate) fn is_quiet_after_controllers(&mut self) -> bool {
        let before = self.server.version();
        self.run_controllers();
        self.server.version() == before
    }

    /// What belongs to the Function.
    fn owned(&self) -> impl Iterator<Item = (&Id, &Value)> {
        let uid = match self.server.objects().get(&self.function) {
            Some(function) => server::text(function, "/metadata/uid"),
            None => String::new(),
        };
        let all = self.server.objects().iter();
        all.filter(move |(_, object)| server::controller_of(object) == Some(uid.as_str()))
    }
}

impl ChildKind {
    fn is_of(&self, id: &Id) -> bool {
        self.api_version == id.api_version && self.kind == id.kind
    }

    /// As [`Named::kind_name`].
    fn name(&self) -> String {
        let id = Id {
            api_version: self.api_version.clone(),
            kind: self.kind.clone(),
            namespace: String::new(),
            name: String::new(),
        };
        id.kind_name().to_owned()
    }
}
