//! The code cache of the commands: compiled plugins in the user's cache directory.

use std::env;
use std::path::{Path, PathBuf};

use metawasm_formats::text::Escaped;

use crate::sandbox::Cache;

/// Opens the code cache in a directory that the user chose, or in the default one. If it cannot be used, the command works
/// without it: only a directory that the user chose is worth a warning.
pub(super) fn open(chosen: Option<&Path>) -> Option<Cache> {
    let path = match chosen {
        Some(path) => path.to_owned(),
        None => directory()?,
    };
    match Cache::open(&path) {
        Ok(cache) => Some(cache),
        Err(refused) => {
            let text = format!("code cache {}: {refused}", path.display());
            let text = Escaped(&text);
            match chosen {
                Some(_) => tracing::warn!("{text}; the plugin is compiled each time"),
                None => tracing::info!("{text}; the plugin is compiled each time"),
            }
            None
        }
    }
}

/// `$XDG_CACHE_HOME/metawasm` or `~/.cache/metawasm`. A relative path is invalid in either variable.
fn directory() -> Option<PathBuf> {
    let absolute = |name| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let parent = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
    Some(parent.join("metawasm"))
}
