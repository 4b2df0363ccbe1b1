//! What Metacontroller asks.

mod error;
mod found;
mod scan;
mod shape;
#[cfg(test)]
mod tests;

pub use error::EnvelopeError;

use metawasm_json::Index;

use super::hook::{ControllerKind, Hook, HookVersion};
use super::object::{GroupKey, ObjectRef};
use super::view::View;

/// A request, as far as the host has to know it, and what the plugin sees of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Who asks. For customize it is `controller.kind`, and composite when there is no controller.
    pub kind: ControllerKind,
    /// The object that the children are for.
    pub parent: ObjectRef,
    /// The kinds that the controller declares: the keys of `children` or `attachments`, the
    /// empty ones too. Empty for customize.
    pub declared: Vec<GroupKey>,
    /// Observed children.
    pub observed: usize,
    /// Whether the parent is going. False when the request does not say.
    pub finalizing: bool,
    /// Of this hook.
    pub version: HookVersion,
    /// `controller.spec.hooks.<hook>.webhook.timeout` as it is written there: a Go duration.
    pub timeout: Option<String>,
    /// Whether the caller keeps answers by ETag: `controller.spec.hooks.<hook>.webhook.etag.enabled`.
    pub etag: bool,
    /// Whether the controller has an update strategy of the Rolling* family: Metacontroller then asks for
    /// several revisions of a parent at once, and would keep their answers under one key.
    pub rolling: bool,
    /// The request without what the view cuts: the same values. Valid JSON if the request is.
    pub trimmed: String,
}

/// Reads a request.
///
/// One pass: finds who asks, and copies what the view keeps. The time is linear in the body, also for bodies that are made
/// to be slow.
///
/// Only objects on the way to what the host reads or the view cuts are validated. Other values are passed over by their quotes
/// and brackets: what is cut may be anything, and the plugin reads what is kept.
///
/// # Guarantees
///
/// What the host finds is what the plugin will find: keys on the way to what the host reads
/// are there once. `trimmed` has the identity of every object, whatever the view cuts.
///
/// # Errors
///
/// [`EnvelopeError`], when the body is no JSON or not what Metacontroller sends. `null` for
/// `children`, a group of it or a part of `controller` is read as absent, as Go writes an empty
/// map; unknown keys are left alone, as a newer Metacontroller may send more.
pub fn read(body: &[u8], hook: Hook, view: &View) -> Result<Envelope, EnvelopeError> {
    let text = std::str::from_utf8(body).map_err(|error| EnvelopeError::NotUtf8 {
        offset: error.valid_up_to(),
    })?;
    scan::Scan::new(text, &Index::new(text), hook, view).read()
}
