//! The metrics of a plugin and its hooks, looked up once per request.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

use super::families::*;
use super::histogram::{Histogram, TimeCounts};
use crate::telemetry::limit::Bucket;

/// Burst of log lines about one outcome of one hook; afterwards one line per second. Callers of a broken plugin retry with
/// increasing delays, so that this is enough to name each parent.
const BURST: u32 = 20;
const EVERY: Duration = Duration::from_secs(1);

/// The possible values of labels.
#[derive(Clone, Copy, Debug)]
pub struct MetricsOptions {
    /// All hooks.
    pub hooks: &'static [&'static str],
    /// All outcomes.
    pub outcomes: &'static [&'static str],
    /// All rules of the review.
    pub rules: &'static [&'static str],
    /// All results of memo lookups.
    pub memo: &'static [&'static str],
    /// The version of the host.
    pub version: &'static str,
}

/// The metrics of a plugin.
#[derive(Debug)]
pub struct PluginMetrics {
    families: Families,
    labels: PluginLabels,
    hooks: BTreeMap<&'static str, Arc<HookMetrics>>,
    /// Requests to paths without a hook.
    other: Arc<HookMetrics>,
    memory: Gauge,
    rules: &'static [&'static str],
    /// The version that serves, and the one that does not, as last set.
    told: Mutex<Told>,
    memo: Vec<(&'static str, Counter)>,
}

/// The series about versions that exist.
#[derive(Debug, Default)]
struct Told {
    info: Option<InfoLabels>,
    candidate: Option<CandidateLabels>,
}

/// The metrics of a hook. Requests to unknown plugins or hooks share one entry with empty names, so that a caller cannot
/// create new series.
#[derive(Debug)]
pub struct HookMetrics {
    families: Families,
    labels: HookLabels,
    /// One for each outcome, and a last one for unknown outcomes.
    outcomes: Vec<OutcomeMetrics>,
    notes: Bucket,
    times: OnceLock<Times>,
}

/// One outcome of a hook.
#[derive(Debug)]
struct OutcomeMetrics {
    label: &'static str,
    count: OnceLock<Counter>,
    lines: Bucket,
}

#[derive(Debug)]
struct Times {
    request: Histogram,
    queue: Histogram,
    run: Histogram,
    review: Histogram,
}

/// The counts of a hook since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HookTotals {
    /// Requests by outcome, without outcomes that never occurred.
    pub outcomes: Vec<(&'static str, u64)>,
    /// Waiting for a slot.
    pub queue: TimeCounts,
    /// Running in the sandbox.
    pub run: TimeCounts,
    /// The review of the answer.
    pub review: TimeCounts,
}

impl PluginMetrics {
    pub(super) fn new(families: &Families, plugin: &str, options: &MetricsOptions) -> Self {
        let of = |hook| Arc::new(HookMetrics::new(families, plugin, hook, options.outcomes));
        let labels = PluginLabels {
            plugin: plugin.to_owned(),
        };
        let memo = |result| {
            let plugin = plugin.to_owned();
            let labels = MemoLabels { plugin, result };
            (result, families.memo.get_or_create_owned(&labels))
        };
        // With the value 0, so that an alert sees the first one as an increase.
        families.lines_dropped.get_or_create_owned(&labels);
        families.guest_lines_dropped.get_or_create_owned(&labels);
        Self {
            hooks: options.hooks.iter().map(|hook| (*hook, of(hook))).collect(),
            other: of(""),
            memory: families.memory.get_or_create_owned(&labels),
            rules: options.rules,
            told: Mutex::default(),
            memo: options.memo.iter().map(|result| memo(*result)).collect(),
            families: families.clone(),
            labels,
        }
    }

    /// Returns the metrics of a hook. An unknown name is counted without a hook.
    pub fn hook(&self, name: &str) -> &Arc<HookMetrics> {
        self.hooks.get(name).unwrap_or(&self.other)
    }

    /// Returns the hooks by name.
    pub fn hooks(&self) -> impl Iterator<Item = (&'static str, &HookMetrics)> {
        self.hooks.iter().map(|(name, hook)| (*name, &**hook))
    }

    /// Sets the version that serves by digest and version, or that none does. Its hooks start at zero, so that an alert
    /// sees the first failure as an increase.
    pub fn loaded<'a>(&self, what: Option<(&str, &str)>, hooks: impl Iterator<Item = &'a str>) {
        let families = &self.families;
        let loaded = families.loaded.get_or_create_owned(&self.labels);
        loaded.set(i64::from(what.is_some()));
        let info = what.map(|(digest, version)| InfoLabels {
            plugin: self.labels.plugin.clone(),
            digest: digest.to_owned(),
            version: version.to_owned(),
        });
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.info != info {
            replace(&families.info, &mut told.info, info);
            for hook in hooks {
                self.hook(hook).start(self.rules);
            }
        }
    }

    /// Sets the version that does not serve: its digest, its state, and the kind of reason why it failed.
    pub fn candidate(&self, what: Option<(&str, &'static str, &'static str)>) {
        let candidate = what.map(|(digest, state, reason)| CandidateLabels {
            plugin: self.labels.plugin.clone(),
            digest: digest.to_owned(),
            state,
            reason,
        });
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        replace(&self.families.candidates, &mut told.candidate, candidate);
    }

    /// Sets how often the version that serves changed, by kind of change.
    pub fn changes(&self, change: &'static str, total: u64) {
        let plugin = self.labels.plugin.clone();
        let counter = self
            .families
            .changes
            .get_or_create_owned(&ChangeLabels { plugin, change });
        set(&counter, total);
    }

    /// Sets the number of requests that a shadow was compared on, by result.
    pub fn shadow(&self, result: &'static str, total: u64) {
        let plugin = self.labels.plugin.clone();
        let counter = self
            .families
            .shadows
            .get_or_create_owned(&MemoLabels { plugin, result });
        set(&counter, total);
    }

    /// Removes the series that say what the plugin is and does now: it is gone. Its counters stay.
    pub fn gone(&self, states: &[&'static str]) {
        let families = &self.families;
        families.loaded.remove(&self.labels);
        families.running.remove(&self.labels);
        families.waiting.remove(&self.labels);
        for &state in states {
            let plugin = self.labels.plugin.clone();
            families.states.remove(&StateLabels { plugin, state });
        }
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        replace(&families.info, &mut told.info, None);
        replace(&families.candidates, &mut told.candidate, None);
    }

    /// Sets the current state, one of all possible states.
    pub fn state(&self, now: &str, all: &[&'static str]) {
        for &state in all {
            let plugin = self.labels.plugin.clone();
            let gauge = self
                .families
                .states
                .get_or_create_owned(&StateLabels { plugin, state });
            gauge.set(i64::from(state == now));
        }
    }

    /// Records the memory of a call in bytes.
    pub fn memory(&self, bytes: u64) {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        self.memory.inner().fetch_max(bytes, Ordering::Relaxed);
    }

    /// Returns the largest memory of a call in bytes; zero before the first call.
    pub fn most_memory(&self) -> u64 {
        u64::try_from(self.memory.get()).unwrap_or(0)
    }

    /// Counts a memo lookup: `hit`, `miss` and others.
    pub fn memo(&self, result: &'static str) {
        if let Some((_, counter)) = self.memo.iter().find(|(label, _)| *label == result) {
            counter.inc();
        }
    }

    /// Sets the numbers of running and waiting calls.
    pub fn load(&self, running: usize, waiting: usize) {
        let set = |gauge: Gauge, value| gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        set(self.families.running.get_or_create_owned(&self.labels), running);
        set(self.families.waiting.get_or_create_owned(&self.labels), waiting);
    }

    /// Sets the number of dropped lines of the guest's log since the start.
    pub fn guest_lines_dropped(&self, total: u64) {
        let counter = self.families.guest_lines_dropped.get_or_create(&self.labels);
        set(&counter, total);
    }
}

/// Has the one series that exists be another one, of value 1.
fn replace<L>(family: &Family<L, Gauge>, told: &mut Option<L>, now: Option<L>)
where
    L: Clone + std::fmt::Debug + Eq + std::hash::Hash,
{
    if *told == now {
        return;
    }
    if let Some(before) = told.take() {
        family.remove(&before);
    }
    if let Some(now) = &now {
        family.get_or_create_owned(now).set(1);
    }
    *told = now;
}

impl HookMetrics {
    pub(super) fn new(families: &Families, plugin: &str, hook: &str, outcomes: &[&'static str]) -> Self {
        let outcomes = outcomes.iter().copied().chain(["other"]);
        Self {
            families: families.clone(),
            labels: HookLabels {
                plugin: plugin.to_owned(),
                hook: hook.to_owned(),
            },
            outcomes: outcomes
                .map(|label| OutcomeMetrics {
                    label,
                    count: OnceLock::new(),
                    lines: Bucket::new(BURST, EVERY),
                })
                .collect(),
            notes: Bucket::new(BURST, EVERY),
            times: OnceLock::new(),
        }
    }

    /// Returns the plugin's name, empty for unknown plugins.
    pub fn plugin(&self) -> &str {
        &self.labels.plugin
    }

    /// Returns the hook's name, empty for unknown hooks.
    pub fn hook(&self) -> &str {
        &self.labels.hook
    }

    /// Creates the series of all outcomes, of rejections by these rules and of schema mismatches, with the value 0.
    pub(super) fn start(&self, rules: &[&'static str]) {
        for outcome in &self.outcomes {
            self.count(outcome);
        }
        if rules.is_empty() {
            return;
        }
        self.families.mismatches.get_or_create_owned(&self.labels);
        for &rule in rules {
            self.refusals(rule);
        }
    }

    /// Counts an outcome.
    pub fn ended(&self, outcome: &str) {
        if let Some(outcome) = self.outcome(outcome) {
            self.count(outcome).inc();
        }
    }

    /// Returns the number of each outcome, without those that never occurred.
    pub fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.outcomes
            .iter()
            .filter_map(|outcome| Some((outcome.label, outcome.count.get()?.get())))
            .filter(|(_, count)| *count > 0)
    }

    /// Returns all counts; `None` before the first request.
    pub fn totals(&self) -> Option<HookTotals> {
        let times = self.times.get()?;
        Some(HookTotals {
            outcomes: self.counts().collect(),
            queue: times.queue.counts(),
            run: times.run.counts(),
            review: times.review.counts(),
        })
    }

    /// Counts a rejected answer by its rule.
    pub fn refused(&self, rule: &'static str) {
        self.refusals(rule).inc();
    }

    fn refusals(&self, rule: &'static str) -> Counter {
        let HookLabels { plugin, hook } = self.labels.clone();
        let labels = RuleLabels { plugin, hook, rule };
        self.families.refusals.get_or_create_owned(&labels)
    }

    /// Counts children of an answer that do not match the schema of their kind.
    pub fn mismatched(&self, children: u64) {
        self.families
            .mismatches
            .get_or_create(&self.labels)
            .inc_by(children);
    }

    /// Returns the rate limit of log lines about an outcome.
    pub fn lines(&self, outcome: &str) -> Option<&Bucket> {
        Some(&self.outcome(outcome)?.lines)
    }

    /// Returns the rate limit of log lines about corrections of the review.
    pub fn note_lines(&self) -> &Bucket {
        &self.notes
    }

    /// Counts a dropped log line.
    pub fn line_held_back(&self) {
        let labels = PluginLabels {
            plugin: self.labels.plugin.clone(),
        };
        self.families.lines_dropped.get_or_create(&labels).inc();
    }

    /// Records the duration of a request from its headers to its answer, and of the steps that it reached.
    pub fn took(
        &self,
        request: Duration,
        queue: Option<Duration>,
        run: Option<Duration>,
        review: Option<Duration>,
    ) {
        let times = self.times.get_or_init(|| {
            let families = &self.families;
            Times {
                request: families.request.get_or_create_owned(&self.labels),
                queue: families.queue.get_or_create_owned(&self.labels),
                run: families.run.get_or_create_owned(&self.labels),
                review: families.review.get_or_create_owned(&self.labels),
            }
        });
        times.request.observe(request);
        for (histogram, time) in [(&times.queue, queue), (&times.run, run), (&times.review, review)] {
            if let Some(time) = time {
                histogram.observe(time);
            }
        }
    }

    fn outcome(&self, label: &str) -> Option<&OutcomeMetrics> {
        let known = self.outcomes.iter().find(|outcome| outcome.label == label);
        known.or(self.outcomes.last())
    }

    fn count<'a>(&self, outcome: &'a OutcomeMetrics) -> &'a Counter {
        outcome.count.get_or_init(|| {
            let HookLabels { plugin, hook } = self.labels.clone();
            self.families.requests.get_or_create_owned(&OutcomeLabels {
                plugin,
                hook,
                outcome: outcome.label,
            })
        })
    }
}
