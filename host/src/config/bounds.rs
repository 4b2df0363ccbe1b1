//! Deserializes numbers, sizes and durations within limits. Errors contain the place in the file.

use std::ops::RangeInclusive;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error};

use crate::units::{Size, Span};

/// Maximum of concurrent calls: more than any machine runs, and few enough to reserve memory for.
const MOST_CALLS: u32 = 10_000;

/// Concurrent calls: 1 to 10000.
pub(super) fn calls<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u32>, D::Error> {
    // As wide as in YAML, so that a number that is far too large is reported as out of range, not as a wrong type.
    let calls = within(from, 1..=u64::from(MOST_CALLS), "a number from 1 to 10000")?;
    Ok(calls.and_then(|calls| u32::try_from(calls).ok()))
}

/// Waiting calls: 1 to 100000.
pub(super) fn queue<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u32>, D::Error> {
    let calls = within(from, 1..=100_000_u64, "a number from 1 to 100000")?;
    Ok(calls.and_then(|calls| u32::try_from(calls).ok()))
}

/// Threads: 1 to 1024.
pub(super) fn threads<'de, D: Deserializer<'de>>(from: D) -> Result<Option<usize>, D::Error> {
    let threads = within(from, 1..=1024_u64, "a number from 1 to 1024")?;
    Ok(threads.and_then(|threads| usize::try_from(threads).ok()))
}

/// The memo: a smaller one could not store a request of usual size.
pub(super) fn memo<'de, D: Deserializer<'de>>(from: D) -> Result<Option<usize>, D::Error> {
    size(from, 1 << 20..=64 << 30, "a size from 1Mi to 64Gi")
}

/// A deadline. The minimum is two ticks of the sandbox's clock, because shorter deadlines cannot be kept.
pub(super) fn deadline<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    duration(
        from,
        Duration::from_millis(10)..=Duration::from_secs(86_400),
        "a duration from 10ms to 24h",
    )
}

/// Memory of a guest: at least one page, and at most 2 GiB, so that a guard region fits behind it.
pub(super) fn memory<'de, D: Deserializer<'de>>(from: D) -> Result<Option<usize>, D::Error> {
    size(from, 64 << 10..=2 << 30, "a size from 64Ki to 2Gi")
}

/// An answer: every plugin needs 64 KiB for its description.
pub(super) fn answer<'de, D: Deserializer<'de>>(from: D) -> Result<Option<usize>, D::Error> {
    size(from, 64 << 10..=2 << 30, "a size from 64Ki to 2Gi")
}

/// A log line: at least the width of a terminal.
pub(super) fn log_line<'de, D: Deserializer<'de>>(from: D) -> Result<Option<usize>, D::Error> {
    size(from, 80..=64 << 10, "a size from 80 to 64Ki")
}

/// Deserializes a size within limits.
pub(super) fn size<'de, D: Deserializer<'de>>(
    from: D,
    bounds: RangeInclusive<usize>,
    expected: &str,
) -> Result<Option<usize>, D::Error> {
    Ok(within(from, Size(*bounds.start())..=Size(*bounds.end()), expected)?.map(|size| size.0))
}

/// Deserializes a duration within limits.
pub(super) fn duration<'de, D: Deserializer<'de>>(
    from: D,
    bounds: RangeInclusive<Duration>,
    expected: &str,
) -> Result<Option<Duration>, D::Error> {
    Ok(within(from, Span(*bounds.start())..=Span(*bounds.end()), expected)?.map(|span| span.0))
}

/// Deserializes a value within limits; `None` if it is absent.
pub(super) fn within<'de, T, D>(
    from: D,
    bounds: RangeInclusive<T>,
    expected: &str,
) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de> + PartialOrd,
    D: Deserializer<'de>,
{
    match Option::<T>::deserialize(from)? {
        Some(value) if !bounds.contains(&value) => Err(Error::custom(format_args!("expected {expected}"))),
        value => Ok(value),
    }
}
