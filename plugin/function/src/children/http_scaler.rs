//! The ScaledObject beside an InterceptorRoute: how far the function scales by its requests.
//! `restoreToOriginalReplicaCount` is left out: with it, KEDA would start a pod of a function that is being deleted.

use std::borrow::Cow;

use super::child::Child;
use super::http_scaled_object::DEFAULT_COOLDOWN;
use super::part::{Part, named};
use super::scaled_object::scaled_object;
use crate::formats::json::{Json, Object};
use crate::formats::typed::{Fields, api};
use crate::kinds;
use crate::plan::decisions::Plan;
use crate::plan::scaling;

/// What the add-on itself sets on the ScaledObjects that it makes, in seconds.
const POLLING_INTERVAL: i32 = 15;

api! {
    /// What else a ScaledObjectSpec has (KEDA's `apis/keda/v1alpha1/scaledobject_types.go`, 2.21).
    struct Options<'a> {
        "cooldownPeriod" cooldown_period: i32,
        "initialCooldownPeriod" initial_cooldown_period: Option<Json<'a>>,
        "pollingInterval" polling_interval: i32,
    }

    /// `ScaleTriggers` of the same file.
    struct ScaleTriggers<'a> {
        "metadata" metadata: ScalerMetadata<'a>,
        "type" r#type: &'a str,
    }

    /// What the HTTP add-on's external scaler reads (its `scaler/handlers.go`, 0.15).
    struct ScalerMetadata<'a> {
        "interceptorRoute" interceptor_route: &'a str,
        "scalerAddress" scaler_address: Cow<'a, str>,
    }
}

pub(super) static PART: Part = Part {
    kind: &kinds::SCALED_OBJECT,
    names: |plan| named(&plan.names.scaler),
    make: |plan, making| making.children.push(make(plan)),
};

fn make<'a>(plan: &'a Plan<'a>) -> Child<'a> {
    let mut options = Object::new();
    Options {
        cooldown_period: plan.serving.scale.cooldown.unwrap_or(DEFAULT_COOLDOWN),
        initial_cooldown_period: scaling::own(plan, "initialCooldownPeriod"),
        polling_interval: POLLING_INTERVAL,
    }
    .write(&mut options);
    let trigger = ScaleTriggers {
        metadata: ScalerMetadata {
            interceptor_route: &plan.names.scaler,
            scaler_address: plan.settings.scaler_address(),
        },
        r#type: "external-push",
    };
    scaled_object(plan, options, vec![trigger.into()])
}
