//! What KEDA's HTTP add-on is told besides hosts and bounds: what it counts, how long a request
//! waits for a pod, and what the function speaks. The Function's `keda.httpScaledObject` says it, else
//! an annotation, else the installation's setting.

use super::decisions::Plan;
use crate::formats::json::{Json, Object};
use crate::function::scaling::{METRIC, READINESS, metric, readiness_timeout, target};

/// How long a request waits for a pod, in an HTTPScaledObject and in an InterceptorRoute.
const WAITS: [&str; 2] = ["conditionWait", "readiness"];
/// The annotations that say nothing to a pod: a change of one must not make a new one.
const OF_NO_POD: [&str; 2] = [METRIC, READINESS];

/// The add-on's own defaults, in the form in which it stores them.
const WINDOW: &str = "1m0s";
const GRANULARITY: &str = "1s";

/// `scalingMetric` of an HTTPScaledObject and an InterceptorRoute.
pub(crate) fn scaling_metric<'a>(plan: &Plan<'a>) -> Json<'a> {
    let own = plan.serving.scale.http.get("scalingMetric");
    let own = own.and_then(Json::as_object).filter(|own| !own.is_empty());
    let metric = metric(plan.serving, plan.settings).as_str();
    let mut all = own.cloned().unwrap_or_default();
    if own.is_none() {
        all.insert(metric, Json::Object(Object::new()));
    }
    // As the add-on's CRDs complete it, but for the target, which InterceptorRoute requires.
    for (name, metric) in all.iter_mut() {
        let Some(metric) = metric.as_object_mut() else {
            continue;
        };
        if name == "requestRate" {
            metric.insert_default("granularity", GRANULARITY.into());
        }
        metric.insert_default("targetValue", target(plan.serving).into());
        if name == "requestRate" {
            metric.insert_default("window", WINDOW.into());
        }
    }
    Json::Object(all)
}

/// `timeouts`: the one that waits for a pod has another name in each kind, and may be written by either.
pub(crate) fn timeouts<'a>(plan: &Plan<'a>, wait: &'static str, others: &[&'static str]) -> Option<Json<'a>> {
    let own = plan.serving.scale.http.get("timeouts");
    let own = |name: &str| own?.get(name).cloned();
    let written = WAITS.iter().find_map(|name| own(name));
    let waited = written.or_else(|| readiness_timeout(plan.serving, plan.settings).map(Json::from));
    let mut all = Object::new();
    for name in others {
        if let Some(timeout) = own(name) {
            all.insert(*name, timeout);
        }
    }
    if let Some(timeout) = waited {
        all.insert(wait, timeout);
    }
    (!all.is_empty()).then_some(Json::Object(all))
}

/// The fields of `keda.httpScaledObject` of which it is known where they go.
const PLACED: [&str; 6] = [
    "coldStart",
    "coldStartTimeoutFailoverRef",
    "headers",
    "initialCooldownPeriod",
    "scalingMetric",
    "timeouts",
];

/// Copies the other fields of `keda.httpScaledObject`: a newer add-on may know them.
pub(crate) fn pass_unknown<'a>(plan: &Plan<'a>, spec: &mut Object<'a>) {
    let others = plan.serving.scale.http.iter();
    for (name, value) in others.filter(|(name, _)| !PLACED.contains(name)) {
        spec.insert(name.to_owned(), value.clone());
    }
}

/// A field of `keda.httpScaledObject` that is the add-on's own.
pub(crate) fn own<'a>(plan: &Plan<'a>, name: &str) -> Option<Json<'a>> {
    plan.serving.scale.http.get(name).cloned()
}

/// Takes out what says nothing to a pod.
pub(crate) fn trim(annotations: &mut Object<'_>) {
    for key in OF_NO_POD {
        annotations.remove(key);
    }
}
