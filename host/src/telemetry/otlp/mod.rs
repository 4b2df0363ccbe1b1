//! Exports spans of requests to a collector, as OTLP over HTTP in JSON.
//!
//! This does not use the OpenTelemetry crates: they have eleven dependencies (among them prost), need their own client and
//! thread, and break with every minor version. The export needs one body format and one POST.
//!
//! Tracing never delays a request: its span goes into a bounded queue. If the queue is full, the span is dropped and counted.
//! Spans are sent in batches. A batch that the collector does not accept is dropped and counted.

mod body;
mod post;
#[cfg(test)]
mod tests;

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use prometheus_client::metrics::counter::Counter;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::limit::{Bucket, LinePermit};
use super::metrics::Metrics;
use super::traceparent::{SpanId, TraceContext, TraceId};
use super::traces::{Endpoint, Sampled, Span, TraceOptions};

/// Maximum number of requests that wait for export, about a megabyte.
const QUEUE: usize = 2048;
/// Maximum number of requests in a batch.
const BATCH: usize = 256;
/// Maximum time for filling a batch.
const FILL: Duration = Duration::from_secs(2);
/// Timeout of the collector.
const PATIENCE: Duration = Duration::from_secs(5);

/// Decides which requests are exported, and queues their spans. Clones share one queue.
#[derive(Clone, Debug)]
pub struct Tracer {
    queue: mpsc::Sender<Span>,
    ids: Arc<Ids>,
    /// A trace without a caller's decision is exported if the upper half of its ID is below this value.
    below: u64,
    dropped: Counter,
}

/// Sends the queued spans. Ends when the last tracer is dropped and all spans are sent.
#[derive(Debug)]
pub struct Exporter {
    queue: mpsc::Receiver<Span>,
    endpoint: Endpoint,
    ids: Arc<Ids>,
    /// The same moment on both clocks, to convert other moments to Unix time.
    origin: (Instant, SystemTime),
    sent: Counter,
    failed: Counter,
    /// The rate limit of log lines about failed exports.
    lines: Bucket,
}

impl Tracer {
    /// Creates a tracer and its exporter; `None` without an endpoint.
    pub fn start(options: &TraceOptions, metrics: &Metrics) -> Option<(Self, Exporter)> {
        let endpoint = options.endpoint.clone()?;
        let (sender, receiver) = mpsc::channel(QUEUE);
        let ids = Arc::new(Ids::new(RandomState::new().build_hasher().finish()));
        let tracer = Self {
            queue: sender,
            ids: ids.clone(),
            // A share of 1 is all but one in 2^64.
            below: (options.sample.clamp(0.0, 1.0) * u64::MAX as f64) as u64,
            dropped: metrics.spans("dropped"),
        };
        let exporter = Exporter {
            queue: receiver,
            endpoint,
            ids,
            origin: (Instant::now(), SystemTime::now()),
            sent: metrics.spans("sent"),
            failed: metrics.spans("failed"),
            lines: Bucket::new(1, Duration::from_secs(60)),
        };
        Some((tracer, exporter))
    }

    /// Decides whether a request is exported: by its caller's flag, or by the share.
    pub fn sample(&self, caller: Option<TraceContext>) -> Option<Sampled> {
        match caller {
            Some(caller) => caller.sampled.then(|| Sampled {
                trace: caller.trace,
                span: self.ids.span(),
                parent: Some(caller.span),
            }),
            None => {
                let upper = self.ids.next();
                (upper <= self.below && self.below > 0).then(|| Sampled {
                    trace: TraceId(u128::from(upper) << 64 | u128::from(self.ids.next())),
                    span: self.ids.span(),
                    parent: None,
                })
            }
        }
    }

    /// Queues a span, or drops it if the queue is full.
    pub fn export(&self, span: Span) {
        if self.queue.try_send(span).is_err() {
            self.dropped.inc();
        }
    }
}

impl Exporter {
    /// Sends batches until all tracers are dropped.
    pub async fn run(mut self) {
        let mut batch = Vec::new();
        while self.fill(&mut batch).await {
            let body = body::write(&batch, self.origin, &self.ids);
            let sent = timeout(PATIENCE, post::post(&self.endpoint, body)).await;
            let error = match sent {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(error.to_string()),
                Err(_) => Some(format!("timed out after {} s", PATIENCE.as_secs())),
            };
            let spans = batch.len() as u64;
            match error {
                None => self.sent.inc_by(spans),
                Some(error) => {
                    if let LinePermit::Granted { .. } = self.lines.take(Instant::now()) {
                        tracing::warn!(endpoint = %self.endpoint, error, "cannot export traces");
                    }
                    self.failed.inc_by(spans)
                }
            };
            batch.clear();
        }
    }

    /// Collects a batch: waits for the first span, then a limited time for more. Returns `false` at the end.
    async fn fill(&mut self, batch: &mut Vec<Span>) -> bool {
        if self.queue.recv_many(batch, BATCH).await == 0 {
            return false;
        }
        // The time is over, the batch is full, or the last tracer is gone: all the same.
        timeout(FILL, async {
            while batch.len() < BATCH && self.queue.recv_many(batch, BATCH - batch.len()).await > 0 {}
        })
        .await
        .ok();
        true
    }
}

/// A generator of unique IDs, seeded by the system.
#[derive(Debug)]
struct Ids(AtomicU64);

impl Ids {
    fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// Returns the next number of splitmix64, never zero.
    fn next(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut z = self.0.fetch_add(STEP, Ordering::Relaxed);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)).max(1)
    }

    fn span(&self) -> SpanId {
        SpanId(self.next())
    }
}
