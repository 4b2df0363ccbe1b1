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
    match plan.observed.find(kind, &plan.names.workload) {
        Some(object) => found(kind, object),
        None => Workload {
            finding: Finding::not_there(kind.kind, &plan.names.workload),
            state: "Created",
            replicas: None,
        },
    }
}

/// The state of whatever workload there is, for a Function of which nothing else is known.
pub(super) fn any<'a>(names: &Names, observed: &Children<'a>) -> Option<Workload<'a>> {
    let kinds = [&kinds::DEPLOYMENT, &kinds::STATEFUL_SET];
    kinds
        .into_iter()
        .find_map(|kind| Some(found(kind, observed.find(kind, &names.workload)?)))
}

fn found<'a>(kind: &Kind, object: &Object<'a>) -> Workload<'a> {
    let (finding, state) = deployment(kind, object);
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

pub(super) fn deployment<'a>(kind: &Kind, object: &Object<'a>) -> (Finding<'a>, &'static str) {
    let name = &format!("{} {}", kind.kind, object.name);
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

/// Whether Kubernetes has not looked at the newest spec yet: its conditions are of an older one.
fn is_behind(object: &Object<'_>) -> bool {
    match (object.generation, object.status_number("observedGeneration")) {
        (Some(generation), Some(seen)) => seen < generation,
        (Some(_), None) => true,
        (None, _) => false,
    }
}
