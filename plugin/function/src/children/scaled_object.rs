//! KEDA's ScaledObject: what a workload scales by.
//!
//! Source: KEDA's `apis/keda/v1alpha1/scaledobject_types.go`. KEDA writes the object back to add
//! its finalizer, so that what Go omits is not asked for.

use super::child::Child;
use crate::formats::json::{Json, Object};
use crate::function::conventions::{CONTAINER, SCALER_ROLE};
use crate::function::scaling::DEFAULT_MAX;
use crate::function::types::Engine;
use crate::kinds;
use crate::plan::decisions::Plan;

/// A ScaledObject for the plan's workload; `options` is what else its spec has.
pub(super) fn build<'a>(plan: &'a Plan<'a>, options: Object<'a>, triggers: Vec<Json<'a>>) -> Child<'a> {
    let scale = &plan.serving.scale;
    let kind = plan.workload_kind();
    let mut target = Object::of([
        ("apiVersion", kind.api_version.into()),
        ("kind", kind.kind.into()),
        ("name", plan.workload_name().into()),
    ]);
    let mut spec = options;
    // The user's triggers may read the function's environment, or that of another container.
    if plan.engine == Engine::Async {
        let own = spec.remove("scaleTargetRef");
        let named = own.and_then(|own| own.get("envSourceContainerName").cloned());
        target.insert("envSourceContainerName", named.unwrap_or(CONTAINER.into()));
    }
    spec.insert("maxReplicaCount", scale.max.unwrap_or(DEFAULT_MAX).into());
    spec.insert("minReplicaCount", scale.min.unwrap_or(0).into());
    spec.insert("scaleTargetRef", Json::Object(target));
    spec.insert("triggers", Json::List(triggers));
    let metadata = plan.metadata(&plan.names.scaler, SCALER_ROLE);
    Child::new(&kinds::SCALED_OBJECT, metadata, [("spec", Json::Object(spec))])
}
