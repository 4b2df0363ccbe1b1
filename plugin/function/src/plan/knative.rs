//! How a Knative revision scales: its annotations.
//!
//! Three places say it. The nearest to the Function's own words counts: `scaleOptions.minReplicas`
//! and `maxReplicas`, then `annotations`, then `scaleOptions.knative`.

use super::dapr;
use super::decisions::Plan;
use crate::formats::json::Object;
use crate::function::knative::{MAX, MIN, is_annotated};

/// The annotations of a revision.
pub(crate) fn annotations<'a>(plan: &'a Plan<'a>) -> Object<'a> {
    let mut all = dapr::pod_annotations(plan);
    let scale = &plan.serving.scale;
    for (key, value) in scale.knative.iter() {
        if !is_annotated(plan.serving, key) {
            all.insert_default(key, (&**value).into());
        }
    }
    for (keys, bound) in [(MIN, scale.min), (MAX, scale.max)] {
        for key in keys.into_iter().filter(|_| bound.is_some()) {
            all.insert(key, bound.unwrap_or_default().to_string().into());
        }
    }
    all
}
