//! Metacontroller held against what was seen of it: which answer of a hook does what.
//!
//! It shows that whoever plays Metacontroller plays it well. The hooks are the test's own and answer what [`table`]
//! says; parents are Things of a kind of its own, children ConfigMaps.

mod calls;
mod hooks;
mod table;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use futures::future::join_all;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::crds;
use crate::driver::{Apply, Caller, Options};
use crate::objects::{Objects, text, until};
use crate::plane::{Plane, User};
use hooks::Hooks;
use table::{Effect, ROWS, Row};

const GROUP: &str = "contract.metawasm.dev";
const API: &str = "contract.metawasm.dev/v1";

/// How long the effect of an answer is looked at.
const LOOK: Duration = Duration::from_millis(4_500);

/// So many calls in [`LOOK`] are a loop; back-off makes fewer, and a loop many more.
const LOOP: usize = 40;

/// What a part of the contract has.
struct Stage {
    objects: Objects,
    hooks: Hooks,
    namespace: String,
    apply: Apply,
    is_program: bool,
}

/// Checks the whole contract, each row at the same time as the others.
///
/// # Errors
///
/// If a row does not hold; with all that do not.
pub async fn contract(plane: &Plane, apply: Apply) -> Result<()> {
    let stage = Stage::new(plane, apply).await?;
    let options = Options {
        apply,
        ..Options::default()
    };
    let caller = Caller::start(
        &plane.kubeconfig(User::Controllers),
        plane.client(User::Controllers)?,
        options,
    )?;
    let rows = join_all(ROWS.iter().map(|row| async {
        let held = stage.check(row).await;
        held.with_context(|| format!("{} {}: {} {:?}", row.version, row.name, row.code, row.body))
    }));
    let (rows, calls) = futures::future::join(rows, calls::check(&stage)).await;
    stage.leave().await?;
    caller.stop().await;
    let failed: Vec<String> = (rows.into_iter().chain([calls]))
        .filter_map(|held| held.err().map(|error| format!("{error:#}")))
        .collect();
    ensure!(
        failed.is_empty(),
        "{} of the contract do not hold:\n{}",
        failed.len(),
        failed.join("\n")
    );
    Ok(())
}

impl Stage {
    async fn new(plane: &Plane, apply: Apply) -> Result<Self> {
        let objects = Objects::new(plane.client(User::Admin)?);
        crds::serve(&objects, &[things()]).await?;
        let namespace = match apply {
            Apply::Dynamic => "contract-dynamic",
            Apply::ServerSide => "contract-server-side",
        };
        let namespace_object =
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
        objects.apply(&namespace_object).await?;
        let stage = Self {
            objects,
            hooks: Hooks::start().await?,
            namespace: namespace.to_owned(),
            apply,
            is_program: std::env::var_os("METACONTROLLER_BIN").is_some(),
        };
        for version in ["v1", "v2"] {
            let hook = |name: &str| json!({"version": version, "webhook": {"url": stage.url(name), "timeout": "2s"}});
            stage.controller(version, &json!({"sync": hook("sync")})).await?;
        }
        Ok(stage)
    }

    fn url(&self, hook: &str) -> String {
        format!("{}/{hook}", self.hooks.url)
    }

    /// A CompositeController for the Things that have its name as a label.
    async fn controller(&self, name: &str, hooks: &Value) -> Result<()> {
        let children =
            json!([{"apiVersion": "v1", "resource": "configmaps", "updateStrategy": {"method": "InPlace"}}]);
        let labels = json!({"matchLabels": {"controller": name, "stage": self.namespace}});
        let controller = json!({
            "apiVersion": "metacontroller.k8s.io/v1alpha1",
            "kind": "CompositeController",
            "metadata": {"name": format!("{}-{name}", self.namespace)},
            "spec": {
                "generateSelector": true,
                "parentResource": {"apiVersion": API, "resource": "things", "labelSelector": labels},
                "childResources": children,
                "hooks": hooks,
            },
        });
        self.objects.apply(&controller).await.map(drop)
    }

    /// Makes a Thing of a controller.
    async fn thing(&self, controller: &str, name: &str) -> Result<Value> {
        let labels = json!({"controller": controller, "stage": self.namespace});
        let metadata = json!({"name": name, "namespace": self.namespace, "labels": labels});
        let thing = json!({"apiVersion": API, "kind": "Thing", "metadata": metadata, "spec": {"size": 1}});
        self.objects.create(&thing).await
    }

    /// Waits until a Thing's child and status are those of [`table::settled`].
    async fn settled(&self, name: &str) -> Result<()> {
        until(&format!("{name} is settled"), || async {
            let (a, status) = self.seen(name).await?;
            let is = a.as_deref() == Some("1") && status["phase"] == "old";
            Ok(if is {
                Ok(())
            } else {
                Err(format!("{a:?} {status}"))
            })
        })
        .await?;
        // The events of its own writes are still to be synced.
        sleep(Duration::from_millis(300)).await;
        Ok(())
    }

    /// The child's data and the Thing's status.
    async fn seen(&self, name: &str) -> Result<(Option<String>, Value)> {
        let child = self
            .objects
            .find("v1", "ConfigMap", &self.namespace, name)
            .await?;
        // What is on its way out is no longer there.
        let child = child.filter(|child| child.pointer("/metadata/deletionTimestamp").is_none());
        let thing = self
            .objects
            .find(API, "Thing", &self.namespace, name)
            .await?
            .unwrap_or_default();
        Ok((
            child.map(|child| text(&child, "/data/a").to_owned()),
            thing["status"].clone(),
        ))
    }

    /// The messages of the Warnings about a Thing.
    async fn warnings(&self, name: &str) -> Result<Vec<String>> {
        let events = self.objects.warnings(&self.namespace, name).await?;
        let about = events.iter().filter(|event| event["reason"] == "SyncError");
        Ok(about.map(|event| text(event, "/message").to_owned()).collect())
    }

    /// The tag that the last call about a Thing was sent with.
    fn last_validator(&self, name: &str) -> Option<String> {
        let calls = self.hooks.calls(name);
        calls.last().and_then(|call| call.validator.clone())
    }

    /// Makes Metacontroller look at a Thing, without a new generation.
    async fn nudge(&self, thing: &Value) -> Result<()> {
        let patch = json!({"metadata": {"annotations": {"nudged": "yes"}}});
        self.objects.patch(thing, "", &patch).await.map(drop)
    }

    async fn check(&self, row: &Row) -> Result<()> {
        if self.is_program && matches!(row.effect, Effect::Death(_)) {
            return Ok(());
        }
        self.hooks.answer(row.name, "sync", row.settled());
        let thing = self.thing(row.version, row.name).await?;
        self.settled(row.name).await?;
        let before = self.hooks.calls(row.name).len();
        self.hooks.answer(row.name, "sync", row.canned());
        self.nudge(&thing).await?;
        sleep(LOOK).await;
        let calls: Vec<Instant> = self
            .hooks
            .calls(row.name)
            .iter()
            .skip(before)
            .map(|call| call.at)
            .collect();
        let (child, status) = self.seen(row.name).await?;
        let warnings = self.warnings(row.name).await?;
        // What loops or fails goes on for as long as it may.
        self.hooks.answer(row.name, "sync", row.settled());
        self.objects.delete(&thing).await?;
        let seen = format!(
            "{} calls, child {child:?}, status {status}, events {warnings:?}",
            calls.len()
        );
        let child_is = |a: &str| child.as_deref() == Some(a);
        let told = |text: &str| warnings.iter().any(|warning| warning.contains(text));
        let phase_is = |phase: &str| status["phase"] == phase;
        let quiet = warnings.is_empty() && calls.len() < LOOP;
        let holds = match row.effect {
            Effect::Applied => child_is("2") && phase_is("new") && quiet,
            Effect::Deleted => child.is_none() && status == json!({"observedGeneration": 1}) && quiet,
            Effect::Refused(text) | Effect::Death(text) => child_is("1") && phase_is("old") && told(text),
            Effect::Partly(text) => child_is("2") && phase_is("new") && told(text),
            Effect::PartlyBy { dynamic, server_side } => {
                let text = match self.apply {
                    Apply::Dynamic => dynamic,
                    Apply::ServerSide => server_side,
                };
                child_is("2") && phase_is("new") && told(text)
            }
            Effect::NoStatus(text) => child_is("2") && phase_is("old") && told(text),
            Effect::Hot => warnings.is_empty() && calls.len() >= LOOP,
            Effect::After(milliseconds) => warnings.is_empty() && waited(&calls, milliseconds),
        };
        ensure!(holds, "is to be {:?}, but there were {seen}", row.effect);
        Ok(())
    }

    /// Takes away what could disturb whoever comes next: parents first, then their controllers.
    async fn leave(&self) -> Result<()> {
        for thing in self.objects.list(API, "Thing", &self.namespace).await? {
            self.objects.delete(&thing).await?;
        }
        until("all Things are gone", || async {
            let left = self.objects.list(API, "Thing", &self.namespace).await?;
            Ok(if left.is_empty() {
                Ok(())
            } else {
                Err(format!("{} are left", left.len()))
            })
        })
        .await?;
        let api = "metacontroller.k8s.io/v1alpha1";
        for controller in self.objects.list(api, "CompositeController", "").await? {
            if text(&controller, "/metadata/name").starts_with(&self.namespace) {
                self.objects.delete(&controller).await?;
            }
        }
        Ok(())
    }
}

/// Whether a call came about so long after the one before it. Events of one's own writes may call in between.
fn waited(calls: &[Instant], milliseconds: u64) -> bool {
    let wait = Duration::from_millis(milliseconds);
    let fits = |gap: Duration| gap >= wait / 2 && gap <= wait + Duration::from_secs(1);
    let mut gaps = calls.windows(2).map(|pair| pair[1] - pair[0]);
    calls.len() < LOOP && gaps.any(fits)
}

/// The kind of the parents.
fn things() -> Value {
    let status = json!({"type": "object", "properties": {
        "phase": {"type": "string"}, "observedGeneration": {"type": "integer"}}});
    let spec = json!({"type": "object", "properties": {"size": {"type": "integer"}}});
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("things.{GROUP}")},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {"plural": "things", "singular": "thing", "kind": "Thing", "listKind": "ThingList"},
            "versions": [{
                "name": "v1",
                "served": true,
                "storage": true,
                "subresources": {"status": {}},
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec, "status": status}}},
            }],
        },
    })
}

/// Waits until something has been called, or fails.
async fn soon(what: &str, mut holds: impl FnMut() -> bool) -> Result<()> {
    let end = Instant::now() + Duration::from_secs(20);
    while !holds() {
        if Instant::now() > end {
            bail!("{what}: not within 20 s");
        }
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}
