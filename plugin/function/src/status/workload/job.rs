//! A function that comes to an end: a Job, or the Jobs that KEDA starts.

use crate::function::request::Object;
use crate::status::finding::{Finding, Truth};

/// A Job of ours. One that has succeeded is well: it is done.
pub(super) fn job<'a>(name: &str, object: &Object<'a>) -> (Finding<'a>, &'static str) {
    if let Some(failure) = object.with_status("Failed", "True") {
        return (Finding::told(failure, "JobFailed", name), "Failed");
    }
    if object.with_status("Complete", "True").is_some() {
        let message = format!("{name} has succeeded; a change of the Function runs it again");
        return (Finding::new(Truth::True, "Succeeded", message), "Succeeded");
    }
    let failed = match object.status_number("failed").unwrap_or(0) {
        0 => String::new(),
        1 => "; 1 pod has failed so far".to_owned(),
        failed => format!("; {failed} pods have failed so far"),
    };
    // An older Kubernetes does not count the ready pods.
    let active = object.status_number("active").unwrap_or(0);
    let ready = object.status_number("ready").unwrap_or(active);
    if active.min(ready) <= 0 {
        let message = format!("no pod of {name} runs yet{failed}");
        return (Finding::new(Truth::False, "Starting", message), "Starting");
    }
    let message = format!("{name} is running{failed}");
    (Finding::new(Truth::True, "Running", message), "Running")
}

/// What KEDA starts Jobs from. The Jobs are KEDA's and not observed.
pub(super) fn scaled_job<'a>(name: &str, object: &Object<'a>) -> (Finding<'a>, &'static str) {
    if let Some(failure) = object.with_status("Ready", "False") {
        return (Finding::told(failure, "NotReady", name), "Failed");
    }
    if object.with_status("Ready", "True").is_none() {
        let message = format!("KEDA has not acted on {name} yet. If this persists, check that KEDA runs");
        return (Finding::new(Truth::False, "Starting", message), "Starting");
    }
    let message = format!("{name} starts Jobs when there are events");
    (Finding::new(Truth::True, "WaitsForEvents", message), "Running")
}
