//! Durations: Go's, and the time between two of Kubernetes' times.

pub(crate) use metawasm_formats::duration::{GoDuration as Duration, canonical};

const NANOSECONDS: i64 = 1_000_000_000;

/// Returns the time between two of Kubernetes' times; none where it is not known.
pub(crate) fn between(start: &str, end: &str) -> Option<Duration> {
    let seconds = seconds(end)?.checked_sub(seconds(start)?)?;
    let passed = Duration::from_nanoseconds(seconds.checked_mul(NANOSECONDS)?);
    (!passed.is_negative()).then_some(passed)
}

/// Seconds from some day on to a time as Kubernetes writes it: `2026-11-24T07:20:52Z`.
fn seconds(time: &str) -> Option<i64> {
    let (date, time) = time.strip_suffix('Z')?.split_once('T')?;
    let (year, date) = date.split_once('-')?;
    let (month, day) = date.split_once('-')?;
    let (hour, time) = time.split_once(':')?;
    let (minute, second) = time.split_once(':')?;
    let number = |text: &str, from: i64, to: i64| {
        let number: i64 = text.parse().ok()?;
        (from..=to).contains(&number).then_some(number)
    };
    let (year, month) = (number(year, 1, 9999)?, number(month, 1, 12)?);
    // A year that starts in March ends with the day that some years have more.
    let (year, month) = if month < 3 {
        (year - 1, month + 9)
    } else {
        (year, month - 3)
    };
    let leap_days = year / 4 - year / 100 + year / 400;
    let days = 365 * year + leap_days + (153 * month + 2) / 5 + number(day, 1, 31)?;
    let hours = 24 * days + number(hour, 0, 23)?;
    let minutes = 60 * hours + number(minute, 0, 59)?;
    Some(60 * minutes + number(second, 0, 60)?)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_time_between_two_times() {
        let between = |start, end| super::between(start, end).map(|passed| passed.to_string());
        for (start, end, passed) in [
            ("2026-11-24T07:20:52Z", "2026-11-24T07:20:52Z", "0s"),
            ("2026-11-24T07:20:52Z", "2026-11-24T07:22:02Z", "1m10s"),
            ("2026-12-31T23:59:59Z", "2027-01-01T00:00:01Z", "2s"),
            ("2024-02-28T00:00:00Z", "2024-03-01T00:00:00Z", "48h0m0s"),
            ("2025-02-28T00:00:00Z", "2025-03-01T00:00:00Z", "24h0m0s"),
            ("2000-01-01T00:00:00Z", "2001-01-01T00:00:00Z", "8784h0m0s"),
            ("1900-01-01T00:00:00Z", "1901-01-01T00:00:00Z", "8760h0m0s"),
        ] {
            assert_eq!(between(start, end).as_deref(), Some(passed), "{start} {end}");
        }
        for (start, end) in [
            ("2026-11-24T07:20:52Z", "2026-11-24T07:20:51Z"),
            ("", "2026-11-24T07:20:51Z"),
            ("2026-11-24T07:20:52Z", "soon"),
            ("2026-13-24T07:20:52Z", "2026-13-24T07:20:53Z"),
            ("2026-11-24T07:20:52+01:00", "2026-11-24T07:20:53+01:00"),
            ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(between(start, end), None, "{start} {end}");
        }
    }
}
