//! Parts of a status that several kinds of it have.

use super::finding::{Finding, Truth, shown};
use super::time::Times;
use super::workload::Workload;
use crate::formats::json::{Json, Object};
use crate::formats::notes::Notes;

/// `status.serving`, in OpenFunction's words; `resources` names the objects that serve.
pub(super) fn serving<'a>(
    state: &'static str,
    reason: &'a str,
    message: String,
    mut resources: Object<'a>,
) -> Json<'a> {
    resources.insert("message", shown(message));
    resources.insert("reason", reason.into());
    resources.insert("state", state.into());
    Json::Object(resources)
}

/// What serves, and what served last with success: it is named until another one does.
pub(super) fn resources<'a>(workload: &Workload<'a>, parent: &Json<'a>) -> Object<'a> {
    const LAST: &str = "lastSuccessfulResourceRef";
    let mut resources = Object::of([("resourceRef", workload.name.into())]);
    let before = parent
        .get("status")
        .and_then(|status| status.get("serving")?.get(LAST));
    if workload.finding.truth == Truth::True {
        resources.insert(LAST, workload.name.into());
    } else if let Some(before @ Json::Text(_)) = before {
        resources.insert(LAST, before.clone());
    }
    resources
}

/// `status.build` of a Function whose image is there already: scripts and the printer columns of OpenFunction read
/// it.
pub(super) fn skipped<'a>() -> Json<'a> {
    Json::object([("state", "Skipped".into())])
}

/// `status.serving` before anything is served: OpenFunction's word for it is none.
pub(super) fn waiting<'a>(reason: &'a str, message: String) -> Json<'a> {
    Json::object([("message", shown(message)), ("reason", reason.into())])
}

pub(super) fn condition<'a>(r#type: &'static str, finding: Finding<'a>, times: &Times<'a>) -> Json<'a> {
    let mut condition = Object::of([
        ("lastTransitionTime", times.of(r#type, finding.truth).into()),
        ("message", shown(finding.message)),
        ("reason", finding.reason.into()),
        ("status", finding.truth.as_str().into()),
        ("type", r#type.into()),
    ]);
    if let Some(generation) = times.generation() {
        condition.insert("observedGeneration", generation.into());
    }
    Json::Object(condition)
}

pub(super) fn normalized(notes: &Notes) -> Finding<'static> {
    if notes.warnings.is_empty() {
        let message = "the Function is used as it is written".to_owned();
        return Finding::new(Truth::False, "AsWritten", message);
    }
    Finding::new(Truth::True, "Warnings", notes.warnings())
}

/// Keeps what an earlier sync has said, while nothing new can be said.
pub(crate) fn keep<'a>(parts: &[&'static str], parent: &Json<'a>, status: &mut Object<'a>) {
    for part in parts {
        let before = parent.get("status").and_then(|status| status.get(part));
        if let Some(before @ (Json::Object(_) | Json::List(_))) = before {
            status.insert(*part, before.clone());
        }
    }
}
