//! Which runtime serves a Function: the proposal's `getServingRun`.

use crate::function::Serving;
use crate::settings::{HttpEngine, Settings};

/// A runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    /// A Deployment that KEDA's HTTP add-on scales.
    Keda,
    /// A Knative Service.
    Knative,
    /// A workload that Dapr triggers call.
    Async,
}

/// What made the choice, to be shown to the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Because {
    /// There is no http trigger.
    NoHttpTrigger,
    /// `triggers.http.engine` says so.
    Field,
    /// `scaleOptions.keda.httpScaledObject` is there.
    HttpScaledObject,
    /// Nothing says anything: the installation's default.
    Setting,
}

/// Chooses the runtime of a valid Function.
pub(crate) fn choose(serving: &Serving<'_>, settings: &Settings) -> (Engine, Because) {
    let Some(http) = &serving.http else {
        return (Engine::Async, Because::NoHttpTrigger);
    };
    if let Some(engine) = http.engine.filter(|engine| !engine.is_empty()) {
        let engine = if engine == "keda" {
            Engine::Keda
        } else {
            Engine::Knative
        };
        return (engine, Because::Field);
    }
    if serving.scale.http_scaled_object {
        return (Engine::Keda, Because::HttpScaledObject);
    }
    match settings.default_engine {
        HttpEngine::Keda => (Engine::Keda, Because::Setting),
        HttpEngine::Knative => (Engine::Knative, Because::Setting),
    }
}

impl Engine {
    /// Its name in messages.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Engine::Keda => "keda",
            Engine::Knative => "knative",
            Engine::Async => "async",
        }
    }

    /// What to do on a cluster that does not have its kinds; the end of a sentence.
    pub(crate) fn instead(self) -> &'static str {
        match self {
            Engine::Knative => ", or set spec.serving.triggers.http.engine to keda",
            Engine::Keda | Engine::Async => "",
        }
    }
}

impl Because {
    /// The reason, after "because".
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Because::NoHttpTrigger => "there is no spec.serving.triggers.http",
            Because::Field => "spec.serving.triggers.http.engine says so",
            Because::HttpScaledObject => "spec.serving.scaleOptions.keda.httpScaledObject is set",
            Because::Setting => "the Function names no engine and this is the setting defaultEngine",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::function::{Http, Scale};

    fn serving(http: bool, engine: Option<&'static str>, http_scaled_object: bool) -> Serving<'static> {
        Serving {
            http: http.then(|| Http {
                engine,
                ..Http::default()
            }),
            scale: Scale {
                http_scaled_object,
                ..Scale::default()
            },
            ..Serving::default()
        }
    }

    #[test]
    fn the_engine_is_chosen_by_the_first_rule_that_applies() {
        let knative = Settings::default();
        let keda = Settings {
            default_engine: HttpEngine::Keda,
            ..Settings::default()
        };
        for (serving, settings, choice) in [
            (
                serving(false, None, true),
                &keda,
                (Engine::Async, Because::NoHttpTrigger),
            ),
            (
                serving(true, Some("knative"), true),
                &keda,
                (Engine::Knative, Because::Field),
            ),
            (
                serving(true, Some("keda"), false),
                &knative,
                (Engine::Keda, Because::Field),
            ),
            (
                serving(true, Some(""), true),
                &knative,
                (Engine::Keda, Because::HttpScaledObject),
            ),
            (
                serving(true, None, true),
                &knative,
                (Engine::Keda, Because::HttpScaledObject),
            ),
            (
                serving(true, None, false),
                &knative,
                (Engine::Knative, Because::Setting),
            ),
            (
                serving(true, None, false),
                &keda,
                (Engine::Keda, Because::Setting),
            ),
        ] {
            assert_eq!(choose(&serving, settings), choice, "{serving:?}");
        }
    }
}
