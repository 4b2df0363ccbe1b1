//! What a Function says of Dapr: whether it is on, in which mode, and which Components are meant.

use std::borrow::Cow;

use super::request::{Object as Observed, Objects};
use super::types::{Function, Mode, Section, Serving};
use crate::formats::json::{Json, Object};
use crate::formats::{names, syntax};
use crate::kinds;

/// `"false"` turns Dapr off, any other value on.
pub(crate) const ENABLE: &str = "openfunction.io/enable-dapr";
/// `sidecar` or `standalone`.
pub(crate) const MODE: &str = "openfunction.io/dapr-service-mode";
/// Whether Dapr's injector adds a sidecar. Ours alone: the mode decides.
pub(crate) const ENABLED: &str = "dapr.io/enabled";
/// Dapr's name for the function.
pub(crate) const APP_ID: &str = "dapr.io/app-id";
/// The protocol between sidecar and function.
pub(crate) const APP_PROTOCOL: &str = "dapr.io/app-protocol";
/// Triggers, inputs, outputs, states and components of a group: what multiplies in children and
/// in the function's context is limited.
pub(crate) const MAX_ITEMS: usize = 64;

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

/// Dapr's name for the function: what the user says, else one that follows from its own name.
pub(crate) fn app_id<'a>(function: &Function<'_>, serving: &'a Serving<'_>) -> Cow<'a, str> {
    match serving.annotations.get(APP_ID) {
        Some(id) => Cow::Borrowed(id),
        None => Cow::Owned(names::app_id(function.name, function.namespace)),
    }
}

/// The existing Components that the function uses: whatever it names and does not define. Each
/// once, in order.
pub(crate) fn existing<'s>(serving: &'s Serving<'_>) -> Vec<Cow<'s, str>> {
    let inputs = serving.triggers.iter().chain(&serving.inputs);
    let inputs = inputs.chain(serving.outputs.iter().map(|output| &output.input));
    let inputs = inputs.filter(|input| input.section.is_none());
    let states = serving.states.iter();
    let states = states.filter(|(_, state)| state.spec.is_none());
    let names = inputs
        .map(|input| input.name)
        .chain(states.map(|(key, _)| key))
        .filter(|name| syntax::is_subdomain(name));
    let names: Vec<_> = names.map(|name| (Cow::Borrowed(name), Json::Null)).collect();
    let names = Object::from(names).into_members().into_iter();
    names.map(|(name, _)| name).collect()
}

/// An existing Component among the related objects.
pub(crate) fn find<'r, 'a>(
    related: &'r Objects<'a>,
    namespace: &str,
    name: &str,
) -> Option<&'r Observed<'a>> {
    let kind = &kinds::COMPONENT;
    related.find_in(kind.api_version, kind.kind, namespace, name)
}

/// The Component that a name stands for: one that the Function defines in a section has a derived
/// name, any other is an existing one of that very name.
pub(crate) fn component_name<'a>(
    function: &Function<'_>,
    section: Option<Section>,
    name: &'a str,
) -> Cow<'a, str> {
    match section {
        Some(section) => Cow::Owned(names::component(function.name, section.group(), name)),
        None => Cow::Borrowed(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::function::types::{Component, Input, Output};

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
        let sections = Section::ALL.into_iter().map(Some).chain([None]);
        let names: Vec<_> = sections
            .map(|section| component_name(&function, section, "a"))
            .collect();
        assert_eq!(names, ["f-bindings-a", "f-pubsub-a", "f-state-a", "a"]);
    }
}
