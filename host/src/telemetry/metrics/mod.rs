//! Metrics in the OpenMetrics format of Prometheus.
//!
//! The counters of a request are looked up once, by plugin and hook. Counting is then a few atomic additions. Gauges
//! (running calls, size of the memo) are set when the metrics are read. Labels are limited to configured plugins.
//! `docs/operations.md` lists all names, and a test compares them.

mod families;
mod histogram;
mod hook;
mod process;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use families::*;
pub use histogram::TimeCounts;
pub use hook::{HookMetrics, HookTotals, MetricsOptions, PluginMetrics};
use process::Process;
pub use process::ProcessMemory;
use prometheus_client::encoding::{EncodeMetric, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::{MetricType, TypedMetric};
use prometheus_client::registry::Registry;

/// The content type of [`Metrics::render`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Gauges of the host, set when the metrics are read.
#[derive(Clone, Debug, Default)]
struct Gauges {
    in_flight: Gauge,
    draining: Gauge,
    ready: Gauge,
    memo_bytes: Gauge,
    memo_entries: Gauge,
    memo_evictions: Counter,
    bodies_bytes: Gauge,
    certificate_expiry: Gauge,
    pool_calls: Gauge,
    pool_instances: Gauge,
    pool_memories: Gauge,
    pool_warm_memories: Gauge,
    pool_kept_bytes: Gauge,
}

/// All metrics of the host.
pub struct Metrics {
    registry: Registry,
    names: Vec<String>,
    families: Families,
    gauges: Gauges,
    process: Process,
    /// Those of plugins that are gone stay: their counters go on when they come again.
    plugins: ArcSwap<Plugins>,
    /// Requests to paths without a configured plugin.
    nobody: Arc<HookMetrics>,
    options: MetricsOptions,
    /// Held while the gauges are set and read, so that two readers do not interfere.
    reading: Mutex<()>,
}

type Plugins = BTreeMap<String, Arc<PluginMetrics>>;

/// Counts a request as in progress until it is dropped.
#[derive(Debug)]
pub struct InFlight(Gauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Registers metrics and records their names.
struct Register<'a> {
    registry: &'a mut Registry,
    names: &'a mut Vec<String>,
}

impl Register<'_> {
    fn add<M: EncodeMetric + TypedMetric + Clone + fmt::Debug + Send + Sync + 'static>(
        &mut self,
        name: &str,
        help: &str,
        metric: &M,
    ) {
        self.registry.register(name, help, metric.clone());
        let total = if matches!(M::TYPE, MetricType::Counter) {
            "_total"
        } else {
            ""
        };
        self.names.push(format!("metawasm_{name}{total}"));
    }
}

impl Metrics {
    /// Creates the metrics for the plugins with these names.
    pub fn new<'a>(options: MetricsOptions, plugins: impl Iterator<Item = &'a str>) -> Self {
        let mut registry = Registry::default();
        let mut names = Vec::new();
        let families = Families::default();
        let gauges = Gauges::default();
        register(
            &mut Register {
                registry: registry.sub_registry_with_prefix("metawasm"),
                names: &mut names,
            },
            &families,
            &gauges,
        );
        let process = Process::new(&mut registry, &mut names);
        let version = options.version;
        families
            .build
            .get_or_create_owned(&BuildLabels { version })
            .set(1);
        let nobody = HookMetrics::new(&families, "", "", options.outcomes);
        nobody.start(&[]);
        for result in ["sent", "failed", "dropped"] {
            families.spans.get_or_create_owned(&ResultLabels { result });
        }
        let metrics = Self {
            plugins: ArcSwap::default(),
            nobody: Arc::new(nobody),
            options,
            registry,
            names,
            families,
            gauges,
            process,
            reading: Mutex::new(()),
        };
        for name in plugins {
            metrics.add(name);
        }
        metrics
    }

    /// Returns the metrics of a plugin, which exist from now on.
    pub fn add(&self, name: &str) -> Arc<PluginMetrics> {
        if let Some(known) = self.plugin(name) {
            return known;
        }
        let new = Arc::new(PluginMetrics::new(&self.families, name, &self.options));
        // Of two who come at once, one has it.
        self.plugins.rcu(|plugins| {
            let mut plugins = Plugins::clone(plugins);
            plugins.entry(name.to_owned()).or_insert_with(|| new.clone());
            plugins
        });
        self.plugin(name).unwrap_or(new)
    }

    /// Returns the metrics of a plugin.
    pub fn plugin(&self, name: &str) -> Option<Arc<PluginMetrics>> {
        self.plugins.load().get(name).cloned()
    }

    /// Returns the names of all plugins that there were.
    pub fn plugins(&self) -> Vec<String> {
        self.plugins.load().keys().cloned().collect()
    }

    /// Returns the metrics of the hook of a path. An unknown name is counted under the empty name.
    pub fn hook(&self, plugin: &str, hook: &str) -> Arc<HookMetrics> {
        let plugins = self.plugins.load();
        let plugin = plugins.get(plugin);
        plugin.map_or(&self.nobody, |plugin| plugin.hook(hook)).clone()
    }

    /// Counts a request as in progress until the result is dropped.
    pub fn begin(&self) -> InFlight {
        self.gauges.in_flight.inc();
        InFlight(self.gauges.in_flight.clone())
    }

    /// Returns the number of requests in progress.
    pub fn in_flight(&self) -> u64 {
        u64::try_from(self.gauges.in_flight.get()).unwrap_or(0)
    }

    /// Sets whether the host is shutting down, and whether it is ready.
    pub fn state(&self, draining: bool, ready: bool) {
        self.gauges.draining.set(i64::from(draining));
        self.gauges.ready.set(i64::from(ready));
    }

    /// Sets the number of open connections of a listener: `hooks` or `admin`.
    pub fn connections(&self, listener: &'static str, open: usize) {
        let labels = ListenerLabels { listener };
        self.families.connections.get_or_create(&labels).set(count(open));
    }

    /// Sets the number of connection events of a listener since the start.
    pub fn connection_events(&self, listener: &'static str, event: &'static str, total: u64) {
        let labels = EventLabels { listener, event };
        set(&self.families.connection_events.get_or_create(&labels), total);
    }

    /// Sets the number of reloads of a section (`tls`, `auth`, `config`) since the start: successful and failed ones.
    pub fn reloads(&self, section: &'static str, ok: u64, failed: u64) {
        for (result, total) in [("ok", ok), ("failed", failed)] {
            let labels = ReloadLabels { section, result };
            set(&self.families.reloads.get_or_create(&labels), total);
        }
    }

    /// Sets the number of recorded requests by result since the start.
    pub fn recorded(&self, result: &'static str, total: u64) {
        set(
            &self.families.recorded.get_or_create(&ResultLabels { result }),
            total,
        );
    }

    /// Sets the size of the memo, and the number of evictions since the start.
    pub fn memo(&self, bytes: u64, entries: usize, evictions: u64) {
        self.gauges
            .memo_bytes
            .set(i64::try_from(bytes).unwrap_or(i64::MAX));
        self.gauges.memo_entries.set(count(entries));
        set(&self.gauges.memo_evictions, evictions);
    }

    /// Sets the bytes of request bodies that are being read or answered.
    pub fn bodies(&self, bytes: usize) {
        self.gauges.bodies_bytes.set(count(bytes));
    }

    /// Sets the expiry of the certificate in seconds since 1970; 0 without TLS.
    pub fn certificate_expiry(&self, seconds: u64) {
        let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
        self.gauges.certificate_expiry.set(seconds);
    }

    /// Sets the use of the instance pool: calls, core instances and memories in use, free memories that are kept for
    /// reuse, and their bytes.
    pub fn pool(&self, calls: usize, instances: usize, memories: usize, warm: usize, kept: usize) {
        let gauges = &self.gauges;
        for (gauge, value) in [
            (&gauges.pool_calls, calls),
            (&gauges.pool_instances, instances),
            (&gauges.pool_memories, memories),
            (&gauges.pool_warm_memories, warm),
            (&gauges.pool_kept_bytes, kept),
        ] {
            gauge.set(count(value));
        }
    }

    /// Sets the number of spans by result: `sent`, `failed` or `dropped`.
    pub fn spans(&self, result: &'static str) -> Counter {
        self.families.spans.get_or_create_owned(&ResultLabels { result })
    }

    /// Returns all names as stored by Prometheus, without the parts of histograms.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns the text, of type [`CONTENT_TYPE`]. `look` sets the gauges.
    ///
    /// # Errors
    ///
    /// Never in practice: the encoder writes to memory.
    pub fn render(&self, look: impl FnOnce()) -> Result<String, fmt::Error> {
        let _one = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        look();
        self.process.look();
        let mut page = String::with_capacity(16 << 10);
        text::encode(&mut page, &self.registry)?;
        Ok(page)
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn register(to: &mut Register<'_>, families: &Families, gauges: &Gauges) {
    let f = families;
    to.add("requests", "Requests by outcome", &f.requests);
    to.add("refusals", "Rejected answers by rule of the review", &f.refusals);
    to.add(
        "schema_mismatches",
        "Children that do not match the schema of their kind",
        &f.mismatches,
    );
    to.add(
        "request_seconds",
        "Duration of a request, from its headers to its answer",
        &f.request,
    );
    to.add("queue_seconds", "Time that a call waited for a slot", &f.queue);
    to.add("run_seconds", "Duration of a call in the sandbox", &f.run);
    to.add("review_seconds", "Duration of the review of an answer", &f.review);
    to.add("calls_running", "Running calls", &f.running);
    to.add("calls_waiting", "Waiting calls", &f.waiting);
    to.add(
        "guest_memory_max_bytes",
        "Largest memory of a call since the start",
        &f.memory,
    );
    to.add("plugin_loaded", "Whether a plugin is loaded", &f.loaded);
    to.add("plugin_state", "State of a plugin", &f.states);
    to.add("plugin_info", "Digest and version of a plugin", &f.info);
    to.add(
        "plugin_candidate",
        "A version of a plugin that does not serve: loading, checking or failed",
        &f.candidates,
    );
    to.add("plugin_changes", "Changes of the version that serves", &f.changes);
    to.add(
        "shadow",
        "Requests that a shadow was compared on by result",
        &f.shadows,
    );
    to.add("memo", "Memo lookups by result", &f.memo);
    to.add(
        "log_lines_dropped",
        "Log lines about requests that the rate limit dropped",
        &f.lines_dropped,
    );
    to.add(
        "guest_log_lines_dropped",
        "Log lines of plugins that the rate limit dropped",
        &f.guest_lines_dropped,
    );
    to.add("connections", "Open connections", &f.connections);
    to.add("connection_events", "Connections by event", &f.connection_events);
    to.add("reloads", "Reloads by section", &f.reloads);
    to.add("recorded", "Requests to record, by result", &f.recorded);
    to.add("spans", "Traced requests by result", &f.spans);
    to.add("build_info", "Version of the host", &f.build);
    let g = gauges;
    to.add("requests_in_flight", "Requests in progress", &g.in_flight);
    to.add("draining", "Whether the host is shutting down", &g.draining);
    to.add("ready", "Whether the host is ready", &g.ready);
    to.add(
        "memo_bytes",
        "Memory of stored requests and answers",
        &g.memo_bytes,
    );
    to.add("memo_entries", "Stored answers", &g.memo_entries);
    to.add(
        "memo_evictions",
        "Answers that the memo removed to make room",
        &g.memo_evictions,
    );
    to.add(
        "bodies_bytes",
        "Memory of request bodies that are being read or answered",
        &g.bodies_bytes,
    );
    to.add(
        "certificate_expiry_seconds",
        "Expiry of the certificate as Unix time; 0 without TLS",
        &g.certificate_expiry,
    );
    to.add("pool_calls", "Instance slots in use", &g.pool_calls);
    to.add("pool_instances", "Core instances in use", &g.pool_instances);
    to.add("pool_memories", "Memory slots in use", &g.pool_memories);
    to.add(
        "pool_warm_memories",
        "Free memory slots that are kept for the next instance",
        &g.pool_warm_memories,
    );
    to.add(
        "pool_kept_bytes",
        "Bytes of free memory slots that are kept",
        &g.pool_kept_bytes,
    );
}

#[cfg(test)]
mod tests;
