//! Whether a function without a trigger for it is called by http, and `runtime`, with which v1beta1 says
//! so.

use crate::formats::notes::Notes;
use crate::formats::written::{Written, quoted};

/// v1beta1's `runtime`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Runtime {
    /// Called by http, on Knative.
    Knative,
    /// Called by events.
    Async,
}

/// Reads `runtime`; none where `triggers.http` counts instead.
pub(super) fn read(
    written: &Written<'_, '_>,
    has_http: bool,
    engine: Option<&str>,
    notes: &mut Notes,
) -> Option<Runtime> {
    let found = written.non_empty(notes)?;
    let runtime = [("knative", Runtime::Knative), ("async", Runtime::Async)]
        .into_iter()
        .find(|(word, _)| found.eq_ignore_ascii_case(word))
        .map(|(_, runtime)| runtime);
    let engine = engine.filter(|engine| !engine.is_empty());
    match (runtime, engine) {
        (None, _) => {
            notes.unsupported(&written.at, quoted(found), &["async", "knative"]);
            return None;
        }
        (Some(Runtime::Async), _) if has_http => {
            notes.warn(&written.at, "is not used: spec.serving.triggers.http is set");
            return None;
        }
        (Some(Runtime::Async), _) => notes.warn(
            &written.at,
            "is v1beta1's spelling of a function without spec.serving.triggers.http",
        ),
        (Some(Runtime::Knative), Some(engine)) => {
            let engine = quoted(engine);
            notes.warn(
                &written.at,
                format_args!("is not used: spec.serving.triggers.http.engine is {engine}"),
            );
            return None;
        }
        (Some(Runtime::Knative), None) => notes.warn(
            &written.at,
            "is v1beta1's spelling, read as spec.serving.triggers.http.engine: knative",
        ),
    }
    runtime
}

/// Whether a function that has no trigger is asynchronous: something is written that only such a function has.
pub(super) fn is_async(serving: &Written<'_, '_>, notes: &mut Notes) -> bool {
    // What has a wrong shape is told of when it is read.
    let ignored = &mut Notes::default();
    let options = serving.field("scaleOptions");
    let keda = options.field("keda");
    if keda.field("httpScaledObject").is_present() {
        return false;
    }
    let reason = if keda.field("triggers").elements(ignored).len() > 0 {
        "scaleOptions.keda.triggers"
    } else if keda.field("scaledObject").is_present() {
        "scaleOptions.keda.scaledObject"
    } else if keda.field("scaledJob").is_present() {
        "scaleOptions.keda.scaledJob"
    } else if serving.field("workloadType").non_empty(ignored).is_some() {
        "workloadType"
    } else {
        return false;
    };
    let triggers = serving.field("triggers");
    notes.warn(
        &triggers.at,
        format_args!(
            "neither http nor dapr is set: the function is asynchronous because spec.serving.{reason} is set; \
             for a function that is called by HTTP, set http: {{}}"
        ),
    );
    true
}
