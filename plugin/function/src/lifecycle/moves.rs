//! From one runtime to another without a gap and without a collision.
//!
//! What a Function asks for now may stand in the way of what it asked for before: two kinds of
//! scaler make an object of one name, and so do Knative and the bridge. Then the new one waits
//! until the old one is gone. And what served requests until now is kept until its successor is
//! ready: a new runtime that never starts takes nothing down.
//!
//! What is kept is asked for again as it was last. Under server-side apply nobody knows how that
//! was; there the old runtime goes at once.

use crate::children::child::Child;
use crate::function::conventions::BRIDGE_ROLE;
use crate::function::request::Object;
use crate::kinds::{self, Kind};
use crate::lifecycle::repeat;
use crate::plan::decisions::Plan;
use crate::status::obstacles::{Move, Waiting};

/// What a workload needs to be reached and to scale: it stays with it.
const SUPPORT: [&Kind; 6] = [
    &kinds::SERVICE,
    &kinds::HTTP_SCALED_OBJECT,
    &kinds::INTERCEPTOR_ROUTE,
    &kinds::SCALED_OBJECT,
    &kinds::HTTP_ROUTE,
    &kinds::INGRESS,
];

/// More of it than any runtime has: each is looked for among all that are kept.
const MAX_KEPT: usize = 32;

/// Brings the desired children into an order: takes out what must wait, and adds what must stay. `is_ready` says
/// whether the workload that the engine makes is ready.
pub(crate) fn settle<'a>(plan: &'a Plan<'a>, is_ready: bool, children: &mut Vec<Child<'a>>) -> Move {
    let mut r#move = Move::default();
    if !is_ready {
        keep_serving(plan, children, &mut r#move);
    }
    children.retain(|child| match stands_in_the_way(plan, child) {
        None => true,
        Some(until) => {
            let child = named(child.api_version, child.kind, &child.name);
            r#move.waiting.push(Waiting { child, until });
            false
        }
    });
    r#move
}

/// Keeps the workload of an earlier runtime, and what it needs, until the new one is ready.
fn keep_serving<'a>(plan: &'a Plan<'a>, children: &mut Vec<Child<'a>>, r#move: &mut Move) {
    let observed = plan.observed.all();
    // An edit in the middle of a move leaves two: whichever serves is among them.
    let old: Vec<&Object<'a>> = observed
        .iter()
        .filter(|object| is_left_over(plan, object, children))
        .collect();
    if old.is_empty() {
        return;
    }
    for object in old {
        if let Some(workload) = repeat::child(object) {
            r#move
                .serving
                .push(named(object.api_version, object.kind, object.name));
            children.push(workload);
        }
    }
    if r#move.serving.is_empty() {
        return;
    }
    let most = children.len() + MAX_KEPT;
    for object in observed {
        let is = |kinds: &[&Kind]| kinds.iter().any(|kind| object.is(kind));
        if let Some(child) = children.iter_mut().find(|child| is_of(child, object)) {
            // What leads to the old workload changes last.
            let is_last = is(&kinds::ROUTES) || of_another_role(plan, child).is_some();
            if is_last && let Some(as_it_was) = repeat::child(object) {
                *child = as_it_was;
            }
        } else if is(&SUPPORT) && children.len() < most && !collides(object, children) {
            children.extend(repeat::child(object));
        }
    }
}

/// Whether an observed object runs the function and is not asked for any more.
fn is_left_over(plan: &Plan<'_>, object: &Object<'_>, children: &[Child<'_>]) -> bool {
    kinds::WORKLOADS
        .iter()
        .any(|kind| object.is(kind) && object.name == plan.names.of_workload(kind))
        && !children.iter().any(|child| is_of(child, object))
}

/// Whether an old object would keep the new workload from being made, which would then never be
/// ready. A scaler waits instead.
fn collides(object: &Object<'_>, children: &[Child<'_>]) -> bool {
    let mut knative = children
        .iter()
        .filter(|child| child.is_of(&kinds::KNATIVE_SERVICE));
    object.is(&kinds::SERVICE) && knative.any(|child| child.name == object.name)
}

/// What must be gone before a child can be made, if anything is there.
fn stands_in_the_way(plan: &Plan<'_>, child: &Child<'_>) -> Option<String> {
    let gone = |kind: &Kind, what: &str| {
        let found = plan.observed.find(kind, &child.name)?;
        Some(format!("{what} {} is gone", found.name))
    };
    if child.is_of(&kinds::SERVICE) {
        return gone(&kinds::KNATIVE_SERVICE, "Knative Service").or_else(|| of_another_role(plan, child));
    }
    if child.is_of(&kinds::KNATIVE_SERVICE) {
        return gone(&kinds::SERVICE, "Service");
    }
    if child.is_of(&kinds::SCALED_OBJECT) {
        return other_scaler(plan, child).or_else(|| of_the_add_on(plan, child));
    }
    other_scaler(plan, child)
}

/// Kinds of which only one may scale a workload: KEDA refuses a second ScaledObject. Of ScaledJobs
/// two would start twice as many Jobs.
const SCALERS: [&[&Kind]; 2] = [
    &[&kinds::HTTP_SCALED_OBJECT, &kinds::SCALED_OBJECT],
    &[&kinds::SCALED_JOB],
];

/// A scaler of another kind, or one that has the name that an earlier release of the plugin gave it.
fn other_scaler(plan: &Plan<'_>, child: &Child<'_>) -> Option<String> {
    let mut all = SCALERS.iter();
    let kinds = all.find(|kinds| kinds.iter().any(|kind| child.is_of(kind)))?;
    let mut observed = plan.observed.all().iter();
    let found = observed.find(|object| kinds.iter().any(|kind| object.is(kind)) && !is_of(child, object))?;
    Some(format!("{} {} is gone", found.kind, found.name))
}

/// A Service changes its type only by being made anew: its cluster IP is for ever.
fn of_another_role(plan: &Plan<'_>, child: &Child<'_>) -> Option<String> {
    let found = plan.observed.find(&kinds::SERVICE, &child.name)?;
    let differs = !child.role().is_empty() && !found.role.is_empty() && child.role() != found.role;
    (differs && [child.role(), found.role].contains(&BRIDGE_ROLE))
        .then(|| format!("the Service {} of the earlier runtime is gone", child.name))
}

/// The ScaledObject that the HTTP add-on made goes with its HTTPScaledObject, a little later.
fn of_the_add_on(plan: &Plan<'_>, child: &Child<'_>) -> Option<String> {
    let kind = &kinds::SCALED_OBJECT;
    if plan.observed.find(kind, &child.name).is_some() {
        return None;
    }
    let found = plan.related.find(kind, &child.name)?;
    found
        .is_owned_by_kind(kinds::HTTP_SCALED_OBJECT.kind)
        .then(|| format!("the HTTP add-on's ScaledObject {} is gone", child.name))
}

fn named(api_version: &str, kind: &str, name: &str) -> String {
    format!("{} {name}", kinds::spoken(api_version, kind))
}

fn is_of(child: &Child<'_>, object: &Object<'_>) -> bool {
    child.is(object.api_version, object.kind, object.name)
}
