//! A histogram of times that costs three atomic additions.
//!
//! The histogram of `prometheus-client` takes a lock for each observation, which all workers would share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::{MetricType, TypedMetric};

/// Upper bounds in nanoseconds: from 10 µs, because no call is faster, to 10 s, Metacontroller's default timeout. 2.5 s is
/// the first bound above the default deadline.
const BOUNDS: [u64; 15] = [
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    50_000_000,
    250_000_000,
    1_000_000_000,
    2_500_000_000,
    10_000_000_000,
];

/// One for each bound, and one for longer durations.
const BUCKETS: usize = BOUNDS.len() + 1;

/// A histogram of durations. Clones share their values.
#[derive(Clone, Debug, Default)]
pub(super) struct Histogram(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    buckets: [AtomicU64; BUCKETS],
    /// Nanoseconds: enough for centuries.
    sum: AtomicU64,
}

impl Histogram {
    /// Records a duration.
    pub(super) fn observe(&self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let index = BOUNDS.partition_point(|bound| *bound < nanos);
        if let Some(bucket) = self.0.buckets.get(index) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.0.sum.fetch_add(nanos, Ordering::Relaxed);
    }

    /// Returns the count of each bucket.
    pub(super) fn counts(&self) -> TimeCounts {
        let mut counts = [0; BUCKETS];
        for (count, bucket) in counts.iter_mut().zip(&self.0.buckets) {
            *count = bucket.load(Ordering::Relaxed);
        }
        TimeCounts(counts)
    }

    /// Returns the bounds in seconds, with the count of each bucket (not cumulative).
    fn buckets(&self) -> Vec<(f64, u64)> {
        let bounds = BOUNDS.into_iter().map(|nanos| nanos as f64 / 1e9);
        bounds
            .chain([f64::INFINITY])
            .zip(self.0.buckets.iter().map(|count| count.load(Ordering::Relaxed)))
            .collect()
    }
}

/// How many durations were in each bucket of a histogram.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeCounts([u64; BUCKETS]);

impl TimeCounts {
    /// Returns the number of durations.
    pub fn total(&self) -> u64 {
        self.0.iter().fold(0, |all, count| all.saturating_add(*count))
    }

    /// Returns the counts since an earlier look at the same histogram.
    #[must_use]
    pub fn since(&self, before: &Self) -> Self {
        let mut counts = self.0;
        for (count, before) in counts.iter_mut().zip(before.0) {
            *count = count.saturating_sub(before);
        }
        Self(counts)
    }

    /// Returns the duration that a share of all durations do not exceed, as well as the buckets tell: between their bounds it is
    /// interpolated, and beyond the last bound it is that bound. `None` without durations.
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        let total = self.total();
        if total == 0 {
            return None;
        }
        let rank = share.clamp(0.0, 1.0) * total as f64;
        let (mut lower, mut below) = (0, 0.0);
        for (bound, count) in BOUNDS.into_iter().zip(self.0) {
            let count = count as f64;
            if count > 0.0 && below + count >= rank {
                let part = ((rank - below) / count).clamp(0.0, 1.0);
                let nanos = lower as f64 + part * (bound - lower) as f64;
                return Some(Duration::from_nanos(nanos as u64));
            }
            (lower, below) = (bound, below + count);
        }
        Some(Duration::from_nanos(lower))
    }
}

impl EncodeMetric for Histogram {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), std::fmt::Error> {
        let buckets = self.buckets();
        // Of the same look at the buckets, so that count and last bucket agree.
        let count = buckets.iter().map(|(_, count)| count).sum();
        let sum = self.0.sum.load(Ordering::Relaxed) as f64 / 1e9;
        encoder.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

impl TypedMetric for Histogram {
    const TYPE: MetricType = MetricType::Histogram;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_in_the_first_bucket_that_is_not_below_it() {
        for (nanos, bound) in [
            (0, 1e-5),
            (10_000, 1e-5),
            (10_001, 2.5e-5),
            (2_000_000_000, 2.5),
            (10_000_000_000, 10.0),
            (10_000_000_001, f64::INFINITY),
            (u64::MAX, f64::INFINITY),
        ] {
            let histogram = Histogram::default();
            histogram.observe(Duration::from_nanos(nanos));
            let found: Vec<f64> = histogram
                .buckets()
                .into_iter()
                .filter_map(|(bound, count)| (count == 1).then_some(bound))
                .collect();
            assert_eq!(found, [bound], "{nanos}");
        }
    }

    #[test]
    fn quantiles_are_those_of_the_buckets() {
        let histogram = Histogram::default();
        assert_eq!(histogram.counts().quantile(0.5), None);
        // A hundred of the bucket from 1 ms to 2.5 ms.
        for _ in 0..100 {
            histogram.observe(Duration::from_millis(2));
        }
        let before = histogram.counts();
        let millis = |counts: &TimeCounts, share| counts.quantile(share).unwrap().as_secs_f64() * 1e3;
        assert!((millis(&before, 0.5) - 1.75).abs() < 1e-6);
        assert!((millis(&before, 1.0) - 2.5).abs() < 1e-6);
        // Since then, others.
        for _ in 0..10 {
            histogram.observe(Duration::from_secs(60));
        }
        let since = histogram.counts().since(&before);
        assert_eq!(since.total(), 10);
        assert_eq!(
            since.quantile(0.5),
            Some(Duration::from_secs(10)),
            "the last bound"
        );
        assert!(millis(&histogram.counts(), 0.5) < 2.5);
    }

    #[test]
    fn bounds_grow() {
        assert!(BOUNDS.is_sorted_by(|one, next| one < next));
    }
}
