//! KEDA's ScaledJob: starts a Job of the function's pods for each event, or for several.

use super::child::Child;
use super::job;
use super::part::{Making, Part, named};
use crate::formats::json::{Json, Object};
use crate::formats::typed::{Fields, api};
use crate::function::conventions::{CONTAINER, FUNCTION_ROLE};
use crate::function::scaling::DEFAULT_MAX;
use crate::kinds;
use crate::plan::decisions::Plan;

api! {
    /// `ScaledJobSpec` of KEDA's `apis/keda/v1alpha1/scaledjob_types.go`, 2.21. The rest is the user's.
    struct ScaledJobSpec<'a> {
        "jobTargetRef" job_target_ref: Json<'a>,
        "maxReplicaCount" max_replica_count: i32,
        "triggers" triggers: Vec<Json<'a>>,
    }

    /// What of a ScaledJobSpec the user may say otherwise.
    struct ScaledJobDefaults<'a> {
        "envSourceContainerName" env_source_container_name: &'a str,
    }
}

pub(super) static PART: Part = Part {
    kind: &kinds::SCALED_JOB,
    names: |plan| named(&plan.names.scaler),
    make,
};

fn make<'a>(plan: &'a Plan<'a>, making: &mut Making<'a, '_>) {
    let scale = &plan.serving.scale;
    let mut spec = Object::with_capacity(scale.scaled_job.len() + 4);
    ScaledJobDefaults {
        env_source_container_name: CONTAINER,
    }
    .write(&mut spec);
    spec.extend(&scale.scaled_job);
    ScaledJobSpec {
        job_target_ref: job::spec(plan, making),
        max_replica_count: scale.max.unwrap_or(DEFAULT_MAX),
        triggers: scale.triggers.clone(),
    }
    .write(&mut spec);
    // It runs the function as well as scaling it, and KEDA's Jobs get its labels.
    let metadata = plan.metadata_of_pods(&plan.names.scaler, FUNCTION_ROLE);
    making
        .children
        .push(Child::new(&kinds::SCALED_JOB, metadata, Json::Object(spec)));
}
