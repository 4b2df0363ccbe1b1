//! Whether the function scales.

use super::{Finding, Truth};
use crate::children::{Names, Plan};
use crate::engine::Engine;
use crate::function::WorkloadType;
use crate::kinds::{self, Kind};
use crate::request::{Children, Object};

/// What is known of the scaler that the engine makes.
pub(super) fn find<'a>(plan: &'a Plan<'a>) -> Option<Finding<'a>> {
    let kind = match (plan.engine, plan.serving.workload_type) {
        (Engine::Keda, _) => &kinds::HTTP_SCALED_OBJECT,
        (Engine::Async, _) if !plan.is_scaled() => return None,
        (Engine::Async, WorkloadType::Job) => &kinds::SCALED_JOB,
        (Engine::Async, _) => &kinds::SCALED_OBJECT,
        (Engine::Knative, _) => return None,
    };
    let found = plan.observed.find(kind, &plan.names.scaler);
    Some(found.map_or_else(
        || Finding::not_there(kind.kind, &plan.names.scaler),
        |scaler| of_kind(kind, scaler),
    ))
}

/// What is known of whatever scaler there is.
pub(super) fn any<'a>(names: &Names, observed: &Children<'a>) -> Option<Finding<'a>> {
    let kinds = [
        &kinds::HTTP_SCALED_OBJECT,
        &kinds::SCALED_OBJECT,
        &kinds::SCALED_JOB,
    ];
    kinds
        .into_iter()
        .find_map(|kind| Some(of_kind(kind, observed.find(kind, &names.scaler)?)))
}

fn of_kind<'a>(kind: &'static Kind, scaler: &Object<'a>) -> Finding<'a> {
    match kind.kind {
        "HTTPScaledObject" => http_scaled_object(scaler),
        _ => scaled(kind, scaler),
    }
}

/// The HTTPScaledObject's state. The add-on calls it ready whatever happens to the ScaledObject
/// that it makes from it, so that the best that can be said without reading that one is
/// "unknown".
fn http_scaled_object<'a>(scaler: &Object<'a>) -> Finding<'a> {
    let name = format!("HTTPScaledObject {}", scaler.name);
    if let Some(failure) = scaler.with_status("Ready", "False") {
        return Finding::told(failure, "NotReady", &name);
    }
    Finding::new(
        Truth::Unknown,
        "ScaledObjectNotRead",
        format!(
            "{name} is there; whether KEDA accepts the ScaledObject that the HTTP add-on \
             makes from it is not read by this version"
        ),
    )
}

/// The state of a ScaledObject or ScaledJob, in KEDA's own words where it is not well.
fn scaled<'a>(kind: &Kind, scaler: &Object<'a>) -> Finding<'a> {
    let name = format!("{} {}", kind.kind, scaler.name);
    if let Some(failure) = scaler.with_status("Ready", "False") {
        return Finding::told(failure, "NotReady", &name);
    }
    if scaler.with_status("Paused", "True").is_some() {
        let message = format!("{name} is paused by an annotation, so that the function does not scale");
        return Finding::new(Truth::Unknown, "Paused", message);
    }
    if let Some(fallback) = scaler.with_status("Fallback", "True") {
        return Finding {
            reason: "Fallback",
            ..Finding::told(fallback, "Fallback", &name)
        };
    }
    if scaler.with_status("Ready", "True").is_none() {
        let message = format!("KEDA has not acted on {name} yet; if it stays so, KEDA may not be running");
        return Finding::new(Truth::Unknown, "NotReadYet", message);
    }
    let (reason, what) = match scaler.with_status("Active", "True") {
        Some(_) => ("Active", "there are events"),
        None => ("Idle", "there are no events"),
    };
    Finding::new(Truth::True, reason, format!("{name} is ready; {what}"))
}
