//! The HTTPScaledObject: which requests are the function's, and how it scales by them.
//!
//! Source: the add-on's `config/crd/bases/http.keda.sh_httpscaledobjects.yaml`, whose shape
//! changed from release to release; which fields are set is the profile's choice.

use super::child::Child;
use super::service;
use crate::formats::json::{Json, Object};
use crate::function::conventions::SCALER_ROLE;
use crate::function::scaling::{DEFAULT_MAX, target};
use crate::function::settings::Profile;
use crate::kinds;
use crate::plan::decisions::Plan;
use crate::plan::scaling;

/// OpenFunction's default, in seconds.
pub(super) const DEFAULT_COOLDOWN: i32 = 300;

pub(super) fn build<'a>(plan: &'a Plan<'a>) -> Child<'a> {
    let scale = &plan.serving.scale;
    let profile = plan.settings.http_addon;
    // Never empty: an HTTPScaledObject without hosts takes every unclaimed host of the cluster.
    let hosts = plan.hosts.as_ref().map(|hosts| Json::texts(&hosts.all));
    let replicas = Json::object([
        ("max", scale.max.unwrap_or(DEFAULT_MAX).into()),
        ("min", scale.min.unwrap_or(0).into()),
    ]);
    let mut spec = Object::of([
        ("hosts", hosts.unwrap_or(Json::List(Vec::new()))),
        ("replicas", replicas),
        ("scaleTargetRef", target_ref(plan)),
        (
            "scaledownPeriod",
            scale.cooldown.unwrap_or(DEFAULT_COOLDOWN).into(),
        ),
    ]);
    let prefixes = plan.prefixes();
    if !prefixes.is_empty() {
        let prefixes = prefixes.into_iter().map(Json::from);
        spec.insert("pathPrefixes", Json::List(prefixes.collect()));
    }
    if profile == Profile::V0_8 {
        spec.insert("scalingMetric", scaling::scaling_metric(plan));
        if let Some(timeouts) = scaling::timeouts(plan, "conditionWait", &["responseHeader"]) {
            spec.insert("timeouts", timeouts);
        }
        for name in ["coldStartTimeoutFailoverRef", "headers", "initialCooldownPeriod"] {
            scaling::pass(plan, name, &mut spec);
        }
    } else {
        spec.insert("targetPendingRequests", target(plan.serving).into());
    }
    scaling::pass_unknown(plan, &mut spec);
    let metadata = plan.metadata(&plan.names.scaler, SCALER_ROLE);
    Child::new(
        &kinds::HTTP_SCALED_OBJECT,
        metadata,
        [("spec", Json::Object(spec))],
    )
}

fn target_ref<'a>(plan: &'a Plan<'_>) -> Json<'a> {
    let mut target = Object::of([
        ("port", service::PORT.into()),
        ("service", plan.names.service.as_str().into()),
    ]);
    let workload = plan.names.workload.as_str();
    if plan.settings.http_addon == Profile::V0_5 {
        target.insert("deployment", workload.into());
    } else {
        target.insert("apiVersion", kinds::DEPLOYMENT.api_version.into());
        target.insert("kind", kinds::DEPLOYMENT.kind.into());
        target.insert("name", workload.into());
    }
    Json::Object(target)
}
