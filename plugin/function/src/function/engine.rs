//! Which runtime serves a Function: the proposal's `getServingRun`.

use super::settings::{HttpEngine, Settings};
use super::types::{Because, Engine, Serving};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::function::types::{Http, Scale};

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
