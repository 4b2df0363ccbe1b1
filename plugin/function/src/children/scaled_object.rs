//! KEDA's ScaledObject: what a workload scales by. KEDA writes the object back to add its finalizer, so that what Go
//! omits is not asked for.

use super::child::Child;
use super::part::{Making, Part, named};
use crate::formats::json::{Json, Object};
use crate::formats::typed::{Fields, api};
use crate::function::conventions::{CONTAINER, SCALER_ROLE};
use crate::function::scaling::DEFAULT_MAX;
use crate::function::types::Engine;
use crate::kinds;
use crate::plan::decisions::Plan;

api! {
    /// `ScaledObjectSpec` of KEDA's `apis/keda/v1alpha1/scaledobject_types.go`, 2.21. The rest is the user's, or a
    /// default of the HTTP add-on.
    struct ScaledObjectSpec<'a> {
        "maxReplicaCount" max_replica_count: i32,
        "minReplicaCount" min_replica_count: i32,
        "scaleTargetRef" scale_target_ref: ScaleTarget<'a>,
        "triggers" triggers: Vec<Json<'a>>,
    }

    /// `ScaleTarget` of the same file.
    struct ScaleTarget<'a> {
        "apiVersion" api_version: &'a str,
        "envSourceContainerName" env_source_container_name: Option<Json<'a>>,
        "kind" kind: &'a str,
        "name" name: &'a str,
    }
}

/// The ScaledObject of a function that KEDA's triggers scale.
pub(super) static PART: Part = Part {
    kind: &kinds::SCALED_OBJECT,
    names: |plan| named(&plan.names.scaler),
    make,
};

fn make<'a>(plan: &'a Plan<'a>, making: &mut Making<'a, '_>) {
    let scale = &plan.serving.scale;
    let child = scaled_object(plan, scale.scaled_object.clone(), scale.triggers.clone());
    making.children.push(child);
}

/// A ScaledObject for the plan's workload; `options` is what else its spec has.
pub(super) fn scaled_object<'a>(
    plan: &'a Plan<'a>,
    mut options: Object<'a>,
    triggers: Vec<Json<'a>>,
) -> Child<'a> {
    let scale = &plan.serving.scale;
    let kind = plan.workload_kind();
    // The user's triggers may read the function's environment, or that of another container.
    let env_source_container_name = (plan.engine == Engine::Async).then(|| {
        let own = options.get("scaleTargetRef");
        let named = own.and_then(|own| own.get("envSourceContainerName").cloned());
        named.unwrap_or(CONTAINER.into())
    });
    ScaledObjectSpec {
        max_replica_count: scale.max.unwrap_or(DEFAULT_MAX),
        min_replica_count: scale.min.unwrap_or(0),
        scale_target_ref: ScaleTarget {
            api_version: kind.api_version,
            env_source_container_name,
            kind: kind.kind,
            name: plan.workload_name(),
        },
        triggers,
    }
    .write(&mut options);
    let metadata = plan.metadata(&plan.names.scaler, SCALER_ROLE);
    Child::new(&kinds::SCALED_OBJECT, metadata, Json::Object(options))
}
