//! Where a plugin's bytes come from. A further kind of source is a file here with `fetch` and `version`, a variant, and
//! a line in each function of [`Source`].

mod engine;
mod engines;
mod error;
mod fetcher;
mod file;
mod oci;
mod place;
mod policy;
mod version;

pub use engines::{Engine, EngineOptions};
pub use error::SourceError;
pub use fetcher::{FetchOptions, Fetched, Fetcher, Provenance};
pub use place::Source;
pub use policy::{Policy, PolicyError};
pub(crate) use policy::{read as read_small, signature_of};
pub use version::Version;

impl Source {
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
}

#[cfg(test)]
mod tests {
    use super::*;

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
