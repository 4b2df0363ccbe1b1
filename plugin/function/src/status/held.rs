//! The status of a Function that is not served: it is invalid, or this cluster cannot serve it, or it is being deleted.

use super::finding::{Finding, Truth};
use super::parts::{self, condition, keep, serving, skipped};
use super::time::Times;
use super::{build, scaler, workload};
use crate::formats::json::{Json, Object};
use crate::function::request::Children;
use crate::plan::names::Names;

/// Why a Function is not served.
#[derive(Debug)]
pub(crate) struct Held {
    /// OpenFunction's word for it.
    pub(crate) state: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) message: String,
    /// What is read otherwise than it is written: a field that is missing may be a misspelt one.
    pub(crate) warnings: String,
}

/// The status of a Function that is not served, and why. What it has of children stays as it is,
/// and is still told of; `parent` is the Function as it was observed.
pub(crate) fn status<'a>(
    held: Held,
    function: &str,
    parent: &Json<'a>,
    observed: &Children<'a>,
    times: &Times<'a>,
) -> Object<'a> {
    let names = Names::new(function);
    let finding = Finding::new(Truth::False, held.reason, held.message.clone());
    let mut conditions = vec![condition("Ready", finding, times)];
    let mut status = Object::new();
    let mut resources = Object::new();
    if let Some(workload) = workload::any(&names, observed) {
        workload.fill(&mut status);
        resources = parts::resources(&workload, parent);
        conditions.push(condition("Workload", workload.finding, times));
    }
    if let Some(finding) = scaler::any(&names, observed) {
        conditions.push(condition("Scaler", finding, times));
    }
    if !held.warnings.is_empty() {
        let finding = Finding::new(Truth::True, "Warnings", held.warnings);
        conditions.push(condition("Normalized", finding, times));
    }
    keep(&build::KEPT, parent, &mut status);
    let build = parent.get("spec").and_then(|spec| spec.get("build"));
    if matches!(build, None | Some(Json::Null)) {
        status.insert_default("build", skipped());
    }
    status.insert("conditions", Json::List(conditions));
    let serving = serving(held.state, held.reason, held.message, resources);
    status.insert("serving", serving);
    status
}
