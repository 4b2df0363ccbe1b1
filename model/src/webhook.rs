//! What a hook's HTTP answer means before its body is read.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What is done with an HTTP answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The body is the answer.
    Answer,
    /// The body that came with the entity tag is the answer.
    Unchanged,
    /// Called again after this time, without an event and without back-off.
    Later(Duration),
    /// The sync fails.
    Error,
}

/// What a status code means. `validated`: the request had an `If-None-Match`.
pub fn meaning(code: u16, retry_after: Option<&str>, validated: bool, now: SystemTime) -> Meaning {
    match code {
        200 => Meaning::Answer,
        304 | 412 if validated => Meaning::Unchanged,
        429 => Meaning::Later(retry_after.map_or(Duration::ZERO, |text| self::retry_after(text, now))),
        _ => Meaning::Error,
    }
}

/// The text of [`Meaning::Error`], which ends up in an Event.
pub fn unsupported(code: u16, body: &str) -> String {
    format!("unsupported status code: {code} body: {body}")
}

/// A Retry-After in seconds or as a date. What is neither, or past, means at once.
pub fn retry_after(text: &str, now: SystemTime) -> Duration {
    if let Ok(seconds) = text.trim().parse::<i64>() {
        return Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
    }
    let at = http_date(text.trim()).map(|seconds| UNIX_EPOCH + Duration::from_secs(seconds));
    at.and_then(|at| at.duration_since(now).ok()).unwrap_or_default()
}

/// Seconds since 1970 of `Thu, 26 Nov 2026 20:00:00 GMT`.
fn http_date(text: &str) -> Option<u64> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let mut parts = text.split_once(", ")?.1.split(' ');
    let day: u64 = parts.next()?.parse().ok()?;
    let month = parts.next()?;
    let month = u64::try_from(MONTHS.iter().position(|name| *name == month)?).ok()? + 1;
    let year: u64 = parts.next()?.parse().ok()?;
    let mut time = parts.next()?.split(':').map(str::parse::<u64>);
    let mut part = || time.next()?.ok();
    let seconds = (part()? * 60 + part()?) * 60 + part()?;
    // Days by a year that begins in March, so that the odd day is its last.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year.checked_sub(1)?, month + 9)
    };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day;
    Some(days.checked_sub(719_469)? * 86_400 + seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes() {
        let now = UNIX_EPOCH + Duration::from_secs(784_111_777 - 3);
        let later = |seconds| Meaning::Later(Duration::from_secs(seconds));
        let table = [
            (200, None, false, Meaning::Answer),
            (201, None, false, Meaning::Error),
            (204, None, false, Meaning::Error),
            (304, None, true, Meaning::Unchanged),
            (412, None, true, Meaning::Unchanged),
            (304, None, false, Meaning::Error),
            (412, None, false, Meaning::Error),
            (404, None, false, Meaning::Error),
            (500, None, false, Meaning::Error),
            (503, Some("3"), false, Meaning::Error),
            (429, Some("3"), false, later(3)),
            (429, Some("Sun, 06 Nov 1994 08:49:37 GMT"), false, later(3)),
            (429, Some("Sun, 06 Nov 1994 08:49:00 GMT"), false, later(0)),
            (429, Some("0"), false, later(0)),
            (429, Some("-5"), false, later(0)),
            (429, Some("1.5"), false, later(0)),
            (429, Some("soon"), false, later(0)),
            (429, None, false, later(0)),
        ];
        for (code, retry, validated, expected) in table {
            assert_eq!(meaning(code, retry, validated, now), expected, "{code} {retry:?}");
        }
        assert_eq!(unsupported(500, "no"), "unsupported status code: 500 body: no");
    }

    #[test]
    fn dates() {
        let table = [
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
            ("Thu, 29 Feb 2024 12:00:00 GMT", Some(1_709_208_000)),
            ("06 Nov 1994", None),
            ("Sun, 06 Foo 1994 08:49:37 GMT", None),
        ];
        for (text, expected) in table {
            assert_eq!(http_date(text), expected, "{text}");
        }
    }
}
