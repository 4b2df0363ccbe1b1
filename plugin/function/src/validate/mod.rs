//! Everything that is wrong with a Function, at once, each with its field path.
//!
//! OpenFunction's own webhook stops at the first mistake and lets others pass that the API
//! server refuses later, in a child. Wrong shapes are found before, by `normalize`.

mod build;
mod combinations;
mod dapr;
mod http_options;
mod keda;
mod knative;
mod merged;
mod route;
mod scaling;
pub(crate) mod syntax;
mod template;
mod volumes;

use crate::children::{FUNCTION_LABEL, ROLE_LABEL};
use crate::engine::{self, Engine};
use crate::function::{Function, Scale, Serving, WorkloadType};
use crate::json::Object;
use crate::notes::{Notes, Path};
use crate::scaling::DEFAULT_MAX;
use crate::settings::Settings;
use crate::written::quoted;

/// What multiplies in children and status is limited.
pub(crate) const MAX_ENTRIES: usize = 256;

/// Checks a Function; `template` is its pod spec.
pub(crate) fn validate(
    function: &Function<'_>,
    template: &Object<'_>,
    settings: &Settings,
    notes: &mut Notes,
) {
    identity(function, notes);
    let at = &Path::root("spec");
    image(function.image, &at.field("image"), notes);
    if !syntax::is_label_value(function.version) {
        notes.invalid(
            &at.field("version"),
            quoted(function.version),
            "must be a label value: at most 63 letters, digits, '-', '_' or '.', with a letter or digit at both ends",
        );
    }
    secret(function.pull_secret, &at.field("imageCredentials.name"), notes);
    if let Some(build) = &function.build {
        build::validate(build, notes);
    }
    match &function.serving {
        Some(serving) => {
            let (engine, _) = engine::choose(serving, settings);
            validate_serving(serving, engine, notes);
            route::validate(function, serving, settings, engine, notes);
            dapr::validate(function, serving, settings, engine, notes);
            template::validate(template, restart_policies(serving, engine), notes);
            merged::validate(template, &Path::root("spec.serving.template"), notes);
            scaling::validate(serving, settings, engine, notes);
            http_options::validate(serving, settings, engine, notes);
            keda::validate(serving, template, engine, notes);
            knative::validate(serving, template, engine, notes);
            combinations::validate(function, serving, template, engine, notes);
        }
        None if function.build.is_none() => {
            notes.required(
                &at.field("serving"),
                "at least one of spec.build and spec.serving must be set",
            );
        }
        None => {}
    }
}

/// A Deployment and a StatefulSet always restart their pods, and a Job is never done if it does.
/// Knative takes none, and is asked elsewhere.
fn restart_policies(serving: &Serving<'_>, engine: Engine) -> &'static [&'static str] {
    match (engine, serving.workload_type) {
        (Engine::Knative, _) => &["Always", "Never", "OnFailure"],
        (Engine::Async, WorkloadType::Job) => &["Never", "OnFailure"],
        _ => &["Always"],
    }
}

fn identity(function: &Function<'_>, notes: &mut Notes) {
    let at = Path::root("metadata.name");
    if function.name.is_empty() {
        notes.required(&at, "every Function has a name");
    } else if !syntax::is_subdomain(function.name) {
        notes.invalid(
            &at,
            quoted(function.name),
            "must be lower-case letters, digits, '-' or '.', with a letter or digit at both ends",
        );
    }
    let at = Path::root("metadata.namespace");
    if function.namespace.is_empty() {
        notes.required(&at, "Functions are namespaced");
    } else if !syntax::is_label(function.namespace) {
        notes.invalid(&at, quoted(function.namespace), "must be the name of a namespace");
    }
}

/// An image reference has rules of its own; what no registry takes is refused here.
fn image(image: &str, at: &Path<'_>, notes: &mut Notes) {
    if image.is_empty() {
        notes.required(at, "the image to run");
    }
    no_spaces(image, at, notes);
}

fn no_spaces(text: &str, at: &Path<'_>, notes: &mut Notes) {
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        notes.invalid(at, quoted(text), "must not contain spaces");
    }
}

fn secret(name: Option<&str>, at: &Path<'_>, notes: &mut Notes) {
    if let Some(name) = name.filter(|name| !syntax::is_subdomain(name)) {
        notes.invalid(at, quoted(name), "must be the name of a Secret");
    }
}

fn validate_serving(serving: &Serving<'_>, engine: Engine, notes: &mut Notes) {
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
                "must be the name of an environment variable: letters, digits, '_', '-' or '.', with no digit in front",
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
                "must be a label key: a name, with or without a DNS prefix and '/'",
            );
        }
        if !syntax::is_label_value(value) {
            notes.invalid(
                &at.key(key),
                quoted(value),
                "must be a label value: at most 63 letters, digits, '-', '_' or '.', with a letter or digit at both ends",
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
                "must be an annotation key: a name, with or without a DNS prefix and '/'",
            );
        }
    }
    if serving.annotations.contains(crate::dapr::ENABLED) {
        notes.warn(
            &at.key(crate::dapr::ENABLED),
            "is not used: openfunction.io/enable-dapr and openfunction.io/dapr-service-mode decide",
        );
    }
}
