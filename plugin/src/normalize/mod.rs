//! The Function as users write it → the canonical [`Function`], with a warning for everything
//! that is read otherwise than it is written, or not at all.
//!
//! Defaults are those of OpenFunction's webhook, which may not be there.

mod dapr;
mod route;
mod scale;
mod template;
mod tracing;

use crate::api::field::{Dict, Field, List, NumberOrText, quoted};
use crate::api::function as written;
use crate::api::request::{Parent, ParentAnnotations};
use crate::function::{Function, Http, Serving, Strings};
use crate::notes::{Notes, Path};

const DEFAULT_VERSION: &str = "latest";
const DEFAULT_PORT: i64 = 8080;
/// What OpenFunction's webhook writes for `workloadRuntime: WasmEdge`.
const DEFAULT_WASM_VARIANT: &str = "compat-smart";

/// Makes the canonical Function.
pub(crate) fn normalize(parent: Parent, notes: &mut Notes) -> Function {
    let meta = notes
        .take(parent.metadata, &Path::root("metadata"))
        .unwrap_or_default();
    let at = Path::root("spec");
    let spec = notes.take(parent.spec, &at).unwrap_or_default();
    let mut function = Function {
        name: notes
            .take(meta.name, &Path::root("metadata.name"))
            .unwrap_or_default(),
        namespace: notes
            .take(meta.namespace, &Path::root("metadata.namespace"))
            .unwrap_or_default(),
        ..Function::default()
    };
    let version = notes.take(spec.version, &at.field("version"));
    function.version = non_empty(version).unwrap_or_else(|| DEFAULT_VERSION.to_owned());
    function.image = notes.take(spec.image, &at.field("image")).unwrap_or_default();
    let credentials = at.field("imageCredentials");
    if let Some(secret) = notes.take(spec.image_credentials, &credentials) {
        let name = credentials.field("name");
        let secret = non_empty(notes.take(secret.name, &name));
        if secret.is_none() {
            notes.required(&name, "the Secret with which the image is pulled");
        }
        function.pull_secret = secret;
    }
    let runtime = notes.take(spec.workload_runtime, &at.field("workloadRuntime"));
    function.wasm_variant = wasm_variant(&meta.annotations, runtime.as_deref());
    function.is_built = spec.build.is_present();
    if function.is_built {
        notes.warn(
            &at.field("build"),
            "images are not built by this version; spec.image is used as it is",
        );
    }
    unread_annotations(&meta.annotations, notes);
    function.serving = notes
        .take(spec.serving, &at.field("serving"))
        .map(|serving| normalize_serving(serving, notes));
    function
}

fn normalize_serving(written: written::Serving, notes: &mut Notes) -> Serving {
    let at = &Path::root("spec.serving");
    let mut serving = Serving {
        params: strings(written.params, &at.field("params"), notes),
        labels: strings(written.labels, &at.field("labels"), notes),
        annotations: strings(written.annotations, &at.field("annotations"), notes),
        scale: scale::normalize(written.scale_options, &at.field("scaleOptions"), notes),
        template: template::normalize(written.template, &at.field("template"), notes),
        tracing: tracing::normalize(written.tracing, &at.field("tracing"), notes),
        workload_type: non_empty(notes.take(written.workload_type, &at.field("workloadType"))),
        ..Serving::default()
    };
    dapr::components(
        &mut serving,
        written.bindings,
        written.pubsub,
        written.states,
        notes,
    );
    triggers(&mut serving, written.triggers, notes);
    serving.outputs = dapr::outputs(&serving, written.outputs, notes);
    hooks(&mut serving, written.hooks, &at.field("hooks"), notes);
    if written.timeout.is_present() {
        notes.warn(
            &at.field("timeout"),
            "is not used: the Workload condition says when a function does not start",
        );
    }
    serving
}

fn triggers(serving: &mut Serving, field: Field<written::Triggers>, notes: &mut Notes) {
    let at = Path::root("spec.serving.triggers");
    let written = notes.take(field, &at).unwrap_or_default();
    let http_at = at.field("http");
    let mut nested = Field::Absent;
    let dapr = notes.take(written.dapr, &at.field("dapr")).unwrap_or_default();
    let http = match written.http {
        // Without any trigger a function is called by http.
        Field::Absent if dapr.is_empty() => Some(written::Http::default()),
        field => notes.take(field, &http_at),
    };
    if let Some(http) = http {
        nested = http.inputs;
        let mut read = Http {
            port: port(http.port, &http_at.field("port"), notes),
            engine: notes.take(http.engine, &http_at.field("engine")),
            ..Http::default()
        };
        route::normalize(&mut read, http.route, &http_at.field("route"), notes);
        serving.http = Some(read);
    }
    dapr::triggers(serving, dapr, notes);
    serving.inputs = dapr::inputs(serving, written.inputs, &at.field("inputs"), notes);
    if nested.is_present() {
        let inputs = http_at.field("inputs");
        notes.warn(&inputs, "is read as spec.serving.triggers.inputs");
        let inputs = dapr::inputs(serving, nested, &inputs, notes);
        serving.inputs.extend(inputs);
    }
}

/// The port as a number. 0 stands for "the default", as for OpenFunction's webhook.
fn port(field: Field<NumberOrText>, at: &Path<'_>, notes: &mut Notes) -> i64 {
    let number = match notes.take(field, at) {
        None => return DEFAULT_PORT,
        Some(NumberOrText::Number(number)) => number,
        Some(NumberOrText::Text(text)) => match text.parse::<i64>() {
            Ok(number) => {
                notes.warn(
                    at,
                    format_args!("the string {} is read as the number {number}", quoted(&text)),
                );
                number
            }
            Err(_) => {
                let shown = quoted(&text);
                notes.invalid(at, shown, "must be a number from 1 to 65535");
                return DEFAULT_PORT;
            }
        },
    };
    if number == 0 { DEFAULT_PORT } else { number }
}

fn hooks(serving: &mut Serving, field: Field<written::Hooks>, at: &Path<'_>, notes: &mut Notes) {
    let hooks = notes.take(field, at).unwrap_or_default();
    serving.pre_hooks = texts(hooks.pre, &at.field("pre"), notes).unwrap_or_default();
    serving.post_hooks = texts(hooks.post, &at.field("post"), notes).unwrap_or_default();
    // There are no global hooks yet, so that both policies mean the same.
    if let Some(policy) = non_empty(notes.take(hooks.policy, &at.field("policy")))
        && !["Append", "Override"].contains(&policy.as_str())
    {
        let shown = quoted(&policy);
        notes.unsupported(&at.field("policy"), shown, &["Append", "Override"]);
    }
}

fn wasm_variant(annotations: &Field<ParentAnnotations>, runtime: Option<&str>) -> Option<String> {
    let annotated = annotations.get().and_then(|all| all.wasm_variant.get());
    let edge = runtime.is_some_and(|runtime| runtime.eq_ignore_ascii_case("wasmedge"));
    annotated
        .cloned()
        .or_else(|| edge.then(|| DEFAULT_WASM_VARIANT.to_owned()))
}

fn unread_annotations(annotations: &Field<ParentAnnotations>, notes: &mut Notes) {
    let Some(annotations) = annotations.get() else {
        return;
    };
    let at = Path::root("metadata.annotations");
    if annotations.plugins.is_present() {
        notes.warn(
            &at.key("plugins"),
            "is not read by this version; use spec.serving.hooks",
        );
    }
    if annotations.plugins_tracing.is_present() {
        notes.warn(
            &at.key("plugins.tracing"),
            "is not read by this version; use spec.serving.tracing",
        );
    }
}

/// A string map; what is no string in it is a problem.
fn strings(field: Field<Dict<String>>, at: &Path<'_>, notes: &mut Notes) -> Strings {
    let mut all = Strings::new();
    for (key, value) in notes.take(field, at).unwrap_or_default() {
        if value == Field::Absent {
            notes.invalid(&at.key(&key), "null", "must be a string");
        } else if let Some(value) = notes.take(value, &at.key(&key)) {
            all.insert(key, value);
        }
    }
    all
}

/// A list of strings; what is no string in it is a problem.
fn texts(field: Field<List<String>>, at: &Path<'_>, notes: &mut Notes) -> Option<Vec<String>> {
    let list = notes.take(field, at)?;
    let mut all = Vec::with_capacity(list.len());
    for (index, element) in list.into_iter().enumerate() {
        if element == Field::Absent {
            notes.invalid(&at.index(index), "null", "must be a string");
        }
        all.extend(notes.take(element, &at.index(index)));
    }
    Some(all)
}

/// A string that must be there.
fn text(field: Field<String>, at: &Path<'_>, what: &str, notes: &mut Notes) -> String {
    let found = non_empty(notes.take(field, at));
    if found.is_none() {
        notes.required(at, what);
    }
    found.unwrap_or_default()
}

/// OpenFunction reads an empty string as an absent one.
fn non_empty(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}
