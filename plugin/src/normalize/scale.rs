//! `scaleOptions` → one place for each number.

use crate::function::Scale;
use crate::notes::{Notes, Path};
use crate::written::{Written, quoted};

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

pub(super) fn normalize<'a>(written: &Written<'_, 'a>, notes: &mut Notes) -> Scale<'a> {
    written.object(notes);
    let outer_min = count(written.field("minReplicas"), 0, notes);
    let outer_max = count(written.field("maxReplicas"), 1, notes);
    let knative = written.field("knative");
    if knative.members(notes).len() > 0 {
        notes.warn(&knative.at, "is not used: this version has no Knative engine");
    }
    let keda = written.field("keda");
    keda.object(notes);
    only_one_scaler(&keda, notes);
    let triggers = keda.field("triggers");
    if triggers.elements(notes).len() > 0 {
        notes.warn(
            &triggers.at,
            "is not used: an http function scales by its requests",
        );
    }
    let mut scale = Scale::default();
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
        count(object.field("pollingInterval"), 1, notes);
        count(object.field("cooldownPeriod"), 0, notes);
        if !scale.http_scaled_object {
            bounds = (min, max, object.at);
        }
        notes.warn(
            &object.at,
            "only its bounds are used: an http function scales by its requests",
        );
    }
    scaled_job(&keda.field("scaledJob"), notes);
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
    scale.min_at = match min.nested {
        Some(_) if scale.http_scaled_object => HTTP_MIN,
        Some(_) => OBJECT_MIN,
        None => min.outer_name,
    };
    scale.max_name = match (max.nested, max.outer, min.nested) {
        (Some(_), _, _) | (None, None, Some(_)) => max.nested_name,
        _ => max.outer_name,
    };
    scale.min = min.nearest(&nested_at, &written.at, notes);
    scale.max = max.nearest(&nested_at, &written.at, notes);
    scale
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

fn scaled_job(job: &Written<'_, '_>, notes: &mut Notes) {
    if job.object(notes).is_none() {
        return;
    }
    count(job.field("pollingInterval"), 1, notes);
    count(job.field("successfulJobsHistoryLimit"), 0, notes);
    count(job.field("failedJobsHistoryLimit"), 0, notes);
    let policy = job.field("restartPolicy");
    if let Some(found) = policy.text(notes)
        && !["", "Never", "OnFailure"].contains(&found)
    {
        notes.unsupported(&policy.at, quoted(found), &["Never", "OnFailure"]);
    }
    notes.warn(&job.at, "is not used: an http function is no job");
}
