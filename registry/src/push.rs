//! Pushes artifacts.

use bytes::Bytes;
use hyper::header::LOCATION;
use hyper::{Method, StatusCode};

use crate::client::{Ask, Session, content_digest};
use crate::digest::Digest;
use crate::error::{AnswerError, RegistryError};
use crate::manifest::{Descriptor, media_type};

impl Session<'_> {
    /// Uploads content that a manifest will name, unless the registry has it.
    ///
    /// # Errors
    ///
    /// If the registry cannot be asked, or refuses.
    pub async fn put_blob(&mut self, descriptor: &Descriptor, bytes: Vec<u8>) -> Result<(), RegistryError> {
        let digest = descriptor.digest;
        let path = self.path(&format!("blobs/{digest}"));
        let answer = self.ask(&path, &Ask::new(Method::HEAD)).await?;
        if answer.response.status() == StatusCode::OK {
            return Ok(());
        }
        let answer = self
            .ask(&self.path("blobs/uploads/"), &Ask::new(Method::POST))
            .await?;
        let answer = self.expect(answer, &[StatusCode::ACCEPTED]).await?;
        let location = answer.response.headers().get(LOCATION);
        let to = location.and_then(|location| answer.url.join(location.to_str().ok()?));
        let mut to = to.ok_or_else(|| answer.url.origin.invalid())?;
        self.not_down(&answer.url, &to)?;
        let separator = if to.path.contains('?') { '&' } else { '?' };
        to.path = format!("{}{separator}digest={digest}", to.path);
        let ask = Ask {
            content_type: Some("application/octet-stream"),
            body: Bytes::from(bytes),
            ..Ask::new(Method::PUT)
        };
        let answer = self.ask_at(to, &ask).await?;
        self.expect(answer, &[StatusCode::CREATED, StatusCode::NO_CONTENT])
            .await?;
        Ok(())
    }

    /// Uploads a manifest under a tag or its digest, and returns its digest.
    ///
    /// # Errors
    ///
    /// If the registry cannot be asked, or refuses.
    pub async fn put_manifest(&mut self, reference: &str, bytes: Vec<u8>) -> Result<Digest, RegistryError> {
        let expected = Digest::of(&bytes);
        let ask = Ask {
            content_type: Some(media_type::MANIFEST),
            body: Bytes::from(bytes),
            ..Ask::new(Method::PUT)
        };
        let answer = self
            .ask(&self.path(&format!("manifests/{reference}")), &ask)
            .await?;
        let answer = self
            .expect(answer, &[StatusCode::CREATED, StatusCode::OK])
            .await?;
        match content_digest(&answer.response) {
            Some(found) if found != expected => {
                let error = AnswerError::Digest { expected, found };
                Err(RegistryError::answer(&answer.url.origin, error))
            }
            _ => Ok(expected),
        }
    }
}
