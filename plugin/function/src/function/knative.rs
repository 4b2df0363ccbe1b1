//! Knative's annotations, as a Function says them.
//!
//! Three places say how a revision scales. The nearest to the Function's own words counts: `scaleOptions.minReplicas`
//! and `maxReplicas`, then `annotations`, then `scaleOptions.knative`.

use super::types::Serving;

/// OpenFunction's own word for `containerConcurrency`: requests at a time per pod.
pub(crate) const CONCURRENCY: &str = "autoscaling.knative.dev/container-concurrency";
/// The spellings of one bound: Knative reads the first one that is there; old releases know the
/// last alone.
pub(crate) const MIN: [&str; 2] = [
    "autoscaling.knative.dev/min-scale",
    "autoscaling.knative.dev/minScale",
];
pub(crate) const MAX: [&str; 2] = [
    "autoscaling.knative.dev/max-scale",
    "autoscaling.knative.dev/maxScale",
];
/// Knative's own limit, by default.
const MAX_CONCURRENCY: i64 = 1000;

/// Requests at a time per pod, where an annotation says a number that Knative takes.
pub(crate) fn concurrency(serving: &Serving<'_>) -> Option<i64> {
    let (text, _) = value(serving, CONCURRENCY)?;
    let number = text.parse::<i64>().ok();
    number.filter(|number| (0..=MAX_CONCURRENCY).contains(number))
}

/// What the annotations say, and whether it is `scaleOptions.knative` that says it.
pub(crate) fn value<'s>(serving: &'s Serving<'_>, key: &str) -> Option<(&'s str, bool)> {
    let annotated = serving.annotations.get(key).map(|text| (&**text, false));
    let knative = || {
        let text = serving.scale.knative.get(key)?;
        Some((&**text, true)).filter(|_| !is_annotated(serving, key))
    };
    annotated.or_else(knative)
}

/// Whether `annotations` has the key, in any spelling.
pub(crate) fn is_annotated(serving: &Serving<'_>, key: &str) -> bool {
    let has = |key: &str| serving.annotations.contains(key);
    let spellings = [MIN, MAX].into_iter().find(|keys| keys.contains(&key));
    spellings.map_or_else(|| has(key), |keys| keys.into_iter().any(has))
}
