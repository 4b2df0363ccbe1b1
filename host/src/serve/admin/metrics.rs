//! `GET /metrics`.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::health;
use crate::catalogue::Entry;
use crate::contract::Hook;
use crate::pipeline::Pipeline;
use crate::serve::Shared;
use crate::serve::respond::{LABELS, text};
use crate::telemetry::{CONTENT_TYPE, Metrics, MetricsOptions};

const HOOKS: [&str; Hook::ALL.len()] = [
    Hook::Sync.as_str(),
    Hook::Finalize.as_str(),
    Hook::Customize.as_str(),
];

/// The metrics of a host.
pub(in crate::serve) fn metrics(pipeline: &Pipeline) -> Metrics {
    let options = MetricsOptions {
        hooks: &HOOKS,
        outcomes: &LABELS,
        version: env!("CARGO_PKG_VERSION"),
    };
    let catalogue = pipeline.catalogue();
    let metrics = Metrics::new(options, catalogue.iter().map(|(name, _)| name));
    for (name, entry) in catalogue.iter() {
        let Some(of) = metrics.plugin(name) else { continue };
        match entry {
            Entry::Loaded(plugin) => {
                let what = (plugin.digest.as_str(), plugin.description.version.as_str());
                of.loaded(Some(what), plugin.program.hooks());
            }
            Entry::Failed(_) => of.loaded(None, std::iter::empty()),
        }
    }
    metrics
}

/// All metrics, with the states as they are now.
pub(super) async fn page(State(shared): State<Shared>) -> Response {
    let metrics = &shared.telemetry.metrics;
    let look = || metrics.state(*shared.draining.borrow(), health::is_ready(&shared));
    match metrics.render(look) {
        Ok(page) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], page).into_response(),
        Err(error) => text(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("the metrics cannot be written: {error}"),
        ),
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
