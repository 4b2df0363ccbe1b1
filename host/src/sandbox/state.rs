//! What belongs to a running call: its budget, and its log.

use super::bindings::Level;
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
    log: LogSink,
    lines_left: u32,
    line_limit: usize,
    dropped: u64,
}

impl State {
    pub(super) fn new(limits: &Limits, log: LogSink) -> Self {
        Self {
            limiter: Limiter::new(limits),
            log,
            lines_left: limits.log_lines,
            line_limit: limits.log_line,
            dropped: 0,
        }
    }

    pub(super) fn log(&mut self, level: Level, message: &str) {
        match self.lines_left.checked_sub(1) {
            Some(left) => {
                self.lines_left = left;
                let end = message.floor_char_boundary(self.line_limit);
                let message = message.get(..end).unwrap_or_default();
                (self.log)(LogLine { level, message });
            }
            None => self.dropped = self.dropped.saturating_add(1),
        }
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
