//! The Knative Service: it runs the function, scales it and leads to it.
//!
//! The revision's name is Knative's own choice: a name of ours would have to change with every edit of the template.

use super::child::Child;
use super::part::{Making, Part, named};
use super::pod;
use crate::formats::json::Json;
use crate::formats::typed::{Fields, api};
use crate::function::conventions::FUNCTION_ROLE;
use crate::function::knative;
use crate::kinds;
use crate::plan::decisions::Plan;

api! {
    /// `ConfigurationSpec` of Knative's `pkg/apis/serving/v1/configuration_types.go`, 1.22.
    struct ConfigurationSpec<'a> {
        "template" template: Json<'a>,
    }

    /// What `RevisionSpec` (`revision_types.go`) has beside a PodSpec.
    struct RevisionSpec {
        "containerConcurrency" container_concurrency: Option<i64>,
    }
}

pub(super) static PART: Part = Part {
    kind: &kinds::KNATIVE_SERVICE,
    names: |plan| named(plan.names.of_workload(&kinds::KNATIVE_SERVICE)),
    make,
};

fn make<'a>(plan: &'a Plan<'a>, making: &mut Making<'a, '_>) {
    let mut template = pod::template(plan, making);
    if let Some(spec) = template.get_mut("spec").and_then(Json::as_object_mut) {
        let container_concurrency = knative::concurrency(plan.serving);
        RevisionSpec {
            container_concurrency,
        }
        .write(spec);
    }
    let metadata = plan.metadata_of_pods(plan.names.of_workload(&kinds::KNATIVE_SERVICE), FUNCTION_ROLE);
    making.children.push(Child::new(
        &kinds::KNATIVE_SERVICE,
        metadata,
        ConfigurationSpec { template },
    ));
}
