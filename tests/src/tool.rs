//! Tools of others that a test runs.

use std::path::PathBuf;

use crate::skip;

/// A tool: what the variable names, else the program of that name on PATH. Where there is none, nothing, and a line
/// that says what is skipped.
///
/// # Panics
///
/// Where there is none in CI, which has all of them.
pub fn find(variable: &str, program: &str) -> Option<PathBuf> {
    match look(variable, program) {
        Ok(found) => Some(found),
        Err(why) => {
            assert!(!in_ci(), "{why}");
            skip(why);
            None
        }
    }
}

/// The same for who says by other means what is skipped.
///
/// # Errors
///
/// The sentence, where there is none.
pub fn look(variable: &str, program: &str) -> Result<PathBuf, String> {
    if let Some(path) = std::env::var_os(variable).filter(|path| !path.is_empty()) {
        return Ok(path.into());
    }
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let mut found = std::env::split_paths(&folders).map(|folder| folder.join(program));
    let found = found.find(|path| path.is_file());
    found.ok_or_else(|| format!("{program} is neither on PATH nor named by {variable}"))
}

/// Whether this is CI, where nothing is skipped for the lack of a tool.
pub fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|ci| ci == "true")
}
