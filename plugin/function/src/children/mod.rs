//! The children that a Function asks for, one file per kind.
//!
//! Each file has a `build` function that reads the [`Plan`]. To add a kind: a line in `kinds`, a
//! file here, and a line in the function of each runtime that has it.

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
mod pod;
mod replicas;
mod route;
mod scaled_job;
mod scaled_object;
mod service;
mod stateful_set;

use child::Child;

use crate::formats::json::Object;
use crate::formats::notes::Notes;
use crate::function::settings::Profile;
use crate::function::types::{Engine, Mode, WorkloadType};
use crate::kinds::{self, Kind};
use crate::plan::building::{Building, Stage};
use crate::plan::decisions::Plan;

/// All children of a served Function; `template` is the user's pod spec.
pub(crate) fn desired<'a>(plan: &'a Plan<'a>, template: Object<'a>, notes: &mut Notes) -> Vec<Child<'a>> {
    let mut all = match plan.engine {
        Engine::Keda => keda(plan, template, notes),
        Engine::Async => r#async(plan, template, notes),
        Engine::Knative => knative(plan, template, notes),
    };
    all.extend(dapr(plan));
    all.extend(route::build(plan, notes));
    all
}

/// A Deployment that KEDA's HTTP add-on scales by its requests.
fn keda<'a>(plan: &'a Plan<'a>, template: Object<'a>, notes: &mut Notes) -> Vec<Child<'a>> {
    let mut children = vec![
        deployment::build(plan, template, notes),
        service::build(plan),
        bridge::build(plan),
    ];
    match plan.settings.http_addon {
        Profile::InterceptorRoute => {
            children.push(interceptor_route::build(plan));
            children.push(http_scaler::build(plan));
        }
        Profile::V0_5 | Profile::V0_7 | Profile::V0_8 => children.push(http_scaled_object::build(plan)),
    }
    children
}

/// A Knative Service, which brings its own Service and scaler.
fn knative<'a>(plan: &'a Plan<'a>, template: Object<'a>, notes: &mut Notes) -> Vec<Child<'a>> {
    vec![knative_service::build(plan, template, notes)]
}

/// What Dapr's triggers call, or what KEDA's triggers start: a workload, and what scales it.
fn r#async<'a>(plan: &'a Plan<'a>, template: Object<'a>, notes: &mut Notes) -> Vec<Child<'a>> {
    let mut children = match plan.serving.workload_type {
        WorkloadType::Deployment => vec![deployment::build(plan, template, notes)],
        WorkloadType::StatefulSet => vec![
            stateful_set::build(plan, template, notes),
            stateful_set::service(plan),
        ],
        // KEDA makes Jobs of it; one of ours would run at once, whether there is an event or not.
        WorkloadType::Job if plan.is_scaled() => return vec![scaled_job::build(plan, template, notes)],
        WorkloadType::Job => return vec![job::build(plan, template, notes)],
    };
    if plan.is_scaled() {
        let scale = &plan.serving.scale;
        let options = scale.scaled_object.clone();
        children.push(scaled_object::build(plan, options, scale.triggers.clone()));
    }
    children
}

/// What a function of any runtime has of Dapr. Components are there whether Dapr is on or not; a
/// function without a host name of its own gets one, by which Dapr's proxy finds it.
fn dapr<'a>(plan: &'a Plan<'a>) -> Vec<Child<'a>> {
    let mut all = component::build(plan);
    if plan.dapr == Mode::Standalone {
        all.push(dapr_proxy::build(plan));
        if plan.engine == Engine::Async {
            all.push(dapr_proxy::service(plan));
        }
    }
    all
}

/// What builds a Function's image.
pub(crate) fn built<'a>(building: &'a Building<'a>) -> Vec<Child<'a>> {
    if matches!(building.stage, Stage::NotDeclared) {
        return Vec::new();
    }
    let mut all = vec![build::build(building)];
    all.extend(build_run::build(building));
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
