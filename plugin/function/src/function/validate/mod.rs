//! Everything that is wrong with a Function, at once, each with its field path.
//!
//! OpenFunction's own webhook stops at the first mistake and lets others pass that the API
//! server refuses later, in a child. Wrong shapes are found before, by `normalize`.

mod build;
mod combinations;
pub(crate) mod common;
mod dapr;
mod http_options;
mod keda;
mod knative;
mod lists;
mod merged;
mod route;
mod scaling;
mod serving;
mod template;
mod volumes;

use super::settings::Settings;
use super::types::{Engine, Function, Serving, WorkloadType};
use crate::formats::json::Object;
use crate::formats::notes::{Notes, Path};
use crate::formats::syntax;
use crate::formats::written::quoted;
use common::{image, secret};

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
            "must be a label value: at most 63 letters, digits, '-', '_' or '.', starting and ending with a letter or digit",
        );
    }
    secret(function.pull_secret, &at.field("imageCredentials.name"), notes);
    if let Some(build) = &function.build {
        build::validate(build, notes);
    }
    match &function.serving {
        Some(serving) => {
            let engine = serving.engine;
            serving::validate(serving, engine, notes);
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
        notes.required(&at, "a Function needs a name");
    } else if !syntax::is_subdomain(function.name) {
        notes.invalid(
            &at,
            quoted(function.name),
            "must be lower-case letters, digits, '-' or '.', starting and ending with a letter or digit",
        );
    }
    let at = Path::root("metadata.namespace");
    if function.namespace.is_empty() {
        notes.required(&at, "a Function needs a namespace");
    } else if !syntax::is_label(function.namespace) {
        notes.invalid(&at, quoted(function.namespace), "must be the name of a namespace");
    }
}
