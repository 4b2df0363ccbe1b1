//! The Job of an async function that nothing scales: it runs once for each version of its pods.

use super::child::Child;
use super::part::{Making, Part, named};
use super::pod;
use crate::formats::json::Json;
use crate::formats::notes::Path;
use crate::formats::typed::{Fields, api};
use crate::formats::written::shown;
use crate::function::conventions::FUNCTION_ROLE;
use crate::kinds;
use crate::plan::decisions::Plan;

/// OpenFunction's default.
const DEFAULT_RESTART_POLICY: &str = "OnFailure";

api! {
    /// `JobSpec` of Kubernetes' `k8s.io/api/batch/v1/types.go`, 1.36. The rest is the user's.
    struct JobSpec<'a> {
        "template" template: Json<'a>,
    }
}

pub(super) static PART: Part = Part {
    kind: &kinds::JOB,
    names: |plan| named(&plan.names.workload),
    make,
};

fn make<'a>(plan: &'a Plan<'a>, making: &mut Making<'a, '_>) {
    let metadata = plan.metadata_of_pods(&plan.names.workload, FUNCTION_ROLE);
    let spec = spec(plan, making);
    making.children.push(Child::new(&kinds::JOB, metadata, spec));
}

/// The spec of a Job, of ours or of KEDA's. The selector is left to Kubernetes.
pub(super) fn spec<'a>(plan: &'a Plan<'a>, making: &mut Making<'a, '_>) -> Json<'a> {
    let template = &mut making.template;
    if let Some(policy) = &plan.serving.scale.restart_policy {
        let written = template.remove("restartPolicy");
        if let Some(written) = written.filter(|written| written.as_text() != policy.as_text()) {
            making.notes.warn(
                &Path::root("spec.serving.template.restartPolicy"),
                format_args!(
                    "{} is not used: keda.scaledJob.restartPolicy is {}",
                    shown(&written),
                    shown(policy)
                ),
            );
        }
        template.insert("restartPolicy", policy.clone());
    }
    template.insert_default("restartPolicy", DEFAULT_RESTART_POLICY.into());
    let mut spec = plan.serving.scale.job.clone();
    let template = pod::template(plan, making);
    JobSpec { template }.write(&mut spec);
    Json::Object(spec)
}
