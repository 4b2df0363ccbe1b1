//! Dapr triggers, inputs, outputs and components.

use std::borrow::Cow;

use crate::formats::names;
use crate::formats::notes::{Notes, Path};
use crate::formats::sorted::{Sorted, Strings};
use crate::formats::syntax;
use crate::formats::written::quoted;
use crate::function::dapr;
use crate::function::dapr::MAX_ITEMS;
use crate::function::settings::Settings;
use crate::function::types::Engine;
use crate::function::types::Mode;
use crate::function::types::{Component, Function, Input, Section, Serving, distinct_keys, has_group};

/// What Dapr's proxy has in it.
const PROXY_DOMAIN: &str = "cluster.local";

pub(super) fn validate(
    function: &Function<'_>,
    serving: &Serving<'_>,
    settings: &Settings,
    engine: Engine,
    notes: &mut Notes,
) {
    let at = &Path::root("spec.serving");
    annotations(serving, &at.field("annotations"), notes);
    delivery(serving, settings, engine, &at.field("triggers.dapr"), notes);
    distinct(function, serving, notes);
    let triggers = [
        ("triggers.dapr", &serving.triggers, &["bindings", "pubsub"][..]),
        (
            "triggers.inputs",
            &serving.inputs,
            &["bindings", "pubsub", "state"],
        ),
    ];
    for (name, inputs, groups) in triggers {
        notes.at_most(&at.field(name), inputs.len(), MAX_ITEMS);
        for (index, input) in inputs.iter().enumerate() {
            let is_again = inputs.iter().take(index).any(|other| other.is_same(input));
            item(input, groups, is_again, notes);
        }
        named(inputs.iter(), false, notes);
    }
    let outputs = || serving.outputs.iter().map(|output| &output.input);
    for (index, output) in outputs().enumerate() {
        // One component may be written to in several ways, each of its own name.
        let is_again = |other: &Input<'_>| other.is_same(output) && other.named() == output.named();
        let is_again = outputs().take(index).any(is_again);
        item(output, &["bindings", "pubsub"], is_again, notes);
    }
    named(outputs(), true, notes);
    for output in &serving.outputs {
        let place = Path::root(&output.input.at);
        notes.at_most(&place.field("metadata"), output.metadata.len(), MAX_ITEMS);
        if output.operation.is_some() && output.input.group() == Some(Section::Pubsub) {
            notes.warn(
                &place.field("operation"),
                "is not used: only a binding has operations",
            );
        }
    }
    components(&serving.bindings, "bindings", &at.field("bindings"), notes);
    components(&serving.pubsub, "pubsub", &at.field("pubsub"), notes);
    let states = at.field("states");
    notes.at_most(&states, serving.states.len(), MAX_ITEMS);
    for (key, state) in serving.states.iter() {
        if state.spec.is_some() {
            component_key(key, &states, notes);
            group(
                &state.r#type,
                &["state"],
                &states.key(key).field("spec.type"),
                notes,
            );
        }
    }
}

fn annotations(serving: &Serving<'_>, at: &Path<'_>, notes: &mut Notes) {
    let value = |key| serving.annotations.get(key).map(|value| &**value);
    if let Some(mode) = value(dapr::MODE)
        && !["sidecar", "standalone"].contains(&mode)
    {
        notes.unsupported(&at.key(dapr::MODE), quoted(mode), &["sidecar", "standalone"]);
    }
    if let Some(id) = value(dapr::APP_ID)
        && !(syntax::is_label(id) && id.len() <= names::APP_ID)
    {
        notes.invalid(
            &at.key(dapr::APP_ID),
            quoted(id),
            "must be a DNS label of at most 58 characters: Dapr makes a Service of it and '-dapr'",
        );
    }
    if let Some(protocol) = value(dapr::APP_PROTOCOL) {
        // The proxy ends at the start with any other.
        let known: &[&str] = match dapr::mode(serving) {
            Mode::Standalone => &["grpc", "http"],
            Mode::Sidecar | Mode::Off => &["grpc", "grpcs", "h2c", "http", "https"],
        };
        if !known.contains(&protocol) {
            notes.unsupported(&at.key(dapr::APP_PROTOCOL), quoted(protocol), known);
        }
    }
}

/// What is accepted, and does not deliver what Dapr triggers are for.
fn delivery(serving: &Serving<'_>, settings: &Settings, engine: Engine, at: &Path<'_>, notes: &mut Notes) {
    let mode = dapr::mode(serving);
    if serving.triggers.is_empty() || mode == Mode::Off {
        return;
    }
    let protocol = dapr::protocol(serving);
    if mode == Mode::Standalone && serving.http.is_some() && protocol == "grpc" {
        notes.warn(
            at,
            "does not reach the function: Dapr's proxy calls an http function only over http; set the annotation \
             dapr.io/app-protocol to http",
        );
    } else if serving.http.is_some() && !serving.annotations.contains(dapr::APP_PROTOCOL) {
        notes.warn(
            at,
            "is delivered as gRPC on the function's own port; for a function that serves http, set the \
             annotation dapr.io/app-protocol to http",
        );
    }
    // The interceptor knows the paths of the route alone.
    let mut paths = serving.http.iter().flat_map(|http| &http.paths).peekable();
    if mode == Mode::Standalone
        && engine == Engine::Keda
        && paths.peek().is_some()
        && !paths.any(|path| path.value == "/")
    {
        notes.warn(
            at,
            "does not reach the function: Dapr's proxy calls the path /COMPONENT or /TOPIC, and \
             spec.serving.triggers.http.route.rules has no path /",
        );
    }
    if mode == Mode::Standalone && settings.cluster_domain != PROXY_DOMAIN {
        notes.warn(
            at,
            format_args!(
                "does not reach the function: Dapr's proxy supports only the cluster domain {PROXY_DOMAIN}; \
                 use the sidecar mode"
            ),
        );
    }
}

/// Names that are cut end in a short hash, which two may share.
fn distinct(function: &Function<'_>, serving: &Serving<'_>, notes: &mut Notes) {
    let mut names = Strings::new();
    // Of more it is said that they are too many.
    for (group, key, _) in serving.components().take(3 * MAX_ITEMS) {
        let name = names::component(function.name, group, key);
        if names.contains(&name) {
            let root = Path::root("spec.serving");
            let field = if group == "state" { "states" } else { group };
            notes.duplicate(&root.field(field).key(key), quoted(&name));
        }
        names.insert(name, Cow::Borrowed(""));
    }
}

/// One trigger, input or output. What it lacks has been said already.
fn item(input: &Input<'_>, groups: &[&str], is_again: bool, notes: &mut Notes) {
    let at = Path::root(&input.at);
    group(&input.r#type, groups, &at.field("type"), notes);
    if input.name.is_empty() {
        return;
    }
    if !syntax::is_subdomain(input.name) {
        notes.invalid(
            &at.field("name"),
            quoted(input.name),
            "must be the name of a Dapr component",
        );
    }
    if is_again {
        match input.topic {
            Some(topic) => notes.duplicate(
                &at,
                format_args!("{} with the topic {}", quoted(input.name), quoted(topic)),
            ),
            None => notes.duplicate(&at, quoted(input.name)),
        }
    }
    match (input.group(), input.topic) {
        (Some(Section::Pubsub), None) => notes.warn(
            &at.field("topic"),
            "is missing: without a topic a pubsub component delivers nothing",
        ),
        (Some(Section::Bindings | Section::State), Some(_)) => notes.warn(
            &at.field("topic"),
            "is not used: only a pubsub component has topics",
        ),
        _ => {}
    }
}

/// Says which names the function knows inputs or outputs by, where two would have the same. What
/// is called needs no name, unless the user has chosen one.
fn named<'i, 'a: 'i>(inputs: impl Iterator<Item = &'i Input<'a>>, outputs: bool, notes: &mut Notes) {
    let inputs: Vec<_> = inputs.collect();
    let names = distinct_keys(inputs.iter().map(|input| input.named()).collect());
    for (input, name) in inputs.into_iter().zip(names) {
        let (wanted, _) = input.named();
        if wanted == name || !(outputs || input.alias.is_some()) {
            continue;
        }
        let field = if outputs { "outputName" } else { "inputName" };
        notes.warn(
            &Path::root(&input.at),
            format_args!(
                "has the name {} in the function, because an earlier one has {}; choose names with {field}",
                quoted(&name),
                quoted(wanted)
            ),
        );
    }
}

fn group(r#type: &str, groups: &[&str], at: &Path<'_>, notes: &mut Notes) {
    if r#type.is_empty() || groups.iter().any(|group| has_group(r#type, group)) {
        return;
    }
    let groups: Vec<String> = groups.iter().map(|group| format!("{group}.…")).collect();
    notes.invalid(
        at,
        quoted(r#type),
        format_args!("must be {}", groups.join(" or ")),
    );
}

fn components(all: &Sorted<'_, Component<'_>>, name: &str, at: &Path<'_>, notes: &mut Notes) {
    notes.at_most(at, all.len(), MAX_ITEMS);
    for (key, component) in all.iter() {
        component_key(key, at, notes);
        group(&component.r#type, &[name], &at.key(key).field("type"), notes);
    }
}

/// The key becomes part of a name.
fn component_key(key: &str, at: &Path<'_>, notes: &mut Notes) {
    if !syntax::is_label(key) {
        notes.invalid(
            at,
            quoted(key),
            "must be a DNS label: at most 63 lower-case letters, digits or '-', starting and ending with a letter or digit",
        );
    }
}
