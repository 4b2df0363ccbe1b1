//! What belongs to a running call: its budget, its time and its log.

use std::time::{Duration, Instant};

use super::bindings::Level;
use super::error::DeadlineExceeded;
use super::limits::{Limiter, Limits};

/// Gets each line that a guest logs.
pub type LogSink = Box<dyn Fn(LogLine<'_>) + Send + Sync>;

/// A line that a guest logged, or the host about a guest's log.
#[derive(Debug, PartialEq, Eq)]
pub struct LogLine<'a> {
    /// As the guest gave it.
    pub level: Level,
    /// Cut at [`Limits::log_line`].
    pub message: &'a str,
}

/// What belongs to a running call.
pub(super) struct State {
    pub(super) limiter: Limiter,
    end: Instant,
    deadline: Duration,
    log: LogSink,
    lines_left: u32,
    line_limit: usize,
    dropped: u64,
}

impl State {
    /// The time of a call begins now, and ends with its deadline or with `until`.
    pub(super) fn new(limits: &Limits, until: Option<Instant>, log: LogSink) -> Self {
        let now = Instant::now();
        // A deadline too far away to be a point in time is a day away.
        let end = now
            .checked_add(limits.deadline)
            .unwrap_or(now + Duration::from_secs(86_400));
        Self {
            limiter: Limiter::new(limits),
            end: until.map_or(end, |until| until.min(end)),
            deadline: limits.deadline,
            log,
            lines_left: limits.log_lines,
            line_limit: limits.log_line,
            dropped: 0,
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

    /// Whether the log takes another line. One that it does not take is counted.
    pub(super) fn takes_line(&mut self) -> bool {
        match self.lines_left.checked_sub(1) {
            Some(left) => self.lines_left = left,
            None => self.dropped = self.dropped.saturating_add(1),
        }
        self.dropped == 0
    }

    /// As much of a line as is kept.
    pub(super) fn kept<'a>(&self, message: &'a str) -> &'a str {
        message
            .get(..message.floor_char_boundary(self.line_limit))
            .unwrap_or_default()
    }

    pub(super) fn log(&self, level: Level, message: &str) {
        (self.log)(LogLine { level, message });
    }
}

impl Drop for State {
    fn drop(&mut self) {
        if self.dropped > 0 {
            let message = format!("{} more log lines of this call were dropped", self.dropped);
            (self.log)(LogLine {
                level: Level::Warn,
                message: &message,
            });
        }
    }
}
