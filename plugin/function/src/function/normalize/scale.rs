//! `scaleOptions` → one place for each number.

use super::keda;
use super::read::strings;
use crate::formats::json::Json;
use crate::formats::notes::{Notes, Path};
use crate::formats::written::Written;
use crate::function::types::{Scale, WorkloadType};

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
    /// What it is called below KEDA's section.
    nested_name: &'static str,
    outer_name: &'static str,
}

/// Bounds inside a section, with their names in it.
#[derive(Default)]
struct Nested {
    min: Option<i32>,
    max: Option<i32>,
    /// Whether they are in `replicas`, as the add-on writes them.
    min_in_replicas: bool,
    max_in_replicas: bool,
}

const MIN: &str = "minReplicaCount";
const MAX: &str = "maxReplicaCount";

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
    let job = keda.field("scaledJob");
    let mut bounds = (Nested::default(), http.at);
    if http.object(notes).is_some() {
        scale.http_scaled_object = true;
        bounds.0 = by_requests(&mut scale, &http, notes);
    }
    for (section, counts) in [(&object, true), (&job, scaled == Scaled::Jobs)] {
        if counts && section.object(notes).is_some() {
            let nested = Nested {
                // A ScaledJob's own is something else: Jobs that run without events.
                min: count(section.field(MIN), 0, notes).filter(|_| scaled != Scaled::Jobs),
                max: count(section.field(MAX), 1, notes),
                ..Nested::default()
            };
            if !scale.http_scaled_object {
                bounds = (nested, section.at);
            }
        }
    }
    by_triggers(&mut scale, &keda, scaled, notes);
    let (nested, nested_at) = bounds;
    let name = |in_replicas, name, other| if in_replicas { name } else { other };
    let min = Bound {
        nested: nested.min,
        outer: outer_min,
        nested_name: name(nested.min_in_replicas, "replicas.min", MIN),
        outer_name: "minReplicas",
    };
    let max = Bound {
        nested: nested.max,
        outer: outer_max,
        nested_name: name(nested.max_in_replicas, "replicas.max", MAX),
        outer_name: "maxReplicas",
    };
    let min_name = match min.nested {
        Some(_) if nested.min_in_replicas => "keda.httpScaledObject.replicas.min",
        Some(_) if scale.http_scaled_object => "keda.httpScaledObject.minReplicaCount",
        Some(_) => "keda.scaledObject.minReplicaCount",
        None => min.outer_name,
    };
    scale.min_at = min_name;
    scale.max_name = match (max.nested, max.outer, min.nested) {
        (Some(_), _, _) | (None, None, Some(_)) => max.nested_name,
        _ => max.outer_name,
    };
    let max_at = match max.nested {
        Some(_) => nested_at.field(max.nested_name),
        None => written.at.field("maxReplicas"),
    };
    scale.min = min.nearest(&nested_at, &written.at, notes);
    scale.max = max.nearest(&nested_at, &written.at, notes);
    if scaled != Scaled::Http {
        let min_at = written.at.field(min_name);
        unused_bounds(&mut scale, scaled, &min_at, &max_at, notes);
    }
    scale
}

/// KEDA's section of an http function. Bounds and cooldown have two names each: OpenFunction's, which
/// counts, and the add-on's.
fn by_requests<'a>(scale: &mut Scale<'a>, http: &Written<'_, 'a>, notes: &mut Notes) -> Nested {
    scale.http = keda::http_scaled_object(http, notes);
    scale.target = count(http.field("targetPendingRequests"), 1, notes);
    scale.cooldown = count(http.field("cooldownPeriod"), 0, notes);
    let whole = |found: Option<&Json<'_>>| found?.as_whole()?.try_into().ok();
    let period = scale.http.remove("scaledownPeriod");
    let period = whole(period.as_ref());
    scale.cooldown = one_of(
        scale.cooldown,
        period,
        "cooldownPeriod",
        &http.at.field("scaledownPeriod"),
        notes,
    );
    let replicas = scale.http.remove("replicas");
    let bound = |name| whole(replicas.as_ref().and_then(|replicas| replicas.get(name)));
    let (min, max) = (bound("min"), bound("max"));
    let (own_min, own_max) = (count(http.field(MIN), 0, notes), count(http.field(MAX), 1, notes));
    Nested {
        min: one_of(own_min, min, MIN, &http.at.field("replicas.min"), notes),
        max: one_of(own_max, max, MAX, &http.at.field("replicas.max"), notes),
        min_in_replicas: own_min.is_none() && min.is_some(),
        max_in_replicas: own_max.is_none() && max.is_some(),
    }
}

/// A number that may be written in two places, the first of which counts.
fn one_of(
    first: Option<i32>,
    other: Option<i32>,
    first_name: &str,
    other_at: &Path<'_>,
    notes: &mut Notes,
) -> Option<i32> {
    if let (Some(first), Some(other)) = (first, other)
        && first != other
    {
        notes.warn(
            other_at,
            format_args!("{other} is not used: {first_name} is {first}"),
        );
    }
    first.or(other)
}

/// KEDA's sections: what an async function scales by.
fn by_triggers<'a>(scale: &mut Scale<'a>, keda: &Written<'_, 'a>, scaled: Scaled, notes: &mut Notes) {
    let (http, object) = (keda.field("httpScaledObject"), keda.field("scaledObject"));
    let (job, triggers) = (keda.field("scaledJob"), keda.field("triggers"));
    scale.scaled_object = keda::scaled_object(&object, notes);
    scale.scaled_job = keda::scaled_job(&job, notes);
    scale.restart_policy = scale.scaled_job.remove("restartPolicy");
    if let Some(Json::Object(job)) = scale.scaled_job.remove("jobTargetRef") {
        scale.job = job;
    }
    scale.triggers = keda::triggers(&triggers, notes);
    for section in [&object, &job] {
        let nested = section.field("triggers");
        if triggers.is_present() && nested.is_present() {
            notes.warn(&nested.at, format_args!("is not used: {} is set", triggers.at));
        } else if nested.is_present() {
            notes.warn(&nested.at, format_args!("is read as {}", triggers.at));
            scale.triggers = keda::triggers(&nested, notes);
        }
    }
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
        Scaled::Http => "is not used: a function that is called by HTTP cannot be a Job",
        Scaled::Replicas => "is not used: it is for workloadType Job",
        Scaled::Jobs if has_triggers => "",
        Scaled::Jobs => {
            "only its restartPolicy and jobTargetRef are used: without keda.triggers one Job is run"
        }
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
                "is not used: Jobs are started by events; for Jobs that run without, set \
                 keda.scaledJob.minReplicaCount",
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
