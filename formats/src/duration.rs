//! Durations as Go reads and writes them: what the API server stores of `metav1.Duration`.
//!
//! Source: `time.ParseDuration` and `Duration.String` of Go's standard library.

use std::fmt;
use std::time::Duration;

const MILLISECOND: u64 = 1_000_000;
const SECOND: u64 = 1_000_000_000;
/// The largest duration, and one more: the smallest is its negative.
const LIMIT: u64 = 1 << 63;

/// A duration of Go: a number of nanoseconds, which may be negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GoDuration(i64);

/// Reads a duration above zero: `10s`, `1m30s`, `1.5h`, `300ms`. Returns `None` for any other text.
pub fn positive(text: &str) -> Option<Duration> {
    let nanoseconds = u64::try_from(GoDuration::parse(text)?.0).ok()?;
    (nanoseconds > 0).then(|| Duration::from_nanos(nanoseconds))
}

/// Reads a duration that is not negative and returns it as Go writes it. Returns `None` for any other text.
///
/// An object that a Go program reads and writes again comes back in this form.
pub fn canonical(text: &str) -> Option<String> {
    let duration = GoDuration::parse(text).filter(|duration| !duration.is_negative());
    duration.map(|duration| duration.to_string())
}

impl GoDuration {
    /// Reads `10m`, `1h30m` or `1.5s`. Returns `None` for any other text and for more than 292 years.
    pub fn parse(text: &str) -> Option<Self> {
        let negative = text.starts_with('-');
        let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
        if rest == "0" {
            return Some(Self(0));
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
            (false, Ok(all)) => Some(Self(all)),
            (true, Ok(all)) => Some(Self(-all)),
            (true, Err(_)) => Some(Self(i64::MIN)),
            (false, Err(_)) => None,
        }
    }

    /// Returns a duration of so many nanoseconds.
    pub fn from_nanoseconds(nanoseconds: i64) -> Self {
        Self(nanoseconds)
    }

    /// Returns its nanoseconds.
    pub fn nanoseconds(self) -> i64 {
        self.0
    }

    /// Returns whether it is below zero.
    pub fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Returns whether it is zero.
    pub fn is_zero(self) -> bool {
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

/// As Go writes it: `1h30m0s`, `1.5s`, `300ms`.
impl fmt::Display for GoDuration {
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

    fn written(text: &str) -> Option<String> {
        GoDuration::parse(text).map(|duration| duration.to_string())
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
            assert_eq!(written(text).as_deref(), Some(wanted), "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_durations() {
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
            assert_eq!(written(text), None, "{text}");
        }
    }

    #[test]
    fn only_a_duration_above_zero_is_positive() {
        let table = [
            ("10s", Some(10_000)),
            ("1m30s", Some(90_000)),
            ("1.5s", Some(1_500)),
            ("300ms", Some(300)),
            ("2h", Some(7_200_000)),
            ("", None),
            ("0s", None),
            ("-1s", None),
            ("10", None),
            ("s", None),
            ("1y", None),
            ("1e9s", None),
            ("99999999999999999999999h", None),
        ];
        for (text, millis) in table {
            assert_eq!(positive(text), millis.map(Duration::from_millis), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_written_duration_is_read_again(nanoseconds: i64, exponent in 0u32..18) {
            let duration = GoDuration(nanoseconds / 10_i64.pow(exponent));
            prop_assert_eq!(GoDuration::parse(&duration.to_string()), Some(duration));
        }

        #[test]
        fn any_text_is_a_duration_or_none(text in "[-+]?([0-9]{0,22}[.]?[0-9]{0,22}(ns|us|ms|s|m|h|d)?){0,3}") {
            if let Some(duration) = GoDuration::parse(&text) {
                prop_assert_eq!(GoDuration::parse(&duration.to_string()), Some(duration));
            }
        }
    }
}
