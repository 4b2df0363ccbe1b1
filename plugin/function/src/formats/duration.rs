//! Durations as Go reads and writes them: what the API server stores of `metav1.Duration`.
//!
//! Source: `time.ParseDuration` and `Duration.String` of Go's standard library.

use std::fmt;

const MILLISECOND: u64 = 1_000_000;
const SECOND: u64 = 1_000_000_000;
/// The largest duration, and one more: the smallest is its negative.
const LIMIT: u64 = 1 << 63;

/// Nanoseconds, as in Go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Duration(i64);

/// A duration that is not negative, as Go writes it: what reads an object and writes it again as
/// a whole, as the HTTP add-on does, writes it so. None for any other text.
pub(crate) fn canonical(text: &str) -> Option<String> {
    let duration = Duration::parse(text).filter(|duration| !duration.is_negative());
    duration.map(|duration| duration.to_string())
}

impl Duration {
    /// Reads `10m`, `1h30m` or `1.5s`; nothing for any other text and for more than 292 years.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let negative = text.starts_with('-');
        let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
        if rest == "0" {
            return Some(Duration(0));
        }
        if rest.is_empty() {
            return None;
        }
        let mut all: u64 = 0;
        while !rest.is_empty() {
            let (part, after) = part(rest)?;
            all = all.checked_add(part).filter(|all| *all <= LIMIT)?;
            rest = after;
        }
        match (negative, i64::try_from(all)) {
            (false, Ok(all)) => Some(Duration(all)),
            (true, Ok(all)) => Some(Duration(-all)),
            (true, Err(_)) => Some(Duration(i64::MIN)),
            (false, Err(_)) => None,
        }
    }

    /// What lies between two of Kubernetes' times; nothing where it is not known.
    pub(crate) fn between(start: &str, end: &str) -> Option<Self> {
        let seconds = seconds(end)?.checked_sub(seconds(start)?)?;
        let nanoseconds = seconds.checked_mul(SECOND as i64)?;
        Some(Duration(nanoseconds)).filter(|passed| !passed.is_negative())
    }

    pub(crate) fn nanoseconds(self) -> i64 {
        self.0
    }

    pub(crate) fn is_negative(self) -> bool {
        self.0 < 0
    }

    pub(crate) fn is_zero(self) -> bool {
        self.0 == 0
    }
}

/// One number with its unit, in nanoseconds, and what follows.
fn part(text: &str) -> Option<(u64, &str)> {
    let (whole, after_whole) = digits(text);
    let (fraction, after) = match after_whole.strip_prefix('.') {
        Some(after) => digits(after),
        None => ("", after_whole),
    };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let end = after.find(|c: char| c == '.' || c.is_ascii_digit());
    let (unit, rest) = after.split_at_checked(end.unwrap_or(after.len()))?;
    let unit = match unit {
        "ns" => 1,
        // The micro sign, and the Greek letter.
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ms" => MILLISECOND,
        "s" => SECOND,
        "m" => 60 * SECOND,
        "h" => 3600 * SECOND,
        _ => return None,
    };
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut nanoseconds = whole.checked_mul(unit)?;
    // As Go does it: as many digits as an integer has, and the rest in floating point.
    let (mut part, mut scale) = (0_u64, 1.0);
    for digit in fraction.bytes() {
        let more = part.checked_mul(10);
        let more = more.and_then(|more| more.checked_add(u64::from(digit - b'0')));
        let Some(more) = more.filter(|more| *more <= LIMIT) else {
            break;
        };
        part = more;
        scale *= 10.0;
    }
    nanoseconds = nanoseconds.checked_add((part as f64 * (unit as f64 / scale)) as u64)?;
    Some((nanoseconds, rest))
}

/// The digits in front, and what follows.
fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit());
    text.split_at_checked(end.unwrap_or(text.len()))
        .unwrap_or(("", text))
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

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.0.unsigned_abs();
        if all == 0 {
            return f.write_str("0s");
        }
        let (whole, fraction, digits, unit) = match all {
            0..1_000 => (all, 0, 0, "ns"),
            1_000..MILLISECOND => (all / 1_000, all % 1_000, 3, "\u{b5}s"),
            MILLISECOND..SECOND => (all / MILLISECOND, all % MILLISECOND, 6, "ms"),
            _ => (all / SECOND % 60, all % SECOND, 9, "s"),
        };
        let minutes = all / SECOND / 60;
        if self.is_negative() {
            f.write_str("-")?;
        }
        if minutes >= 60 {
            write!(f, "{}h", minutes / 60)?;
        }
        if minutes > 0 {
            write!(f, "{}m", minutes % 60)?;
        }
        write!(f, "{whole}")?;
        if fraction > 0 {
            let fraction = format!("{fraction:0digits$}");
            write!(f, ".{}", fraction.trim_end_matches('0'))?;
        }
        f.write_str(unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn canonical(text: &str) -> Option<String> {
        Duration::parse(text).map(|duration| duration.to_string())
    }

    #[test]
    fn durations_are_read_and_written_as_go_does() {
        for (text, wanted) in [
            ("0", "0s"),
            ("-0", "0s"),
            ("0s", "0s"),
            ("10m", "10m0s"),
            ("90s", "1m30s"),
            ("1h", "1h0m0s"),
            ("1h30m", "1h30m0s"),
            ("1.5h", "1h30m0s"),
            ("25h", "25h0m0s"),
            (".5s", "500ms"),
            ("1.s", "1s"),
            ("1s500ms", "1.5s"),
            ("30m1h", "1h30m0s"),
            ("1500us", "1.5ms"),
            ("2\u{3bc}s", "2\u{b5}s"),
            ("1001ns", "1.001\u{b5}s"),
            ("7ns", "7ns"),
            ("+3s", "3s"),
            ("-1m1s", "-1m1s"),
            ("0.3333333333333333333h", "20m0s"),
            ("9223372036854775807ns", "2562047h47m16.854775807s"),
            ("-9223372036854775808ns", "-2562047h47m16.854775808s"),
        ] {
            assert_eq!(canonical(text).as_deref(), Some(wanted), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration() {
        for text in [
            "",
            "-",
            "10",
            "m",
            ".s",
            "1d",
            "10 m",
            "1h-1m",
            "1..5s",
            "1e3s",
            "ten minutes",
            "9223372036854775808ns",
            "99999999999999999999h",
            "3000000h",
        ] {
            assert_eq!(canonical(text), None, "{text}");
        }
    }

    #[test]
    fn what_lies_between_two_times() {
        let between = |start, end| Duration::between(start, end).map(|passed| passed.to_string());
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

    proptest! {
        #[test]
        fn a_written_duration_is_read_again(nanoseconds: i64, exponent in 0u32..18) {
            let duration = Duration(nanoseconds / 10_i64.pow(exponent));
            prop_assert_eq!(Duration::parse(&duration.to_string()), Some(duration));
        }

        #[test]
        fn any_text_is_a_duration_or_none(text in "[-+]?([0-9]{0,22}[.]?[0-9]{0,22}(ns|us|ms|s|m|h|d)?){0,3}") {
            if let Some(duration) = Duration::parse(&text) {
                prop_assert_eq!(Duration::parse(&duration.to_string()), Some(duration));
            }
        }
    }
}
