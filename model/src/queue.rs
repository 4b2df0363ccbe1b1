//! How long a parent that fails has to wait.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(5);
const LAST: Duration = Duration::from_secs(1000);

/// `resyncAfterSeconds` from which Go's duration overflows, and means now.
const OVERFLOW: f64 = 9_223_372_036.854_776;

/// The wait before the next try, after so many failures in a row before this one.
pub fn back_off(failures: u32) -> Duration {
    FIRST
        .saturating_mul(1_u32.checked_shl(failures).unwrap_or(u32::MAX))
        .min(LAST)
}

/// The wait that an answer asks for, if any. What overflows is called again at once.
pub fn resync_after(seconds: f64) -> Option<Duration> {
    match seconds {
        overflowing if overflowing > OVERFLOW => Some(Duration::ZERO),
        positive if positive > 0.0 => Some(Duration::from_secs_f64(positive)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_up_to_a_bound() {
        let waits: Vec<u128> = (0..4).map(|failures| back_off(failures).as_millis()).collect();
        assert_eq!(waits, [5, 10, 20, 40]);
        assert_eq!(back_off(17).as_millis(), 655_360);
        assert_eq!([back_off(18), back_off(31), back_off(200)], [LAST; 3]);
    }

    #[test]
    fn asked_for() {
        let table = [
            (0.0, None),
            (-1.0, None),
            (1.5, Some(Duration::from_millis(1500))),
            (1e9, Some(Duration::from_secs(1_000_000_000))),
            (1e10, Some(Duration::ZERO)),
        ];
        for (seconds, wait) in table {
            assert_eq!(resync_after(seconds), wait, "{seconds}");
        }
    }
}
