//! From one runtime to another without a gap and without a collision.
//!
//! What a Function asks for now may stand in the way of what it asked for before: two kinds of
//! scaler make an object of one name, and so do Knative and the bridge. Then the new one waits
//! until the old one is gone. And what served requests until now is kept until its successor is
//! ready: a new runtime that never starts takes nothing down.
//!
//! What is kept is asked for again as it was last. Under server-side apply nobody knows how that
//! was; there the old runtime goes at once.

use crate::children::{BRIDGE_ROLE, Child, Plan};
use crate::kinds::{self, Kind};
use crate::repeat;
use crate::request::Object;
use crate::status;

/// A child that is not asked for yet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// `Service hello`
    pub(crate) child: String,
    /// `Knative Service hello is gone`
    pub(crate) until: String,
}

/// What a move does to the children.
#[derive(Debug, Default)]
pub(crate) struct Move {
    pub(crate) waiting: Vec<Waiting>,
    /// What serves until the new workload is ready: `Deployment hello`.
    pub(crate) serving: Vec<String>,
}

impl Move {
    /// Whether nothing waits for anything.
    pub(crate) fn is_over(&self) -> bool {
        self.waiting.is_empty() && self.serving.is_empty()
    }
}

/// Kinds that run a function and can be replaced by one another.
const WORKLOADS: [&Kind; 5] = [
    &kinds::DEPLOYMENT,
    &kinds::STATEFUL_SET,
    &kinds::KNATIVE_SERVICE,
    &kinds::JOB,
    &kinds::SCALED_JOB,
];

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

/// What leads to a workload: it changes last.
const ROUTES: [&Kind; 2] = [&kinds::HTTP_ROUTE, &kinds::INGRESS];

/// Brings the desired children into an order: takes out what must wait, and adds what must stay.
pub(crate) fn settle<'a>(plan: &'a Plan<'a>, children: &mut Vec<Child<'a>>) -> Move {
    let mut r#move = Move::default();
    keep_serving(plan, children, &mut r#move);
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
    if status::is_ready(plan) {
        return;
    }
    let observed = plan.observed.all();
    // An edit in the middle of a move leaves two: whichever serves is among them.
    let old = observed
        .iter()
        .filter(|object| is_left_over(plan, object, children));
    let old: Vec<(String, Child<'a>)> = old
        .filter_map(|object| {
            let name = named(object.api_version, object.kind, object.name);
            Some((name, repeat::child(object)?))
        })
        .collect();
    if old.is_empty() {
        return;
    }
    for (name, workload) in old {
        r#move.serving.push(name);
        children.push(workload);
    }
    let most = children.len() + MAX_KEPT;
    for object in observed {
        let is_route = ROUTES.iter().any(|kind| object.is(kind));
        let is_support = SUPPORT.iter().any(|kind| object.is(kind)) && children.len() < most;
        let desired = children.iter().position(|child| is_of(child, object));
        match (desired, repeat::child(object)) {
            // What leads to the old workload changes last.
            (Some(index), Some(as_it_was))
                if is_route
                    || children
                        .get(index)
                        .is_some_and(|child| of_another_role(plan, child).is_some()) =>
            {
                if let Some(child) = children.get_mut(index) {
                    *child = as_it_was;
                }
            }
            (None, Some(as_it_was)) if is_support && !collides(object, children) => children.push(as_it_was),
            _ => {}
        }
    }
}

/// Whether an observed object runs the function and is not asked for any more.
fn is_left_over(plan: &Plan<'_>, object: &Object<'_>, children: &[Child<'_>]) -> bool {
    WORKLOADS
        .iter()
        .any(|kind| object.is(kind) && object.name == of_workload(plan, kind))
        && !children.iter().any(|child| is_of(child, object))
}

fn of_workload<'a>(plan: &'a Plan<'_>, kind: &Kind) -> &'a str {
    if *kind == kinds::SCALED_JOB {
        return &plan.names.scaler;
    }
    plan.names.of_workload(kind)
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
    if child.is_of(&kinds::HTTP_SCALED_OBJECT) {
        return gone(&kinds::SCALED_OBJECT, "ScaledObject");
    }
    if child.is_of(&kinds::SCALED_OBJECT) {
        return gone(&kinds::HTTP_SCALED_OBJECT, "HTTPScaledObject").or_else(|| of_the_add_on(plan, child));
    }
    None
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

fn is_of(child: &Child<'_>, object: &Object<'_>) -> bool {
    child.is(object.api_version, object.kind, object.name)
}

/// Two kinds are called Service.
fn named(api_version: &str, kind: &str, name: &str) -> String {
    let knative = if api_version == kinds::KNATIVE_SERVICE.api_version {
        "Knative "
    } else {
        ""
    };
    format!("{knative}{kind} {name}")
}
