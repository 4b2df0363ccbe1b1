//! The InterceptorRoute: which requests are the function's, and what counts for its scaling. It says nothing about
//! replicas: the ScaledObject beside it does.

use super::child::Child;
use super::part::{Part, named};
use super::service;
use crate::formats::json::{Json, Object};
use crate::formats::typed::{Fields, api};
use crate::function::conventions::SCALER_ROLE;
use crate::kinds;
use crate::plan::decisions::Plan;
use crate::plan::scaling;

api! {
    /// `InterceptorRouteSpec` of the HTTP add-on's `config/crd/bases/http.keda.sh_interceptorroutes.yaml`, 0.15.
    struct InterceptorRouteSpec<'a> {
        "coldStart" cold_start: Option<Json<'a>>,
        "rules" rules: Vec<RoutingRule<'a>>,
        "scalingMetric" scaling_metric: Json<'a>,
        "target" target: TargetRef<'a>,
        "timeouts" timeouts: Option<Json<'a>>,
    }

    /// An element of `rules` in the same file.
    struct RoutingRule<'a> {
        "headers" headers: Option<Json<'a>>,
        "hosts" hosts: Json<'a>,
        "paths" paths: Option<Vec<PathMatch<'a>>>,
    }

    /// An element of `rules[].paths` in the same file.
    struct PathMatch<'a> {
        "value" value: &'a str,
    }

    /// `target` in the same file.
    struct TargetRef<'a> {
        "port" port: i32,
        "service" service: &'a str,
    }
}

pub(super) static PART: Part = Part {
    kind: &kinds::INTERCEPTOR_ROUTE,
    names: |plan| named(&plan.names.scaler),
    make: |plan, making| making.children.push(make(plan)),
};

fn make<'a>(plan: &'a Plan<'a>) -> Child<'a> {
    let mut spec = Object::new();
    InterceptorRouteSpec {
        cold_start: scaling::own(plan, "coldStart"),
        rules: vec![rule(plan)],
        scaling_metric: scaling::scaling_metric(plan),
        target: TargetRef {
            port: service::PORT,
            service: &plan.names.service,
        },
        timeouts: scaling::timeouts(plan, "readiness", &["request", "responseHeader"]),
    }
    .write(&mut spec);
    scaling::pass_unknown(plan, &mut spec);
    let metadata = plan.metadata(&plan.names.scaler, SCALER_ROLE);
    Child::new(&kinds::INTERCEPTOR_ROUTE, metadata, Json::Object(spec))
}

/// Any of the hosts with any of the paths.
fn rule<'a>(plan: &'a Plan<'a>) -> RoutingRule<'a> {
    let paths: Vec<PathMatch<'a>> = plan
        .prefixes()
        .into_iter()
        .map(|value| PathMatch { value })
        .collect();
    RoutingRule {
        headers: scaling::own(plan, "headers"),
        // Never empty: a rule without hosts takes every unclaimed host of the cluster.
        hosts: plan.host_names(),
        paths: (!paths.is_empty()).then_some(paths),
    }
}
