//! The ScaledObject beside an InterceptorRoute: how far the function scales by its requests.
//!
//! Source: the metadata that the HTTP add-on's external scaler reads. `restoreToOriginalReplicaCount`
//! is left out: with it, KEDA would start a pod of a function that is being deleted.

use super::child::Child;
use super::http_scaled_object::DEFAULT_COOLDOWN;
use super::scaled_object;
use crate::formats::json::{Json, Object};
use crate::plan::decisions::Plan;
use crate::plan::scaling;

/// What the add-on itself sets on the ScaledObjects that it makes, in seconds.
const POLLING_INTERVAL: i32 = 15;

pub(super) fn build<'a>(plan: &'a Plan<'a>) -> Child<'a> {
    let cooldown = plan.serving.scale.cooldown.unwrap_or(DEFAULT_COOLDOWN);
    let mut options = Object::of([
        ("cooldownPeriod", cooldown.into()),
        ("pollingInterval", POLLING_INTERVAL.into()),
    ]);
    scaling::pass(plan, "initialCooldownPeriod", &mut options);
    let metadata = Json::object([
        ("interceptorRoute", plan.names.scaler.as_str().into()),
        ("scalerAddress", plan.settings.scaler_address().into()),
    ]);
    let trigger = Json::object([("metadata", metadata), ("type", "external-push".into())]);
    scaled_object::build(plan, options, vec![trigger])
}
