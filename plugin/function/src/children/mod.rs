//! The children that a Function asks for, one file per kind.
//!
//! Each file has the types of its kind and a [`Part`], which reads the [`Plan`]. To add a kind: a line in `kinds`, a
//! file here, and its part in the list of each runtime that has it.

mod bridge;
mod build;
mod build_run;
pub(crate) mod child;
mod component;
mod context;
mod dapr_proxy;
mod deployment;
mod host_rewrite;
mod http_route;
mod http_scaled_object;
mod http_scaler;
mod ingress;
mod interceptor_route;
mod job;
mod knative_service;
pub(crate) mod metadata;
pub(crate) mod part;
mod pod;
mod pod_types;
mod replicas;
mod route;
mod scaled_job;
mod scaled_object;
mod service;
mod stateful_set;

use std::borrow::Cow;

use child::Child;
use part::{Making, Part};

use crate::formats::json::Object;
use crate::formats::notes::Notes;
use crate::function::settings::Profile;
use crate::function::types::{Engine, Mode, WorkloadType};
use crate::kinds::{self, Kind};
use crate::plan::building::{Building, Stage};
use crate::plan::decisions::Plan;
use crate::plan::unused;

/// All children of a served Function; `template` is the user's pod spec.
pub(crate) fn desired<'a>(plan: &'a Plan<'a>, template: Object<'a>, notes: &mut Notes) -> Vec<Child<'a>> {
    let mut making = Making {
        template,
        notes,
        children: Vec::with_capacity(8),
    };
    for part in parts(plan) {
        (part.make)(plan, &mut making);
    }
    unused::warn(plan, making.notes);
    if let Some(part) = route::part(plan) {
        (part.make)(plan, &mut making);
    }
    making.children
}

/// The kinds of all children of a served Function, with the names of the children.
pub(crate) fn names<'a>(plan: &'a Plan<'a>) -> impl Iterator<Item = (&'static Kind, Cow<'a, str>)> {
    let parts = parts(plan).into_iter().chain(route::part(plan));
    parts.flat_map(|part| (part.names)(plan).into_iter().map(|name| (part.kind, name)))
}

/// The parts of a served Function but for its route.
fn parts(plan: &Plan<'_>) -> Vec<&'static Part> {
    let mut parts = match plan.engine {
        Engine::Keda => keda(plan.settings.http_addon),
        Engine::Async => r#async(plan),
        Engine::Knative => knative(),
    };
    parts.extend(dapr(plan));
    parts
}

/// A Deployment that KEDA's HTTP add-on scales by its requests.
fn keda(http_addon: Profile) -> Vec<&'static Part> {
    let mut parts = vec![&deployment::PART, &service::PART, &bridge::PART];
    match http_addon {
        Profile::InterceptorRoute => parts.extend([&interceptor_route::PART, &http_scaler::PART]),
        Profile::V0_5 | Profile::V0_7 | Profile::V0_8 => parts.push(&http_scaled_object::PART),
    }
    parts
}

/// A Knative Service, which brings its own Service and scaler.
fn knative() -> Vec<&'static Part> {
    vec![&knative_service::PART]
}

/// What Dapr's triggers call, or what KEDA's triggers start: a workload, and what scales it.
fn r#async(plan: &Plan<'_>) -> Vec<&'static Part> {
    let mut parts = match plan.serving.workload_type {
        WorkloadType::Deployment => vec![&deployment::PART],
        WorkloadType::StatefulSet => vec![&stateful_set::PART, &stateful_set::SERVICE],
        // KEDA makes Jobs of it; one of ours would run at once, whether there is an event or not.
        WorkloadType::Job if plan.is_scaled() => return vec![&scaled_job::PART],
        WorkloadType::Job => return vec![&job::PART],
    };
    if plan.is_scaled() {
        parts.push(&scaled_object::PART);
    }
    parts
}

/// What a function of any runtime has of Dapr. Components are there whether Dapr is on or not; a
/// function without a host name of its own gets one, by which Dapr's proxy finds it.
fn dapr(plan: &Plan<'_>) -> Vec<&'static Part> {
    let mut parts = vec![&component::PART];
    if plan.dapr == Mode::Standalone {
        parts.push(&dapr_proxy::PART);
        if plan.engine == Engine::Async {
            parts.push(&dapr_proxy::SERVICE);
        }
    }
    parts
}

/// What builds a Function's image.
pub(crate) fn built<'a>(building: &'a Building<'a>) -> Vec<Child<'a>> {
    if matches!(building.stage, Stage::NotDeclared) {
        return Vec::new();
    }
    let mut all = vec![build::make(building)];
    all.extend(build_run::make(building));
    all
}

/// Whether a function works without a kind that the controller does not declare. What it runs in
/// and what scales it it needs; how else it is reached and connected has a condition.
pub(crate) fn can_do_without(kind: &Kind) -> bool {
    *kind == kinds::COMPONENT || kinds::ROUTES.contains(&kind)
}

/// Takes out the children whose kind the controller does not declare: Metacontroller would create
/// such a child and never see it again.
pub(crate) fn undeclared(plan: &Plan<'_>, children: &mut Vec<Child<'_>>) -> Vec<&'static Kind> {
    let mut kinds: Vec<&'static Kind> = Vec::new();
    children.retain(|child| {
        let Some(kind) = Kind::of(child.api_version, child.kind) else {
            return true;
        };
        let declared = plan.observed.declares(kind);
        if !declared && !kinds.contains(&kind) {
            kinds.push(kind);
        }
        declared
    });
    kinds
}
