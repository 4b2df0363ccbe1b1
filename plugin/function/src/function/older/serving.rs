//! `spec.serving` of v1beta1.

use std::borrow::Cow;

use super::edit::{below, moved};
use crate::formats::json::{Json, Object};
use crate::formats::notes::{Notes, Path};
use crate::formats::written::shown;

const AT: &str = "spec.serving";

/// Rewrites what only v1beta1 has. `runtime` stays: it is read together with the triggers.
pub(super) fn rewrite(serving: &mut Object<'_>, notes: &mut Notes) {
    triggers(serving, notes);
    if serving.contains("inputs") {
        inputs(serving, notes);
    }
    if let Some(states) = serving.get_mut("states").and_then(Json::as_object_mut) {
        for (key, state) in states.iter_mut() {
            if state.get("type").is_some() && state.get("spec").is_none() {
                wrap(state, key, notes);
            }
        }
    }
    let keda = serving
        .get("scaleOptions")
        .and_then(|options| options.get("keda"));
    let object = keda.and_then(|keda| keda.get("scaledObject"));
    if object.is_some_and(|object| object.get("workloadType").is_some()) || serving.contains("runtime") {
        workload(serving, notes);
    }
}

/// `runtime`, in lower case as v1beta1 has it.
pub(super) fn runtime(serving: &Object<'_>) -> Option<&'static str> {
    let found = serving.get("runtime")?.as_text()?;
    let mut known = ["async", "knative"].into_iter();
    known.find(|runtime| found.eq_ignore_ascii_case(runtime))
}

/// A list of triggers is KEDA's.
pub(super) fn triggers(serving: &mut Object<'_>, notes: &mut Notes) {
    if matches!(serving.get("triggers"), Some(Json::List(_))) {
        list_of_triggers(serving, notes);
    }
}

#[cold]
#[inline(never)]
fn list_of_triggers(serving: &mut Object<'_>, notes: &mut Notes) {
    let at = Path::root(AT);
    let at = at.field("triggers");
    let Some(triggers) = serving.remove("triggers") else {
        return;
    };
    if triggers.as_list().is_none_or(<[_]>::is_empty) {
        return;
    }
    let keda = below(serving, "scaleOptions").and_then(|options| below(options, "keda"));
    let Some(keda) = keda else {
        return;
    };
    if keda.contains("triggers") {
        notes.warn(
            &at,
            "is not used: a list is v1beta1's spelling of spec.serving.scaleOptions.keda.triggers, which is set",
        );
        return;
    }
    keda.insert("triggers", triggers);
    moved(&at, "spec.serving.scaleOptions.keda.triggers", notes);
}

/// `inputs` → `triggers.dapr` of an async function, `triggers.inputs` of one that is called by http.
#[cold]
#[inline(never)]
fn inputs(serving: &mut Object<'_>, notes: &mut Notes) {
    let at = Path::root(AT);
    let at = at.field("inputs");
    let runtime = runtime(serving);
    let Some(mut inputs) = serving
        .remove("inputs")
        .filter(|inputs| !matches!(inputs, Json::Null))
    else {
        return;
    };
    for input in inputs.as_list_mut().into_iter().flatten() {
        if let Some(input) = input.as_object_mut() {
            rename(input);
        }
    }
    let Some(triggers) = below(serving, "triggers") else {
        return;
    };
    let has_http = triggers
        .get("http")
        .is_some_and(|http| !matches!(http, Json::Null));
    let name = if has_http || runtime == Some("knative") {
        "inputs"
    } else {
        "dapr"
    };
    if triggers.get(name).is_some_and(|set| !matches!(set, Json::Null)) {
        notes.warn(
            &at,
            format_args!("is not used: spec.serving.triggers.{name} is set"),
        );
        return;
    }
    triggers.insert(name, inputs);
    moved(&at, &format!("spec.serving.triggers.{name}"), notes);
}

/// `component` is the component, and `name` the input's own.
fn rename(input: &mut Object<'_>) {
    if let Some(component) = input.remove("component") {
        if let Some(name) = input.remove("name") {
            input.insert("inputName", name);
        }
        input.insert("name", component);
    }
}

/// `{type, version, …}` → `{spec: {type, version, …}}`.
#[cold]
#[inline(never)]
fn wrap(state: &mut Json<'_>, key: &str, notes: &mut Notes) {
    let at = Path::root("spec.serving.states");
    let to = at.key(key);
    moved(&to, &to.field("spec").to_string(), notes);
    let spec = core::mem::replace(state, Json::Null);
    *state = Json::object([("spec", spec)]);
}

/// `keda.scaledObject.workloadType`, and the Job of a `keda.scaledJob`, → `workloadType`.
#[cold]
#[inline(never)]
fn workload(serving: &mut Object<'_>, notes: &mut Notes) {
    let is_async = runtime(serving) == Some("async");
    let before = serving.get("workloadType").and_then(Json::as_text);
    let before = before.unwrap_or_default().to_owned();
    let keda = serving
        .get_mut("scaleOptions")
        .and_then(|options| options.get_mut("keda"));
    let Some(keda) = keda.and_then(Json::as_object_mut) else {
        return;
    };
    let has_job = keda.get("scaledJob").is_some_and(|job| job.as_object().is_some());
    let at = Path::root("spec.serving.scaleOptions.keda");
    let object = keda.get_mut("scaledObject").and_then(Json::as_object_mut);
    let written = object.and_then(|object| object.remove("workloadType"));
    if let Some(written) = written.filter(|written| written.as_text() != Some("")) {
        let at = at.field("scaledObject.workloadType");
        if before.is_empty() {
            moved(&at, "spec.serving.workloadType", notes);
            serving.insert("workloadType", written);
        } else if written.as_text() != Some(&before) {
            let what = format_args!(
                "{} is not used: spec.serving.workloadType is {before}",
                shown(&written)
            );
            notes.warn(&at, what);
        }
    } else if has_job && is_async && before.is_empty() {
        moved(&at.field("scaledJob"), "spec.serving.workloadType: Job", notes);
        serving.insert("workloadType", Json::Text(Cow::Borrowed("Job")));
    }
}
