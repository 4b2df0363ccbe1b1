//! Rate limits for log lines.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A token bucket that counts rejected lines.
#[derive(Debug)]
pub struct Bucket {
    burst: u32,
    every: Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    left: u32,
    since: Option<Instant>,
    held_back: u64,
}

/// The decision of a [`Bucket`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinePermit {
    /// The line may be written.
    Granted {
        /// Number of lines that were dropped since the last written line.
        held_back: u64,
    },
    /// The line is dropped.
    Denied,
}

impl Bucket {
    /// Creates a bucket that allows a burst of `burst` lines, and then one line per `every`.
    pub const fn new(burst: u32, every: Duration) -> Self {
        Self {
            burst,
            every,
            state: Mutex::new(State {
                left: burst,
                since: None,
                held_back: 0,
            }),
        }
    }

    /// Counts lines as dropped that the bucket allowed and that were not written.
    fn hold_back(&self, lines: u64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.held_back = state.held_back.saturating_add(lines);
    }

    /// Decides about one more line.
    pub fn take(&self, now: Instant) -> LinePermit {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let since = *state.since.get_or_insert(now);
        let passed = now.saturating_duration_since(since);
        let gained = passed
            .as_nanos()
            .checked_div(self.every.as_nanos())
            .unwrap_or(u128::from(self.burst));
        let gained = u32::try_from(gained).unwrap_or(u32::MAX);
        let left = state.left.saturating_add(gained);
        if left >= self.burst {
            (state.left, state.since) = (self.burst, Some(now));
        } else if gained > 0 {
            // What is left over of the time counts for the next one.
            state.left = left;
            state.since = self
                .every
                .checked_mul(gained)
                .and_then(|time| since.checked_add(time));
        }
        match state.left.checked_sub(1) {
            Some(left) => {
                state.left = left;
                LinePermit::Granted {
                    held_back: std::mem::take(&mut state.held_back),
                }
            }
            None => {
                state.held_back = state.held_back.saturating_add(1);
                LinePermit::Denied
            }
        }
    }
}

/// Burst of log lines about requests of all plugins; afterwards one line per 10 ms.
const REQUESTS: u32 = 400;
const REQUEST: Duration = Duration::from_millis(10);

/// The rate limit for all log lines about requests.
///
/// Each kind of line has a separate [`Bucket`], so that many lines of one plugin leave room for those of another. This type
/// also limits all kinds of all plugins together.
#[derive(Debug)]
pub struct RequestLines(Bucket);

impl Default for RequestLines {
    fn default() -> Self {
        Self(Bucket::new(REQUESTS, REQUEST))
    }
}

impl RequestLines {
    /// Decides about one more line of a kind.
    pub fn take(&self, kind: &Bucket, now: Instant) -> LinePermit {
        match kind.take(now) {
            LinePermit::Granted { held_back } => match self.0.take(now) {
                LinePermit::Granted { .. } => LinePermit::Granted { held_back },
                LinePermit::Denied => {
                    kind.hold_back(held_back.saturating_add(1));
                    LinePermit::Denied
                }
            },
            LinePermit::Denied => LinePermit::Denied,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_burst_passes_and_then_one_each_time_with_the_count_of_the_others() {
        let bucket = Bucket::new(2, SECOND);
        let start = Instant::now();
        let yes = |held_back| LinePermit::Granted { held_back };
        assert_eq!(bucket.take(start), yes(0));
        assert_eq!(bucket.take(start), yes(0));
        assert_eq!(bucket.take(start), LinePermit::Denied);
        assert_eq!(bucket.take(start + SECOND / 2), LinePermit::Denied);
        assert_eq!(bucket.take(start + SECOND), yes(2));
        assert_eq!(bucket.take(start + SECOND), LinePermit::Denied);
        assert_eq!(
            bucket.take(start + SECOND * 5 / 2),
            yes(1),
            "half a second is left over"
        );
        assert_eq!(bucket.take(start + SECOND * 3), yes(0));
    }

    #[test]
    fn all_kinds_together_are_bounded_and_no_line_is_lost_from_the_count() {
        let (all, start) = (&RequestLines::default(), Instant::now());
        let kinds: Vec<Bucket> = (0..100).map(|_| Bucket::new(20, SECOND)).collect();
        let mut told = 0;
        let mut passed = |each, now| {
            let lines = kinds
                .iter()
                .flat_map(|kind| (0..each).map(move |_| all.take(kind, now)));
            let passed = lines.filter_map(|pass| match pass {
                LinePermit::Granted { held_back } => Some(held_back),
                LinePermit::Denied => None,
            });
            let passed: Vec<u64> = passed.collect();
            told += passed.iter().sum::<u64>();
            passed.len()
        };
        assert_eq!(passed(30, start), 400);
        assert_eq!(passed(30, start), 0);
        assert_eq!(passed(30, start + SECOND), 100);
        assert_eq!(passed(1, start + SECOND * 60), 100);
        assert_eq!(told, 9000 - 500, "each line passed or was told of");
    }

    #[test]
    fn it_never_saves_up_more_than_a_burst() {
        let bucket = Bucket::new(3, SECOND);
        let start = Instant::now();
        bucket.take(start);
        let later = start + SECOND * 1000;
        let passed = (0..10)
            .filter(|_| bucket.take(later) != LinePermit::Denied)
            .count();
        assert_eq!(passed, 3);
    }

    #[test]
    fn what_happens_often_is_said_seldom_and_counted() {
        let seldom = Bucket::new(1, SECOND * 10);
        let start = Instant::now();
        let yes = |held_back| LinePermit::Granted { held_back };
        assert_eq!(seldom.take(start), yes(0));
        assert_eq!(
            (seldom.take(start), seldom.take(start)),
            (LinePermit::Denied, LinePermit::Denied)
        );
        assert_eq!(seldom.take(start + SECOND * 10), yes(2));
        assert_eq!(seldom.take(start + SECOND * 20), yes(0));
    }
}
