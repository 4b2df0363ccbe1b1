//! A world that goes through steps: after each, Metacontroller syncs until it has nothing more to write.

mod faults;
mod ready;
mod renames;
#[cfg(test)]
mod tests;
mod words;

use metawasm_contract::Hook;
use serde::Serialize;
use serde_json::Value;

pub use faults::{Fault, FaultKind};

use crate::fields::{FieldChange, fields};
use crate::object::{Id, text};
use crate::server::{Defaulter, Refusal};
use crate::world::{Plugin, Sync, World};

/// Something that happens between syncs.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The parent was created.
    Start,
    /// A person edits the parent: a JSON merge patch.
    Edit(Value),
    /// A person deletes the parent.
    Delete,
    /// Somebody edits another object: a JSON merge patch.
    EditObject {
        /// The kind.
        kind: String,
        /// The name.
        name: String,
        /// The patch.
        patch: Value,
    },
    /// Somebody deletes another object.
    DeleteObject {
        /// The kind.
        kind: String,
        /// The name.
        name: String,
    },
    /// Somebody creates or replaces an object.
    Add {
        /// The object.
        object: Value,
        /// Whether its kind has a namespace.
        namespaced: bool,
    },
    /// The API server, or a webhook, sets fields from now on.
    Default(Defaulter),
    /// The next calls of a hook fail.
    Fail {
        /// The hook.
        hook: Hook,
        /// How many calls.
        times: u32,
    },
    /// The controllers of the built-in workloads report them as ready.
    Ready,
    /// Time passes, in seconds.
    Wait(u64),
    /// Metacontroller restarts.
    Restart,
}

/// A step: an event, and the children that it may delete.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What happens.
    pub event: Event,
    /// What the time line calls it.
    pub name: String,
    /// Children whose deletion is expected, as `Kind` or `Kind/name`.
    pub deletes: Vec<String>,
}

/// What a simulation may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Syncs after one step.
    pub syncs: usize,
}

impl Default for Bounds {
    /// 12 syncs.
    fn default() -> Self {
        Self { syncs: 12 }
    }
}

/// A step, and the syncs after it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// What the step is called.
    pub step: String,
    /// The syncs. The last one is quiet if the step settles.
    pub syncs: Vec<Sync>,
    /// Whether the last sync was quiet.
    pub settled: bool,
    /// How many writes there were.
    pub writes: usize,
    /// How many syncs there were before the step.
    #[serde(skip)]
    before: usize,
    /// What the step changed in the parent.
    #[serde(skip)]
    pub edited: Vec<FieldChange>,
    /// The step.
    #[serde(skip)]
    event: Event,
    #[serde(skip)]
    deletes: Vec<String>,
    /// The parent before the step.
    #[serde(skip)]
    parent: Value,
}

/// What a simulation shows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Timeline {
    /// The steps in their order.
    pub steps: Vec<Run>,
    /// What is wrong with the plugin.
    pub faults: Vec<Fault>,
}

/// A step that cannot be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepError {
    /// What the step is called.
    pub step: String,
    /// Why it cannot be done.
    pub why: String,
}

impl std::fmt::Display for StepError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "step \"{}\": {}", self.step, self.why)
    }
}

impl std::error::Error for StepError {}

/// How often a sync that fails is tried again.
const TRIES: usize = 3;

/// Runs a world through steps, the first of which should be [`Event::Start`].
///
/// # Errors
///
/// A step that cannot be done, such as an edit of an object that is not there.
pub fn simulate(
    world: &mut World,
    plugin: &mut dyn Plugin,
    steps: &[Step],
    bounds: Bounds,
) -> Result<Timeline, StepError> {
    simulate_seen(world, plugin, steps, bounds, &mut |_| ())
}

/// The same. `seen` looks at the world after each sync.
///
/// # Errors
///
/// As [`simulate`].
pub fn simulate_seen(
    world: &mut World,
    plugin: &mut dyn Plugin,
    steps: &[Step],
    bounds: Bounds,
    seen: &mut dyn FnMut(&World),
) -> Result<Timeline, StepError> {
    let mut runs: Vec<Run> = Vec::new();
    for step in steps {
        let before = world.parent().cloned().unwrap_or_default();
        happen(world, &step.event).map_err(|why| StepError {
            step: step.name.clone(),
            why,
        })?;
        let after = world.parent().cloned().unwrap_or_default();
        let mut run = settle(world, plugin, bounds, seen);
        step.name.clone_into(&mut run.step);
        run.event = step.event.clone();
        run.deletes = step.deletes.clone();
        if matches!(step.event, Event::Edit(_)) {
            run.edited = without_system(fields(&before, &after));
        }
        run.parent = before;
        run.before = runs.iter().map(|run| run.syncs.len()).sum();
        runs.push(run);
    }
    let faults = faults::find(&runs);
    Ok(Timeline { steps: runs, faults })
}

/// Syncs until a sync is quiet, or until the bounds are reached, or a sync fails again and again.
fn settle(world: &mut World, plugin: &mut dyn Plugin, bounds: Bounds, seen: &mut dyn FnMut(&World)) -> Run {
    let mut syncs = Vec::new();
    let mut failures = 0;
    while syncs.len() < bounds.syncs && failures < TRIES {
        let sync = world.sync(plugin);
        seen(world);
        let failed = sync.failure.is_some() || !sync.refused.is_empty();
        failures = if failed { failures + 1 } else { 0 };
        let is_quiet = sync.is_quiet();
        syncs.push(sync);
        if is_quiet {
            break;
        }
    }
    Run {
        step: String::new(),
        settled: syncs.last().is_some_and(Sync::is_quiet),
        writes: syncs.iter().map(|sync| sync.writes.len()).sum(),
        syncs,
        before: 0,
        edited: Vec::new(),
        event: Event::Start,
        deletes: Vec::new(),
        parent: Value::Null,
    }
}

/// The changes that a person made, without what the API server counts.
fn without_system(changes: Vec<FieldChange>) -> Vec<FieldChange> {
    let of_system = ["metadata.generation", "metadata.resourceVersion"];
    let mut changes = changes;
    changes.retain(|change| !of_system.contains(&change.path.as_str()));
    changes
}

fn happen(world: &mut World, event: &Event) -> Result<(), String> {
    let parent = world.parent_id().clone();
    match event {
        Event::Start => {}
        Event::Edit(patch) => {
            world
                .patch(&parent, patch)
                .map_err(|refusal| said(&refusal, &parent))?;
        }
        Event::Delete => world.delete_parent(),
        Event::EditObject { kind, name, patch } => {
            let id = found(world, kind, name)?;
            world.patch(&id, patch).map_err(|refusal| said(&refusal, &id))?;
        }
        Event::DeleteObject { kind, name } => {
            let id = found(world, kind, name)?;
            world.server_mut().delete(&id);
        }
        Event::Add { object, namespaced } => {
            let id = Id::of(object);
            world
                .put(object.clone(), *namespaced)
                .map_err(|refusal| said(&refusal, &id))?;
        }
        Event::Default(defaulter) => world.server_mut().add_defaulter(defaulter.clone()),
        Event::Fail { hook, times } => world.fail(*hook, *times),
        Event::Ready => ready::report(world),
        Event::Wait(seconds) => world.server_mut().pass(*seconds),
        Event::Restart => world.restart(),
    }
    Ok(())
}

fn said(refusal: &Refusal, id: &Id) -> String {
    format!("the API server refuses {id}: {refusal}")
}

fn found(world: &World, kind: &str, name: &str) -> Result<Id, String> {
    world.find(kind, name).ok_or_else(|| {
        let objects = world.server().objects().keys();
        let parent = world.parent_id();
        let known: Vec<String> = objects
            .filter(|id| *id != parent)
            .map(ToString::to_string)
            .collect();
        match known.is_empty() {
            true => format!("{kind}/{name} does not exist; no child does"),
            false => format!("{kind}/{name} does not exist; known: {}", known.join(", ")),
        }
    })
}

/// The conditions of a status, as lines such as `Ready False NotReady`.
pub fn conditions(status: &Value) -> Vec<String> {
    let conditions = status.get("conditions").and_then(Value::as_array);
    let conditions = conditions.into_iter().flatten();
    conditions
        .map(|condition| {
            let parts = ["/type", "/status", "/reason"].map(|field| text(condition, field));
            parts.join(" ").trim().to_owned()
        })
        .collect()
}
