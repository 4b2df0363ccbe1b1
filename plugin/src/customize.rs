//! The customize hook: which other objects a Function depends on.

use serde::Serialize;

use crate::Failure;
use crate::api::request::Request;
use crate::settings::Settings;

/// The hook's response.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    related_resources: Vec<Rule>,
}

/// Objects that are wanted by name.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    api_version: String,
    resource: String,
    namespace: String,
    names: Vec<String>,
}

/// Answers Metacontroller's customize hook for a Function.
///
/// # Errors
/// [`Failure::Internal`] if request or settings cannot be read.
pub fn customize(request: &str, settings: &str) -> Result<String, Failure> {
    Settings::parse(settings)?;
    Request::parse_without_children(request)?;
    let answer = Answer {
        related_resources: Vec::new(),
    };
    serde_json::to_string(&answer)
        .map_err(|error| Failure::Internal(format!("the answer cannot be written: {error}")))
}
