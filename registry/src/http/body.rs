//! The body of a response, read within its limits.

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::Response;
use hyper::body::Incoming;
use hyper::header::CONTENT_LENGTH;
use tokio::time::{Instant, timeout_at};

use super::origin::Origin;
use super::transport::Transport;
use crate::digest::Hasher;
use crate::error::{AnswerError, RegistryError};
use crate::manifest::Descriptor;

/// A body, and where it is from.
pub(crate) struct Body<'a> {
    transport: &'a Transport,
    from: Origin,
    deadline: Instant,
    incoming: Incoming,
    /// The bytes that the head announces.
    length: Option<u64>,
}

impl<'a> Body<'a> {
    /// Returns the body of a response for reading.
    pub(crate) fn new(
        transport: &'a Transport,
        response: Response<Incoming>,
        from: Origin,
        deadline: Instant,
    ) -> Self {
        let length = response.headers().get(CONTENT_LENGTH);
        let length = length.and_then(|value| value.to_str().ok()?.parse().ok());
        Self {
            transport,
            from,
            deadline,
            incoming: response.into_body(),
            length,
        }
    }

    async fn next(&mut self) -> Result<Option<Bytes>, RegistryError> {
        loop {
            let end = self.deadline.min(Instant::now() + self.transport.timeouts().idle);
            match timeout_at(end, self.incoming.frame()).await {
                Err(_) => return Err(self.transport.late(&self.from, self.deadline)),
                Ok(None) => return Ok(None),
                Ok(Some(Err(error))) => return Err(self.transport.broken(&self.from, &error)),
                Ok(Some(Ok(frame))) => {
                    if let Ok(data) = frame.into_data() {
                        return Ok(Some(data));
                    }
                }
            }
        }
    }

    /// Reads all of a body of limited size.
    pub(crate) async fn all(mut self, what: &'static str, limit: u64) -> Result<Vec<u8>, RegistryError> {
        let host = self.from.to_string();
        let large = || RegistryError::answer(&host, AnswerError::TooLarge { what, limit });
        if self.length.is_some_and(|length| length > limit) {
            return Err(large());
        }
        let mut bytes = Vec::new();
        while let Some(part) = self.next().await? {
            if (bytes.len() + part.len()) as u64 > limit {
                return Err(large());
            }
            bytes.extend_from_slice(&part);
        }
        Ok(bytes)
    }

    /// Reads at most the first bytes of a body; what follows, and errors, do not matter.
    pub(crate) async fn beginning(mut self, most: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        while let (true, Ok(Some(part))) = (bytes.len() < most, self.next().await) {
            bytes.extend_from_slice(&part);
        }
        bytes.truncate(most);
        bytes
    }

    /// Reads the content that a descriptor describes. The bytes are hashed as they arrive, and no more are read than it
    /// says.
    pub(crate) async fn content(mut self, of: &Descriptor) -> Result<Vec<u8>, RegistryError> {
        let host = self.from.to_string();
        let (digest, size) = (of.digest, of.size);
        let sized = |found| RegistryError::answer(&host, AnswerError::Size { digest, found, size });
        if let Some(length) = self.length.filter(|length| *length != size) {
            return Err(sized(length));
        }
        let mut bytes = Vec::new();
        let mut hasher = Hasher::default();
        while let Some(part) = self.next().await? {
            let found = (bytes.len() + part.len()) as u64;
            if found > size {
                return Err(sized(found));
            }
            hasher.update(&part);
            bytes.extend_from_slice(&part);
        }
        if bytes.len() as u64 != size {
            return Err(sized(bytes.len() as u64));
        }
        let (expected, found) = (digest, hasher.finish());
        if found != expected {
            return Err(RegistryError::answer(
                &host,
                AnswerError::Digest { expected, found },
            ));
        }
        Ok(bytes)
    }
}
