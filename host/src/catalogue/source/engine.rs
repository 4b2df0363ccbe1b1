//! Reads the engine of a script.

use std::sync::Arc;

use super::engines::Engine;
use super::error::SourceError;
use super::fetcher::Fetcher;
use super::policy::Policy;
use crate::catalogue::digest::digest;

impl Fetcher {
    /// Reads the engine for the files of an ending. Its source needs the signature that plugins need, but for those that
    /// are shipped with the host.
    pub(in crate::catalogue) async fn engine(
        &self,
        ending: &str,
        policy: &Policy,
    ) -> Result<Arc<Engine>, SourceError> {
        let engines = self.engines();
        let source = engines.source(ending)?;
        let none = Policy::default();
        let policy = if engines.options.sources.contains_key(ending) {
            policy
        } else {
            &none
        };
        let (name, version) = (source.to_string(), source.version(self).await?);
        if let Some(engine) = engines.known(&name, &version) {
            return Ok(engine);
        }
        let bytes = source.fetch(self, policy).await?.bytes;
        let digest = digest(&bytes);
        let engine = Arc::new(Engine {
            source,
            bytes,
            digest,
        });
        engines.keep(name, version, &engine);
        Ok(engine)
    }
}
