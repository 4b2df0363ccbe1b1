//! Durations as Go writes them: `30s`, `1m30s`, `1.5h`.

/// The units, in nanoseconds. Go takes both letters that look like a micro sign.
const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", SECOND),
    ("m", 60 * SECOND),
    ("h", 3_600 * SECOND),
];
const SECOND: u64 = 1_000_000_000;
/// What Go's type holds.
const MAX: u64 = i64::MAX as u64;
/// Below a nanosecond of an hour; more digits change nothing.
const DIGITS: usize = 15;

/// A duration that is not negative, in the words of Go's `time.Duration.String`: what reads an
/// object and writes it again as a whole, as the HTTP add-on does, writes it so. None if it is no
/// duration.
pub(crate) fn canonical(text: &str) -> Option<String> {
    if text == "0" {
        return Some("0s".to_owned());
    }
    let mut total: u64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let part;
        (part, rest) = first(rest)?;
        total = total.checked_add(part).filter(|total| *total <= MAX)?;
    }
    (!text.is_empty()).then(|| written(total))
}

/// The first number with its unit, in nanoseconds, and what follows it.
fn first(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, rest) = text.split_at_checked(end)?;
    let end = rest.find(|c: char| c.is_ascii_digit() || c == '.');
    let (unit, rest) = rest.split_at_checked(end.unwrap_or(rest.len()))?;
    let (_, unit) = UNITS.iter().find(|(name, _)| *name == unit)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return None;
    }
    let mut nanoseconds = match whole {
        "" => 0,
        whole => whole.parse::<u64>().ok()?.checked_mul(*unit)?,
    };
    let mut place = u128::from(*unit);
    let mut scale: u128 = 1;
    let mut below: u128 = 0;
    for digit in fraction.chars().take(DIGITS).filter_map(|c| c.to_digit(10)) {
        below = below * 10 + u128::from(digit);
        scale *= 10;
    }
    place = place * below / scale;
    nanoseconds = nanoseconds.checked_add(u64::try_from(place).ok()?)?;
    Some((nanoseconds, rest))
}

fn written(nanoseconds: u64) -> String {
    if nanoseconds == 0 {
        return "0s".to_owned();
    }
    if nanoseconds < SECOND {
        let (unit, name) = match nanoseconds {
            0..1_000 => (1, "ns"),
            1_000..1_000_000 => (1_000, "\u{b5}s"),
            _ => (1_000_000, "ms"),
        };
        return format!("{}{name}", decimal(nanoseconds, unit));
    }
    let minutes = nanoseconds / (60 * SECOND);
    let seconds = decimal(nanoseconds % (60 * SECOND), SECOND);
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{seconds}s"),
        (0, minutes) => format!("{minutes}m{seconds}s"),
        (hours, minutes) => format!("{hours}h{minutes}m{seconds}s"),
    }
}

/// A number of units, with as many digits behind the point as it needs.
fn decimal(nanoseconds: u64, unit: u64) -> String {
    let mut text = (nanoseconds / unit).to_string();
    let mut below = nanoseconds % unit;
    if below > 0 {
        text.push('.');
    }
    let mut place = unit / 10;
    while below > 0 {
        text.push_str(&(below / place).to_string());
        below %= place;
        place /= 10;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_written_as_go_writes_it() {
        for (text, go) in [
            ("0", "0s"),
            ("0s", "0s"),
            ("0ns", "0s"),
            ("30s", "30s"),
            ("1m", "1m0s"),
            ("1m30s", "1m30s"),
            ("90s", "1m30s"),
            ("1.5h", "1h30m0s"),
            ("1h0.5s", "1h0m0.5s"),
            ("500ms", "500ms"),
            ("1500ms", "1.5s"),
            ("1500us", "1.5ms"),
            ("2\u{b5}s", "2\u{b5}s"),
            ("2\u{3bc}s", "2\u{b5}s"),
            ("1001ns", "1.001\u{b5}s"),
            (".5s", "500ms"),
            ("5.s", "5s"),
            ("1s1s", "2s"),
            ("1.000000001s", "1.000000001s"),
            ("0.00000000000000000000009h", "0s"),
            ("9223372036854775807ns", "2562047h47m16.854775807s"),
        ] {
            assert_eq!(canonical(text).as_deref(), Some(go), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_none() {
        for text in [
            "",
            "30",
            "s",
            ".s",
            "1..5s",
            "1.2.3s",
            "-1s",
            "+1s",
            "1 s",
            " 1s",
            "1S",
            "1d",
            "1s2",
            "eins",
            "é",
            "99999999999999999999s",
            "9223372036854775808ns",
            "2562048h",
            "1e3s",
            "٣s",
        ] {
            assert_eq!(canonical(text), None, "{text}");
        }
    }
}
