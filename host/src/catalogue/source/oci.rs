//! A plugin from an OCI registry.
//!
//! First the manifest, then its signature, then the component: what is not trusted is not downloaded. Everything is
//! looked up by digest in the content store first. A registry that cannot be reached is a warning if the store has what
//! the tag had last.

use std::path::PathBuf;
use std::sync::Arc;

use metawasm_formats::text::shown;
use metawasm_registry::trust::cosign::{self, CosignError, Signature};
use metawasm_registry::{Digest, Manifest, Reference, RegistryError, Session};
use tokio::task::spawn_blocking;

use super::error::{MOST, SourceError};
use super::fetcher::{Fetched, Fetcher, Provenance};
use super::policy::{Policy, PolicyError};
use super::version::Version;
use crate::store::{Store, StoreError};

/// Maximum size of a manifest.
const MANIFEST: u64 = 4 << 20;
/// Maximum length of a reason in a warning.
const REASON: usize = 500;

pub(super) async fn fetch(
    reference: &Reference,
    fetcher: &Fetcher,
    policy: &Policy,
) -> Result<Fetched, SourceError> {
    let mut pull = Pull {
        reference,
        fetcher,
        session: None,
    };
    let own = policy.clone();
    // The keys are files; the threads that serve do not wait for them.
    let keys = spawn_blocking(move || own.ecdsa()).await;
    let keys = match keys {
        Ok(keys) => keys.map_err(|error| untrusted(reference, error))?,
        // It panicked, or the runtime ends.
        Err(_) => return Err(untrusted(reference, PolicyError::NoKeys)),
    };
    let registry = |error| SourceError::Registry {
        reference: Box::new(reference.clone()),
        error: Box::new(error),
    };
    let (digest, bytes) = pull.manifest().await.map_err(registry)?;
    let manifest = Manifest::parse(&bytes).and_then(|manifest| manifest.layer().cloned());
    let layer = manifest.map_err(|error| registry(error.into()))?;
    let key = match keys {
        None => None,
        Some(keys) => {
            let index = match pull.verify(&digest, &keys.list()).await.map_err(registry)? {
                Ok(index) => index,
                Err(error) => return Err(untrusted(reference, error.into())),
            };
            keys.file(index).map(PathBuf::from)
        }
    };
    let bytes = match pull.stored(layer.digest, MOST).await {
        Some(bytes) => bytes,
        None => {
            let session = pull.session().await.map_err(registry)?;
            let bytes = session
                .blob(&layer, "the component", MOST)
                .await
                .map_err(registry)?;
            pull.keep(bytes, Store::put).await
        }
    };
    Ok(Fetched {
        bytes,
        provenance: Provenance {
            manifest: Some(digest),
            key,
        },
    })
}

/// The digest of the manifest: of a tag the one that it has now.
pub(super) async fn version(reference: &Reference, fetcher: &Fetcher) -> Result<Version, SourceError> {
    let failed = |error| SourceError::Registry {
        reference: Box::new(reference.clone()),
        error: Box::new(error),
    };
    let digest = match (reference.digest(), reference.tag()) {
        (Some(digest), _) => digest,
        (None, tag) => {
            let mut session = fetcher.client.pull(reference).await.map_err(failed)?;
            session.resolve(tag.unwrap_or_default()).await.map_err(failed)?
        }
    };
    Ok(Version(digest.to_string()))
}

fn untrusted(reference: &Reference, error: PolicyError) -> SourceError {
    SourceError::Untrusted {
        place: reference.to_string(),
        error,
    }
}

/// One pull, which asks the registry only for what the store does not have.
struct Pull<'a> {
    reference: &'a Reference,
    fetcher: &'a Fetcher,
    session: Option<Session<'a>>,
}

impl<'a> Pull<'a> {
    async fn session(&mut self) -> Result<&mut Session<'a>, RegistryError> {
        let session = match self.session.take() {
            Some(session) => session,
            None => self.fetcher.client.pull(self.reference).await?,
        };
        Ok(self.session.insert(session))
    }

    /// Returns the digest and the bytes of the manifest.
    async fn manifest(&mut self) -> Result<(Digest, Vec<u8>), RegistryError> {
        let digest = match self.reference.digest() {
            Some(digest) => digest,
            None => match self.tagged().await {
                Ok(found) => return Ok(found),
                Err(error) if error.is_unreachable() => {
                    let last = self.last().await.ok_or(error)?;
                    return Ok(last);
                }
                Err(error) => return Err(error),
            },
        };
        if let Some(bytes) = self.stored(digest, MANIFEST).await {
            return Ok((digest, bytes));
        }
        let resolved = self.session().await?.manifest(&digest.to_string()).await?;
        let bytes = self.keep(resolved.bytes, Store::put).await;
        Ok((digest, bytes))
    }

    /// Asks the registry for the manifest of the tag, and remembers it.
    async fn tagged(&mut self) -> Result<(Digest, Vec<u8>), RegistryError> {
        let tag = self.reference.tag().unwrap_or_default();
        let resolved = self.session().await?.manifest(tag).await;
        let resolved = resolved.inspect_err(|error| {
            if error.is_unreachable() && self.fetcher.store.is_some() {
                let reason = shown(&error.to_string(), REASON);
                tracing::warn!(
                    source = %self.reference,
                    "cannot ask the registry, so the content store is used if it has the tag: {reason}"
                );
            }
        })?;
        let (digest, reference) = (resolved.digest, self.reference.clone());
        let put = move |store: &Store, bytes: &[u8]| {
            store.put(bytes)?;
            store.remember(&reference, &digest)
        };
        let bytes = self.keep(resolved.bytes, put).await;
        Ok((digest, bytes))
    }

    /// Returns what the tag had last.
    async fn last(&self) -> Option<(Digest, Vec<u8>)> {
        let reference = self.reference.clone();
        let digest = self.in_store(move |store| store.resolved(&reference)).await??;
        let bytes = self.stored(digest, MANIFEST).await?;
        Some((digest, bytes))
    }

    /// Checks the signatures: those in the store, those of the tag, those of the referrers API. Returns the index of the
    /// key.
    async fn verify(
        &mut self,
        digest: &Digest,
        keys: &[&metawasm_registry::trust::EcdsaPublicKey],
    ) -> Result<Result<usize, CosignError>, RegistryError> {
        let of = *digest;
        let stored = self.in_store(move |store| store.signatures(&of)).await;
        if let Ok((key, _)) = cosign::verify(&stored.unwrap_or_default(), digest, keys) {
            return Ok(Ok(key));
        }
        let session = self.session().await?;
        let tagged = session.tagged_signatures(digest).await?;
        let mut closest = match cosign::verify(&tagged, digest, keys) {
            Ok((key, index)) => return Ok(Ok(self.valid(of, tagged, (key, index)).await)),
            Err(error) => error,
        };
        let referring = self.session().await?.referring_signatures(digest).await?;
        match cosign::verify(&referring, digest, keys) {
            Ok((key, index)) => return Ok(Ok(self.valid(of, referring, (key, index)).await)),
            Err(CosignError::Missing) => {}
            Err(error) => closest = error,
        }
        Ok(Err(closest))
    }

    /// Keeps the signature that was valid.
    async fn valid(&self, of: Digest, mut all: Vec<Signature>, (key, index): (usize, usize)) -> usize {
        let valid = all.swap_remove(index);
        let kept = self
            .in_store(move |store| store.keep_signatures(&of, &[valid]))
            .await;
        said(kept.unwrap_or(Ok(())));
        key
    }

    /// Returns content of the store; `None` if it does not have it, or not as it was.
    async fn stored(&self, digest: Digest, limit: u64) -> Option<Vec<u8>> {
        let found = self.in_store(move |store| store.get(&digest, limit)).await?;
        found.unwrap_or_else(|error| {
            said(Err(error));
            None
        })
    }

    /// Writes bytes into the store, and returns them.
    async fn keep(
        &self,
        bytes: Vec<u8>,
        put: impl Fn(&Store, &[u8]) -> Result<(), StoreError> + Send + 'static,
    ) -> Vec<u8> {
        let Some(store) = self.fetcher.store.clone() else {
            return bytes;
        };
        let shared = Arc::new(bytes);
        let own = shared.clone();
        let kept = spawn_blocking(move || put(&store, &own)).await;
        said(kept.unwrap_or(Ok(())));
        Arc::unwrap_or_clone(shared)
    }

    /// Runs work with the store beside the threads that serve.
    async fn in_store<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> T + Send + 'static,
    ) -> Option<T> {
        let store = self.fetcher.store.clone()?;
        spawn_blocking(move || work(&store)).await.ok()
    }
}

/// A store that fails costs a download, not the plugin.
fn said(outcome: Result<(), StoreError>) {
    if let Err(error) = outcome {
        let reason = shown(&error.to_string(), REASON);
        tracing::warn!("content store: {reason}");
    }
}
