//! Logs, metrics and traces of the host.
//!
//! This module does not depend on the rest of the host. It receives names and numbers.

mod limit;
mod lines;
mod logs;
mod metrics;
mod traceparent;
mod traces;

#[cfg(feature = "otlp")]
mod otlp;
#[cfg(not(feature = "otlp"))]
#[path = "no_otlp.rs"]
mod otlp;

pub use limit::{Bucket, LinePermit, RequestLines};
pub use lines::{KeptLines, LineOptions, PluginLog, init_lines};
pub(crate) use logs::check_filter;
pub use logs::{FilterError, LogFormat, LogOptions, current_filter, init, set_filter};
pub use metrics::{
    CONTENT_TYPE, HookMetrics, HookTotals, InFlight, Metrics, MetricsOptions, PluginMetrics, ProcessMemory,
    TimeCounts,
};
pub use otlp::{Exporter, Tracer};
pub use traceparent::{SpanId, TraceContext, TraceId};
pub use traces::{BadEndpoint, Endpoint, Sampled, Span, TraceOptions};
