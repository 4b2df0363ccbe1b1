//! What guests may log: so much in a call, and so much in a second.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::bindings::Level;
use super::limits::Limits;
use crate::telemetry::{Bucket, LinePermit};

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

/// What a plugin may log, all its calls together.
#[derive(Debug)]
pub(super) struct LogBudget {
    rate: u32,
    lines: Bucket,
    /// Lines that this bound dropped and no report has told of.
    dropped: AtomicU64,
    reports: Bucket,
    /// Lines dropped since the start, by either bound.
    lost: AtomicU64,
}

/// How often a plugin's dropped lines are told of.
const REPORT: Duration = Duration::from_secs(10);
/// The seconds' worth of lines that may come at once.
const BURST: u32 = 4;

impl LogBudget {
    pub(super) fn new(rate: u32) -> Self {
        // Without a rate nothing comes in after the burst, which is nothing.
        let every = Duration::from_secs(1).checked_div(rate).unwrap_or(Duration::MAX);
        Self {
            rate,
            lines: Bucket::new(rate.saturating_mul(BURST), every),
            dropped: AtomicU64::new(0),
            reports: Bucket::new(1, REPORT),
            lost: AtomicU64::new(0),
        }
    }

    /// Lines dropped since the start.
    pub(super) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    fn lose(&self) {
        self.lost.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether a line may come at this time; one that may not is counted.
    fn take(&self, now: Instant) -> bool {
        let taken = self.lines.take(now) != LinePermit::Denied;
        if !taken {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        taken
    }

    /// How many lines were dropped since the last report, when it is time for one: at once for the
    /// first, later every ten seconds.
    fn report(&self, now: Instant) -> Option<u64> {
        if self.dropped.load(Ordering::Relaxed) == 0 || self.reports.take(now) == LinePermit::Denied {
            return None;
        }
        Some(self.dropped.swap(0, Ordering::Relaxed))
    }
}

/// The log of a running call.
pub(super) struct CallLog {
    sink: LogSink,
    budget: Arc<LogBudget>,
    lines_left: u32,
    line_limit: usize,
    dropped: u64,
}

impl CallLog {
    pub(super) fn new(limits: &Limits, sink: LogSink, budget: Arc<LogBudget>) -> Self {
        Self {
            sink,
            budget,
            lines_left: limits.log_lines,
            line_limit: limits.log_line,
            dropped: 0,
        }
    }

    /// Whether the log takes another line. One that it does not take is counted.
    pub(super) fn takes_line(&mut self) -> bool {
        let Some(left) = self.lines_left.checked_sub(1) else {
            self.dropped = self.dropped.saturating_add(1);
            self.budget.lose();
            return false;
        };
        self.lines_left = left;
        let now = Instant::now();
        let taken = self.budget.take(now);
        if !taken {
            self.budget.lose();
            self.report(now);
        }
        taken
    }

    /// Bytes of a line that are kept.
    pub(super) fn line_limit(&self) -> usize {
        self.line_limit
    }

    /// A line that was taken.
    pub(super) fn line(&self, level: Level, message: &str) {
        (self.sink)(LogLine { level, message });
    }

    fn report(&self, now: Instant) {
        if let Some(dropped) = self.budget.report(now) {
            let rate = self.budget.rate;
            let message = format!(
                "the plugin logs more than {rate} lines a second; dropped so far since the last such line: {dropped}"
            );
            self.line(Level::Warn, &message);
        }
    }
}

impl Drop for CallLog {
    fn drop(&mut self) {
        let now = Instant::now();
        // A line for each call would be a flood of its own.
        if self.dropped > 0 && self.budget.take(now) {
            let message = format!("{} more log lines of this call were dropped", self.dropped);
            self.line(Level::Warn, &message);
        }
        self.report(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_may_log_four_seconds_worth_at_once_and_then_its_rate() {
        let budget = LogBudget::new(50);
        let start = Instant::now();
        let lines = |now| (0..1000).filter(|_| budget.take(now)).count();
        assert_eq!(lines(start), 200);
        assert_eq!(lines(start), 0);
        assert_eq!(lines(start + Duration::from_secs(1)), 50);
        assert_eq!(lines(start + Duration::from_secs(3600)), 200, "no more than full");
    }

    #[test]
    fn what_was_dropped_is_told_of_at_once_and_then_every_ten_seconds() {
        let budget = LogBudget::new(1);
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(budget.report(start), None, "nothing was dropped");
        for _ in 0..5 {
            budget.take(start);
        }
        assert_eq!(budget.report(start), Some(1));
        for _ in 0..3 {
            budget.take(start);
        }
        assert_eq!(budget.report(after(9)), None);
        assert_eq!(budget.report(after(10)), Some(3));
        assert_eq!(budget.report(after(30)), None, "nothing more");
    }

    #[test]
    fn a_clock_that_stands_still_or_goes_back_gives_nothing_away() {
        let budget = LogBudget::new(1);
        let start = Instant::now() + Duration::from_secs(10);
        for _ in 0..4 {
            assert!(budget.take(start));
        }
        assert!(!budget.take(start - Duration::from_secs(5)));
        assert!(!budget.take(start));
    }
}
