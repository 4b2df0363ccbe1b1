//! What runs the function, and how it is.

mod job;

use super::finding::{Finding, Truth};
use crate::formats::json::Object as Json;
use crate::function::request::{Children, Object};
use crate::function::types::Engine;
use crate::kinds::{self, Kind};
use crate::plan::decisions::Plan;
use crate::plan::names::Names;

/// The workload, summed up.
pub(crate) struct Workload<'a> {
    pub(super) finding: Finding<'a>,
    /// OpenFunction's word for it.
    pub(super) state: &'static str,
    pub(super) name: &'a str,
    replicas: Option<i64>,
}

impl Workload<'_> {
    /// Whether it is ready: from then on it serves.
    pub(crate) fn is_ready(&self) -> bool {
        self.finding.truth == Truth::True
    }

    /// Writes `status.replicas`.
    pub(super) fn fill(&self, status: &mut Json<'_>) {
        if let Some(replicas) = self.replicas {
            status.insert("replicas", replicas.into());
        }
    }
}

/// The state of the workload that the engine makes. Scaled to zero is well.
pub(crate) fn of<'a>(plan: &'a Plan<'a>) -> Workload<'a> {
    let kind = match plan.workload_kind() {
        // Its Jobs are KEDA's.
        kind if *kind == kinds::JOB && plan.is_scaled() => &kinds::SCALED_JOB,
        kind => kind,
    };
    let name = plan.names.of_workload(kind);
    let wakes = match plan.engine {
        Engine::Async => "; an event wakes it",
        Engine::Keda | Engine::Knative => "; a request wakes it",
    };
    match plan.observed.find(kind, name) {
        Some(object) => found(kind, object, wakes),
        None => Workload {
            finding: Finding::not_there(plan.function, &kinds::spoken(kind.api_version, kind.kind), name),
            state: "Created",
            name,
            replicas: None,
        },
    }
}

/// The state of whatever workload there is, for a Function of which nothing else is known.
pub(super) fn any<'a>(names: &Names, observed: &Children<'a>) -> Option<Workload<'a>> {
    kinds::WORKLOADS
        .into_iter()
        .find_map(|kind| Some(found(kind, observed.find(kind, names.of_workload(kind))?, "")))
}

/// `wakes` is the end of what is said about a workload without replicas.
fn found<'a>(kind: &Kind, object: &Object<'a>, wakes: &str) -> Workload<'a> {
    let name = &format!("{} {}", kinds::spoken(kind.api_version, kind.kind), object.name);
    let is_replicated = ![&kinds::JOB, &kinds::SCALED_JOB].contains(&kind);
    let (finding, state) = match kind.kind {
        "Job" => job::job(name, object),
        "ScaledJob" => job::scaled_job(name, object),
        "Service" => knative_service(name, object),
        "StatefulSet" => stateful_set(name, object, wakes),
        _ => deployment(name, object, wakes),
    };
    let wanted = object.wanted_replicas();
    Workload {
        finding,
        state,
        name: object.name,
        // A Deployment without replicas has no number in its status.
        replicas: object
            .status_number("replicas")
            .or(wanted.filter(|wanted| *wanted == 0))
            .filter(|_| is_replicated),
    }
}

pub(super) fn deployment<'a>(name: &str, object: &Object<'a>, wakes: &str) -> (Finding<'a>, &'static str) {
    if is_behind(object) {
        return not_acted_on(name);
    }
    if let Some(failure) = object.with_status("ReplicaFailure", "True") {
        return (Finding::told(failure, "ReplicaFailure", name), "Failed");
    }
    if let Some(failure) = object.with_status("Progressing", "False") {
        return (Finding::told(failure, "NotProgressing", name), "Failed");
    }
    if object.with_status("Available", "True").is_none() {
        let message = ready_of_wanted(name, object);
        return (Finding::new(Truth::False, "Starting", message), "Starting");
    }
    running(name, object, wakes)
}

/// A StatefulSet has no conditions: its numbers and revisions tell.
fn stateful_set<'a>(name: &str, object: &Object<'a>, wakes: &str) -> (Finding<'a>, &'static str) {
    if is_behind(object) {
        return not_acted_on(name);
    }
    let wanted = object.wanted_replicas();
    let is_updating = match (
        object.status_text(&["currentRevision"]),
        object.status_text(&["updateRevision"]),
    ) {
        (Some(current), Some(update)) => current != update,
        _ => false,
    };
    if is_updating && wanted != Some(0) {
        let updated = object.status_number("updatedReplicas").unwrap_or(0);
        let ready = ready_of_wanted(name, object);
        let message = format!("{ready}, {updated} of them with the newest pod template");
        return (Finding::new(Truth::False, "Updating", message), "Starting");
    }
    if object.status_number("readyReplicas").unwrap_or(0) < wanted.unwrap_or(1) {
        let message = ready_of_wanted(name, object);
        return (Finding::new(Truth::False, "Starting", message), "Starting");
    }
    running(name, object, wakes)
}

fn running<'a>(name: &str, object: &Object<'a>, wakes: &str) -> (Finding<'a>, &'static str) {
    if object.wanted_replicas() == Some(0) {
        let message = format!("{name} is scaled to zero{wakes}");
        return (Finding::new(Truth::True, "ScaledToZero", message), "Running");
    }
    let message = match object.status_number("readyReplicas").unwrap_or(0) {
        1 => format!("1 replica of {name} is ready"),
        ready => format!("{ready} replicas of {name} are ready"),
    };
    (Finding::new(Truth::True, "Running", message), "Running")
}

fn not_acted_on<'a>(name: &str) -> (Finding<'a>, &'static str) {
    let message = format!("the newest {name} has not been acted on yet");
    (Finding::new(Truth::False, "Starting", message), "Starting")
}

fn ready_of_wanted(name: &str, object: &Object<'_>) -> String {
    let ready = object.status_number("readyReplicas").unwrap_or(0);
    let of = object
        .wanted_replicas()
        .map_or(String::new(), |wanted| format!(" of {wanted}"));
    format!("{ready}{of} replicas of {name} are ready")
}

/// Knative's own verdict. An older revision may serve while the newest fails.
fn knative_service<'a>(name: &str, object: &Object<'a>) -> (Finding<'a>, &'static str) {
    if is_behind(object) {
        return not_acted_on(name);
    }
    let revision = |key| object.status_text(&[key]);
    let ready = revision("latestReadyRevisionName");
    let older = ready.filter(|_| ready != revision("latestCreatedRevisionName"));
    let still = older.map_or(String::new(), |older| format!(" (revision {older} still serves)"));
    if let Some(failure) = object.with_status("Ready", "False") {
        let finding = Finding::told(failure, "NotReady", &format!("{name}{still}"));
        return (finding, "Failed");
    }
    if let (Some(_), Some(revision)) = (object.with_status("Ready", "True"), ready) {
        let message = format!("revision {revision} of {name} is ready");
        return (Finding::new(Truth::True, "Running", message), "Running");
    }
    let told = object.condition("Ready").map(|condition| condition.message);
    let why = match told {
        None | Some("") => String::new(),
        Some(message) => format!(": {message}"),
    };
    let message = format!("{name} is not ready yet{still}{why}");
    (Finding::new(Truth::False, "Starting", message), "Starting")
}

/// Whether Kubernetes has not looked at the newest spec yet: its conditions are of an older one.
fn is_behind(object: &Object<'_>) -> bool {
    match (object.generation, object.status_number("observedGeneration")) {
        (Some(generation), Some(seen)) => seen < generation,
        (Some(_), None) => true,
        (None, _) => false,
    }
}
