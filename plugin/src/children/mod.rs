//! The children that a Function asks for, one file per kind.
//!
//! Each file has a `build` function that reads the [`Plan`]. To add a kind: a line in `kinds`, a
//! file here, and a line in the function of each runtime that has it.

mod bridge;
pub(crate) mod child;
mod deployment;
mod host_rewrite;
mod http_route;
mod http_scaled_object;
mod ingress;
mod plan;
mod pod;
mod replicas;
mod route;
mod service;

pub(crate) use child::Child;
pub(crate) use plan::{FUNCTION_LABEL, Names, Plan, ROLE_LABEL};
pub(crate) use pod::CONTAINER;

use crate::engine::Engine;
use crate::json::Object;
use crate::kinds::{self, Kind};
use crate::notes::Notes;

/// All children of a served Function; `template` is the user's pod spec.
pub(crate) fn desired<'a>(plan: &'a Plan<'a>, template: Object<'a>, notes: &mut Notes) -> Vec<Child<'a>> {
    let mut children = match plan.engine {
        Engine::Keda => keda(plan, template, notes),
        Engine::Knative | Engine::Async => Vec::new(),
    };
    children.extend(route::build(plan, notes));
    children
}

/// A Deployment that KEDA's HTTP add-on scales by its requests.
fn keda<'a>(plan: &'a Plan<'a>, template: Object<'a>, notes: &mut Notes) -> Vec<Child<'a>> {
    vec![
        deployment::build(plan, template, notes),
        service::build(plan),
        bridge::build(plan),
        http_scaled_object::build(plan),
    ]
}

/// Whether a function works without a kind that the controller does not declare. What it runs in
/// and what scales it it needs; how else it is reached, built and connected has a condition.
pub(crate) fn can_do_without(_plan: &Plan<'_>, kind: &Kind) -> bool {
    let others = [
        &kinds::INGRESS,
        &kinds::HTTP_ROUTE,
        &kinds::COMPONENT,
        &kinds::BUILD,
        &kinds::BUILD_RUN,
    ];
    others.contains(&kind)
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
