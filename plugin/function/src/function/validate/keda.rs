//! What KEDA's webhook and its scalers refuse: triggers, and what a ScaledObject says about them.
//!
//! Source: KEDA 2.19, `apis/keda/v1alpha1/scaledobject_types.go`, `scaledobject_webhook.go` and
//! `scaletriggers_types.go`, and `pkg/scalers`. A scaler that is not known here passes.

use super::lists::{list, objects};
use crate::formats::json::{Json, Object};
use crate::formats::names;
use crate::formats::notes::{Notes, Path};
use crate::formats::quantity;
use crate::formats::syntax;
use crate::formats::written::quoted;
use crate::function::conventions::CONTAINER;
use crate::function::types::Engine;
use crate::function::types::{Serving, WorkloadType};

/// Scalers that read the pods' own use of a resource.
const RESOURCES: [&str; 2] = ["cpu", "memory"];
/// Scalers that have nothing to cache.
const UNCACHED: [&str; 3] = ["cpu", "cron", "memory"];
const OF_RESOURCES: [&str; 2] = ["AverageValue", "Utilization"];
const OF_OTHERS: [&str; 2] = ["AverageValue", "Value"];

/// What a scaler must be told in `metadata`. A key with `~` may also come from the
/// TriggerAuthentication.
const REQUIRED: &[(&str, &[&str])] = &[
    ("aws-sqs-queue", &["~awsRegion", "~queueURL"]),
    ("azure-queue", &["queueName"]),
    ("cpu", &["value"]),
    ("cron", &["desiredReplicas", "end", "start", "timezone"]),
    ("external", &["scalerAddress"]),
    ("external-push", &["scalerAddress"]),
    ("graphite", &["query", "queryTime", "serverAddress"]),
    ("kafka", &["~bootstrapServers", "~consumerGroup"]),
    ("kubernetes-workload", &["podSelector"]),
    ("loki", &["query", "serverAddress", "threshold"]),
    ("memory", &["value"]),
    ("prometheus", &["query", "serverAddress", "threshold"]),
    ("rabbitmq", &["queueName"]),
    ("redis", &["listName"]),
];

pub(super) fn validate(serving: &Serving<'_>, template: &Object<'_>, engine: Engine, notes: &mut Notes) {
    let scale = &serving.scale;
    if engine != Engine::Async || scale.triggers.is_empty() {
        return;
    }
    let at = Path::root("spec.serving.scaleOptions.keda");
    let triggers = at.field("triggers");
    for (index, trigger) in scale.triggers.iter().enumerate() {
        check_trigger(trigger, &triggers.index(index), notes);
    }
    if serving.workload_type != WorkloadType::Job {
        for (index, trigger) in scale.triggers.iter().enumerate() {
            if RESOURCES.contains(&text(trigger, "type")) {
                has_resource(trigger, template, &triggers.index(index), notes);
            }
        }
        scaled_object(serving, &at.field("scaledObject"), notes);
    }
}

fn check_trigger(trigger: &Json<'_>, at: &Path<'_>, notes: &mut Notes) {
    let scaler = text(trigger, "type");
    if UNCACHED.contains(&scaler) && matches!(trigger.get("useCachedMetrics"), Some(Json::Flag(true))) {
        notes.forbidden(
            &at.field("useCachedMetrics"),
            format_args!("KEDA caches no metrics of the scaler {scaler}"),
        );
    }
    let metric = text(trigger, "metricType");
    if RESOURCES.contains(&scaler) {
        resource_metric(trigger, metric, at, notes);
    } else if metric == "Utilization" {
        notes.unsupported(&at.field("metricType"), quoted(metric), &OF_OTHERS);
    }
    let Some(metadata) = trigger.get("metadata").and_then(Json::as_object) else {
        return;
    };
    let is_authenticated = trigger.get("authenticationRef").is_some();
    let required = REQUIRED.iter().find(|(name, _)| *name == scaler);
    for key in required.into_iter().flat_map(|(_, keys)| *keys) {
        let (key, is_secret) = match key.strip_prefix('~') {
            Some(key) => (key, true),
            None => (*key, false),
        };
        let has = |key: &str| matches!(metadata.get(key), Some(Json::Text(text)) if !text.is_empty());
        let is_told = has(key) || has(&[key, "FromEnv"].concat()) || (is_secret && is_authenticated);
        if !is_told {
            notes.required(
                &at.field("metadata").field(key),
                format_args!("the scaler {scaler} needs it"),
            );
        }
    }
}

/// How cpu and memory are measured; older releases of KEDA read it in `metadata.type`.
fn resource_metric(trigger: &Json<'_>, metric: &str, at: &Path<'_>, notes: &mut Notes) {
    let metadata = |key| trigger.get("metadata").map_or("", |metadata| text(metadata, key));
    let old = metadata("type");
    let (place, metric) = match (metric, old) {
        ("", "") => {
            let why = "AverageValue or Utilization, for the scalers cpu and memory";
            return notes.required(&at.field("metricType"), why);
        }
        ("", old) => ("metadata.type", old),
        (metric, _) => ("metricType", metric),
    };
    if !old.is_empty() && place == "metricType" {
        let why = "metricType is set; KEDA takes only one of them";
        notes.forbidden(&at.field("metadata.type"), why);
    }
    if !OF_RESOURCES.contains(&metric) {
        return notes.unsupported(&at.field(place), quoted(metric), &OF_RESOURCES);
    }
    let value = metadata("value");
    let (is_right, wanted) = match metric {
        "Utilization" => (
            value.parse::<i32>().is_ok(),
            "a whole number, in percent of the request",
        ),
        _ => (
            quantity::stored(value, quantity::NANO).is_ok(),
            "a quantity, such as 500m or 64Mi",
        ),
    };
    if !value.is_empty() && !is_right {
        notes.invalid(
            &at.field("metadata.value"),
            quoted(value),
            format_args!("must be {wanted}"),
        );
    }
}

/// KEDA refuses to scale by a resource of which no container asks for any.
fn has_resource(trigger: &Json<'_>, template: &Object<'_>, at: &Path<'_>, notes: &mut Notes) {
    let resource = text(trigger, "type");
    let chosen = trigger
        .get("metadata")
        .map_or("", |metadata| text(metadata, "containerName"));
    let containers = || objects(list(template, "containers")).map(|(_, container)| container);
    let name_of = |container: &Object<'_>| container.get("name").and_then(Json::as_text) == Some(chosen);
    if !chosen.is_empty() && chosen != CONTAINER && !containers().any(name_of) {
        return notes.not_found(&at.field("metadata.containerName"), quoted(chosen));
    }
    let asks = |container: &Object<'_>| {
        ["limits", "requests"].iter().any(|list| {
            let found = container
                .get("resources")
                .and_then(|all| all.get(list)?.get(resource));
            found.is_some()
        })
    };
    let named = containers().map(|container| {
        let name = container.get("name").and_then(Json::as_text).unwrap_or_default();
        (name, asks(container))
    });
    let mut all: Vec<(&str, bool)> = named.collect();
    if !all.iter().any(|(name, _)| *name == CONTAINER) {
        all.push((CONTAINER, false));
    }
    let mut lacking = all.into_iter().filter(|(name, asks)| {
        let is_chosen = chosen.is_empty() || *name == chosen;
        is_chosen && !asks
    });
    if let Some((name, _)) = lacking.next() {
        notes.warn(
            at,
            format_args!(
                "the container {} has neither a request nor a limit for {resource}: KEDA rejects the ScaledObject \
                 unless a LimitRange of the namespace sets one",
                quoted(name)
            ),
        );
    }
}

fn scaled_object(serving: &Serving<'_>, at: &Path<'_>, notes: &mut Notes) {
    let scale = &serving.scale;
    let options = &scale.scaled_object;
    // KEDA counts a minimum of 0 as 1 here.
    let least = scale.min.unwrap_or(0).max(1);
    if let Some(idle) = options.get("idleReplicaCount").and_then(Json::as_whole)
        && idle >= i64::from(least)
    {
        notes.invalid(
            &at.field("idleReplicaCount"),
            idle,
            format_args!("must be less than the minimum of replicas, which is {least}"),
        );
    }
    let advanced = options.get("advanced");
    let hpa = advanced.and_then(|advanced| advanced.get("horizontalPodAutoscalerConfig"));
    let name = hpa.map_or("", |hpa| text(hpa, "name"));
    let is_name = syntax::is_subdomain(name) && name.len() <= names::LABEL;
    if !name.is_empty() && !is_name {
        notes.invalid(
            &at.field("advanced.horizontalPodAutoscalerConfig.name"),
            quoted(name),
            "must have at most 63 lower-case letters, digits, '-' or '.', starting and ending with a letter or digit",
        );
    }
    let modifiers = advanced
        .and_then(|advanced| advanced.get("scalingModifiers")?.as_object())
        .filter(|modifiers| !modifiers.is_empty());
    if let Some(modifiers) = modifiers {
        check_modifiers(
            modifiers,
            &scale.triggers,
            &at.field("advanced.scalingModifiers"),
            notes,
        );
    }
    if options.get("fallback").is_some() {
        fallback(modifiers, &scale.triggers, &at.field("fallback"), notes);
    }
}

/// A fallback needs a metric that is an average over the replicas.
fn fallback(modifiers: Option<&Object<'_>>, triggers: &[Json<'_>], at: &Path<'_>, notes: &mut Notes) {
    match modifiers {
        Some(modifiers) if member(modifiers, "metricType") == "Value" => notes.forbidden(
            at,
            "KEDA allows it only where advanced.scalingModifiers.metricType is AverageValue",
        ),
        Some(_) => {}
        None => {
            let is_average = |trigger: &Json<'_>| {
                !RESOURCES.contains(&text(trigger, "type"))
                    && ["", "AverageValue"].contains(&text(trigger, "metricType"))
            };
            if !triggers.iter().any(is_average) {
                notes.forbidden(
                    at,
                    "KEDA allows it only with a trigger other than cpu and memory whose metricType is AverageValue",
                );
            }
        }
    }
}

fn check_modifiers(modifiers: &Object<'_>, triggers: &[Json<'_>], at: &Path<'_>, notes: &mut Notes) {
    let (formula, target) = (member(modifiers, "formula"), member(modifiers, "target"));
    if formula.is_empty() {
        notes.required(
            &at.field("formula"),
            "the formula over the metrics of the triggers",
        );
    }
    if target.is_empty() {
        notes.required(&at.field("target"), "the value of the formula for each replica");
    } else if syntax::thousandths(target).is_some_and(|number| number < 0)
        || !target.bytes().any(|byte| matches!(byte, b'1'..=b'9'))
    {
        notes.invalid(
            &at.field("target"),
            quoted(target),
            "must be a number greater than 0",
        );
    }
    let named = triggers
        .iter()
        .filter(|trigger| !RESOURCES.contains(&text(trigger, "type")));
    let names: Vec<&str> = named.map(|trigger| text(trigger, "name")).collect();
    if let Some(name) = unknown_name(formula, &names) {
        notes.invalid(
            &at.field("formula"),
            quoted(name),
            "must be the name of a trigger other than cpu and memory",
        );
    }
}

/// Words of the formula's language.
const WORDS: [&str; 14] = [
    "and",
    "contains",
    "else",
    "endsWith",
    "false",
    "if",
    "in",
    "let",
    "matches",
    "nil",
    "not",
    "or",
    "startsWith",
    "true",
];

/// The first name in a formula that no trigger has. A formula with texts, closures or names of its
/// own is not looked into.
fn unknown_name<'f>(formula: &'f str, names: &[&str]) -> Option<&'f str> {
    if formula.contains(['"', '\'', '`', '{', '#', '$', ';']) {
        return None;
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut rest = formula;
    let mut before = ' ';
    while let Some(start) = rest.find(is_part) {
        let (skipped, found) = rest.split_at_checked(start)?;
        before = skipped.chars().next_back().unwrap_or(before);
        let end = found.find(|c| !is_part(c)).unwrap_or(found.len());
        let (name, after) = found.split_at_checked(end)?;
        let is_called = after.trim_start().starts_with('(');
        let is_name = !name.starts_with(|c: char| c.is_ascii_digit()) && before != '.';
        if is_name && !is_called && !WORDS.contains(&name) && !names.contains(&name) {
            return Some(name);
        }
        rest = after;
        before = ' ';
    }
    None
}

fn text<'v>(object: &'v Json<'_>, key: &str) -> &'v str {
    object.get(key).and_then(Json::as_text).unwrap_or_default()
}

fn member<'v>(object: &'v Object<'_>, key: &str) -> &'v str {
    object.get(key).and_then(Json::as_text).unwrap_or_default()
}
