//! The metrics with labels, and their labels.

use std::sync::atomic::Ordering;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

use super::histogram::Histogram;

/// A plugin.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct PluginLabels {
    pub(super) plugin: String,
}

/// A state that a plugin can be in.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct StateLabels {
    pub(super) plugin: String,
    pub(super) state: &'static str,
}

/// A hook of a plugin.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct HookLabels {
    pub(super) plugin: String,
    pub(super) hook: String,
}

/// The labels of a request's outcome.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OutcomeLabels {
    pub(super) plugin: String,
    pub(super) hook: String,
    pub(super) outcome: &'static str,
}

/// A rule of the review that an answer broke.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct RuleLabels {
    pub(super) plugin: String,
    pub(super) hook: String,
    pub(super) rule: &'static str,
}

/// The labels of a memo lookup.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct MemoLabels {
    pub(super) plugin: String,
    pub(super) result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ListenerLabels {
    pub(super) listener: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct EventLabels {
    pub(super) listener: &'static str,
    pub(super) event: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ReloadLabels {
    pub(super) section: &'static str,
    pub(super) result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ResultLabels {
    pub(super) result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct BuildLabels {
    pub(super) version: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct InfoLabels {
    pub(super) plugin: String,
    pub(super) digest: String,
    pub(super) version: String,
}

/// What became of the versions of a plugin.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ChangeLabels {
    pub(super) plugin: String,
    pub(super) change: &'static str,
}

/// A version that does not serve.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct CandidateLabels {
    pub(super) plugin: String,
    pub(super) digest: String,
    pub(super) state: &'static str,
    pub(super) reason: &'static str,
}

/// Metrics with labels. Clones share their values.
#[derive(Clone, Debug, Default)]
pub(super) struct Families {
    pub(super) requests: Family<OutcomeLabels, Counter>,
    pub(super) refusals: Family<RuleLabels, Counter>,
    pub(super) mismatches: Family<HookLabels, Counter>,
    pub(super) request: Family<HookLabels, Histogram>,
    pub(super) queue: Family<HookLabels, Histogram>,
    pub(super) run: Family<HookLabels, Histogram>,
    pub(super) review: Family<HookLabels, Histogram>,
    pub(super) running: Family<PluginLabels, Gauge>,
    pub(super) waiting: Family<PluginLabels, Gauge>,
    pub(super) memory: Family<PluginLabels, Gauge>,
    pub(super) loaded: Family<PluginLabels, Gauge>,
    pub(super) info: Family<InfoLabels, Gauge>,
    pub(super) states: Family<StateLabels, Gauge>,
    pub(super) candidates: Family<CandidateLabels, Gauge>,
    pub(super) changes: Family<ChangeLabels, Counter>,
    pub(super) shadows: Family<MemoLabels, Counter>,
    pub(super) memo: Family<MemoLabels, Counter>,
    pub(super) lines_dropped: Family<PluginLabels, Counter>,
    pub(super) guest_lines_dropped: Family<PluginLabels, Counter>,
    pub(super) connections: Family<ListenerLabels, Gauge>,
    pub(super) connection_events: Family<EventLabels, Counter>,
    pub(super) reloads: Family<ReloadLabels, Counter>,
    pub(super) recorded: Family<ResultLabels, Counter>,
    pub(super) spans: Family<ResultLabels, Counter>,
    pub(super) build: Family<BuildLabels, Gauge>,
}

/// Sets a counter to a value that is counted elsewhere.
pub(super) fn set(counter: &Counter, total: u64) {
    counter.inner().store(total, Ordering::Relaxed);
}
