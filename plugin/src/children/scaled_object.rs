//! KEDA's ScaledObject: what a workload scales by.
//!
//! Source: KEDA's `apis/keda/v1alpha1/scaledobject_types.go`. KEDA writes the object back to add
//! its finalizer, so that what Go omits is not asked for.

use super::child::Child;
use super::plan::Plan;
use super::pod::CONTAINER;
use crate::json::{Json, Object};
use crate::kinds;

/// KEDA's own default, written out so that it is seen.
pub(super) const DEFAULT_MAX: i32 = 100;

/// A ScaledObject for the plan's workload; `options` is what else its spec has.
pub(super) fn build<'a>(plan: &'a Plan<'a>, options: Object<'a>, triggers: Vec<Json<'a>>) -> Child<'a> {
    let scale = &plan.serving.scale;
    let kind = plan.workload_kind();
    let target = Json::object([
        ("apiVersion", kind.api_version.into()),
        ("envSourceContainerName", CONTAINER.into()),
        ("kind", kind.kind.into()),
        ("name", plan.workload_name().into()),
    ]);
    let mut spec = options;
    spec.insert("maxReplicaCount", scale.max.unwrap_or(DEFAULT_MAX).into());
    spec.insert("minReplicaCount", scale.min.unwrap_or(0).into());
    spec.insert("scaleTargetRef", target);
    spec.insert("triggers", Json::List(triggers));
    let metadata = plan.metadata(&plan.names.scaler, "scaler");
    Child::new(&kinds::SCALED_OBJECT, metadata, [("spec", Json::Object(spec))])
}
