//! What is counted of connections, for those who show it.

use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use super::budget::Budget;

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
    /// TLS handshakes that failed.
    pub handshakes_failed: AtomicU64,
    pub(super) handshakes: Seldom,
    pub(super) budget: Arc<Budget>,
}

impl Stats {
    /// All zero, with so much room for request bodies.
    pub(super) fn new(bodies: usize) -> Self {
        Self {
            origin: Instant::now(),
            open: AtomicUsize::new(0),
            accepted: AtomicU64::new(0),
            displaced: AtomicU64::new(0),
            turned_away: AtomicU64::new(0),
            handshakes_failed: AtomicU64::new(0),
            handshakes: Seldom::default(),
            budget: Budget::new(bodies),
        }
    }

    /// Bytes of all request bodies that are being read or answered.
    pub fn bodies(&self) -> usize {
        self.budget.used()
    }
}

/// How often the same thing is logged at most.
const SELDOM: Duration = Duration::from_secs(10);

/// Says when something that happens often should be logged.
#[derive(Debug, Default)]
pub(super) struct Seldom(Mutex<(Option<Instant>, u64)>);

impl Seldom {
    /// Counts one. `Some` where it should be logged: how many were not since the last one that was.
    pub(super) fn now(&self) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let now = Instant::now();
        let (last, before) = *state;
        if last.is_some_and(|last| now.saturating_duration_since(last) < SELDOM) {
            state.1 += 1;
            return None;
        }
        *state = (Some(now), 0);
        Some(before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_happens_often_is_said_seldom_and_counted() {
        let seldom = Seldom::default();
        assert_eq!(seldom.now(), Some(0));
        assert_eq!((seldom.now(), seldom.now()), (None, None));
        tokio::time::advance(SELDOM).await;
        assert_eq!(seldom.now(), Some(2));
        tokio::time::advance(SELDOM).await;
        assert_eq!(seldom.now(), Some(0));
    }
}
