//! One interval of a hook's history, in 14 bytes: numbers are rounded.

use std::time::Duration;

use crate::telemetry::{HookTotals, TimeCounts};

/// What came of a request, in the four classes that the plots show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// An answer.
    Answered,
    /// The caller had the answer already.
    Unchanged,
    /// The caller was told to try again later.
    Deferred,
    /// Everything else.
    Failed,
}

impl Class {
    /// All classes with their names.
    pub(super) const ALL: [(Self, &'static str); 4] = [
        (Self::Answered, "answered"),
        (Self::Unchanged, "unchanged"),
        (Self::Deferred, "deferred"),
        (Self::Failed, "failed"),
    ];

    /// Returns the class of an outcome.
    pub(super) fn of(outcome: &str) -> Self {
        match outcome {
            "ok" => Self::Answered,
            "not_modified" => Self::Unchanged,
            "loading" | "overload" | "draining" | "plugin_transient" => Self::Deferred,
            _ => Self::Failed,
        }
    }
}

/// The steps of a call whose times are shown.
pub(super) const STEPS: [&str; 3] = ["queue", "run", "review"];

/// The quantiles of each step.
pub(super) const QUANTILES: [f64; 2] = [0.5, 0.99];

/// Counts of a hook, since the start or over an interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// In the order of [`Class::ALL`].
    pub(super) classes: [u64; 4],
    /// In the order of [`STEPS`].
    pub(super) times: [TimeCounts; 3],
}

impl From<&HookTotals> for Counts {
    fn from(totals: &HookTotals) -> Self {
        let of = |class| {
            let all = totals.outcomes.iter();
            let of_class = all.filter(|(outcome, _)| Class::of(outcome) == class);
            of_class.map(|(_, count)| count).sum()
        };
        Self {
            classes: Class::ALL.map(|(class, _)| of(class)),
            times: [totals.queue, totals.run, totals.review],
        }
    }
}

impl Counts {
    /// Returns the counts since an earlier look.
    pub(super) fn since(&self, before: &Self) -> Self {
        let mut since = *self;
        for (count, before) in since.classes.iter_mut().zip(before.classes) {
            *count = count.saturating_sub(before);
        }
        for (times, before) in since.times.iter_mut().zip(&before.times) {
            *times = times.since(before);
        }
        since
    }

    /// Returns the quantiles of each step in microseconds; 0 without calls.
    pub(super) fn micros(&self) -> [[u64; 2]; 3] {
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX).max(1);
        self.times
            .map(|times| QUANTILES.map(|share| times.quantile(share).map_or(0, micros)))
    }
}

/// An interval of a hook.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Point {
    classes: [Rounded; 4],
    times: [[Micros; 2]; 3],
}

impl Point {
    pub(super) fn new(counts: &Counts) -> Self {
        Self {
            classes: counts.classes.map(Rounded::new),
            times: counts.micros().map(|step| step.map(Micros::new)),
        }
    }

    /// Whether there was no request.
    pub(super) fn is_idle(&self) -> bool {
        *self == Self::default()
    }

    /// In the order of [`Class::ALL`].
    pub(super) fn classes(&self) -> [u64; 4] {
        self.classes.map(Rounded::get)
    }

    /// In the order of [`STEPS`] and [`QUANTILES`], in microseconds; 0 without calls.
    pub(super) fn micros(&self) -> [[u64; 2]; 3] {
        self.times.map(|step| step.map(Micros::get))
    }
}

/// A number with 11 significant bits: exact below 2,048, and otherwise within a thousandth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Rounded(u16);

impl Rounded {
    /// Bits of the digits; the other five are the exponent.
    const DIGITS: u32 = 11;

    fn new(number: u64) -> Self {
        let number = number.min(((1 << Self::DIGITS) - 1) << 31);
        let bits = u64::BITS - number.leading_zeros();
        let exponent = bits.saturating_sub(Self::DIGITS);
        let digits = number >> exponent;
        Self(u16::try_from(u64::from(exponent) << Self::DIGITS | digits).unwrap_or(u16::MAX))
    }

    fn get(self) -> u64 {
        let exponent = self.0 >> Self::DIGITS;
        let digits = self.0 & ((1 << Self::DIGITS) - 1);
        u64::from(digits) << exponent
    }
}

/// A time from 1 µs to 10 s in a byte, within 4 %: the buckets of the histograms are wider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Micros(u8);

impl Micros {
    /// 10 s as a power of ten of 1 µs.
    const DECADES: f64 = 7.0;
    /// The code 0 stands for no time.
    const STEPS: f64 = 254.0;

    fn new(micros: u64) -> Self {
        if micros == 0 {
            return Self(0);
        }
        let step = (micros as f64).log10() / Self::DECADES * Self::STEPS;
        Self(step.round().clamp(0.0, Self::STEPS) as u8 + 1)
    }

    fn get(self) -> u64 {
        match self.0 {
            0 => 0,
            code => 10_f64
                .powf(f64::from(code - 1) / Self::STEPS * Self::DECADES)
                .round() as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::serve::verdict::LABELS;

    #[test]
    fn a_point_is_small() {
        assert_eq!(size_of::<Point>(), 14);
    }

    #[test]
    fn every_outcome_is_in_a_class() {
        let of = |class| {
            let labels = LABELS.iter().copied();
            labels
                .filter(|label| Class::of(label) == class)
                .collect::<Vec<_>>()
        };
        assert_eq!(of(Class::Answered), ["ok"]);
        assert_eq!(of(Class::Unchanged), ["not_modified"]);
        assert_eq!(
            of(Class::Deferred),
            ["loading", "overload", "draining", "plugin_transient"]
        );
        assert_eq!(of(Class::Failed).len(), LABELS.len() - 6);
    }

    proptest! {
        #[test]
        fn a_count_is_kept_within_a_thousandth(number in 0..1_u64 << 41) {
            let kept = Rounded::new(number).get();
            prop_assert!(kept <= number);
            prop_assert!((number - kept) as f64 <= number as f64 / 1000.0);
            if number < 2048 {
                prop_assert_eq!(kept, number);
            }
        }

        #[test]
        fn a_time_is_kept_within_four_percent(micros in 1..10_000_000_u64) {
            let kept = Micros::new(micros).get() as f64;
            // A microsecond is the least.
            prop_assert!((kept - micros as f64).abs() <= (micros as f64 * 0.04).max(0.5), "{micros} {kept}");
        }

        #[test]
        fn larger_numbers_do_not_overflow(number in any::<u64>()) {
            prop_assert!(Rounded::new(number).get() <= number);
            prop_assert!(Micros::new(number).get() <= 10_000_000);
        }
    }
}
