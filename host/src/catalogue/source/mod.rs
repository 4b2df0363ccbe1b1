//! Where a plugin's bytes come from. A further kind of source is a file here with `fetch` and `version`, a variant, and
//! a line in each function of [`Source`].

mod fetcher;
mod file;
mod oci;
mod policy;

use std::fmt;
use std::path::{Path, PathBuf};

use super::script::ScriptError;
pub use fetcher::{FetchOptions, Fetched, Fetcher, Provenance, Version};
use metawasm_registry::{Reference, ReferenceError, RegistryError};
pub use policy::{Policy, PolicyError};
pub(crate) use policy::{read as read_small, signature_of};

/// A place to get a plugin from, written `KIND:PLACE`, or as a bare path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// `file:plugins/function.wasm`, `file:hooks/catset.js`.
    File(PathBuf),
    /// A script, and the manifest of its controller, which says what the script does not say.
    Script(PathBuf, PathBuf),
    /// `oci://ghcr.io/openfunction/function:1.0`.
    Oci(Reference),
}

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
    #[error("{} is larger than {}, the limit for a plugin: {size} bytes", path.display(), format_args!("{} MiB", file::MOST >> 20))]
    TooLarge {
        /// As given.
        path: PathBuf,
        /// Bytes.
        size: u64,
    },
}

impl Source {
    /// Reads a source as it is written in the configuration or on the command line; a relative
    /// path is taken from `base`.
    ///
    /// # Errors
    ///
    /// [`SourceError::Unknown`] for another scheme, [`SourceError::Reference`] for an invalid reference.
    pub fn parse(text: &str, base: &Path) -> Result<Self, SourceError> {
        if let Some(reference) = text.strip_prefix("oci://") {
            let parsed = reference.parse().map_err(|error| SourceError::Reference {
                text: text.to_owned(),
                error,
            });
            return parsed.map(Self::Oci);
        }
        let (path, scheme) = match text.strip_prefix("file:") {
            Some(path) => (path, false),
            // `C:\…` aside, which no host of ours runs on, a colon before the first slash is a scheme.
            None => (
                text,
                text.split('/').next().is_some_and(|first| first.contains(':')),
            ),
        };
        if scheme || path.is_empty() {
            return Err(SourceError::Unknown(text.to_owned()));
        }
        Ok(Self::File(base.join(path)))
    }

    /// The same source, a relative path taken from a folder.
    #[must_use]
    pub fn from_folder(self, base: &Path) -> Self {
        match self {
            Self::File(path) => Self::File(base.join(path)),
            Self::Script(path, controller) => Self::Script(base.join(path), base.join(controller)),
            Self::Oci(reference) => Self::Oci(reference),
        }
    }

    /// The same file or folder, with the manifest of the controller of its script.
    #[must_use]
    pub fn with_controller(self, controller: PathBuf) -> Self {
        match self {
            Self::File(path) | Self::Script(path, _) => Self::Script(path, controller),
            Self::Oci(reference) => Self::Oci(reference),
        }
    }

    /// Reads the content, and checks that it has the signature that it needs.
    ///
    /// # Errors
    ///
    /// One sentence that names the place.
    pub async fn fetch(&self, fetcher: &Fetcher, policy: &Policy) -> Result<Fetched, SourceError> {
        match self {
            Self::File(path) => file::fetch(path, None, fetcher, policy).await,
            Self::Script(path, controller) => file::fetch(path, Some(controller), fetcher, policy).await,
            Self::Oci(reference) => oci::fetch(reference, fetcher, policy).await,
        }
    }

    /// Returns the stamp of the content. It costs little, so that a host can ask often.
    ///
    /// # Errors
    ///
    /// One sentence that names the place.
    pub async fn version(&self, fetcher: &Fetcher) -> Result<Version, SourceError> {
        match self {
            Self::File(path) => file::version(path, None, fetcher).await,
            Self::Script(path, controller) => file::version(path, Some(controller), fetcher).await,
            Self::Oci(reference) => oci::version(reference, fetcher).await,
        }
    }

    /// Whether it is of this machine. Then looking at it costs nothing, and it may be seen half written.
    pub fn is_local(&self) -> bool {
        match self {
            Self::File(_) | Self::Script(..) => true,
            Self::Oci(_) => false,
        }
    }

    /// Returns the name of the plugin that the place suggests: `function` for `plugins/function.wasm`.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::File(path) | Self::Script(path, _) => path.file_stem()?.to_str(),
            Self::Oci(reference) => Some(reference.short_name()),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) | Self::Script(path, _) => write!(f, "file:{}", path.display()),
            Self::Oci(reference) => reference.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_a_scheme_and_a_place_or_a_bare_path() {
        let parse = |text: &str| Source::parse(text, Path::new("/etc/metawasm"));
        let file = |path: &str| Source::File(PathBuf::from(path));
        assert_eq!(
            parse("file:plugins/f.wasm").unwrap(),
            file("/etc/metawasm/plugins/f.wasm")
        );
        assert_eq!(parse("file:/opt/f.wasm").unwrap(), file("/opt/f.wasm"));
        assert_eq!(
            parse("plugins/f.wasm").unwrap(),
            file("/etc/metawasm/plugins/f.wasm")
        );
        assert_eq!(parse("./a:b.wasm").unwrap(), file("/etc/metawasm/./a:b.wasm"));
        for unknown in [
            "",
            "file:",
            "docker://registry.example/f",
            "http://example.com/f.wasm",
            "fil:f",
        ] {
            let text = parse(unknown).unwrap_err().to_string();
            assert!(text.contains("expected file:PATH or oci://"), "{text}");
        }
        let artifact = "oci://registry.example/a/f:1";
        assert_eq!(parse(artifact).unwrap().to_string(), artifact);
        assert_eq!(parse(artifact).unwrap().name(), Some("f"));
        let text = parse("oci://registry.example/f").unwrap_err().to_string();
        assert!(
            text.starts_with("invalid plugin source \"oci://registry.example/f\": the tag"),
            "{text}"
        );
    }

    #[tokio::test]
    async fn a_folder_stands_for_the_one_component_in_it() {
        let folder = metawasm_tests::process::Folder::new("folder");
        let source = Source::File(folder.path().to_owned());
        let (fetcher, policy) = (Fetcher::default(), Policy::default());
        let fetch = async || source.fetch(&fetcher, &policy).await.map(|fetched| fetched.bytes);
        let fails = async |count: &str| {
            let error = fetch().await.unwrap_err().to_string();
            assert!(
                error.contains(&format!("contains {count} components (*.wasm); expected one")),
                "{error}"
            );
        };
        let error = fetch().await.unwrap_err().to_string();
        assert!(error.contains("contains neither a component"), "{error}");
        folder.write("README.md", "text");
        folder.write(".hidden.wasm", "editor");
        folder.write("f.wasm", "one");
        assert_eq!(fetch().await.unwrap(), b"one");
        let first = source.version(&fetcher).await.unwrap();
        folder.write("f.wasm.minisig", "signature");
        assert_ne!(
            source.version(&fetcher).await.unwrap(),
            first,
            "its signature counts"
        );
        folder.write("g.wasm", "two");
        fails("2").await;
    }

    #[tokio::test]
    async fn a_file_that_is_not_there_is_named() {
        let source = Source::File("/nowhere/f.wasm".into());
        let fetcher = Fetcher::default();
        let fetched = source.fetch(&fetcher, &Policy::default()).await.unwrap_err();
        let version = source.version(&fetcher).await.unwrap_err();
        for error in [fetched, version] {
            assert!(
                error.to_string().starts_with("cannot read /nowhere/f.wasm: "),
                "{error}"
            );
        }
    }

    #[tokio::test]
    async fn a_file_that_is_written_or_replaced_has_another_version() {
        let folder = metawasm_tests::process::Folder::new("version");
        let source = Source::File(folder.write("f.wasm", "one"));
        let fetcher = Fetcher::default();
        let version = async || source.version(&fetcher).await.unwrap();
        let first = version().await;
        assert_eq!(version().await, first);
        folder.write("f.wasm", "second");
        let second = version().await;
        assert_ne!(second, first, "another size");
        let new = folder.write("new", "second");
        std::fs::rename(new, folder.path().join("f.wasm")).unwrap();
        assert_ne!(version().await, second, "another inode");
        assert_eq!(
            source.fetch(&fetcher, &Policy::default()).await.unwrap().bytes,
            b"second"
        );
    }
}
