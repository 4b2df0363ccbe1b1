//! `scaleOptions` → one place for each number.

use super::{keda, strings};
use crate::function::{Scale, WorkloadType};
use crate::json::Json;
use crate::notes::{Notes, Path};
use crate::written::Written;

/// What is scaled, and so which of KEDA's sections counts.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Scaled {
    /// A Deployment, by its requests.
    Http,
    /// A Deployment or StatefulSet, by KEDA's triggers.
    Replicas,
    /// Jobs, by KEDA's triggers.
    Jobs,
}

/// A bound where it is written: inside KEDA's section (the proposal) or beside it.
struct Bound {
    nested: Option<i32>,
    outer: Option<i32>,
    nested_name: &'static str,
    outer_name: &'static str,
}

/// Where the nested minimum is written.
const HTTP_MIN: &str = "keda.httpScaledObject.minReplicaCount";
const OBJECT_MIN: &str = "keda.scaledObject.minReplicaCount";

pub(super) fn normalize<'a>(written: &Written<'_, 'a>, scaled: Scaled, notes: &mut Notes) -> Scale<'a> {
    written.object(notes);
    let outer_min = count(written.field("minReplicas"), 0, notes);
    let outer_max = count(written.field("maxReplicas"), 1, notes);
    let keda = written.field("keda");
    keda.object(notes);
    only_one_scaler(&keda, notes);
    let mut scale = Scale {
        knative: strings(written.field("knative"), notes),
        ..Scale::default()
    };
    let (http, object) = (keda.field("httpScaledObject"), keda.field("scaledObject"));
    let mut bounds = (None, None, http.at);
    if http.object(notes).is_some() {
        scale.http_scaled_object = true;
        scale.target = count(http.field("targetPendingRequests"), 1, notes);
        scale.cooldown = count(http.field("cooldownPeriod"), 0, notes);
        bounds.0 = count(http.field("minReplicaCount"), 0, notes);
        bounds.1 = count(http.field("maxReplicaCount"), 1, notes);
    }
    if object.object(notes).is_some() {
        let min = count(object.field("minReplicaCount"), 0, notes);
        let max = count(object.field("maxReplicaCount"), 1, notes);
        if !scale.http_scaled_object {
            bounds = (min, max, object.at);
        }
    }
    by_triggers(&mut scale, &keda, scaled, notes);
    let (min, max, nested_at) = bounds;
    let min = Bound {
        nested: min,
        outer: outer_min,
        nested_name: "minReplicaCount",
        outer_name: "minReplicas",
    };
    let max = Bound {
        nested: max,
        outer: outer_max,
        nested_name: "maxReplicaCount",
        outer_name: "maxReplicas",
    };
    let min_name = match min.nested {
        Some(_) if scale.http_scaled_object => HTTP_MIN,
        Some(_) => OBJECT_MIN,
        None => min.outer_name,
    };
    scale.min_at = min_name;
    scale.max_name = match (max.nested, max.outer, min.nested) {
        (Some(_), _, _) | (None, None, Some(_)) => max.nested_name,
        _ => max.outer_name,
    };
    scale.min = min.nearest(&nested_at, &written.at, notes);
    scale.max = max.nearest(&nested_at, &written.at, notes);
    if scaled != Scaled::Http {
        let max_at = match bounds.1 {
            Some(_) => nested_at.field("maxReplicaCount"),
            None => written.at.field("maxReplicas"),
        };
        let min_at = written.at.field(min_name);
        unused_bounds(&mut scale, scaled, &min_at, &max_at, notes);
    }
    scale
}

/// KEDA's sections: what an async function scales by.
fn by_triggers<'a>(scale: &mut Scale<'a>, keda: &Written<'_, 'a>, scaled: Scaled, notes: &mut Notes) {
    let (http, object) = (keda.field("httpScaledObject"), keda.field("scaledObject"));
    let (job, triggers) = (keda.field("scaledJob"), keda.field("triggers"));
    scale.scaled_object = keda::scaled_object(&object, notes);
    scale.scaled_job = keda::scaled_job(&job, notes);
    scale.restart_policy = scale.scaled_job.remove("restartPolicy");
    scale.triggers = keda::triggers(&triggers, notes);
    let has_triggers = !scale.triggers.is_empty();
    if scaled == Scaled::Http && has_triggers {
        notes.warn(
            &triggers.at,
            "is not used: an http function scales by its requests",
        );
        scale.triggers.clear();
    }
    let of_http = "only its bounds are used: an async function scales by keda.triggers";
    let of_object = match scaled {
        Scaled::Http => "only its bounds are used: an http function scales by its requests",
        Scaled::Jobs => "only its bounds are used: for workloadType Job there is scaledJob",
        Scaled::Replicas if has_triggers => "",
        Scaled::Replicas => "only its bounds are used: without keda.triggers nothing scales the function",
    };
    let of_job = match scaled {
        Scaled::Http => "is not used: an http function is no job",
        Scaled::Replicas => "is not used: it is for workloadType Job",
        Scaled::Jobs if has_triggers => "",
        Scaled::Jobs => "only its restartPolicy is used: without keda.triggers one Job is run",
    };
    for (section, what) in [
        (&http, if scaled == Scaled::Http { "" } else { of_http }),
        (&object, of_object),
        (&job, of_job),
    ] {
        if section.is_present() && !what.is_empty() {
            notes.warn(&section.at, what);
        }
    }
}

/// What does not bound an async function, and what bounds it otherwise than it is written.
fn unused_bounds(
    scale: &mut Scale<'_>,
    scaled: Scaled,
    min_at: &Path<'_>,
    max_at: &Path<'_>,
    notes: &mut Notes,
) {
    let has_triggers = !scale.triggers.is_empty();
    if scale.max.is_some() && !has_triggers {
        notes.warn(
            max_at,
            "is not used: without keda.triggers nothing scales the function",
        );
    }
    let min = scale.min.unwrap_or(0);
    if scaled == Scaled::Jobs {
        if min > 0 {
            notes.warn(
                min_at,
                "is not used: Jobs are started by events, and there is no minimum",
            );
        }
        return;
    }
    // KEDA refuses to scale to zero what nothing wakes.
    let wakes = |trigger: &Json<'_>| {
        !matches!(
            trigger.get("type").and_then(Json::as_text),
            Some("cpu" | "memory")
        )
    };
    if scale.triggers.iter().any(wakes) || min > 0 {
        return;
    }
    if scale.min.is_some() {
        let why = if has_triggers {
            "0 is read as 1: cpu and memory wake no function"
        } else {
            "0 is read as 1: without keda.triggers nothing wakes the function"
        };
        notes.warn(min_at, why);
    }
    scale.min = Some(1);
}

impl Scaled {
    /// What an async or http function of a workload type scales.
    pub(super) fn of(is_http: bool, workload: WorkloadType) -> Self {
        match workload {
            _ if is_http => Scaled::Http,
            WorkloadType::Job => Scaled::Jobs,
            WorkloadType::Deployment | WorkloadType::StatefulSet => Scaled::Replicas,
        }
    }
}

impl Bound {
    /// The nested one, which is nearer to what it bounds.
    fn nearest(self, nested_at: &Path<'_>, outer_at: &Path<'_>, notes: &mut Notes) -> Option<i32> {
        if let (Some(nested), Some(outer)) = (self.nested, self.outer)
            && nested != outer
        {
            notes.warn(
                &outer_at.field(self.outer_name),
                format_args!(
                    "{outer} is not used: {} is {nested}",
                    nested_at.field(self.nested_name)
                ),
            );
        }
        self.nested.or(self.outer)
    }
}

/// A number that must be at least `least`.
pub(super) fn count(written: Written<'_, '_>, least: i32, notes: &mut Notes) -> Option<i32> {
    let number = written.number(notes)?;
    if number < least {
        notes.invalid(&written.at, number, format_args!("must be at least {least}"));
        return None;
    }
    Some(number)
}

fn only_one_scaler(keda: &Written<'_, '_>, notes: &mut Notes) {
    let scalers = ["httpScaledObject", "scaledObject", "scaledJob"];
    let present = scalers.iter().filter(|name| keda.field(name).is_present());
    if present.count() > 1 {
        notes.forbidden(
            &keda.at,
            "only one of httpScaledObject, scaledObject and scaledJob may be set",
        );
    }
}
