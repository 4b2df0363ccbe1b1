//! What is counted of connections, for those who show it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::time::Duration;

use tokio::time::Instant;

use super::budget::Budget;
use crate::telemetry::Bucket;

/// Counts of a listener since its start.
#[derive(Debug)]
pub struct Stats {
    pub(super) origin: Instant,
    /// Connections that are open.
    pub open: AtomicUsize,
    /// Connections that were accepted.
    pub accepted: AtomicU64,
    /// Idle connections that were closed to make room for others.
    pub displaced: AtomicU64,
    /// Connections that were closed at once: all that may be open were in use.
    pub turned_away: AtomicU64,
    /// Connections that were closed because a TLS handshake or a request head took too long.
    pub slow: AtomicU64,
    pub(super) slow_lines: Bucket,
    /// TLS handshakes that failed.
    pub handshakes_failed: AtomicU64,
    pub(super) handshakes: Bucket,
    pub(super) accepts: Bucket,
    pub(super) budget: Arc<Budget>,
}

impl Stats {
    /// All zero, with so much room for request bodies, each of at most `body` bytes.
    pub(super) fn new(bodies: usize, body: usize) -> Self {
        Self {
            origin: Instant::now(),
            open: AtomicUsize::new(0),
            accepted: AtomicU64::new(0),
            displaced: AtomicU64::new(0),
            turned_away: AtomicU64::new(0),
            slow: AtomicU64::new(0),
            slow_lines: seldom(),
            handshakes_failed: AtomicU64::new(0),
            handshakes: seldom(),
            accepts: seldom(),
            budget: Budget::new(bodies, body),
        }
    }

    /// Bytes of all request bodies that are being read or answered.
    pub fn bodies(&self) -> usize {
        self.budget.used()
    }
}

/// Says when something that happens often should be logged: every ten seconds at most, with how many were not since.
pub(super) const fn seldom() -> Bucket {
    Bucket::new(1, Duration::from_secs(10))
}
