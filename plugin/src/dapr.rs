//! Dapr on the function's pods: whether, how, and the annotations that say it.

use std::borrow::Cow;

use crate::children::Plan;
use crate::function::{Function, Serving};
use crate::json::{Json, Object};
use crate::names;

/// `"false"` turns Dapr off, any other value on.
pub(crate) const ENABLE: &str = "openfunction.io/enable-dapr";
/// `sidecar` or `standalone`.
pub(crate) const MODE: &str = "openfunction.io/dapr-service-mode";
/// Whether Dapr's injector adds a sidecar. Ours alone: the mode decides.
pub(crate) const ENABLED: &str = "dapr.io/enabled";
const APP_PROTOCOL: &str = "dapr.io/app-protocol";

/// Whether the function uses Dapr: its annotation, else whether anything it has needs Dapr.
/// Components alone do not count.
pub(crate) fn is_on(serving: &Serving<'_>) -> bool {
    match serving.annotations.get(ENABLE) {
        Some(value) => value != "false",
        None => {
            !serving.triggers.is_empty()
                || !serving.inputs.is_empty()
                || !serving.outputs.is_empty()
                || !serving.states.is_empty()
        }
    }
}

/// The protocol between sidecar and function: what the user says, else gRPC for functions that
/// Dapr calls and http for those that only call Dapr.
pub(crate) fn protocol<'a>(serving: &'a Serving<'_>) -> &'a str {
    let default = if serving.triggers.is_empty() {
        "http"
    } else {
        "grpc"
    };
    serving
        .annotations
        .get(APP_PROTOCOL)
        .map_or(default, |protocol| &**protocol)
}

/// How Dapr reaches the function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Not at all.
    Off,
    /// A sidecar in each of its pods.
    Sidecar,
    /// A proxy, which is a Deployment of its own.
    Standalone,
}

/// How Dapr reaches a valid function.
pub(crate) fn mode(serving: &Serving<'_>) -> Mode {
    if !is_on(serving) {
        return Mode::Off;
    }
    match serving.annotations.get(MODE) {
        Some(mode) if mode == "standalone" => Mode::Standalone,
        _ => Mode::Sidecar,
    }
}

/// The annotations of the function's pods: ours, then the user's over them.
pub(crate) fn pod_annotations<'a>(plan: &'a Plan<'a>) -> Object<'a> {
    let serving = plan.serving;
    let app_id = names::app_id(plan.function.name, plan.function.namespace);
    let mut all = Object::of([
        ("dapr.io/app-id", app_id.into()),
        ("dapr.io/app-port", plan.port().to_string().into()),
        (APP_PROTOCOL, protocol(serving).into()),
        ("dapr.io/log-as-json", "true".into()),
    ]);
    for (key, value) in serving.annotations.iter() {
        all.insert(key, (&**value).into());
    }
    let enabled = if plan.dapr == Mode::Sidecar {
        "true"
    } else {
        "false"
    };
    all.insert(ENABLED, enabled.into());
    all
}

/// What the function is told about Dapr.
pub(crate) fn environment<'a>(_plan: &'a Plan<'a>) -> Vec<Json<'a>> {
    Vec::new()
}

/// The Component that `key` stands for: one that the Function defines has a derived name,
/// any other is an existing one of that very name.
pub(crate) fn component_name<'a>(
    function: &Function<'_>,
    serving: &Serving<'_>,
    key: &'a str,
) -> Cow<'a, str> {
    let group = if serving.bindings.contains(key) {
        "bindings"
    } else if serving.pubsub.contains(key) {
        "pubsub"
    } else if serving.states.get(key).is_some_and(|state| state.defined) {
        "state"
    } else {
        return Cow::Borrowed(key);
    };
    Cow::Owned(names::component(function.name, group, key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::function::{Component, Input, Output, State};

    #[test]
    fn components_alone_do_not_turn_dapr_on() {
        let mut serving = Serving::default();
        serving.bindings.insert("a", Component::default());
        assert!(!is_on(&serving));
        serving.outputs.push(Output::default());
        assert!(is_on(&serving));
    }

    #[test]
    fn the_annotation_decides() {
        for (value, on) in [("false", false), ("true", true), ("no", true)] {
            let mut serving = Serving::default();
            serving.annotations.insert(ENABLE, value.into());
            assert_eq!(is_on(&serving), on, "{value}");
        }
    }

    #[test]
    fn the_protocol_depends_on_who_calls() {
        let mut serving = Serving::default();
        assert_eq!(protocol(&serving), "http");
        serving.triggers.push(Input::default());
        assert_eq!(protocol(&serving), "grpc");
        serving.annotations.insert(APP_PROTOCOL, "h2c".into());
        assert_eq!(protocol(&serving), "h2c");
    }

    #[test]
    fn a_component_of_the_function_has_a_derived_name() {
        let function = Function {
            name: "f",
            ..Function::default()
        };
        let mut serving = Serving::default();
        serving.bindings.insert("a", Component::default());
        serving.pubsub.insert("b", Component::default());
        let defined = State {
            defined: true,
            ..State::default()
        };
        serving.states.insert("c", defined);
        serving.states.insert("d", State::default());
        let names: Vec<_> = ["a", "b", "c", "d", "e"]
            .iter()
            .map(|key| component_name(&function, &serving, key))
            .collect();
        assert_eq!(names, ["f-bindings-a", "f-pubsub-b", "f-state-c", "d", "e"]);
    }
}
