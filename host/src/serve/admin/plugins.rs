//! `GET /plugins`.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::catalogue::{Entry, Plugin};
use crate::serve::Shared;
use crate::telemetry::PluginMetrics;

/// What each plugin is, or why it is not there, and what came of its requests. Without its settings, which may
/// have what is nobody's business.
pub(super) async fn list(State(shared): State<Shared>) -> Response {
    let metrics = &shared.telemetry.metrics;
    let plugins: Vec<Value> = shared
        .pipeline
        .catalogue()
        .iter()
        .map(|(name, entry)| {
            let mut facts = match entry {
                Entry::Loaded(plugin) => loaded(plugin),
                Entry::Loading => facts(json!({"loaded": false})),
                Entry::Failed(reason) => facts(json!({"loaded": false, "reason": reason.to_string()})),
            };
            facts.insert("state".to_owned(), json!(entry.state()));
            facts.insert("name".to_owned(), json!(name));
            if let Some(metrics) = metrics.plugin(name) {
                facts.insert("requests".to_owned(), requests(entry, metrics));
                facts.insert("mostMemory".to_owned(), json!(metrics.most_memory()));
            }
            Value::Object(facts)
        })
        .collect();
    let mut page = json!({ "plugins": plugins }).to_string();
    page.push('\n');
    ([(header::CONTENT_TYPE, "application/json")], page).into_response()
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
