//! The ScaledObject beside an InterceptorRoute: how far the function scales by its requests.
//!
//! Source: KEDA's `config/crd/bases/keda.sh_scaledobjects.yaml` and the metadata that the HTTP
//! add-on's external scaler reads. `restoreToOriginalReplicaCount` is left out: with it, KEDA
//! would start a pod of a function that is being deleted.

use super::child::Child;
use super::http_scaled_object::{DEFAULT_COOLDOWN, DEFAULT_MAX};
use super::plan::Plan;
use crate::json::Json;
use crate::kinds;

/// What the add-on itself sets on the ScaledObjects that it makes, in seconds.
const POLLING_INTERVAL: i32 = 15;

pub(super) fn build<'a>(plan: &'a Plan<'a>) -> Child<'a> {
    let scale = &plan.serving.scale;
    let target = Json::object([
        ("apiVersion", kinds::DEPLOYMENT.api_version.into()),
        ("kind", kinds::DEPLOYMENT.kind.into()),
        ("name", plan.names.workload.as_str().into()),
    ]);
    let metadata = Json::object([
        ("interceptorRoute", plan.names.scaler.as_str().into()),
        (
            "scalerAddress",
            plan.settings.scaling.scaler_address.as_str().into(),
        ),
    ]);
    let trigger = Json::object([("metadata", metadata), ("type", "external-push".into())]);
    let spec = Json::object([
        (
            "cooldownPeriod",
            scale.cooldown.unwrap_or(DEFAULT_COOLDOWN).into(),
        ),
        ("maxReplicaCount", scale.max.unwrap_or(DEFAULT_MAX).into()),
        ("minReplicaCount", scale.min.unwrap_or(0).into()),
        ("pollingInterval", POLLING_INTERVAL.into()),
        ("scaleTargetRef", target),
        ("triggers", Json::List(vec![trigger])),
    ]);
    Child::new(
        &kinds::SCALED_OBJECT,
        plan.metadata(&plan.names.scaler, "scaler"),
        [("spec", spec)],
    )
}
