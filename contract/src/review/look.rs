//! Looking at a document, as all rules do.

use metawasm_json::{Document, Kind, NodeId};

use super::violation::Broken;

/// The value of a key, unless it is null, which goes.
pub(super) fn present(document: &Document<'_>, object: NodeId, key: &str) -> Option<NodeId> {
    document
        .get(object, key)
        .filter(|&value| document.kind(value) != Kind::Null)
}

/// `is a list; expected …`.
pub(super) fn is(document: &Document<'_>, value: NodeId, expected: &str) -> Broken {
    Broken::at(value, format!("is {}; {expected}", document.kind(value).name()))
}
