//! The Deployment that runs the function.

use super::child::Child;
use super::metadata::LabelSelector;
use super::part::{Making, Part, named};
use super::{pod, replicas};
use crate::formats::json::Json;
use crate::formats::typed::api;
use crate::function::conventions::FUNCTION_ROLE;
use crate::kinds;
use crate::plan::decisions::Plan;

api! {
    /// `DeploymentSpec` of Kubernetes' `k8s.io/api/apps/v1/types.go`, 1.36.
    struct DeploymentSpec<'a> {
        "replicas" replicas: Option<i64>,
        "selector" selector: LabelSelector<'a>,
        "template" template: Json<'a>,
    }
}

pub(super) static PART: Part = Part {
    kind: &kinds::DEPLOYMENT,
    names: |plan| named(plan.workload_name()),
    make,
};

fn make<'a>(plan: &'a Plan<'a>, making: &mut Making<'a, '_>) {
    let mut metadata = plan.metadata_of_pods(plan.workload_name(), FUNCTION_ROLE);
    let spec = DeploymentSpec {
        replicas: replicas::wanted(plan, &kinds::DEPLOYMENT, &mut metadata),
        selector: plan.label_selector(FUNCTION_ROLE),
        template: pod::template(plan, making),
    };
    making
        .children
        .push(Child::new(&kinds::DEPLOYMENT, metadata, spec));
}
