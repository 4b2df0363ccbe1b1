//! Whether the function scales. What nobody has acted on yet does not: Ready waits for it. What
//! cannot be known is Unknown, and Ready does not depend on it.

use super::finding::{Finding, Truth};
use crate::function::request::{Children, Object};
use crate::function::settings::Profile;
use crate::function::types::{Engine, WorkloadType};
use crate::kinds::{self, Kind};
use crate::plan::decisions::Plan;
use crate::plan::names::Names;

/// What is known of the scaler that the engine makes. Knative has its own, in each revision.
pub(super) fn find<'a>(plan: &'a Plan<'a>) -> Option<Finding<'a>> {
    match (plan.engine, plan.serving.workload_type) {
        (Engine::Keda, _) => Some(by_requests(plan)),
        (Engine::Async, _) if !plan.is_scaled() => None,
        (Engine::Async, WorkloadType::Job) => Some(by_events(plan, &kinds::SCALED_JOB)),
        (Engine::Async, _) => Some(by_events(plan, &kinds::SCALED_OBJECT)),
        (Engine::Knative, _) => None,
    }
}

/// What is known of whatever scaler there is.
pub(super) fn any<'a>(names: &Names, observed: &Children<'a>) -> Option<Finding<'a>> {
    for kind in [&kinds::SCALED_OBJECT, &kinds::SCALED_JOB] {
        if let Some(scaler) = observed.find(kind, &names.scaler) {
            return Some(scaled(kind, scaler));
        }
    }
    let scaler = observed.find(&kinds::HTTP_SCALED_OBJECT, &names.scaler)?;
    let message = "while the Function is not served, it is not known whether KEDA accepts the ScaledObject \
                   that the HTTP add-on makes from it";
    Some(failed(scaler).unwrap_or_else(|| not_read(scaler, message)))
}

/// The scaler of a function that KEDA's HTTP add-on scales.
fn by_requests<'a>(plan: &'a Plan<'a>) -> Finding<'a> {
    let name = &plan.names.scaler;
    let profile = plan.settings.http_addon;
    let is_derived = profile != Profile::InterceptorRoute;
    let kind = if is_derived {
        &kinds::HTTP_SCALED_OBJECT
    } else {
        &kinds::INTERCEPTOR_ROUTE
    };
    let Some(of_addon) = plan.observed.find(kind, name) else {
        return Finding::not_there(plan.function, kind.kind, name);
    };
    if let Some(mut failure) = failed(of_addon) {
        if profile == Profile::V0_5 {
            failure.message.push_str(&is_it_right(profile));
        }
        return failure;
    }
    let kind = &kinds::SCALED_OBJECT;
    if !is_derived {
        let own = plan.observed.find(kind, name);
        return own.map_or_else(
            || Finding::not_there(plan.function, kind.kind, name),
            |scaler| scaled(kind, scaler),
        );
    }
    if !plan.related.declares(kind) {
        let message = "whether KEDA accepts the ScaledObject that the HTTP add-on makes from it is not known: \
                       the CompositeController needs hooks.customize and ScaledObjects among its childResources";
        return not_read(of_addon, message);
    }
    if let Some(derived) = plan.related.find(kind, name) {
        return scaled(kind, derived);
    }
    if of_addon.with_status("Ready", "True").is_none() {
        let message = format!(
            "the HTTP add-on has not acted on HTTPScaledObject {name} yet. If this persists, check that the add-on runs"
        );
        return Finding::new(Truth::False, "Waiting", message);
    }
    let message = format!(
        "the HTTP add-on made no ScaledObject from HTTPScaledObject {name}, so the function does not scale{}",
        is_it_right(profile)
    );
    Finding::new(Truth::False, "NoScaledObject", message)
}

/// The scaler of a function that KEDA's triggers scale.
fn by_events<'a>(plan: &'a Plan<'a>, kind: &'static Kind) -> Finding<'a> {
    let name = &plan.names.scaler;
    let found = plan.observed.find(kind, name);
    found.map_or_else(
        || Finding::not_there(plan.function, kind.kind, name),
        |scaler| scaled(kind, scaler),
    )
}

/// The end of a sentence about an add-on that does not do what it should.
fn is_it_right(profile: Profile) -> String {
    format!(
        "; is the setting httpAddon, which is {:?}, right for the installed HTTP add-on?",
        profile.as_str()
    )
}

/// What the add-on says itself. It calls its objects ready whatever happens to the ScaledObject.
fn failed<'a>(of_addon: &Object<'a>) -> Option<Finding<'a>> {
    let failure = of_addon.with_status("Ready", "False")?;
    let name = format!("{} {}", of_addon.kind, of_addon.name);
    Some(Finding::told(failure, "NotReady", &name))
}

fn not_read<'a>(of_addon: &Object<'a>, why: &str) -> Finding<'a> {
    let message = format!("HTTPScaledObject {} is there; {why}", of_addon.name);
    Finding::new(Truth::Unknown, "ScaledObjectNotRead", message)
}

/// The state of a ScaledObject or ScaledJob, in KEDA's own words where it is not well.
fn scaled<'a>(kind: &Kind, scaler: &Object<'a>) -> Finding<'a> {
    let name = format!("{} {}", kind.kind, scaler.name);
    if let Some(failure) = scaler.with_status("Ready", "False") {
        return Finding::told(failure, "NotReady", &name);
    }
    if scaler.with_status("Paused", "True").is_some() {
        let message = format!("{name} is paused by an annotation, so the function does not scale");
        return Finding::new(Truth::Unknown, "Paused", message);
    }
    if let Some(fallback) = scaler.with_status("Fallback", "True") {
        return Finding {
            reason: "Fallback",
            ..Finding::told(fallback, "Fallback", &name)
        };
    }
    if scaler.with_status("Ready", "True").is_none() {
        let message = format!("KEDA has not acted on {name} yet. If this persists, check that KEDA runs");
        return Finding::new(Truth::False, "Waiting", message);
    }
    let (reason, what) = match scaler.with_status("Active", "True") {
        Some(_) => ("Active", "active"),
        None => ("Idle", "idle"),
    };
    Finding::new(Truth::True, reason, format!("{name} is ready and {what}"))
}
