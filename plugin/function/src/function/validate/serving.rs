//! What every served Function has, whatever runs it: port, engine, bounds, parameters, labels and annotations.

use super::common::MAX_ENTRIES;
use crate::formats::notes::{Notes, Path};
use crate::formats::syntax;
use crate::formats::written::quoted;
use crate::function::conventions::{FUNCTION_LABEL, ROLE_LABEL};
use crate::function::dapr::ENABLED;
use crate::function::scaling::DEFAULT_MAX;
use crate::function::types::{Engine, Scale, Serving, WorkloadType};

pub(super) fn validate(serving: &Serving<'_>, engine: Engine, notes: &mut Notes) {
    let at = &Path::root("spec.serving");
    if let Some(http) = &serving.http {
        let at = at.field("triggers.http");
        if !(1..=65535).contains(&http.port) {
            notes.invalid(&at.field("port"), http.port, "must be between 1 and 65535");
        }
        if let Some(engine) = &http.engine
            && !["", "keda", "knative"].contains(engine)
        {
            notes.unsupported(&at.field("engine"), quoted(engine), &["keda", "knative"]);
        }
    }
    // Knative has no default maximum, and more places for both.
    if engine != Engine::Knative {
        scale(&serving.scale, &at.field("scaleOptions"), notes);
    }
    if serving.workload_type != WorkloadType::Deployment && serving.http.is_some() {
        notes.warn(
            &at.field("workloadType"),
            "is not used: only a function without an http trigger has one",
        );
    }
    params(serving, &at.field("params"), notes);
    labels(serving, &at.field("labels"), notes);
    annotations(serving, &at.field("annotations"), notes);
}

fn scale(scale: &Scale<'_>, at: &Path<'_>, notes: &mut Notes) {
    let (min, max) = (scale.min.unwrap_or(0), scale.max.unwrap_or(DEFAULT_MAX));
    if min > max {
        let unset = if scale.max.is_none() {
            " when it is not set"
        } else {
            ""
        };
        notes.invalid(
            &at.field(scale.min_at),
            min,
            format_args!(
                "must not be greater than {}, which is {max}{unset}",
                scale.max_name
            ),
        );
    }
}

fn params(serving: &Serving<'_>, at: &Path<'_>, notes: &mut Notes) {
    notes.at_most(at, serving.params.len(), MAX_ENTRIES);
    for key in serving.params.keys() {
        if !syntax::is_env_name(key) {
            notes.invalid(
                at,
                quoted(key),
                "must be the name of an environment variable: letters, digits, '_', '-' or '.', not starting with a digit",
            );
        }
    }
}

fn labels(serving: &Serving<'_>, at: &Path<'_>, notes: &mut Notes) {
    notes.at_most(at, serving.labels.len(), MAX_ENTRIES);
    for (key, value) in serving.labels.iter() {
        if key == "controller-uid" {
            notes.forbidden(&at.key(key), "Metacontroller finds its objects by this label");
        } else if [FUNCTION_LABEL, ROLE_LABEL].contains(&key) {
            notes.warn(&at.key(key), "is not used: pods are selected by this label");
        }
        if !syntax::is_key(key) {
            notes.invalid(
                at,
                quoted(key),
                "must be a label key: a name with an optional DNS prefix and '/'",
            );
        }
        if !syntax::is_label_value(value) {
            notes.invalid(
                &at.key(key),
                quoted(value),
                "must be a label value: at most 63 letters, digits, '-', '_' or '.', starting and ending with a letter or digit",
            );
        }
    }
}

fn annotations(serving: &Serving<'_>, at: &Path<'_>, notes: &mut Notes) {
    notes.at_most(at, serving.annotations.len(), MAX_ENTRIES);
    for key in serving.annotations.keys() {
        if !syntax::is_annotation_key(key) {
            notes.invalid(
                at,
                quoted(key),
                "must be an annotation key: a name with an optional DNS prefix and '/'",
            );
        }
    }
    if serving.annotations.contains(ENABLED) {
        notes.warn(
            &at.key(ENABLED),
            "is not used: openfunction.io/enable-dapr and openfunction.io/dapr-service-mode decide",
        );
    }
}
