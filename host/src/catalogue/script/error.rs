//! Reasons why a script cannot be read.

use std::io;
use std::path::{Path, PathBuf};

use metawasm_formats::text::shown;

use crate::yaml::YamlError;

/// Bytes of text that a script may have.
pub(super) const SIZE: u64 = 4 << 20;
/// Files that a script may have.
pub(super) const FILES: usize = 500;
/// Levels of folders.
pub(super) const DEPTH: usize = 8;

/// Reasons why a script cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// A file cannot be read.
    #[error("cannot read {}: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        error: io::Error,
    },
    /// A file is not text.
    #[error("{} is not valid UTF-8: invalid byte at offset {offset}", path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// Bytes before the first invalid one.
        offset: usize,
    },
    /// The files are too large together.
    #[error(
        "{} has more than {} MiB of text, the limit for a script; move data into settings or related objects",
        path.display(),
        SIZE >> 20
    )]
    TooLarge {
        /// The script.
        path: PathBuf,
    },
    /// The folder has too many files.
    #[error("{} has more than {FILES} files, the limit for a script; bundle it into one file", path.display())]
    TooMany {
        /// The script.
        path: PathBuf,
    },
    /// The folder is too deep.
    #[error("{} has folders deeper than {DEPTH} levels, the limit for a script", path.display())]
    TooDeep {
        /// The script.
        path: PathBuf,
    },
    /// A link leads out of the folder.
    #[error("{} is a symbolic link that leads out of {}; copy the file", path.display(), folder.display())]
    Outside {
        /// The link.
        path: PathBuf,
        /// The script's folder.
        folder: PathBuf,
    },
    /// The folder has neither a component nor a script.
    #[error(
        "{} contains neither a component (*.wasm) nor a script ({endings}); expected one of them",
        path.display()
    )]
    Nothing {
        /// The folder.
        path: PathBuf,
        /// The endings of scripts.
        endings: String,
    },
    /// It is not built.
    #[error(
        "{} is {language}, which no engine runs; run `metawasm build` in its project, and use the .{made} file that it \
         writes",
        path.display()
    )]
    NotBuilt {
        /// The file or folder.
        path: PathBuf,
        /// The language.
        language: &'static str,
        /// The ending of what `metawasm build` makes.
        made: &'static str,
    },
    /// It is not clear which file has the hooks.
    #[error(
        "{} has several scripts ({found}), and none is called sync, finalize, customize, index or main; write \
         plugin.yaml with `main: FILE`, or with `hooks: {{sync: FILE}}`",
        path.display()
    )]
    Unclear {
        /// The folder.
        path: PathBuf,
        /// Some of the scripts.
        found: String,
    },
    /// A file that `plugin.yaml` names is not there.
    #[error("{}: `{field}` names {}, which is not a file of the script", path.display(), shown(.name, 200))]
    NoSuchFile {
        /// `plugin.yaml`.
        path: PathBuf,
        /// The field.
        field: String,
        /// The name.
        name: String,
    },
    /// The hooks are in files of several languages.
    #[error("{} has hooks in files of several languages ({endings}); serve them as separate plugins", path.display())]
    Mixed {
        /// The folder.
        path: PathBuf,
        /// The endings.
        endings: String,
    },
    /// `plugin.yaml` or a controller is invalid YAML.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// A field of `plugin.yaml` is unknown.
    #[error("{}: unknown field {}{meant}; expected one of {known}", path.display(), shown(.field, 100))]
    UnknownField {
        /// `plugin.yaml`.
        path: PathBuf,
        /// The field.
        field: String,
        /// `; did you mean …?`, or nothing.
        meant: String,
        /// All fields.
        known: String,
    },
    /// A field has another type.
    #[error("{}: `{field}` must be {expected}", path.display())]
    Type {
        /// The file.
        path: PathBuf,
        /// The field.
        field: String,
        /// What it must be.
        expected: &'static str,
    },
    /// The manifest has no controller, or several.
    #[error(
        "{} has {count} CompositeControllers and DecoratorControllers; expected one{}",
        path.display(),
        if *count > 1 { ", or one whose hook's URL ends with the name of the script" } else { "" }
    )]
    Controllers {
        /// The manifest.
        path: PathBuf,
        /// The number of controllers.
        count: usize,
    },
    /// A controller lacks a field.
    #[error("{}: the controller {} has no `{field}`", path.display(), shown(.name, 100))]
    Lacks {
        /// The manifest.
        path: PathBuf,
        /// The controller's name.
        name: String,
        /// The field.
        field: &'static str,
    },
    /// The kind of a resource is not known.
    #[error(
        "{}: the kind of {resource} of {api_version} is not known; add its CustomResourceDefinition to this file, or \
         write plugin.yaml with `{line}`",
        path.display()
    )]
    UnknownKind {
        /// The manifest.
        path: PathBuf,
        /// The lower-case plural.
        resource: String,
        /// The group and version.
        api_version: String,
        /// What to write.
        line: String,
    },
}

/// A file or folder that cannot be read.
pub(super) fn read_error(path: &Path, error: std::io::Error) -> ScriptError {
    ScriptError::Read {
        path: path.to_owned(),
        error,
    }
}
