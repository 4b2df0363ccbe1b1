//! Reads the files beside a script, which say what it is for.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::error::{ScriptError, read_error};
use crate::{input, yaml};

pub(super) fn text(path: &Path) -> Result<String, ScriptError> {
    let failed = |error| read_error(path, error);
    if !fs::metadata(path).map_err(failed)?.is_file() {
        return Err(failed(std::io::Error::new(
            std::io::ErrorKind::InvalidInput,
            "not a regular file",
        )));
    }
    let read = input::file(path).and_then(|bytes| input::text(bytes, path));
    read.map_err(|error| match error {
        input::InputError::Read { source, .. } => failed(source),
        input::InputError::TooLarge { path } => ScriptError::TooLarge { path },
        input::InputError::NotUtf8 { path, offset } => ScriptError::NotUtf8 { path, offset },
    })
}

/// Reads the documents of a manifest.
pub(super) fn documents(path: &Path) -> Result<Vec<Value>, ScriptError> {
    Ok(yaml::documents(&text(path)?, path)?)
}
