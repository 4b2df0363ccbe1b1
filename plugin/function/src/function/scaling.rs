//! What a Function says of its scaling besides bounds: what is counted, how long a request waits for a pod, and what
//! the function speaks. An annotation says it, else the installation's setting.

use super::settings::{Metric, Settings};
use super::types::Serving;
use crate::formats::duration;

/// What the function scales by: `concurrency` or `requestRate`.
pub(crate) const METRIC: &str = "openfunction.io/scaling-metric";
/// How long a request waits for a pod: `30s`.
pub(crate) const READINESS: &str = "openfunction.io/readiness-timeout";
/// What the function speaks: `http`, or `grpc` or `h2c` for HTTP/2 without TLS.
pub(crate) const PROTOCOL: &str = "openfunction.io/app-protocol";
/// KEDA's own default, written out so that it is seen.
pub(crate) const DEFAULT_MAX: i32 = 100;
/// OpenFunction's default: requests at a time, or in a second, per replica.
const DEFAULT_TARGET: i32 = 100;
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
