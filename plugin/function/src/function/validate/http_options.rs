//! Fields of `keda.httpScaledObject` that the installed HTTP add-on does not have, and those that stand
//! for what is written elsewhere.

use crate::formats::json::Json;
use crate::formats::notes::{Notes, Path};
use crate::function::scaling::{METRIC, READINESS};
use crate::function::settings::{Profile, Settings};
use crate::function::types::Engine;
use crate::function::types::Serving;

/// A field that passes through: since which add-on an HTTPScaledObject has it, and whether an
/// InterceptorRoute does.
struct Passed {
    name: &'static str,
    since: &'static str,
    /// Why it is not used in an InterceptorRoute; empty where it is.
    not_in_route: &'static str,
}

/// Source: the add-on's CRDs from release to release.
const OPTIONS: [Passed; 6] = [
    option("coldStart", ""),
    Passed {
        name: "coldStartTimeoutFailoverRef",
        since: "0.11",
        not_in_route: "an InterceptorRoute has coldStart.fallback instead",
    },
    option("headers", "0.12"),
    option("initialCooldownPeriod", "0.10"),
    option("scalingMetric", "0.8"),
    option("timeouts", "0.11"),
];

const fn option(name: &'static str, since: &'static str) -> Passed {
    Passed {
        name,
        since,
        not_in_route: "",
    }
}

pub(super) fn validate(serving: &Serving<'_>, settings: &Settings, engine: Engine, notes: &mut Notes) {
    let options = &serving.scale.http;
    if engine != Engine::Keda || options.is_empty() {
        return;
    }
    let profile = settings.http_addon;
    let at = Path::root("spec.serving.scaleOptions.keda.httpScaledObject");
    for option in OPTIONS.iter().filter(|option| options.contains(option.name)) {
        let at = at.field(option.name);
        let name = profile.as_str();
        match profile {
            Profile::InterceptorRoute if option.not_in_route.is_empty() => {}
            Profile::InterceptorRoute => {
                notes.warn(&at, format_args!("is not used: {}", option.not_in_route));
            }
            _ if option.since.is_empty() => only_in_route(&at, name, notes),
            Profile::V0_8 => {}
            Profile::V0_5 | Profile::V0_7 => notes.warn(
                &at,
                format_args!(
                    "is not used: the HTTP add-on has it from {} on, and the setting httpAddon is {name:?}",
                    option.since
                ),
            ),
        }
    }
    if profile == Profile::V0_8 && in_timeouts(serving, "request") {
        only_in_route(&at.field("timeouts.request"), profile.as_str(), notes);
    }
    if in_timeouts(serving, "conditionWait") && in_timeouts(serving, "readiness") {
        let what = "is not used: conditionWait is set, which says the same";
        notes.warn(&at.field("timeouts.readiness"), what);
    }
    if [Profile::V0_8, Profile::InterceptorRoute].contains(&profile) {
        metric(serving, profile, &at, notes);
    }
}

fn only_in_route(at: &Path<'_>, profile: &str, notes: &mut Notes) {
    notes.warn(
        at,
        format_args!(
            "is not used: only an InterceptorRoute has it, and the setting httpAddon is {profile:?}"
        ),
    );
}

fn in_timeouts(serving: &Serving<'_>, name: &str) -> bool {
    let timeouts = serving.scale.http.get("timeouts");
    timeouts.is_some_and(|timeouts| timeouts.get(name).is_some())
}

/// What the section says counts more than annotations, and each metric's own target more than the common one.
fn metric(serving: &Serving<'_>, profile: Profile, at: &Path<'_>, notes: &mut Notes) {
    let annotations = Path::root("spec.serving.annotations");
    let found = serving.scale.http.get("scalingMetric");
    let metrics = found
        .and_then(Json::as_object)
        .filter(|metrics| !metrics.is_empty());
    if let Some(metrics) = metrics {
        if profile == Profile::V0_8 && metrics.contains("concurrency") && metrics.contains("requestRate") {
            notes.forbidden(
                &at.field("scalingMetric"),
                "an HTTPScaledObject has one of concurrency and requestRate",
            );
        }
        if serving.annotations.contains(METRIC) {
            let what = "is not used: keda.httpScaledObject.scalingMetric is set";
            notes.warn(&annotations.key(METRIC), what);
        }
        let is_complete = metrics
            .iter()
            .all(|(_, metric)| metric.get("targetValue").is_some());
        if serving.scale.target.is_some() && is_complete {
            let what = "is not used: scalingMetric has a targetValue";
            notes.warn(&at.field("targetPendingRequests"), what);
        }
    }
    let waits = in_timeouts(serving, "conditionWait") || in_timeouts(serving, "readiness");
    if waits && serving.annotations.contains(READINESS) {
        let what = "is not used: keda.httpScaledObject.timeouts is set";
        notes.warn(&annotations.key(READINESS), what);
    }
}
