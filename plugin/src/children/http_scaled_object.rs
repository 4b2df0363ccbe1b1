//! The HTTPScaledObject: which requests are the function's, and how it scales by them.

use super::{Plan, service};
use crate::api::keda::{
    API_VERSION, Concurrency, HttpScaledObject, HttpScaledObjectSpec, KIND, Replicas, ScaleTargetRef,
    ScalingMetric,
};
use crate::api::workload;
use crate::settings::Profile;

/// KEDA's own default.
pub(crate) const DEFAULT_MAX: i32 = 100;
/// OpenFunction's default: requests at a time per replica.
const DEFAULT_TARGET: i32 = 100;
/// OpenFunction's default, in seconds.
const DEFAULT_COOLDOWN: i32 = 300;

pub(super) fn build<'a>(plan: &'a Plan<'a>) -> HttpScaledObject<'a> {
    let scale = &plan.serving.scale;
    let target = scale.target.unwrap_or(DEFAULT_TARGET);
    let modern = plan.settings.http_addon == Profile::V0_8;
    HttpScaledObject {
        api_version: API_VERSION,
        kind: KIND,
        metadata: plan.metadata(&plan.names.scaler, "scaler"),
        spec: HttpScaledObjectSpec {
            hosts: &plan.hosts.all,
            path_prefixes: prefixes(plan),
            replicas: Replicas {
                max: scale.max.unwrap_or(DEFAULT_MAX),
                min: scale.min.unwrap_or(0),
            },
            scale_target_ref: target_ref(plan, modern),
            scaledown_period: scale.cooldown.unwrap_or(DEFAULT_COOLDOWN),
            scaling_metric: modern.then_some(ScalingMetric {
                concurrency: Concurrency { target_value: target },
            }),
            target_pending_requests: (!modern).then_some(target),
        },
    }
}

/// The interceptor knows prefixes alone.
fn prefixes<'a>(plan: &'a Plan<'_>) -> Vec<&'a str> {
    let mut prefixes = Vec::new();
    for path in &plan.http.paths {
        if !prefixes.contains(&path.value) {
            prefixes.push(path.value);
        }
    }
    prefixes
}

fn target_ref<'a>(plan: &'a Plan<'_>, modern: bool) -> ScaleTargetRef<'a> {
    let workload = Some(plan.names.workload.as_str());
    let common = ScaleTargetRef {
        port: service::PORT,
        service: &plan.names.service,
        ..ScaleTargetRef::default()
    };
    if modern {
        ScaleTargetRef {
            api_version: Some(workload::API_VERSION),
            kind: Some(workload::KIND),
            name: workload,
            ..common
        }
    } else {
        ScaleTargetRef {
            deployment: workload,
            ..common
        }
    }
}
