//! `GET /metrics`.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use metawasm_contract::{Hook, Rule};

use super::health;
use crate::catalogue::{Entry, Stage};
use crate::pipeline::{Load, MemoUse, Pipeline, ShadowCounts};
use crate::serve::respond::text;
use crate::serve::verdict::LABELS;
use crate::serve::{Shared, Stats};
use crate::telemetry::{CONTENT_TYPE, Metrics, MetricsOptions};

const HOOKS: [&str; Hook::ALL.len()] = [
    Hook::Sync.as_str(),
    Hook::Finalize.as_str(),
    Hook::Customize.as_str(),
];

#[expect(
    clippy::indexing_slicing,
    reason = "the compiler checks it, since it is a constant"
)]
const RULES: [&str; Rule::ALL.len()] = {
    let mut names = [""; Rule::ALL.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = Rule::ALL[at].as_str();
        at += 1;
    }
    names
};

#[expect(
    clippy::indexing_slicing,
    reason = "the compiler checks it, since it is a constant"
)]
const MEMO: [&str; MemoUse::ALL.len()] = {
    let mut names = [""; MemoUse::ALL.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = MemoUse::ALL[at].as_str();
        at += 1;
    }
    names
};

/// The metrics of a host.
pub(in crate::serve) fn metrics(pipeline: &Pipeline) -> Metrics {
    let options = MetricsOptions {
        hooks: &HOOKS,
        outcomes: &LABELS,
        rules: &RULES,
        memo: &MEMO,
        version: env!("CARGO_PKG_VERSION"),
    };
    let metrics = Metrics::new(options, std::iter::empty());
    states(pipeline, &metrics);
    metrics
}

/// Sets what state each plugin is in.
fn states(pipeline: &Pipeline, metrics: &Metrics) {
    let mut gone = metrics.plugins();
    for place in pipeline.catalogue().places() {
        gone.retain(|name| **name != **place.name());
        let of = metrics.add(place.name());
        of.state(place.state(), &Entry::STATES);
        match place.plugin() {
            Some(plugin) => {
                let what = (plugin.digest.as_str(), plugin.description.version.as_str());
                of.loaded(Some(what), plugin.program.hooks());
                of.guest_lines_dropped(plugin.program.log_lines_dropped());
            }
            None => of.loaded(None, std::iter::empty()),
        }
        for (change, count) in place.changes() {
            of.changes(change.as_str(), count);
        }
        let candidate = place.candidate();
        let candidate = candidate.as_ref().map(|candidate| {
            let reason = match &candidate.stage {
                Stage::Failed(failure) => failure.kind(),
                Stage::Loading | Stage::Checking => "",
            };
            let digest = candidate.digest.as_deref().unwrap_or_default();
            (digest, candidate.stage.as_str(), reason)
        });
        of.candidate(candidate);
        if let Some(shadow) = pipeline.shadow(place.name()) {
            let ShadowCounts {
                equal,
                different,
                failed,
                skipped,
            } = shadow.counts();
            for (result, count) in [
                ("equal", equal),
                ("different", different),
                ("failed", failed),
                ("skipped", skipped),
            ] {
                of.shadow(result, count);
            }
        }
    }
    for name in gone {
        if let Some(of) = metrics.plugin(&name) {
            of.gone(&Entry::STATES);
        }
    }
}

/// All metrics, with the states as they are now.
pub(super) async fn page(State(shared): State<Shared>) -> Response {
    let metrics = &shared.telemetry.metrics;
    match metrics.render(|| look(&shared, metrics)) {
        Ok(page) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], page).into_response(),
        Err(error) => text(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("the metrics cannot be written: {error}"),
        ),
    }
}

/// Sets the states, and what others have counted.
fn look(shared: &Shared, metrics: &Metrics) {
    metrics.state(*shared.draining.borrow(), health::is_ready(shared));
    let pipeline = &shared.pipeline;
    states(pipeline, metrics);
    for Load {
        plugin,
        waiting,
        running,
    } in pipeline.load()
    {
        if let Some(of) = metrics.plugin(&plugin) {
            of.load(running, waiting);
        }
    }
    if let Some(memo) = pipeline.memo_stats() {
        metrics.memo(memo.bytes, memo.entries, memo.evictions);
    }
    if let Some(pool) = pipeline.pool() {
        metrics.pool(
            pool.calls,
            pool.instances,
            pool.memories,
            pool.warm_memories,
            pool.kept_bytes,
        );
    }
    let counts = &shared.counts;
    connections(metrics, "hooks", &counts.hooks);
    connections(metrics, "admin", &counts.admin);
    metrics.bodies(counts.hooks.bodies());
    let of = |number: &AtomicU64| number.load(Ordering::Relaxed);
    for (section, reloads) in &counts.reloads {
        metrics.reloads(section, of(&reloads.taken), of(&reloads.refused));
    }
    if let Some(recorded) = &counts.recorded {
        for (result, count) in [
            ("written", &recorded.written),
            ("known", &recorded.known),
            ("dropped", &recorded.dropped),
            ("failed", &recorded.failed),
        ] {
            metrics.recorded(result, of(count));
        }
    }
    if let Some(control) = &shared.control {
        let (taken, refused) = control.config_reloads();
        metrics.reloads("config", taken, refused);
    }
    if let Some(not_after) = &counts.not_after {
        metrics.certificate_expiry(of(not_after));
    }
}

fn connections(metrics: &Metrics, listener: &'static str, stats: &Stats) {
    metrics.connections(listener, stats.open.load(Ordering::Relaxed));
    for (event, count) in [
        ("accepted", &stats.accepted),
        ("displaced", &stats.displaced),
        ("turned_away", &stats.turned_away),
        ("slow", &stats.slow),
        ("handshake_failed", &stats.handshakes_failed),
    ] {
        metrics.connection_events(listener, event, count.load(Ordering::Relaxed));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hook_has_metrics() {
        assert_eq!(HOOKS, Hook::ALL.map(Hook::as_str));
    }
}
