//! Functions in the spelling of core.openfunction.io/v1beta1 → v1beta2's.
//!
//! v1beta1 has no other meaning for a field that v1beta2 has: what moved is told by where it is
//! written. So a Function is rewritten before it is read, whatever it calls its version, and each field
//! that is moved is a warning. One that has none costs a few look-ups.
//!
//! Source: OpenFunction's `apis/core/v1beta1/function_types.go`, `serving_types.go` and
//! `function_conversion.go`. Differences from its conversion, which loses them: the port and the route
//! of a Function without `runtime`, `inputs` of the Knative runtime, and states, outputs and triggers
//! without `scaleOptions`.

mod edit;
mod serving;

use crate::formats::json::{Json, Object};
use crate::formats::notes::{Notes, Path};
use crate::formats::sorted::Sorted;
use crate::formats::written::shown;
use edit::{below, moved};

const CURRENT: &str = "core.openfunction.io/v1beta2";
const OLDER: &str = "core.openfunction.io/v1beta1";

/// The fields that only v1beta1 has, as far as the CRD has a place for them. It has none for a list as
/// `spec.serving.triggers`, since a schema allows one type; what is below KEDA's sections is open.
#[cfg(test)]
pub(crate) const FIELDS: [&str; 9] = [
    "spec.build.params",
    "spec.port",
    "spec.route",
    "spec.serving.inputs",
    "spec.serving.states[].ignoreErrors",
    "spec.serving.states[].initTimeout",
    "spec.serving.states[].metadata",
    "spec.serving.states[].type",
    "spec.serving.states[].version",
];

/// Rewrites a Function that has fields of v1beta1. One of another version is invalid.
pub(crate) fn rewrite(parent: &mut Json<'_>, notes: &mut Notes) {
    match parent.get("apiVersion") {
        None | Some(Json::Null) => {}
        Some(Json::Text(version)) if version == CURRENT => {}
        Some(found) => version(found, notes),
    }
    let Some(spec) = parent.get_mut("spec").and_then(Json::as_object_mut) else {
        return;
    };
    if let Some(build) = spec.get_mut("build").and_then(Json::as_object_mut)
        && build.contains("params")
    {
        params(build, notes);
    }
    if ["port", "route"].iter().any(|name| spec.contains(name)) {
        http(spec, notes);
    }
    if let Some(serving) = spec.get_mut("serving").and_then(Json::as_object_mut) {
        serving::rewrite(serving, notes);
    }
}

#[cold]
#[inline(never)]
fn version(found: &Json<'_>, notes: &mut Notes) {
    let at = Path::root("apiVersion");
    if found.as_text() == Some(OLDER) {
        notes.warn(&at, format_args!("{OLDER} is read as {CURRENT}"));
        return;
    }
    notes.unsupported(&at, shown(found), &[CURRENT, OLDER]);
}

/// `build.params` → `build.shipwright.params`.
#[cold]
#[inline(never)]
fn params(build: &mut Object<'_>, notes: &mut Notes) {
    let at = Path::root("spec.build.params");
    let read = match build.remove("params") {
        Some(Json::Object(params)) => params
            .into_members()
            .into_iter()
            .map(|(name, value)| {
                Json::Object(Sorted::from(vec![
                    ("name".into(), Json::Text(name)),
                    ("value".into(), value),
                ]))
            })
            .collect(),
        Some(Json::List(params)) => params,
        Some(Json::Null) | None => return,
        Some(other) => return crate::formats::written::wrong_shape(&at, &other, "an object", notes),
    };
    moved(&at, "spec.build.shipwright.params", notes);
    let Some(shipwright) = below(build, "shipwright") else {
        return;
    };
    match shipwright.get_mut("params") {
        Some(Json::List(params)) => params.extend(read),
        Some(Json::Null) | None => shipwright.insert("params", Json::List(read)),
        Some(_) => {}
    }
}

/// `port` and `route` → `serving.triggers.http`.
#[cold]
#[inline(never)]
fn http(spec: &mut Object<'_>, notes: &mut Notes) {
    let root = Path::root("spec");
    for name in ["port", "route"] {
        let at = root.field(name);
        let Some(value) = spec.remove(name).filter(|value| !matches!(value, Json::Null)) else {
            continue;
        };
        let serving = spec.get_mut("serving").and_then(Json::as_object_mut);
        let Some(serving) = serving else {
            notes.warn(&at, "is not used: spec.serving is not set");
            continue;
        };
        let has_http = serving
            .get("triggers")
            .and_then(|triggers| triggers.get("http"))
            .is_some_and(|http| !matches!(http, Json::Null));
        if serving::runtime(serving) == Some("async") && !has_http {
            notes.warn(&at, "is not used: spec.serving.runtime is async");
            continue;
        }
        // A list is v1beta1's: it goes elsewhere, and first.
        serving::triggers(serving, notes);
        let http = below(serving, "triggers").and_then(|triggers| below(triggers, "http"));
        let Some(http) = http else {
            continue;
        };
        if http.get(name).is_some_and(|value| !matches!(value, Json::Null)) {
            notes.warn(
                &at,
                format_args!("is not used: spec.serving.triggers.http.{name} is set"),
            );
            continue;
        }
        http.insert(name, value);
        moved(&at, &format!("spec.serving.triggers.http.{name}"), notes);
    }
}
