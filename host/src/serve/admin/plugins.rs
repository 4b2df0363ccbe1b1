//! `GET /plugins` and `/plugins/NAME/shadow`.

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::catalogue::{Candidate, Entry, Place, Plugin, Stage};
use crate::pipeline::ShadowCounts;
use crate::serve::Shared;
use crate::serve::respond::text;
use crate::telemetry::PluginMetrics;

/// What each plugin is, or why it is not there, and what came of its requests. Without its settings, which may
/// have what is nobody's business.
pub(super) async fn list(State(shared): State<Shared>) -> Response {
    let plugins: Vec<Value> = shared
        .pipeline
        .catalogue()
        .places()
        .iter()
        .map(|place| Value::Object(plugin(&shared, place)))
        .collect();
    page(&json!({ "plugins": plugins }))
}

fn page(value: &Value) -> Response {
    let page = format!("{value}\n");
    ([(header::CONTENT_TYPE, "application/json")], page).into_response()
}

/// What a plugin is, what came of its requests, and its other versions.
pub(in crate::serve) fn plugin(shared: &Shared, place: &Place) -> Map<String, Value> {
    let entry = place.entry();
    let mut facts = match &entry {
        Entry::Loaded(plugin) => loaded(plugin),
        Entry::Loading => facts(json!({"loaded": false})),
        Entry::Failed(reason) => facts(json!({"loaded": false, "reason": reason.to_string()})),
    };
    let mut set = |key: &str, value: Value| {
        facts.insert(key.to_owned(), value);
    };
    set("state", json!(place.state()));
    set("name", json!(**place.name()));
    if let Some(candidate) = place.candidate() {
        set("candidate", of_candidate(&candidate));
    }
    if let Some(previous) = place.previous() {
        set("previous", version(&previous));
    }
    if let Some(shadow) = shared.pipeline.shadow(place.name()) {
        set("shadow", version(shadow.plugin()));
    }
    let changes = place
        .changes()
        .map(|(change, count)| (change.as_str().to_owned(), json!(count)));
    set("changes", Value::Object(changes.collect()));
    if let Some(metrics) = shared.telemetry.metrics.plugin(place.name()) {
        set("requests", requests(&entry, &metrics));
        set("mostMemory", json!(metrics.most_memory()));
    }
    facts
}

/// A version in short.
fn version(plugin: &Plugin) -> Value {
    json!({
        "digest": plugin.digest,
        "version": plugin.description.version,
        "source": plugin.source.to_string(),
    })
}

/// A version that does not serve.
fn of_candidate(candidate: &Candidate) -> Value {
    let mut facts = facts(json!({
        "source": candidate.source,
        "digest": candidate.digest,
        "state": candidate.stage.as_str(),
    }));
    if let Stage::Failed(failure) = &candidate.stage {
        facts.insert("reason".to_owned(), json!(failure.to_string()));
    }
    Value::Object(facts)
}

/// What the shadow of a plugin was seen to do.
pub(super) async fn shadow(State(shared): State<Shared>, Path(name): Path<String>) -> Response {
    let Some(place) = shared.pipeline.catalogue().place(&name) else {
        let sentence = "unknown plugin; see GET /plugins".to_owned();
        return text(StatusCode::NOT_FOUND, sentence);
    };
    let shadow = shared.pipeline.shadow(&name);
    let waiting = place.shadow();
    if shadow.is_none() && waiting.is_none() {
        let sentence =
            "this plugin has no shadow; set `shadow` of the plugin in the configuration file".to_owned();
        return text(StatusCode::NOT_FOUND, sentence);
    }
    let mut told = facts(json!({
        "name": **place.name(),
        "serving": place.plugin().map(|plugin| version(&plugin)),
    }));
    let mut set = |key: &str, value: Value| {
        told.insert(key.to_owned(), value);
    };
    if let Some(candidate) = waiting {
        set("candidate", of_candidate(&candidate));
    }
    if let Some(shadow) = shadow {
        let ShadowCounts {
            equal,
            different,
            failed,
            skipped,
        } = shadow.counts();
        set("shadow", version(shadow.plugin()));
        set("compared", json!(equal + different));
        set("equal", json!(equal));
        set("different", json!(different));
        set("failed", json!(failed));
        set("skipped", json!(skipped));
        set("differences", Value::Array(shadow.differences()));
    }
    page(&Value::Object(told))
}

/// The fields of an object.
fn facts(object: Value) -> Map<String, Value> {
    match object {
        Value::Object(facts) => facts,
        _ => Map::new(),
    }
}

fn loaded(plugin: &Plugin) -> Map<String, Value> {
    let Plugin {
        description, limits, ..
    } = plugin;
    facts(json!({
        "loaded": true,
        "source": plugin.source.to_string(),
        "digest": plugin.digest,
        "manifest": plugin.provenance.manifest.map(|digest| digest.to_string()),
        "key": plugin.provenance.key,
        "size": plugin.size,
        "plugin": description.name,
        "version": description.version,
        "hooks": plugin.program.hooks().collect::<Vec<_>>(),
        "controller": description.controller,
        "parent": description.parent,
        "limits": {
            "deadlineSeconds": limits.deadline.as_secs_f64(),
            "memory": limits.memory,
            "answer": limits.answer,
            "concurrency": plugin.concurrency,
        },
    }))
}

/// By hook, how often each outcome was.
fn requests(entry: &Entry, metrics: &PluginMetrics) -> Value {
    let hooks = match entry {
        Entry::Loaded(plugin) => plugin.program.hooks().collect(),
        Entry::Loading | Entry::Failed(_) => Vec::new(),
    };
    let counts = |hook: &str| {
        let counts = metrics.hook(hook).counts();
        counts
            .map(|(label, count)| (label.to_owned(), json!(count)))
            .collect::<Map<_, _>>()
    };
    hooks
        .into_iter()
        .map(|hook| (hook.to_owned(), Value::Object(counts(hook))))
        .collect::<Map<_, _>>()
        .into()
}
