//! The HTTPScaledObject: which requests are the function's, and how it scales by them. Its shape changed from release to
//! release of the add-on; which fields are set is the profile's choice.

use super::child::Child;
use super::part::{Part, named};
use super::service;
use crate::formats::json::{Json, Object};
use crate::formats::typed::{Fields, api};
use crate::function::conventions::SCALER_ROLE;
use crate::function::scaling::{DEFAULT_MAX, target};
use crate::function::settings::Profile;
use crate::kinds;
use crate::plan::decisions::Plan;
use crate::plan::scaling;

/// OpenFunction's default, in seconds.
pub(super) const DEFAULT_COOLDOWN: i32 = 300;

api! {
    /// `HTTPScaledObjectSpec` of the HTTP add-on's `operator/apis/http/v1alpha1/httpscaledobject_types.go`, 0.5 to 0.15.
    struct HttpScaledObjectSpec<'a> {
        "coldStartTimeoutFailoverRef" cold_start_timeout_failover_ref: Option<Json<'a>>,
        "headers" headers: Option<Json<'a>>,
        "hosts" hosts: Json<'a>,
        "initialCooldownPeriod" initial_cooldown_period: Option<Json<'a>>,
        "pathPrefixes" path_prefixes: Option<Vec<&'a str>>,
        "replicas" replicas: ReplicaStruct,
        "scaleTargetRef" scale_target_ref: ScaleTargetRef<'a>,
        "scaledownPeriod" scaledown_period: i32,
        "scalingMetric" scaling_metric: Option<Json<'a>>,
        "targetPendingRequests" target_pending_requests: Option<i32>,
        "timeouts" timeouts: Option<Json<'a>>,
    }

    /// `ReplicaStruct` of the same file.
    struct ReplicaStruct {
        "max" max: i32,
        "min" min: i32,
    }

    /// `ScaleTargetRef` of the same file: the add-on 0.5 has `deployment`, later ones have `apiVersion`, `kind` and
    /// `name`.
    struct ScaleTargetRef<'a> {
        "apiVersion" api_version: Option<&'a str>,
        "deployment" deployment: Option<&'a str>,
        "kind" kind: Option<&'a str>,
        "name" name: Option<&'a str>,
        "port" port: i32,
        "service" service: &'a str,
    }
}

pub(super) static PART: Part = Part {
    kind: &kinds::HTTP_SCALED_OBJECT,
    names: |plan| named(&plan.names.scaler),
    make: |plan, making| making.children.push(make(plan)),
};

fn make<'a>(plan: &'a Plan<'a>) -> Child<'a> {
    let scale = &plan.serving.scale;
    let is_v0_8 = plan.settings.http_addon == Profile::V0_8;
    let own = |name| is_v0_8.then(|| scaling::own(plan, name)).flatten();
    let prefixes = plan.prefixes();
    let mut spec = Object::new();
    HttpScaledObjectSpec {
        cold_start_timeout_failover_ref: own("coldStartTimeoutFailoverRef"),
        headers: own("headers"),
        // Never empty: an HTTPScaledObject without hosts takes every unclaimed host of the cluster.
        hosts: plan.host_names(),
        initial_cooldown_period: own("initialCooldownPeriod"),
        path_prefixes: (!prefixes.is_empty()).then_some(prefixes),
        replicas: ReplicaStruct {
            max: scale.max.unwrap_or(DEFAULT_MAX),
            min: scale.min.unwrap_or(0),
        },
        scale_target_ref: target_ref(plan),
        scaledown_period: scale.cooldown.unwrap_or(DEFAULT_COOLDOWN),
        scaling_metric: is_v0_8.then(|| scaling::scaling_metric(plan)),
        target_pending_requests: (!is_v0_8).then(|| target(plan.serving)),
        timeouts: is_v0_8
            .then(|| scaling::timeouts(plan, "conditionWait", &["responseHeader"]))
            .flatten(),
    }
    .write(&mut spec);
    scaling::pass_unknown(plan, &mut spec);
    let metadata = plan.metadata(&plan.names.scaler, SCALER_ROLE);
    Child::new(&kinds::HTTP_SCALED_OBJECT, metadata, Json::Object(spec))
}

fn target_ref<'a>(plan: &'a Plan<'_>) -> ScaleTargetRef<'a> {
    let workload = plan.names.workload.as_str();
    let is_v0_5 = plan.settings.http_addon == Profile::V0_5;
    let later = |text: &'a str| (!is_v0_5).then_some(text);
    ScaleTargetRef {
        api_version: later(kinds::DEPLOYMENT.api_version),
        deployment: is_v0_5.then_some(workload),
        kind: later(kinds::DEPLOYMENT.kind),
        name: later(workload),
        port: service::PORT,
        service: &plan.names.service,
    }
}
