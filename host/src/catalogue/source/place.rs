//! Where a plugin is, as it is written in the configuration.

use std::fmt;
use std::path::{Path, PathBuf};

use metawasm_registry::Reference;

use super::error::SourceError;

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
}
