//! Requests: recorded bodies, each time the same or never the same.

use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, Result};

/// A request that is ready to be sent, and where it can be made another one.
#[derive(Clone)]
pub(crate) struct Request {
    bytes: Vec<u8>,
    /// Where the last twelve digits of the parent's uid are.
    marks: Vec<usize>,
}

/// Digits of a uid that make a request another one.
const DIGITS: usize = 12;

/// Every fresh request of this process has a number of its own.
static NEXT: AtomicU64 = AtomicU64::new(1);

impl Request {
    /// A POST of a body to a path, with further header lines (each with its line end).
    pub(crate) fn new(path: &str, headers: &str, body: &[u8]) -> Result<Self> {
        let uid = parent_uid(body)?;
        let tail = uid
            .get(uid.len().saturating_sub(DIGITS)..)
            .context("the uid is not ASCII")?;
        let mut bytes = format!(
            "POST {path} HTTP/1.1\r\nHost: metawasm\r\nContent-Type: application/json\r\n{headers}Content-Length: {}\r\n\r\n",
            body.len()
        )
        .into_bytes();
        let start = bytes.len();
        bytes.extend_from_slice(body);
        let marks = body
            .windows(uid.len())
            .enumerate()
            .filter(|(_, window)| *window == uid.as_bytes())
            .map(|(at, _)| start + at + uid.len() - tail.len())
            .collect();
        Ok(Self { bytes, marks })
    }

    /// The same bytes each time.
    pub(crate) fn same(&self) -> &[u8] {
        &self.bytes
    }

    /// Bytes that were never sent before: of a parent of its own, wherever its uid is.
    pub(crate) fn fresh(&mut self) -> &[u8] {
        let number = format!("{:0DIGITS$x}", NEXT.fetch_add(1, Ordering::Relaxed));
        for &mark in &self.marks {
            if let Some(place) = self.bytes.get_mut(mark..mark + DIGITS) {
                place.copy_from_slice(number.as_bytes());
            }
        }
        &self.bytes
    }
}

fn parent_uid(body: &[u8]) -> Result<String> {
    let request: serde_json::Value = serde_json::from_slice(body).context("the body is not valid JSON")?;
    let uid = request
        .pointer("/parent/metadata/uid")
        .and_then(serde_json::Value::as_str);
    Ok(uid.context("the parent has no uid")?.to_owned())
}

/// The same request of a controller that has ETags switched on.
pub(crate) fn with_etag(body: &[u8]) -> Result<Vec<u8>> {
    let mut request: serde_json::Value =
        serde_json::from_slice(body).context("the body is not valid JSON")?;
    let webhook = request
        .pointer_mut("/controller/spec/hooks/sync/webhook")
        .context("the controller has no webhook")?;
    webhook["etag"] = serde_json::json!({"enabled": true});
    Ok(request.to_string().into_bytes())
}
