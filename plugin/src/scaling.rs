//! What KEDA's HTTP add-on is told besides hosts and bounds: what it counts, how long a request
//! waits for a pod, and what the function speaks. An annotation of the Function says it, else the
//! installation's setting.

use crate::children::Plan;
use crate::duration;
use crate::function::Serving;
use crate::json::{Json, Object};
use crate::settings::{Metric, Settings};

/// What the function scales by: `concurrency` or `requestRate`.
pub(crate) const METRIC: &str = "openfunction.io/scaling-metric";
/// How long a request waits for a pod: `30s`.
pub(crate) const READINESS: &str = "openfunction.io/readiness-timeout";
/// What the function speaks: `http`, or `grpc` or `h2c` for HTTP/2 without TLS.
pub(crate) const PROTOCOL: &str = "openfunction.io/app-protocol";
/// The annotations that say nothing to a pod: a change of one must not make a new one.
const OF_NO_POD: [&str; 2] = [METRIC, READINESS];

/// KEDA's own default, written out so that it is seen.
pub(crate) const DEFAULT_MAX: i32 = 100;
/// OpenFunction's default: requests at a time, or in a second, per replica.
const DEFAULT_TARGET: i32 = 100;
/// The add-on's own defaults, in the form in which it stores them.
const WINDOW: &str = "1m0s";
const GRANULARITY: &str = "1s";

/// What a valid Function scales by.
pub(crate) fn metric(serving: &Serving<'_>, settings: &Settings) -> Metric {
    match serving.annotations.get(METRIC) {
        Some(metric) if metric == "requestRate" => Metric::RequestRate,
        Some(_) => Metric::Concurrency,
        None => settings.scaling.metric,
    }
}

/// How long a request of a valid Function waits for a pod; none is the add-on's own default.
pub(crate) fn readiness_timeout(serving: &Serving<'_>, settings: &Settings) -> Option<String> {
    let annotated = serving.annotations.get(READINESS);
    duration::canonical(annotated.map_or(&settings.scaling.readiness_timeout, |text| text))
}

/// Whether the function speaks HTTP/2 without TLS, as gRPC does.
pub(crate) fn is_h2c(serving: &Serving<'_>) -> bool {
    let protocol = serving.annotations.get(PROTOCOL);
    protocol.is_some_and(|protocol| ["grpc", "h2c"].contains(&&**protocol))
}

/// The target per replica, of whatever is counted.
pub(crate) fn target(serving: &Serving<'_>) -> i32 {
    serving.scale.target.unwrap_or(DEFAULT_TARGET)
}

/// `scalingMetric` of an HTTPScaledObject and an InterceptorRoute.
pub(crate) fn scaling_metric<'a>(plan: &Plan<'_>) -> Json<'a> {
    let target = ("targetValue", Json::from(target(plan.serving)));
    match metric(plan.serving, plan.settings) {
        Metric::Concurrency => Json::object([("concurrency", Json::object([target]))]),
        Metric::RequestRate => {
            let rate = [
                ("granularity", GRANULARITY.into()),
                target,
                ("window", WINDOW.into()),
            ];
            Json::object([("requestRate", Json::object(rate))])
        }
    }
}

/// Takes out what says nothing to a pod.
pub(crate) fn trim(annotations: &mut Object<'_>) {
    for key in OF_NO_POD {
        annotations.remove(key);
    }
}

impl Metric {
    /// The add-on's word.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Metric::Concurrency => "concurrency",
            Metric::RequestRate => "requestRate",
        }
    }
}
