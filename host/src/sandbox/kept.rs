//! Texts in the code cache: what was found out about a component, so that the next start need not find it out.

use std::io::{self, Write};

use super::artifact::{Artifact, Key};
use super::cache::{Cache, CacheRefusal};
use crate::child::file_in_memory;

impl Cache {
    /// The text for a key, where there is one that can be trusted. Trouble is a line in the log.
    pub(super) fn text(&self, key: &Key) -> Option<String> {
        let kept = self.get(key).and_then(|artifact| {
            artifact
                .map(|artifact| artifact.text().map_err(CacheRefusal::Open))
                .transpose()
        });
        kept.unwrap_or_else(|refused| {
            tracing::warn!("code cache: {key} is not used and is compiled again: {refused}");
            None
        })
    }

    /// Keeps the text for a key. Trouble is a line in the log.
    pub(super) fn keep_text(&self, key: &Key, text: &str) {
        let kept = sealed(key, text).and_then(|artifact| self.put(key, &artifact));
        if let Err(error) = kept {
            tracing::warn!("code cache: {key} cannot be kept: {error}");
        }
    }
}

/// A text in a file of its own.
pub(super) fn sealed(key: &Key, text: &str) -> io::Result<Artifact> {
    let mut file = file_in_memory("text")?;
    file.write_all(text.as_bytes())?;
    Artifact::seal(file, key).map_err(io::Error::other)
}
