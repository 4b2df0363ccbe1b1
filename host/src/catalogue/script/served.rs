//! Hooks that are servers of their own, which are compiled: all that is said of them is said beside them.

use std::path::Path;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::error::ScriptError;
use super::said::{Files, Missing, Said};

/// A hook of a server.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ServedHook {
    /// `sync`, `finalize` or `customize`.
    pub(crate) name: &'static str,
    /// The path that the server is asked for.
    pub(crate) path: String,
}

impl ServedHook {
    /// A hook with the usual path.
    pub(crate) fn new(name: &'static str) -> Self {
        let path = format!("/{name}");
        Self { name, path }
    }
}

/// What is said beside a server.
pub(crate) struct SaidBeside {
    /// The description of the plugin, whole.
    pub(crate) description: Map<String, Value>,
    pub(crate) hooks: Vec<ServedHook>,
}

/// Reasons why a description cannot be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BesideError {
    /// A file cannot be read.
    #[error(transparent)]
    Script(#[from] ScriptError),
    /// Nothing says what the parent is.
    #[error(
        "the parent of {name} is unknown; name the manifest of its controller with --controller FILE, or write \
         plugin.yaml in its directory, such as `{}`",
        .missing.example()
    )]
    Missing {
        /// The plugin.
        name: String,
        missing: Missing,
    },
}

/// Reads what is said in a directory, and in the manifest of a controller. `text` is the source.
///
/// # Errors
///
/// A [`BesideError`] if a file is wrong, or nothing says what the parent is.
pub(crate) fn said_beside(
    directory: &Path,
    controller: Option<&Path>,
    name: &str,
    text: &str,
) -> Result<SaidBeside, BesideError> {
    let said = Said::read(&Files::in_folder(directory, controller), name)?;
    let mut description = Map::new();
    description.insert("name".to_owned(), name.into());
    let hash: String = Sha256::digest(text)
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    description.insert("version".to_owned(), format!("0.0.0+{hash}").into());
    description.extend(said.description.clone());
    if !description.contains_key("parent") {
        return Err(BesideError::Missing {
            name: name.to_owned(),
            missing: Missing::of(name),
        });
    }
    let mut paths = said.paths().iter().cloned();
    let hooks = said.hooks().into_iter().map(|name| {
        let usual = ServedHook::new(name);
        let path = paths.next().flatten().unwrap_or(usual.path);
        ServedHook { name, path }
    });
    let hooks = hooks.collect();
    Ok(SaidBeside { description, hooks })
}
