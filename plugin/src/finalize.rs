//! The finalize hook: in which order the children of a Function that is being deleted go.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::Failure;
use crate::request::Request;
use crate::settings::Settings;

/// The hook's response.
#[derive(Serialize)]
struct Answer {
    children: Vec<Box<RawValue>>,
    finalized: bool,
}

/// Answers Metacontroller's finalize hook for a Function.
///
/// # Errors
/// [`Failure::Internal`] if request or settings cannot be read.
pub fn finalize(request: &str, settings: &str) -> Result<String, Failure> {
    Settings::parse(settings)?;
    let request = Request::parse(request)?;
    let answer = Answer {
        children: Vec::new(),
        finalized: request.children().all().is_empty(),
    };
    serde_json::to_string(&answer)
        .map_err(|error| Failure::Internal(format!("the answer cannot be written: {error}")))
}
