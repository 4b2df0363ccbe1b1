//! The Function as users write it → the canonical [`Function`], with a warning for everything
//! that is read otherwise than it is written, or not at all.
//!
//! What is read is core.openfunction.io/v1beta2 as it is shipped, and the spellings of the
//! proposal that started the KEDA engine (OpenFunction issue 162). Those of v1beta1 have been
//! rewritten before. A field that nobody knows is a warning. Defaults are those of OpenFunction's
//! webhook, which may not be there.

mod build;
mod component;
mod dapr;
mod existing;
mod hooks;
mod keda;
mod pod_types;
mod read;
mod reference;
mod route;
mod runtime;
mod scale;
mod template;
mod tracing;

pub(crate) use route::DEFAULT_GATEWAY;
pub(crate) use template::ACCOUNTS;

use super::dapr::mode;
use super::documents::Documents;
use super::engine;
use super::fields;
use super::request::Objects;
use super::settings::Settings;
use crate::function::conventions::{DEFAULT_PORT, WASM_VARIANT};
use read::{secret, strings};

use super::types::{Function, Http, Serving, WorkloadType};
use crate::formats::json::{Json, Object};
use crate::formats::notes::Notes;
use crate::formats::written::{NumberOrText, Written, quoted};
use existing::Existing;
use runtime::Runtime;

const DEFAULT_VERSION: &str = "latest";
/// What `workloadRuntime` may be, in upper or lower case.
const OCI: &str = "OCIContainer";
const WASM_EDGE: &str = "WasmEdge";
/// What OpenFunction's webhook writes for `workloadRuntime: WasmEdge`.
const DEFAULT_WASM_VARIANT: &str = "compat-smart";

/// Makes the canonical Function, and beside it the user's pod spec in the form in which it is
/// stored, which becomes a child's own. `template` has been taken out of `parent`, and `related` are the
/// other objects that customize asked for, `documents` the texts of annotations and of the global
/// configuration.
pub(crate) fn normalize<'a>(
    parent: &'a Json<'a>,
    template: Json<'a>,
    related: &'a Objects<'a>,
    documents: &'a Documents<'a>,
    settings: &Settings,
    notes: &mut Notes,
) -> (Function<'a>, Object<'a>) {
    let meta = Written::root("metadata", parent.get("metadata"));
    meta.object(notes);
    let spec = Written::root("spec", parent.get("spec"));
    spec.object(notes);
    fields::check(parent.get("spec"), notes);
    let mut function = Function {
        name: meta.field("name").text(notes).unwrap_or_default(),
        namespace: meta.field("namespace").text(notes).unwrap_or_default(),
        uid: meta.field("uid").text(notes).unwrap_or_default(),
        version: spec.field("version").non_empty(notes).unwrap_or(DEFAULT_VERSION),
        image: spec.field("image").text(notes).unwrap_or_default(),
        ..Function::default()
    };
    function.pull_secret = secret(
        &spec.field("imageCredentials"),
        "the Secret with which the image is pulled",
        notes,
    );
    let runtime = spec.field("workloadRuntime").non_empty(notes);
    let is = |word: &str| runtime.is_none_or(|runtime| runtime.eq_ignore_ascii_case(word));
    if !is(OCI) && !is(WASM_EDGE) {
        notes.warn(
            &spec.field("workloadRuntime").at,
            format_args!("is read as {OCI}; the other one that is known is {WASM_EDGE}"),
        );
    }
    function.wasm_variant = wasm_variant(parent, runtime);
    let is_wasm = function.wasm_variant.is_some();
    function.build = spec
        .field("build")
        .if_object(notes)
        .map(|build| build::normalize(&build, is_wasm, notes));
    let existing = Existing {
        related,
        namespace: function.namespace,
    };
    let mut pods = Object::new();
    if let Some(written) = spec.field("serving").if_object(notes) {
        let (serving, template) = normalize_serving(written, template, existing, documents, settings, notes);
        function.serving = Some(serving);
        pods = template;
    }
    (function, pods)
}

fn normalize_serving<'a>(
    written: Written<'_, 'a>,
    template: Json<'a>,
    existing: Existing<'a>,
    documents: &'a Documents<'a>,
    settings: &Settings,
    notes: &mut Notes,
) -> (Serving<'a>, Object<'a>) {
    let params = strings(written.field("params"), notes);
    let labels = strings(written.field("labels"), notes);
    let annotations = strings(written.field("annotations"), notes);
    let template = template::normalize(
        template,
        &settings.extra_pod_fields,
        &written.at.field("template"),
        notes,
    );
    let mut serving = Serving {
        params,
        labels,
        annotations,
        tracing: tracing::normalize(&written.field("tracing"), documents, notes),
        workload_type: workload_type(&written.field("workloadType"), notes),
        ..Serving::default()
    };
    dapr::components(&mut serving, &written, existing, notes);
    triggers(&mut serving, &written, existing, notes);
    let scaled = scale::Scaled::of(serving.http.is_some(), serving.workload_type);
    serving.scale = scale::normalize(&written.field("scaleOptions"), scaled, notes);
    serving.outputs = dapr::outputs(&serving, &written.field("outputs"), existing, notes);
    hooks::normalize(&mut serving, &written.field("hooks"), documents, notes);
    if written.field("timeout").is_present() {
        notes.warn(
            &written.field("timeout").at,
            "is not used: the Workload condition says when a function does not start",
        );
    }
    (serving.engine, serving.because) = engine::choose(&serving, settings);
    serving.dapr = mode(&serving);
    (serving, template)
}

fn workload_type(written: &Written<'_, '_>, notes: &mut Notes) -> WorkloadType {
    match written.non_empty(notes) {
        None | Some("Deployment") => WorkloadType::Deployment,
        Some("StatefulSet") => WorkloadType::StatefulSet,
        Some("Job") => WorkloadType::Job,
        Some(other) => {
            let known = ["Deployment", "Job", "StatefulSet"];
            notes.unsupported(&written.at, quoted(other), &known);
            WorkloadType::Deployment
        }
    }
}

fn triggers<'a>(
    serving: &mut Serving<'a>,
    above: &Written<'_, 'a>,
    existing: Existing<'a>,
    notes: &mut Notes,
) {
    let written = above.field("triggers");
    written.object(notes);
    let (http, dapr) = (written.field("http"), written.field("dapr"));
    let dapr = dapr::limited(&dapr, notes);
    let engine = http.field("engine").text(notes);
    let runtime = runtime::read(&above.field("runtime"), http.is_present(), engine, notes);
    let by_default = || !http.is_present() && dapr.len() == 0;
    let is_http = match runtime {
        Some(Runtime::Async) => false,
        Some(Runtime::Knative) => true,
        None => by_default() && !runtime::is_async(above, notes),
    };
    // Looked at in any case: a wrong shape is told of.
    let has_http = http.object(notes).is_some();
    if has_http || is_http {
        let mut read = Http {
            port: port(&http.field("port"), notes),
            engine: engine.or((runtime == Some(Runtime::Knative)).then_some("knative")),
            ..Http::default()
        };
        route::normalize(&mut read, &http.field("route"), notes);
        serving.http = Some(read);
    }
    dapr::triggers(serving, dapr, existing, notes);
    serving.inputs = dapr::inputs(serving, &written.field("inputs"), existing, notes);
    let nested = http.field("inputs");
    if nested.is_present() {
        notes.warn(&nested.at, "is read as spec.serving.triggers.inputs");
        let inputs = dapr::inputs(serving, &nested, existing, notes);
        serving.inputs.extend(inputs);
    }
}

/// The port as a number. 0 stands for "the default", as for OpenFunction's webhook.
fn port(written: &Written<'_, '_>, notes: &mut Notes) -> i64 {
    let number = match written.number_or_text(notes) {
        None => return DEFAULT_PORT,
        Some(NumberOrText::Number(number)) => number,
        Some(NumberOrText::Text(text)) => match text.parse::<i64>() {
            Ok(number) => {
                notes.warn(
                    &written.at,
                    format_args!("the string {} is read as the number {number}", quoted(text)),
                );
                number
            }
            Err(_) => {
                notes.invalid(&written.at, quoted(text), "must be a number from 1 to 65535");
                return DEFAULT_PORT;
            }
        },
    };
    if number == 0 {
        notes.warn(&written.at, format_args!("0 is read as {DEFAULT_PORT}"));
        return DEFAULT_PORT;
    }
    number
}

fn wasm_variant<'a>(parent: &'a Json<'a>, runtime: Option<&str>) -> Option<&'a str> {
    let annotations = parent.get("metadata").and_then(|meta| meta.get("annotations"));
    let annotated = annotations.and_then(|all| all.get(WASM_VARIANT)?.as_text());
    let edge = runtime.is_some_and(|runtime| runtime.eq_ignore_ascii_case(WASM_EDGE));
    annotated.or(edge.then_some(DEFAULT_WASM_VARIANT))
}
