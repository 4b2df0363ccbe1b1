//! What stands for the export of traces in a build without it: nothing is ever sampled.

use std::time::{Duration, Instant};

use super::metrics::Metrics;
use super::traceparent::TraceContext;
use super::traces::{Sampled, TraceOptions};

/// There is none.
#[derive(Clone, Debug)]
pub enum Tracer {}

/// There is none.
#[derive(Debug)]
pub enum Exporter {}

/// A request, as it would be exported.
#[derive(Clone, Debug)]
pub struct Span {
    /// What names the span.
    pub plugin: String,
    /// What names the span.
    pub hook: String,
    /// Which request.
    pub sampled: Sampled,
    /// When its head had been read.
    pub start: Instant,
    /// When its answer was there.
    pub end: Instant,
    /// Time in the queue.
    pub queue: Option<Duration>,
    /// Time in the sandbox.
    pub run: Option<Duration>,
    /// Time of the review.
    pub review: Option<Duration>,
    /// The outcome's label.
    pub outcome: &'static str,
    /// The status, where an answer was sent.
    pub status: Option<u16>,
    /// What was wrong.
    pub error: Option<String>,
}

impl Tracer {
    /// None: the configuration refuses an endpoint in such a build.
    pub fn start(_: &TraceOptions, _: &Metrics) -> Option<(Self, Exporter)> {
        None
    }

    /// Never.
    pub fn sample(&self, _: Option<TraceContext>) -> Option<Sampled> {
        match *self {}
    }

    /// Never.
    pub fn export(&self, _: Span) {
        match *self {}
    }
}

impl Exporter {
    /// Never.
    pub async fn run(self) {
        match self {}
    }
}
