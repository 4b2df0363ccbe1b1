//! `spec.replicas` of a workload, or rather when to be silent about it.
//!
//! A scaled workload belongs to its scaler: nothing is asked for. But who has asked for a number
//! once cannot just stop: Metacontroller then removes the field, the API server sets it to one,
//! and a function with fifty pods has one. So a workload with a fixed number carries an
//! annotation, and when it gets a scaler, the observed number is repeated from then on.

use super::metadata::Metadata;
use crate::function::request::FIXED_REPLICAS;
use crate::function::request::Object as Observed;
use crate::kinds::Kind;
use crate::plan::decisions::Plan;

/// `spec.replicas` of a Deployment or StatefulSet; none where it is left to the scaler. Marks the metadata of one
/// that has a number.
pub(super) fn wanted(plan: &Plan<'_>, kind: &Kind, metadata: &mut Metadata<'_>) -> Option<i64> {
    let observed = plan.observed.find(kind, plan.workload_name());
    let fixed = if plan.is_scaled() {
        let once_fixed = observed.filter(|observed| observed.has_fixed_replicas());
        once_fixed.and_then(Observed::wanted_replicas)
    } else {
        Some(i64::from(plan.serving.scale.min.unwrap_or(0).max(1)))
    };
    if fixed.is_some() {
        metadata.annotations.insert(FIXED_REPLICAS, "true".into());
    }
    fixed
}
