//! The status of a Function of which nothing runs.

use super::build;
use super::finding::{Finding, Truth};
use super::parts::{condition, normalized, serving, skipped, waiting};
use super::time::Times;
use crate::formats::json::{Json, Object};
use crate::formats::notes::Notes;
use crate::plan::building::Building;

/// The status of a Function of which nothing runs: it is only built, or `waits` for its first
/// image.
pub(crate) fn status<'a>(
    building: Option<&'a Building<'a>>,
    waits: bool,
    notes: &Notes,
    times: &Times<'a>,
) -> Object<'a> {
    const NOT_SERVED: &str = "spec.serving is not set, so nothing is served";
    let mut status = Object::of([("build", skipped())]);
    let found = building.map(|building| {
        let finding = build::find(building);
        build::fill(building, &finding, &mut status);
        finding
    });
    let mut ready = found.clone().unwrap_or_else(|| {
        let message = NOT_SERVED.to_owned();
        Finding::new(Truth::False, "NotServed", message)
    });
    if waits {
        let message = format!("nothing runs before the image is built: {}", ready.message);
        status.insert("serving", waiting(ready.reason, message));
    } else {
        let message = NOT_SERVED.to_owned();
        let serving = serving("Skipped", "NotServed", message, Object::new());
        status.insert("serving", serving);
    }
    if waits || ready.truth == Truth::Unknown {
        ready.truth = Truth::False;
    }
    let mut conditions = vec![condition("Ready", ready, times)];
    conditions.extend(found.map(|found| condition("Build", found, times)));
    conditions.push(condition("Normalized", normalized(notes), times));
    status.insert("conditions", Json::List(conditions));
    status
}
