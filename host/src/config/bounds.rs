//! Numbers, sizes and durations within bounds, refused at their place in the file.

use std::ops::RangeInclusive;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error};

use crate::units::{Size, Span};

/// More calls at once than any machine runs, and few enough to reserve room for.
const MOST_CALLS: u32 = 10_000;

/// Calls at once: 1 to 10000.
pub(super) fn calls<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u32>, D::Error> {
    // As wide as YAML has it, so that a number far too large is out of bounds and not of another type.
    let calls = within(from, 1..=u64::from(MOST_CALLS), "a number from 1 to 10000")?;
    Ok(calls.and_then(|calls| u32::try_from(calls).ok()))
}

/// A deadline. The least is twice a tick of the sandbox's clock, since less would not be kept; the most is longer
/// than anybody waits.
pub(super) fn deadline<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    duration(
        from,
        Duration::from_millis(10)..=Duration::from_secs(86_400),
        "a duration from 10ms to 24h",
    )
}

/// Memory of a guest: a page is the least that it has, and with the guard behind it a 32-bit guest can have 2 GiB.
pub(super) fn memory<'de, D: Deserializer<'de>>(from: D) -> Result<Option<usize>, D::Error> {
    size(from, 64 << 10..=2 << 30, "a size from 64Ki to 2Gi")
}

/// An answer: any plugin needs 64 KiB to say what it is.
pub(super) fn answer<'de, D: Deserializer<'de>>(from: D) -> Result<Option<usize>, D::Error> {
    size(from, 64 << 10..=2 << 30, "a size from 64Ki to 2Gi")
}

/// A line of a log: at least what a terminal shows of one.
pub(super) fn log_line<'de, D: Deserializer<'de>>(from: D) -> Result<Option<usize>, D::Error> {
    size(from, 80..=64 << 10, "a size from 80 to 64Ki")
}

/// A size within bounds.
pub(super) fn size<'de, D: Deserializer<'de>>(
    from: D,
    bounds: RangeInclusive<usize>,
    expected: &str,
) -> Result<Option<usize>, D::Error> {
    Ok(within(from, Size(*bounds.start())..=Size(*bounds.end()), expected)?.map(|size| size.0))
}

/// A duration within bounds.
pub(super) fn duration<'de, D: Deserializer<'de>>(
    from: D,
    bounds: RangeInclusive<Duration>,
    expected: &str,
) -> Result<Option<Duration>, D::Error> {
    Ok(within(from, Span(*bounds.start())..=Span(*bounds.end()), expected)?.map(|span| span.0))
}

/// A value within bounds, or nothing where nothing is written.
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
        Some(value) if !bounds.contains(&value) => Err(Error::custom(format_args!("{expected} is expected"))),
        value => Ok(value),
    }
}
