//! KEDA's ScaledJob: starts a Job of the function's pods for each event, or for several.
//!
//! Source: KEDA's `apis/keda/v1alpha1/scaledjob_types.go`.

use super::child::Child;
use super::job;
use crate::formats::json::{Json, Object};
use crate::formats::notes::Notes;
use crate::function::conventions::{CONTAINER, FUNCTION_ROLE};
use crate::function::scaling::DEFAULT_MAX;
use crate::kinds;
use crate::plan::decisions::Plan;

pub(super) fn build<'a>(plan: &'a Plan<'a>, template: Object<'a>, notes: &mut Notes) -> Child<'a> {
    let scale = &plan.serving.scale;
    let mut spec = scale.scaled_job.clone();
    spec.insert_default("envSourceContainerName", CONTAINER.into());
    spec.insert("jobTargetRef", job::spec(plan, template, notes));
    let max = scale.max.unwrap_or(DEFAULT_MAX);
    spec.insert("maxReplicaCount", max.into());
    spec.insert("triggers", Json::List(scale.triggers.clone()));
    // It runs the function as well as scaling it, and KEDA's Jobs get its labels.
    let metadata = plan.metadata_of_pods(&plan.names.scaler, FUNCTION_ROLE);
    Child::new(&kinds::SCALED_JOB, metadata, [("spec", Json::Object(spec))])
}
