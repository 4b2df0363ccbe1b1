//! What the observed children say.

use super::{Finding, Truth};
use crate::api::request::{Children, Condition, Observed};
use crate::api::{keda, workload};
use crate::children::{Child, Names, Plan};

/// The Deployment, summed up.
pub(super) struct Workload<'a> {
    pub(super) finding: Finding<'a>,
    pub(super) is_there: bool,
    /// OpenFunction's word for it.
    pub(super) state: &'static str,
    pub(super) replicas: Option<i64>,
}

/// The Deployment's state. Scaled to zero is well.
pub(super) fn workload<'a>(names: &Names, observed: &Children<'a>) -> Workload<'a> {
    let name = &names.workload;
    let Some(deployment) = observed.find(workload::API_VERSION, workload::KIND, name) else {
        return Workload {
            finding: not_there("Deployment", name),
            is_there: false,
            state: "Created",
            replicas: None,
        };
    };
    let (finding, state) = deployment_finding(deployment, name);
    Workload {
        finding,
        is_there: true,
        state,
        // A Deployment without replicas has no number in its status.
        replicas: deployment
            .replicas
            .or(deployment.wanted_replicas.filter(|wanted| *wanted == 0)),
    }
}

fn deployment_finding<'a>(deployment: &Observed<'a>, name: &str) -> (Finding<'a>, &'static str) {
    if is_behind(deployment) {
        let message = format!("the newest Deployment {name} has not been acted on yet");
        return (Finding::new(Truth::False, "Starting", message), "Starting");
    }
    if let Some(failure) = with_status(deployment, "ReplicaFailure", "True") {
        return (
            told(failure, "ReplicaFailure", &format!("Deployment {name}")),
            "Failed",
        );
    }
    if let Some(failure) = with_status(deployment, "Progressing", "False") {
        return (
            told(failure, "NotProgressing", &format!("Deployment {name}")),
            "Failed",
        );
    }
    let ready = deployment.ready_replicas.unwrap_or(0);
    let wanted = deployment.wanted_replicas;
    if with_status(deployment, "Available", "True").is_none() {
        let of = wanted.map_or(String::new(), |wanted| format!(" of {wanted}"));
        let message = format!("{ready}{of} replicas of Deployment {name} are ready");
        return (Finding::new(Truth::False, "Starting", message), "Starting");
    }
    if wanted == Some(0) {
        let message = format!("Deployment {name} is scaled to zero; a request wakes it");
        return (Finding::new(Truth::True, "ScaledToZero", message), "Running");
    }
    let message = match ready {
        1 => format!("1 replica of Deployment {name} is ready"),
        _ => format!("{ready} replicas of Deployment {name} are ready"),
    };
    (Finding::new(Truth::True, "Running", message), "Running")
}

/// Whether Kubernetes has not looked at the newest spec yet: its conditions are of an older one.
fn is_behind(object: &Observed<'_>) -> bool {
    match (object.generation, object.observed_generation) {
        (Some(generation), Some(seen)) => seen < generation,
        (Some(_), None) => true,
        (None, _) => false,
    }
}

fn with_status<'c, 'a>(object: &'c Observed<'a>, r#type: &str, status: &str) -> Option<&'c Condition<'a>> {
    object.condition(r#type).filter(|found| found.status == status)
}

/// A failure in the words of whoever found it.
fn told<'a>(condition: &Condition<'a>, default_reason: &'a str, name: &str) -> Finding<'a> {
    let reason = match condition.reason {
        "" => default_reason,
        reason => reason,
    };
    let message = match condition.message {
        "" => format!("{name}: {reason}"),
        message => format!("{name}: {message}"),
    };
    Finding::new(Truth::False, reason, message)
}

/// The HTTPScaledObject's state. The add-on calls it ready whatever happens to the ScaledObject
/// that it makes from it, so that the best that can be said without reading that one is
/// "unknown".
pub(super) fn scaler<'a>(names: &Names, observed: &Children<'a>) -> Finding<'a> {
    let name = &names.scaler;
    let Some(scaler) = observed.find(keda::API_VERSION, keda::KIND, name) else {
        return not_there(keda::KIND, name);
    };
    if let Some(failure) = with_status(scaler, "Ready", "False") {
        return told(failure, "NotReady", &format!("HTTPScaledObject {name}"));
    }
    Finding::new(
        Truth::Unknown,
        "ScaledObjectNotRead",
        format!(
            "HTTPScaledObject {name} is there; whether KEDA accepts the ScaledObject that the HTTP add-on \
             makes from it is not read by this version"
        ),
    )
}

/// Whether the two Services are there. The interceptor itself is not observed.
pub(super) fn route(plan: &Plan<'_>, observed: &Children<'_>) -> Finding<'static> {
    for name in [&plan.names.service, &plan.names.bridge] {
        if observed.find("v1", "Service", name).is_none() {
            return not_there("Service", name);
        }
    }
    let interceptor = &plan.settings.interceptor;
    Finding::new(
        Truth::True,
        "ServicesCreated",
        format!(
            "the interceptor {}.{} on port {} forwards {} to Service {}",
            interceptor.service,
            interceptor.namespace,
            interceptor.port,
            plan.hosts.all.join(", "),
            plan.names.service,
        ),
    )
}

/// What Dapr's injector is asked for; pods are not observed.
pub(super) fn dapr(plan: &Plan<'_>) -> Finding<'static> {
    let serving = plan.serving;
    let states = serving
        .states
        .iter()
        .filter(|(_, state)| state.defined)
        .map(|(key, _)| key);
    let defined: Vec<&str> = serving
        .bindings
        .keys()
        .chain(serving.pubsub.keys())
        .chain(states)
        .collect();
    if defined.is_empty() {
        let message = "pods are annotated for Dapr's injector; whether it runs is not observed".to_owned();
        return Finding::new(Truth::Unknown, "SidecarRequested", message);
    }
    let message = format!(
        "this version does not create Dapr Components: {} must be made by hand, with the names in FUNC_CONTEXT",
        defined.join(", ")
    );
    Finding::new(Truth::False, "ComponentsNotCreated", message)
}

/// All in all. Never true because nothing has been observed yet.
pub(super) fn ready<'a>(
    workload: &Finding<'a>,
    scaler: &Finding<'a>,
    route: &Finding<'a>,
    desired: &[Child<'_>],
    observed: &Children<'_>,
) -> Finding<'a> {
    let missing = missing(desired, observed);
    if !missing.is_empty() {
        let message = format!("not there yet: {}", missing.join(", "));
        return Finding::new(Truth::False, "Creating", message);
    }
    for finding in [workload, route, scaler] {
        if finding.truth == Truth::False {
            return Finding::new(Truth::False, finding.reason, finding.message.clone());
        }
    }
    Finding::new(Truth::True, workload.reason, workload.message.clone())
}

/// The desired children that are not observed.
pub(crate) fn missing(desired: &[Child<'_>], observed: &Children<'_>) -> Vec<String> {
    let identities = desired.iter().filter_map(Child::identity);
    identities
        .filter(|child| observed.find(child.api_version, child.kind, child.name).is_none())
        .map(|child| format!("{} {}", child.kind, child.name))
        .collect()
}

fn not_there(kind: &str, name: &str) -> Finding<'static> {
    Finding::new(
        Truth::False,
        "NotThereYet",
        format!("{kind} {name} is not there yet; if it stays so, another object may have its name"),
    )
}
