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
    if let Some(path) = std::env::var_os(variable).filter(|path| !path.is_empty()) {
        return Some(path.into());
    }
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let mut found = std::env::split_paths(&folders).map(|folder| folder.join(program));
    let found = found.find(|path| path.is_file());
    if found.is_none() {
        let why = format!("{program} is neither on PATH nor named by {variable}");
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{why}");
        skip(why);
    }
    found
}
