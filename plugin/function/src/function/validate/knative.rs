//! What Knative would refuse, and what only Knative reads.

mod annotations;
mod place;
mod pods;

use place::{ANNOTATIONS, OPTIONS, place};

use super::common::MAX_ENTRIES;
use super::lists::objects;
use crate::formats::json::{Json, Object};
use crate::formats::notes::{Notes, Path};
use crate::formats::syntax;
use crate::formats::written::quoted;
use crate::function::conventions::CONTAINER;
use crate::function::knative;
use crate::function::types::Engine;
use crate::function::types::Serving;

/// What Knative takes as the name of a port: its protocol.
const PORT_NAMES: [&str; 2] = ["h2c", "http1"];

pub(super) fn validate(serving: &Serving<'_>, template: &Object<'_>, engine: Engine, notes: &mut Notes) {
    let options = Path::root(OPTIONS);
    let at = options.field("knative");
    let own = &serving.scale.knative;
    notes.at_most(&at, own.len(), MAX_ENTRIES);
    for key in own.keys().filter(|key| !syntax::is_annotation_key(key)) {
        notes.invalid(
            &at,
            quoted(key),
            "must be an annotation key: a name with an optional DNS prefix and '/'",
        );
    }
    if engine != Engine::Knative {
        if !own.is_empty() {
            notes.warn(
                &at,
                format_args!("is not used: the engine is {}, not knative", engine.as_str()),
            );
        }
        return;
    }
    overridden(serving, &at, notes);
    bounds(serving, notes);
    concurrency(serving, notes);
    let scale = &serving.scale;
    if scale.target.is_some() || scale.cooldown.is_some() || !scale.http.is_empty() {
        notes.warn(
            &options.field("keda.httpScaledObject"),
            "only its bounds are used: the engine is knative, not keda",
        );
    }
    annotations::validate(serving, notes);
    pods::validate(serving, template, notes);
    ports(serving, template, notes);
}

/// Says which of two places counts.
fn overridden(serving: &Serving<'_>, at: &Path<'_>, notes: &mut Notes) {
    let annotations = Path::root(ANNOTATIONS);
    for (key, value) in serving.scale.knative.iter() {
        let fixed = fixed(serving, key);
        if knative::is_annotated(serving, key) {
            let what = "is not used: spec.serving.annotations has it too";
            notes.warn(&at.key(key), what);
        } else if let Some((bound, name)) = fixed.filter(|(bound, _)| bound.to_string() != **value) {
            notes.warn(
                &at.key(key),
                format_args!("is not used: spec.serving.scaleOptions.{name} is {bound}"),
            );
        }
    }
    for (key, value) in serving.annotations.iter() {
        if let Some((bound, name)) = fixed(serving, key).filter(|(bound, _)| bound.to_string() != **value) {
            notes.warn(
                &annotations.key(key),
                format_args!("is not used: spec.serving.scaleOptions.{name} is {bound}"),
            );
        }
    }
}

/// The bound of `scaleOptions` that a key stands for, and its name there.
fn fixed<'s>(serving: &'s Serving<'_>, key: &str) -> Option<(i32, &'s str)> {
    let scale = &serving.scale;
    if knative::MIN.contains(&key) {
        return Some((scale.min?, scale.min_at));
    }
    knative::MAX
        .contains(&key)
        .then_some((scale.max?, scale.max_name))
}

/// One bound, where it counts.
struct Bound {
    value: i32,
    at: String,
}

fn bounds(serving: &Serving<'_>, notes: &mut Notes) {
    let scale = &serving.scale;
    let min = bound(serving, knative::MIN, scale.min, scale.min_at, notes);
    let max = bound(serving, knative::MAX, scale.max, scale.max_name, notes);
    // To Knative no maximum is 0.
    if let (Some(min), Some(max)) = (min, max)
        && min.value > max.value
        && max.value > 0
    {
        notes.invalid(
            &Path::root(&min.at),
            min.value,
            format_args!("must not be greater than {}, which is {}", max.at, max.value),
        );
    }
}

fn bound(
    serving: &Serving<'_>,
    keys: [&str; 2],
    fixed: Option<i32>,
    name: &str,
    notes: &mut Notes,
) -> Option<Bound> {
    if let Some(value) = fixed {
        let at = format!("{OPTIONS}.{name}");
        return Some(Bound { value, at });
    }
    let mut first = None;
    for key in keys {
        let Some((text, of_knative)) = knative::value(serving, key) else {
            continue;
        };
        let at = place(key, of_knative);
        match text.parse::<i32>() {
            Ok(value) if value >= 0 => first = first.or(Some(Bound { value, at })),
            _ => notes.invalid(
                &Path::root(&at),
                quoted(text),
                "must be a whole number of at least 0",
            ),
        }
    }
    first
}

fn concurrency(serving: &Serving<'_>, notes: &mut Notes) {
    let key = knative::CONCURRENCY;
    if let Some((_, of_knative)) = knative::value(serving, key)
        && knative::concurrency(serving).is_none()
    {
        notes.warn(
            &Path::root(&place(key, of_knative)),
            "is not used for containerConcurrency: it must be a whole number from 0 to 1000",
        );
    }
}

/// A revision has one port.
fn ports(serving: &Serving<'_>, template: &Object<'_>, notes: &mut Notes) {
    let at = Path::root("spec.serving.template");
    for list in ["containers", "initContainers"] {
        let at = at.field(list);
        let containers = template.get(list).and_then(Json::as_list).unwrap_or_default();
        for (index, container) in objects(containers) {
            let name = container.get("name").and_then(Json::as_text);
            let ports = container.get("ports").and_then(Json::as_list).unwrap_or_default();
            let at = at.index(index);
            let at = at.field("ports");
            if ports.is_empty() {
                continue;
            }
            if name != Some(CONTAINER) || ports.len() > 1 {
                notes.forbidden(
                    &at,
                    "a Knative Service has only one port, the one of the container \"function\"",
                );
                continue;
            }
            for (index, port) in objects(ports) {
                the_port(serving, port, &at.index(index), notes);
            }
        }
    }
}

fn the_port(serving: &Serving<'_>, port: &Object<'_>, at: &Path<'_>, notes: &mut Notes) {
    let number = port.get("containerPort").and_then(Json::as_whole);
    let wanted = serving.http.as_ref().map_or(0, |http| http.port);
    if let Some(number) = number.filter(|number| *number != wanted) {
        notes.invalid(
            &at.field("containerPort"),
            number,
            format_args!(
                "must be {wanted}, which is spec.serving.triggers.http.port: a Knative Service has only one port"
            ),
        );
    }
    let name = port.get("name").and_then(Json::as_text);
    if let Some(name) = name.filter(|name| !name.is_empty() && !PORT_NAMES.contains(name)) {
        notes.unsupported(&at.field("name"), quoted(name), &PORT_NAMES);
    }
    let protocol = port.get("protocol").and_then(Json::as_text).unwrap_or("TCP");
    if !["", "TCP"].contains(&protocol) {
        notes.unsupported(&at.field("protocol"), quoted(protocol), &["TCP"]);
    }
}
