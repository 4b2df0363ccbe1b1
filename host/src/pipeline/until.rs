//! How long there is for an answer.

use std::time::Duration;

use metawasm_formats::duration;
use tokio::time::Instant;

/// How long the caller waits.
#[derive(Clone, Copy)]
pub(super) struct Until {
    /// Nine tenths of what it waits: an answer that comes when it has gone is worth nothing.
    pub(super) patience: Duration,
    /// The end of that.
    pub(super) at: Instant,
}

impl Until {
    /// Since the request has come. `timeout` is the webhook's, as it is written there.
    pub(super) fn new(start: Instant, timeout: Option<&str>) -> Self {
        /// Metacontroller's default, also where it cannot read what is written.
        const DEFAULT: Duration = Duration::from_secs(10);
        /// Longer than any call, and short enough to be added to any time.
        const MOST: Duration = Duration::from_secs(7 * 24 * 3600);
        let waits = timeout.and_then(duration::positive).unwrap_or(DEFAULT);
        let patience = waits.min(MOST) * 9 / 10;
        Self {
            patience,
            at: start + patience,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nine_tenths_of_the_webhooks_timeout_or_of_metacontrollers_default() {
        let start = Instant::now();
        for (timeout, millis) in [
            (Some("3s"), 2_700),
            (Some("100ms"), 90),
            (None, 9_000),
            (Some("soon"), 9_000),
            (Some("-1s"), 9_000),
            // More than Go reads.
            (Some("9999999h"), 9_000),
            (Some("2000000h"), 7 * 24 * 3_600_000 / 10 * 9),
        ] {
            let until = Until::new(start, timeout);
            assert_eq!(until.patience, Duration::from_millis(millis), "{timeout:?}");
            assert_eq!(until.at, start + until.patience);
        }
    }
}
