//! What runs the function, and how it is.

use super::{Finding, Truth};
use crate::children::{Names, Plan};
use crate::json::Object as Json;
use crate::kinds::{self, Kind};
use crate::request::{Children, Object};

/// The workload, summed up.
pub(super) struct Workload<'a> {
    pub(super) finding: Finding<'a>,
    /// OpenFunction's word for it.
    pub(super) state: &'static str,
    replicas: Option<i64>,
}

impl Workload<'_> {
    /// Writes `status.replicas`.
    pub(super) fn fill(&self, status: &mut Json<'_>) {
        if let Some(replicas) = self.replicas {
            status.insert("replicas", replicas.into());
        }
    }
}

/// The state of the workload that the engine makes. Scaled to zero is well.
pub(super) fn of<'a>(plan: &'a Plan<'a>) -> Workload<'a> {
    let kind = plan.workload_kind();
    let name = plan.names.of_workload(kind);
    match plan.observed.find(kind, name) {
        Some(object) => found(kind, object),
        None => Workload {
            finding: Finding::not_there(&named(kind), name),
            state: "Created",
            replicas: None,
        },
    }
}

/// The state of whatever workload there is, for a Function of which nothing else is known.
pub(super) fn any<'a>(names: &Names, observed: &Children<'a>) -> Option<Workload<'a>> {
    let kinds = [&kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::KNATIVE_SERVICE];
    kinds
        .into_iter()
        .find_map(|kind| Some(found(kind, observed.find(kind, names.of_workload(kind))?)))
}

fn found<'a>(kind: &Kind, object: &Object<'a>) -> Workload<'a> {
    let (finding, state) = match *kind == kinds::KNATIVE_SERVICE {
        true => knative_service(kind, object),
        false => deployment(kind, object),
    };
    let wanted = object.wanted_replicas();
    Workload {
        finding,
        state,
        // A Deployment without replicas has no number in its status.
        replicas: object
            .status_number("replicas")
            .or(wanted.filter(|wanted| *wanted == 0)),
    }
}

fn deployment<'a>(kind: &Kind, object: &Object<'a>) -> (Finding<'a>, &'static str) {
    let name = &format!("{} {}", named(kind), object.name);
    if is_behind(object) {
        let message = format!("the newest {name} has not been acted on yet");
        return (Finding::new(Truth::False, "Starting", message), "Starting");
    }
    if let Some(failure) = object.with_status("ReplicaFailure", "True") {
        return (Finding::told(failure, "ReplicaFailure", name), "Failed");
    }
    if let Some(failure) = object.with_status("Progressing", "False") {
        return (Finding::told(failure, "NotProgressing", name), "Failed");
    }
    let ready = object.status_number("readyReplicas").unwrap_or(0);
    let wanted = object.wanted_replicas();
    if object.with_status("Available", "True").is_none() {
        let of = wanted.map_or(String::new(), |wanted| format!(" of {wanted}"));
        let message = format!("{ready}{of} replicas of {name} are ready");
        return (Finding::new(Truth::False, "Starting", message), "Starting");
    }
    if wanted == Some(0) {
        let message = format!("{name} is scaled to zero; a request wakes it");
        return (Finding::new(Truth::True, "ScaledToZero", message), "Running");
    }
    let message = match ready {
        1 => format!("1 replica of {name} is ready"),
        _ => format!("{ready} replicas of {name} are ready"),
    };
    (Finding::new(Truth::True, "Running", message), "Running")
}

/// Knative's own verdict. An older revision may serve while the newest fails.
fn knative_service<'a>(kind: &Kind, object: &Object<'a>) -> (Finding<'a>, &'static str) {
    let name = &format!("{} {}", named(kind), object.name);
    if is_behind(object) {
        let message = format!("the newest {name} has not been acted on yet");
        return (Finding::new(Truth::False, "Starting", message), "Starting");
    }
    let revision = |key| {
        let name = object.get("status")?.get(key)?.as_text();
        name.filter(|name| !name.is_empty())
    };
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

/// The kind in a sentence: there are two that are called Service.
fn named(kind: &Kind) -> String {
    let knative = if *kind == kinds::KNATIVE_SERVICE {
        "Knative "
    } else {
        ""
    };
    format!("{knative}{}", kind.kind)
}

/// Whether Kubernetes has not looked at the newest spec yet: its conditions are of an older one.
fn is_behind(object: &Object<'_>) -> bool {
    match (object.generation, object.status_number("observedGeneration")) {
        (Some(generation), Some(seen)) => seen < generation,
        (Some(_), None) => true,
        (None, _) => false,
    }
}
