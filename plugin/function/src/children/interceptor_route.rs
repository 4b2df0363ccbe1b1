//! The InterceptorRoute: which requests are the function's, and what counts for its scaling.
//!
//! Source: the add-on's `config/crd/bases/http.keda.sh_interceptorroutes.yaml`. It says nothing
//! about replicas: the ScaledObject beside it does.

use super::child::Child;
use super::service;
use crate::formats::json::{Json, Object};
use crate::function::conventions::SCALER_ROLE;
use crate::kinds;
use crate::plan::decisions::Plan;
use crate::plan::scaling;

pub(super) fn build<'a>(plan: &'a Plan<'a>) -> Child<'a> {
    let target = Json::object([
        ("port", service::PORT.into()),
        ("service", plan.names.service.as_str().into()),
    ]);
    let mut spec = Object::of([
        ("rules", Json::List(vec![rule(plan)])),
        ("scalingMetric", scaling::scaling_metric(plan)),
        ("target", target),
    ]);
    if let Some(timeouts) = scaling::timeouts(plan, "readiness", &["request", "responseHeader"]) {
        spec.insert("timeouts", timeouts);
    }
    scaling::pass(plan, "coldStart", &mut spec);
    scaling::pass_unknown(plan, &mut spec);
    let metadata = plan.metadata(&plan.names.scaler, SCALER_ROLE);
    Child::new(
        &kinds::INTERCEPTOR_ROUTE,
        metadata,
        [("spec", Json::Object(spec))],
    )
}

/// Any of the hosts with any of the paths.
fn rule<'a>(plan: &'a Plan<'a>) -> Json<'a> {
    // Never empty: a rule without hosts takes every unclaimed host of the cluster.
    let hosts = plan.hosts.as_ref().map(|hosts| Json::texts(&hosts.all));
    let mut rule = Object::of([("hosts", hosts.unwrap_or(Json::List(Vec::new())))]);
    let paths = plan.prefixes().into_iter();
    let paths: Vec<Json<'a>> = paths
        .map(|prefix| Json::object([("value", prefix.into())]))
        .collect();
    if !paths.is_empty() {
        rule.insert("paths", Json::List(paths));
    }
    scaling::pass(plan, "headers", &mut rule);
    Json::Object(rule)
}
