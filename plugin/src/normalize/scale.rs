//! `scaleOptions` → one place for each number.

use crate::api::field::{Field, quoted};
use crate::api::function as written;
use crate::function::Scale;
use crate::notes::{Notes, Path};

/// The bounds where they are written: inside KEDA's section (the proposal) or beside it.
struct Bound {
    nested: Option<i32>,
    outer: Option<i32>,
    nested_name: &'static str,
    outer_name: &'static str,
}

pub(super) fn normalize(field: Field<written::ScaleOptions>, at: &Path<'_>, notes: &mut Notes) -> Scale {
    let options = notes.take(field, at).unwrap_or_default();
    let outer_min = count(options.min_replicas, &at.field("minReplicas"), 0, notes);
    let outer_max = count(options.max_replicas, &at.field("maxReplicas"), 1, notes);
    if notes
        .take(options.knative, &at.field("knative"))
        .is_some_and(|knative| !knative.is_empty())
    {
        notes.warn(
            &at.field("knative"),
            "is not used: this version has no Knative engine",
        );
    }
    let keda_at = at.field("keda");
    let keda = notes.take(options.keda, &keda_at).unwrap_or_default();
    only_one_scaler(&keda, &keda_at, notes);
    if let Some(triggers) = notes.take(keda.triggers, &keda_at.field("triggers"))
        && !triggers.is_empty()
    {
        notes.warn(
            &keda_at.field("triggers"),
            "is not used: an http function scales by its requests",
        );
    }
    let mut scale = Scale::default();
    let http_at = keda_at.field("httpScaledObject");
    let object_at = keda_at.field("scaledObject");
    let mut bounds = (None, None, http_at);
    if let Some(http) = notes.take(keda.http_scaled_object, &http_at) {
        scale.http_scaled_object = true;
        scale.target = count(
            http.target_pending_requests,
            &http_at.field("targetPendingRequests"),
            1,
            notes,
        );
        scale.cooldown = count(http.cooldown_period, &http_at.field("cooldownPeriod"), 0, notes);
        bounds.0 = count(
            http.min_replica_count,
            &http_at.field("minReplicaCount"),
            0,
            notes,
        );
        bounds.1 = count(
            http.max_replica_count,
            &http_at.field("maxReplicaCount"),
            1,
            notes,
        );
    }
    if let Some(object) = notes.take(keda.scaled_object, &object_at) {
        let min = count(
            object.min_replica_count,
            &object_at.field("minReplicaCount"),
            0,
            notes,
        );
        let max = count(
            object.max_replica_count,
            &object_at.field("maxReplicaCount"),
            1,
            notes,
        );
        count(
            object.polling_interval,
            &object_at.field("pollingInterval"),
            1,
            notes,
        );
        count(
            object.cooldown_period,
            &object_at.field("cooldownPeriod"),
            0,
            notes,
        );
        if !scale.http_scaled_object {
            bounds = (min, max, object_at);
        }
        notes.warn(
            &object_at,
            "only its bounds are used: an http function scales by its requests",
        );
    }
    scaled_job(keda.scaled_job, &keda_at.field("scaledJob"), notes);
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
    scale.min = min.nearest(&nested_at, at, notes);
    scale.max = max.nearest(&nested_at, at, notes);
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
fn count(field: Field<i32>, at: &Path<'_>, least: i32, notes: &mut Notes) -> Option<i32> {
    let number = notes.take(field, at)?;
    if number < least {
        notes.invalid(at, number, format_args!("must be at least {least}"));
        return None;
    }
    Some(number)
}

fn only_one_scaler(keda: &written::Keda, at: &Path<'_>, notes: &mut Notes) {
    let scalers = [
        keda.http_scaled_object.is_present(),
        keda.scaled_object.is_present(),
        keda.scaled_job.is_present(),
    ];
    if scalers.into_iter().filter(|present| *present).count() > 1 {
        notes.forbidden(
            at,
            "only one of httpScaledObject, scaledObject and scaledJob may be set",
        );
    }
}

fn scaled_job(field: Field<written::ScaledJob>, at: &Path<'_>, notes: &mut Notes) {
    let Some(job) = notes.take(field, at) else {
        return;
    };
    count(job.polling_interval, &at.field("pollingInterval"), 1, notes);
    for (limit, name) in [
        (job.successful_jobs_history_limit, "successfulJobsHistoryLimit"),
        (job.failed_jobs_history_limit, "failedJobsHistoryLimit"),
    ] {
        count(limit, &at.field(name), 0, notes);
    }
    if let Some(policy) = notes.take(job.restart_policy, &at.field("restartPolicy"))
        && !["", "Never", "OnFailure"].contains(&policy.as_str())
    {
        let shown = quoted(&policy);
        notes.unsupported(&at.field("restartPolicy"), shown, &["Never", "OnFailure"]);
    }
    notes.warn(at, "is not used: an http function is no job");
}
