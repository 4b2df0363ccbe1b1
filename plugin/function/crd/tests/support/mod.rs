//! What the tests share: the repository's Functions, what the plugin says of one, and what an API server would.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests fails as a test does"
)]

pub(crate) mod admission;
mod cel;
#[path = "../../../tests/support/mod.rs"]
mod plugin;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// The repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// The schema of a Function.
pub(crate) fn schema() -> Value {
    let crd = metawasm_function_crd::crd();
    crd.pointer("/spec/versions/0/schema/openAPIV3Schema")
        .unwrap()
        .clone()
}

pub(crate) fn yaml(path: &Path) -> Option<Value> {
    let text = fs::read_to_string(path).ok()?;
    Some(serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// A Function of the repository, and the request of which it is the parent.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) function: Value,
    pub(crate) request: Value,
    pub(crate) settings: Value,
}

/// The plugin's golden cases; the examples are among them.
pub(crate) fn cases() -> Vec<Case> {
    let cases = plugin::cases().into_iter().map(|name| {
        let (request, settings) = plugin::case(&name);
        Case {
            function: request["parent"].clone(),
            name,
            request,
            settings,
        }
    });
    cases.collect()
}

/// The plugin's answer to a request, if it has one.
pub(crate) fn answer(request: &Value, settings: &Value) -> Option<Value> {
    let answer = metawasm_function::sync(&request.to_string(), &settings.to_string()).ok()?;
    Some(serde_json::from_str(&answer).unwrap())
}

/// What the plugin says is wrong with a Function; nothing where it accepts it.
pub(crate) fn refusal(function: &Value) -> Option<String> {
    let function = plugin::parent(function.clone());
    let answer = answer(&plugin::request(&function, &plugin::KINDS, &[]), &json!({})).unwrap();
    let conditions = answer["status"]["conditions"].as_array().unwrap();
    let ready = conditions.iter().find(|one| one["type"] == "Ready").unwrap();
    (ready["reason"] == "Invalid").then(|| ready["message"].as_str().unwrap().to_owned())
}
