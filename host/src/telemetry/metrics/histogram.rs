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

/// A histogram of durations. Clones share their values.
#[derive(Clone, Debug, Default)]
pub(super) struct Histogram(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    /// One for each bound, and one for longer durations.
    buckets: [AtomicU64; BOUNDS.len() + 1],
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

    /// Returns the bounds in seconds, with the count of each bucket (not cumulative).
    fn buckets(&self) -> Vec<(f64, u64)> {
        let bounds = BOUNDS.into_iter().map(|nanos| nanos as f64 / 1e9);
        bounds
            .chain([f64::INFINITY])
            .zip(self.0.buckets.iter().map(|count| count.load(Ordering::Relaxed)))
            .collect()
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
    fn bounds_grow() {
        assert!(BOUNDS.is_sorted_by(|one, next| one < next));
    }
}
