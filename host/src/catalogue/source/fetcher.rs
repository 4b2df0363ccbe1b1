//! What reading a source needs, and what it returns.

use std::path::PathBuf;
use std::sync::Arc;

use metawasm_registry::{Client, Digest, Options, OptionsError};

use super::engines::{EngineOptions, Engines};
use crate::store::Store;

/// How sources are reached, and where their content is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchOptions {
    /// How registries are reached.
    pub registry: Options,
    /// The directory of the content store; `None` keeps nothing.
    pub store: Option<PathBuf>,
    /// Maximum size of the content store; default 2 GiB.
    pub store_size: usize,
    /// Where the engines of scripts are.
    pub engines: EngineOptions,
}

impl Default for FetchOptions {
    fn default() -> Self {
        Self {
            registry: Options::default(),
            store: None,
            store_size: 2 << 30,
            engines: EngineOptions::default(),
        }
    }
}

/// Reads sources. Clones share everything.
#[derive(Clone, Debug, Default)]
pub struct Fetcher {
    pub(super) client: Client,
    pub(super) store: Option<Arc<Store>>,
    engines: Arc<Engines>,
}

impl Fetcher {
    /// Creates a fetcher. A content store that cannot be used is a warning: plugins are then pulled at each start.
    ///
    /// # Errors
    ///
    /// If the options for registries are invalid.
    pub fn new(options: &FetchOptions) -> Result<Self, OptionsError> {
        let open = |path: &PathBuf| match Store::open(path, options.store_size as u64) {
            Ok(store) => Some(Arc::new(store)),
            Err(refused) => {
                let text = format!("{}: {refused}", path.display());
                let text = metawasm_formats::text::Escaped(&text);
                tracing::warn!("content store: {text}; plugins are pulled at each start");
                None
            }
        };
        Ok(Self {
            client: Client::new(&options.registry)?,
            store: options.store.as_ref().and_then(open),
            engines: Arc::new(Engines::new(options.engines.clone())),
        })
    }

    pub(super) fn engines(&self) -> &Engines {
        &self.engines
    }

    pub(super) fn shared_engines(&self) -> Arc<Engines> {
        self.engines.clone()
    }

    /// Returns the client of registries.
    pub fn client(&self) -> &Client {
        &self.client
    }
}

/// The content of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// The component, or the bundle of a script.
    pub bytes: Vec<u8>,
    /// Where it is from.
    pub provenance: Provenance,
}

/// Where a component is from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// The digest of its manifest, if it is from a registry.
    pub manifest: Option<Digest>,
    /// The file of the key that it is signed with, if that was checked.
    pub key: Option<PathBuf>,
}
