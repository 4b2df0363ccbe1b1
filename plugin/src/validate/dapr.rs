//! Dapr triggers, inputs, outputs and components.

use std::collections::BTreeSet;

use super::syntax;
use crate::dapr;
use crate::function::{Component, Input, Serving, has_group};
use crate::notes::{Notes, Path};
use crate::sorted::Sorted;
use crate::written::quoted;

/// What multiplies in children and in the function's context is limited.
const MAX_ITEMS: usize = 64;

pub(super) fn validate(serving: &Serving<'_>, notes: &mut Notes) {
    let at = &Path::root("spec.serving");
    mode(serving, &at.field("annotations").key(dapr::MODE), notes);
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
        let mut seen = BTreeSet::new();
        for input in inputs {
            item(input, groups, &mut seen, notes);
        }
    }
    notes.at_most(&at.field("outputs"), serving.outputs.len(), MAX_ITEMS);
    let mut seen = BTreeSet::new();
    for output in &serving.outputs {
        item(&output.input, &["bindings", "pubsub"], &mut seen, notes);
        let place = Path::root(&output.input.at);
        notes.at_most(&place.field("metadata"), output.metadata.len(), MAX_ITEMS);
    }
    components(&serving.bindings, "bindings", &at.field("bindings"), notes);
    components(&serving.pubsub, "pubsub", &at.field("pubsub"), notes);
    let states = at.field("states");
    notes.at_most(&states, serving.states.len(), MAX_ITEMS);
    for (key, state) in serving.states.iter() {
        if state.defined {
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

fn mode(serving: &Serving<'_>, at: &Path<'_>, notes: &mut Notes) {
    match serving.annotations.get(dapr::MODE).map(|mode| &**mode) {
        None | Some("sidecar") => {}
        Some("standalone") if dapr::is_on(serving) => notes.forbidden(
            at,
            "this version does not have the standalone mode (a proxy Deployment); use sidecar",
        ),
        Some("standalone") => {}
        Some(other) => notes.unsupported(at, quoted(other), &["sidecar", "standalone"]),
    }
}

/// One trigger, input or output. What it lacks has been said already.
fn item<'a>(input: &Input<'a>, groups: &[&str], seen: &mut BTreeSet<&'a str>, notes: &mut Notes) {
    let at = Path::root(&input.at);
    group(&input.r#type, groups, &at.field("type"), notes);
    if !input.name.is_empty() && !syntax::is_subdomain(input.name) {
        notes.invalid(
            &at.field("name"),
            quoted(input.name),
            "must be the name of a Dapr component",
        );
    }
    if !input.name.is_empty() && !seen.insert(input.key()) {
        notes.duplicate(&at, quoted(input.key()));
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
            "must be a DNS label: at most 63 lower-case letters, digits or '-', with a letter or digit at both ends",
        );
    }
}
