//! Reading YAML, and JSON with it, so that a mistake is found again.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_saphyr::UserMessageFormatter;

/// Decodes one document.
///
/// # Errors
///
/// One sentence with the file, the line and the column.
pub(crate) fn decode<T: DeserializeOwned>(text: &str, path: &Path) -> Result<T, String> {
    serde_saphyr::from_str(text).map_err(|error| sentence(path, &error))
}

/// Decodes all documents of a file that are not empty.
///
/// # Errors
///
/// As [`decode`].
pub(crate) fn documents(text: &str, path: &Path) -> Result<Vec<Value>, String> {
    let all: Vec<Value> = serde_saphyr::from_multiple(text).map_err(|error| sentence(path, &error))?;
    Ok(all.into_iter().filter(|document| !document.is_null()).collect())
}

/// Writes one document.
pub(crate) fn encode(value: &Value) -> Result<String, String> {
    serde_saphyr::to_string(value).map_err(|error| format!("cannot write YAML: {error}"))
}

fn sentence(path: &Path, error: &serde_saphyr::Error) -> String {
    let text = error
        .without_snippet()
        .render_with_formatter(&UserMessageFormatter);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{}: {text}", path.display())
}
