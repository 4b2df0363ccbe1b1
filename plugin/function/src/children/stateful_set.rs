//! The StatefulSet that runs an async function, and the headless Service that gives each of its
//! pods a name in the cluster's DNS.

use super::child::Child;
use super::metadata::LabelSelector;
use super::part::{Making, Part, named};
use super::service::{self, ServiceSpec};
use super::{pod, replicas};
use crate::formats::json::Json;
use crate::formats::typed::api;
use crate::function::conventions::FUNCTION_ROLE;
use crate::kinds;
use crate::plan::decisions::Plan;

api! {
    /// `StatefulSetSpec` of Kubernetes' `k8s.io/api/apps/v1/types.go`, 1.36.
    struct StatefulSetSpec<'a> {
        "replicas" replicas: Option<i64>,
        "selector" selector: LabelSelector<'a>,
        "serviceName" service_name: &'a str,
        "template" template: Json<'a>,
    }
}

pub(super) static PART: Part = Part {
    kind: &kinds::STATEFUL_SET,
    names: |plan| named(plan.workload_name()),
    make,
};

/// A StatefulSet only names its Service and never makes it.
pub(super) static SERVICE: Part = Part {
    kind: &kinds::SERVICE,
    names: |plan| named(&plan.names.headless),
    make: |plan, making| making.children.push(service(plan)),
};

fn make<'a>(plan: &'a Plan<'a>, making: &mut Making<'a, '_>) {
    let mut metadata = plan.metadata_of_pods(plan.workload_name(), FUNCTION_ROLE);
    let spec = StatefulSetSpec {
        replicas: replicas::wanted(plan, &kinds::STATEFUL_SET, &mut metadata),
        selector: plan.label_selector(FUNCTION_ROLE),
        service_name: &plan.names.headless,
        template: pod::template(plan, making),
    };
    making
        .children
        .push(Child::new(&kinds::STATEFUL_SET, metadata, spec));
}

fn service<'a>(plan: &'a Plan<'a>) -> Child<'a> {
    let spec = ServiceSpec {
        cluster_ip: Some("None"),
        external_name: None,
        ports: vec![service::port("function", plan.port(), plan.port())],
        selector: Some(plan.selector(FUNCTION_ROLE)),
        r#type: "ClusterIP",
    };
    Child::new(
        &kinds::SERVICE,
        plan.metadata(&plan.names.headless, FUNCTION_ROLE),
        spec,
    )
}
