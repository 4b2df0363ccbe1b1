//! What the HTTP add-on is told by annotations.

use crate::formats::duration;
use crate::formats::notes::{Notes, Path};
use crate::formats::written::quoted;
use crate::function::scaling::{METRIC, PROTOCOL, READINESS, metric, readiness_timeout};
use crate::function::settings::{Metric, Profile, Settings};
use crate::function::types::Engine;
use crate::function::types::Serving;

pub(super) fn validate(serving: &Serving<'_>, settings: &Settings, engine: Engine, notes: &mut Notes) {
    let at = Path::root("spec.serving.annotations");
    let metrics = [Metric::Concurrency.as_str(), Metric::RequestRate.as_str()];
    for (key, known) in [(METRIC, &metrics[..]), (PROTOCOL, &["grpc", "h2c", "http"])] {
        if let Some(found) = serving.annotations.get(key)
            && !known.contains(&&**found)
        {
            notes.unsupported(&at.key(key), quoted(found), known);
        }
    }
    if let Some(found) = serving.annotations.get(READINESS)
        && duration::canonical(found).is_none()
    {
        notes.invalid(
            &at.key(READINESS),
            quoted(found),
            "must be a duration, such as 30s or 1m30s",
        );
    }
    if engine == Engine::Async && serving.annotations.contains(PROTOCOL) {
        notes.warn(&at.key(PROTOCOL), "is not used: there is no http trigger");
    }
    if engine == Engine::Keda {
        of_profile(serving, settings, notes);
        return;
    }
    for key in [METRIC, READINESS] {
        if serving.annotations.contains(key) {
            notes.warn(
                &at.key(key),
                format_args!("is not used: the engine is {}, not keda", engine.as_str()),
            );
        }
    }
}

/// What the installed add-on cannot do.
fn of_profile(serving: &Serving<'_>, settings: &Settings, notes: &mut Notes) {
    let profile = settings.http_addon;
    if [Profile::V0_8, Profile::InterceptorRoute].contains(&profile) {
        return;
    }
    let mut warn = |key: &'static str, setting: &'static str, what: &str| {
        let annotations = Path::root("spec.serving.annotations");
        let at = match serving.annotations.contains(key) {
            true => annotations.key(key),
            false => Path::root(setting),
        };
        notes.warn(
            &at,
            format_args!(
                "is not used: {what}, and the setting httpAddon is {:?}",
                profile.as_str()
            ),
        );
    };
    if metric(serving, settings) == Metric::RequestRate {
        let what = "the HTTP add-on counts requests per second from 0.8 on";
        warn(METRIC, "setting scaling.metric", what);
    }
    if readiness_timeout(serving, settings).is_some() {
        let what = "the HTTP add-on has such a timeout from 0.11 on";
        warn(READINESS, "setting scaling.readinessTimeout", what);
    }
}
