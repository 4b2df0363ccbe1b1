//! The Job of an async function that nothing scales: it runs once for each version of its pods.

use super::child::Child;
use super::pod;
use crate::formats::json::{Json, Object};
use crate::formats::notes::{Notes, Path};
use crate::formats::written::shown;
use crate::function::conventions::FUNCTION_ROLE;
use crate::kinds;
use crate::plan::decisions::Plan;

/// OpenFunction's default.
const DEFAULT_RESTART_POLICY: &str = "OnFailure";

pub(super) fn build<'a>(plan: &'a Plan<'a>, template: Object<'a>, notes: &mut Notes) -> Child<'a> {
    let metadata = plan.metadata_of_pods(&plan.names.workload, FUNCTION_ROLE);
    Child::new(&kinds::JOB, metadata, [("spec", spec(plan, template, notes))])
}

/// The spec of a Job, of ours or of KEDA's. The selector is left to Kubernetes.
pub(super) fn spec<'a>(plan: &'a Plan<'a>, mut template: Object<'a>, notes: &mut Notes) -> Json<'a> {
    if let Some(policy) = &plan.serving.scale.restart_policy {
        let written = template.remove("restartPolicy");
        if let Some(written) = written.filter(|written| written.as_text() != policy.as_text()) {
            notes.warn(
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
    spec.insert("template", pod::template(plan, template, notes));
    Json::Object(spec)
}
