//! The data of the page, as JSON. Texts of plugins and callers are cut and escaped; the page shows them as text only.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use metawasm_formats::shell::word;
use metawasm_formats::text::shown;
use serde_json::{Map, Value, json};

use super::history::{History, INTERVAL, Now, POINTS};
use super::point::{Class, Counts, Point, QUANTILES, STEPS};
use crate::catalogue::{Place, Plugin, Source};
use crate::pipeline::{Load, ShadowCounts};
use crate::serve::admin::health::checks;
use crate::serve::admin::plugins::plugin;
use crate::serve::incidents::{Incident, Incidents};
use crate::serve::recording::{Mask, recorded_as};
use crate::serve::{Shared, Stats};
use crate::telemetry::ProcessMemory;

/// Bytes of a text at most: some more than of a sentence.
const TEXT: usize = 1100;

/// What the data is made of.
pub(super) struct Sources {
    pub(super) shared: Shared,
    pub(super) incidents: Arc<Incidents>,
    pub(super) mask: Mask,
    /// The directory of recorded requests, if they are recorded.
    pub(super) recorded: Option<PathBuf>,
    /// The limit of connections to the hooks.
    pub(super) most_connections: usize,
    pub(super) started: Instant,
    /// Another text in each process: numbers of incidents begin anew, and so do counts.
    pub(super) process: String,
}

/// Returns a text for [`Sources::process`].
pub(super) fn process() -> String {
    use std::hash::{BuildHasher, RandomState};
    // The standard library's keys are random per process.
    format!("{:016x}", RandomState::new().hash_one(0_u8))
}

/// The host and its plugins now.
pub(super) fn state(sources: &Sources, history: &History, watchers: usize, now: Instant) -> Value {
    let shared = &sources.shared;
    let load = shared.pipeline.load();
    let plugins: Vec<Value> = shared
        .pipeline
        .catalogue()
        .places()
        .iter()
        .map(|place| {
            let mut facts = plugin(shared, place);
            add_load(&mut facts, &load, place);
            add_shadow(&mut facts, shared, place);
            facts.insert("now".to_owned(), hooks_now(sources, history, place));
            let mut facts = Value::Object(facts);
            clean(&sources.mask, &mut facts);
            facts
        })
        .collect();
    json!({
        "at": millis(SystemTime::now()),
        "sampled": now.saturating_duration_since(history.sampled()).as_secs_f64(),
        "host": host(sources, &load, watchers, now),
        "plugins": plugins,
    })
}

fn host(sources: &Sources, load: &[Load], watchers: usize, now: Instant) -> Value {
    let Sources { shared, mask, .. } = sources;
    let problems: Vec<String> = checks(shared)
        .into_iter()
        .filter_map(|(_, wrong)| Some(shown(&mask.sentence(&wrong?), TEXT)))
        .collect();
    let memory = ProcessMemory::now();
    let pipeline = &shared.pipeline;
    let memo = pipeline.memo_stats().map(|memo| {
        json!({
            "bytes": memo.bytes,
            "entries": memo.entries,
            "evictions": memo.evictions,
        })
    });
    let pool = pipeline.pool().map(|pool| {
        json!({
            "calls": pool.calls,
            "instances": pool.instances,
            "memories": pool.memories,
            "warmMemories": pool.warm_memories,
            "keptBytes": pool.kept_bytes,
        })
    });
    let counts = &shared.counts;
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "process": sources.process,
        "uptimeSeconds": now.saturating_duration_since(sources.started).as_secs(),
        "ready": problems.is_empty(),
        "draining": *shared.draining.borrow(),
        "problems": problems,
        "running": load.iter().map(|load| load.running).sum::<usize>(),
        "waiting": load.iter().map(|load| load.waiting).sum::<usize>(),
        "inFlight": shared.telemetry.metrics.in_flight(),
        "bodiesBytes": counts.hooks.bodies(),
        "memo": memo,
        "pool": pool,
        "memory": {"resident": memory.resident, "anonymous": memory.anonymous},
        "connections": {
            "hooks": connections(&counts.hooks),
            "admin": connections(&counts.admin),
            "most": sources.most_connections,
        },
        "recording": sources.recorded.is_some(),
        "watchers": watchers,
    })
}

fn connections(stats: &Stats) -> Value {
    let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
    json!({
        "open": stats.open.load(Ordering::Relaxed),
        "accepted": of(&stats.accepted),
        "displaced": of(&stats.displaced),
        "turnedAway": of(&stats.turned_away),
        "slow": of(&stats.slow),
        "handshakesFailed": of(&stats.handshakes_failed),
    })
}

fn add_load(facts: &mut Map<String, Value>, load: &[Load], place: &Place) {
    let own = load.iter().find(|load| *load.plugin == **place.name());
    let (running, waiting) = own.map_or((0, 0), |load| (load.running, load.waiting));
    facts.insert("running".to_owned(), json!(running));
    facts.insert("waiting".to_owned(), json!(waiting));
}

fn add_shadow(facts: &mut Map<String, Value>, shared: &Shared, place: &Place) {
    if let Some(shadow) = shared.pipeline.shadow(place.name()) {
        let ShadowCounts {
            equal,
            different,
            failed,
            skipped,
        } = shadow.counts();
        let counts = json!({
            "compared": equal + different,
            "equal": equal,
            "different": different,
            "failed": failed,
            "skipped": skipped,
        });
        facts.insert("shadowCounts".to_owned(), counts);
    }
}

fn hooks_now(sources: &Sources, history: &History, place: &Place) -> Value {
    let metrics = &sources.shared.telemetry.metrics;
    let Some(own) = metrics.plugin(place.name()) else {
        return json!({});
    };
    let hooks = own.hooks().filter_map(|(hook, _)| {
        let Now { total, since } = history.now(metrics, place.name(), hook)?;
        let mut facts = times(&since);
        facts.insert("total".to_owned(), classes(total.classes));
        facts.insert("since".to_owned(), classes(since.classes));
        Some((hook.to_owned(), Value::Object(facts)))
    });
    hooks.collect::<Map<_, _>>().into()
}

fn classes(counts: [u64; 4]) -> Value {
    let all = Class::ALL.into_iter().zip(counts);
    let all = all.map(|((_, name), count)| (name.to_owned(), json!(count)));
    all.collect::<Map<_, _>>().into()
}

fn times(counts: &Counts) -> Map<String, Value> {
    let all = STEPS.into_iter().zip(counts.micros());
    all.map(|(step, micros)| (step.to_owned(), json!(micros)))
        .collect()
}

/// The last hour of each hook: for each class the counts of the points, and for each step those of each quantile in
/// microseconds, the oldest first.
pub(super) fn history(sources: &Sources, history: &History) -> Value {
    let places = sources.shared.pipeline.catalogue().places();
    let plugins = places.iter().map(|place| {
        let hooks = history
            .of(place.name())
            .map(|(hook, points)| (hook.to_owned(), hook_history(&points)));
        (place.name().to_string(), hooks.collect::<Map<_, _>>().into())
    });
    json!({
        "version": history.version(),
        "seconds": INTERVAL.as_secs(),
        "points": POINTS,
        "plugins": plugins.collect::<Map<_, Value>>(),
    })
}

fn hook_history<'a>(points: &(impl Iterator<Item = &'a Point> + Clone)) -> Value {
    let column = |of: &dyn Fn(&Point) -> Option<u64>| points.clone().map(of).collect::<Vec<_>>();
    let mut facts = Map::new();
    for (index, (_, name)) in Class::ALL.into_iter().enumerate() {
        let column = column(&|point| point.classes().get(index).copied());
        facts.insert(name.to_owned(), json!(column));
    }
    for (step, name) in STEPS.into_iter().enumerate() {
        let quantile = |index: usize| {
            column(&|point| point.micros().get(step).and_then(|step| step.get(index)).copied())
        };
        let columns: Vec<_> = (0..QUANTILES.len()).map(quantile).collect();
        facts.insert(name.to_owned(), json!(columns));
    }
    Value::Object(facts)
}

/// The last refusals and failures, the newest first.
pub(super) fn incidents(sources: &Sources) -> Value {
    let all = sources.incidents.newest();
    let all: Vec<Value> = all
        .iter()
        .map(|(number, incident)| self::incident(sources, *number, incident))
        .collect();
    json!({"process": sources.process, "missed": sources.incidents.missed(), "incidents": all})
}

fn incident(sources: &Sources, number: u64, incident: &Incident) -> Value {
    let (plugin, hook) = (incident.hook.plugin(), incident.hook.hook());
    let serving = sources.shared.pipeline.catalogue().place(plugin);
    let serving = serving.and_then(|place| place.plugin());
    let replay = serving
        .filter(|_| incident.ran)
        .map(|plugin| replay(sources, &plugin, incident));
    let parent = incident.parent.as_ref().map(ToString::to_string);
    json!({
        "number": number,
        "at": millis(incident.at),
        "times": incident.times,
        "plugin": plugin,
        "hook": hook,
        "path": incident.path.as_deref().map(|path| shown(&sources.mask.sentence(path), TEXT)),
        "parent": parent,
        "outcome": incident.outcome,
        "status": incident.status,
        "trace": incident.trace,
        "ran": incident.ran,
        "heldBack": incident.held_back,
        "sentence": shown(&sources.mask.sentence(&incident.sentence), TEXT),
        "replay": replay,
    })
}

/// The command that runs the recorded requests of a hook about a parent again.
fn replay(sources: &Sources, plugin: &Plugin, incident: &Incident) -> String {
    let source = match &plugin.source {
        Source::File(path) | Source::Script(path, _) => path.display().to_string(),
        registry @ Source::Oci(_) => registry.to_string(),
    };
    let directory = match &sources.recorded {
        Some(path) => word(&path.display().to_string()),
        None => "DIRECTORY".to_owned(),
    };
    let (plugin, hook) = (incident.hook.plugin(), incident.hook.hook());
    let requests = recorded_as(plugin, hook, incident.parent.as_deref());
    let command = format!("metawasm replay {} {directory}/{requests}", word(&source));
    shown(&command, TEXT)
}

/// Facts that are addresses, digests or names, and no sentences.
const FACTS: [&str; 9] = [
    "source",
    "digest",
    "manifest",
    "key",
    "version",
    "state",
    "name",
    "plugin",
    "apiVersion",
];

/// Cuts, escapes and masks all texts in a value.
fn clean(mask: &Mask, value: &mut Value) {
    match value {
        Value::String(text) => *text = shown(&mask.sentence(text), TEXT),
        Value::Array(items) => items.iter_mut().for_each(|item| clean(mask, item)),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if FACTS.contains(&name.as_str()) => {
                        *text = shown(&mask.address(text), TEXT);
                    }
                    value => clean(mask, value),
                }
            }
        }
        _ => {}
    }
}

fn millis(at: SystemTime) -> u64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::recording::MaskOptions;

    #[test]
    fn texts_are_cut_escaped_and_masked_at_any_depth() {
        let mut value =
            json!({"a": [{"b": "\u{202e}<script>\n"}, "password=hunter2"], "c": "x".repeat(5000), "d": 1});
        clean(&Mask::new(MaskOptions::default()), &mut value);
        assert_eq!(value["a"][0]["b"], "\\u{202e}<script>\\n");
        assert!(value["a"][1].as_str().unwrap().starts_with("password=masked-"));
        assert!(value["c"].as_str().unwrap().len() < 1200);
        assert_eq!(value["d"], 1);
    }
}
