//! What can be wrong with a source.

use std::path::PathBuf;

use metawasm_registry::{Reference, ReferenceError, RegistryError};

use super::policy::PolicyError;
use crate::catalogue::script::ScriptError;

/// Bytes that a file may have. The largest plugins, which bring Python along, have about 40 MB.
pub(super) const MOST: u64 = 256 << 20;

/// Reasons why a source is invalid or cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The text is not a supported kind of source.
    #[error("unsupported plugin source \"{0}\"; expected file:PATH or oci://REGISTRY/REPOSITORY:TAG")]
    Unknown(String),
    /// The reference to an artifact in a registry is invalid.
    #[error("invalid plugin source \"{text}\": {error}")]
    Reference {
        /// As given.
        text: String,
        /// What is wrong.
        error: ReferenceError,
    },
    /// It cannot be pulled.
    #[error("cannot pull {reference}: {error}")]
    Registry {
        /// The artifact.
        reference: Box<Reference>,
        /// What failed.
        error: Box<RegistryError>,
    },
    /// Its signature does not allow its use.
    #[error("{place} is not trusted: {error}")]
    Untrusted {
        /// The source.
        place: String,
        /// What is wrong.
        error: PolicyError,
    },
    /// The script cannot be read.
    #[error(transparent)]
    Script(#[from] ScriptError),
    /// There is no engine for a script.
    #[error("no engine for scripts with the ending .{ending}: {file} is not in {}; set --engines (`engines.directory`), or the source of an engine in `engines.sources`", directories.join(" or "))]
    NoEngine {
        /// The ending.
        ending: String,
        /// The name of the engine's file.
        file: String,
        /// Where it was looked for.
        directories: Vec<String>,
    },
    /// The folder does not have one component.
    #[error("{} contains {count} components (*.wasm); expected one, or the path of a file", path.display())]
    Folder {
        /// As given.
        path: PathBuf,
        /// The number of components, up to a limit.
        count: usize,
    },
    /// The file could not be read.
    #[error("cannot read {}: {error}", path.display())]
    File {
        /// As given.
        path: PathBuf,
        /// The system's reason.
        error: std::io::Error,
    },
    /// The file was written to while it was read.
    #[error("{} was changed while it was read; replace it by renaming a complete file", path.display())]
    Changed {
        /// As given.
        path: PathBuf,
    },
    /// Far more than any plugin has.
    #[error("{} is larger than {}, the limit for a plugin: {size} bytes", path.display(), format_args!("{} MiB", MOST >> 20))]
    TooLarge {
        /// As given.
        path: PathBuf,
        /// Bytes.
        size: u64,
    },
}
