//! What belongs to a running call: its budget, its time and its log.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::error::DeadlineExceeded;
use super::limits::{Limiter, Limits};
use super::log::{CallLog, LogBudget, LogSink};

/// What belongs to a running call.
pub(super) struct State {
    pub(super) limiter: Limiter,
    end: Instant,
    deadline: Duration,
    pub(super) log: CallLog,
}

impl State {
    /// The time of a call begins now, and ends with its deadline or with `until`.
    pub(super) fn new(
        limits: &Limits,
        until: Option<Instant>,
        sink: LogSink,
        budget: Arc<LogBudget>,
    ) -> Self {
        let now = Instant::now();
        // A deadline too far away to be a point in time is a day away.
        let end = now
            .checked_add(limits.deadline)
            .unwrap_or(now + Duration::from_secs(86_400));
        Self {
            limiter: Limiter::new(limits),
            end: until.map_or(end, |until| until.min(end)),
            deadline: limits.deadline,
            log: CallLog::new(limits, sink, budget),
        }
    }

    /// Whether the call still has time.
    pub(super) fn in_time(&self) -> Result<(), DeadlineExceeded> {
        if Instant::now() < self.end {
            Ok(())
        } else {
            Err(DeadlineExceeded { limit: self.deadline })
        }
    }
}
