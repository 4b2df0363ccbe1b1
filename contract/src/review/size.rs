//! A child fits into its own annotation.
//!
//! Metacontroller stores each child that it makes as JSON in the child's last-applied
//! annotation, and Kubernetes allows 256 KiB of annotations for an object.

use metawasm_json::{Document, Kind, NodeId};

use super::answer::Answer;
use super::context::ReviewContext;
use super::look::present;
use super::shape::Child;
use super::violation::Broken;

/// Kubernetes' limit: keys and values of all annotations together.
const ANNOTATIONS: usize = 262_144;
/// For the annotation's key, and the namespace and label that Metacontroller adds.
const ROOM: usize = 1024;
/// Go writes `<`, `>` and `&` as six bytes each: a text that is shorter than this always fits.
pub(super) const ALWAYS_FITS: usize = (ANNOTATIONS - ROOM) / 7;

pub(super) fn check(answer: &Answer<'_>, _: &ReviewContext<'_>) -> Result<(), Broken> {
    let document = &answer.document;
    for child in &answer.children {
        if document.raw(child.at).len() <= ALWAYS_FITS {
            continue;
        }
        let size = stored(document, child);
        if size > ANNOTATIONS - ROOM {
            return Err(Broken::at(
                child.at,
                format!(
                    "is {size} bytes as JSON with its annotations; Metacontroller stores it in an annotation of its \
                     own, which has room for {}: split it",
                    ANNOTATIONS - ROOM
                ),
            ));
        }
    }
    Ok(())
}

/// Bytes of all annotations of the stored child.
fn stored(document: &Document<'_>, child: &Child<'_>) -> usize {
    let own = present(document, child.metadata, "annotations").map_or(0, |annotations| {
        document
            .members(annotations)
            .map(|(key, value)| document.text(key).len() + document.text(value).len())
            .sum()
    });
    json(document, child.at) + own
}

/// Bytes of a value as Go writes it.
fn json(document: &Document<'_>, at: NodeId) -> usize {
    let string = |at| {
        let raw = document.raw(at);
        raw.len()
            + 5 * raw
                .bytes()
                .filter(|byte| matches!(byte, b'<' | b'>' | b'&'))
                .count()
            + 2
    };
    match document.kind(at) {
        Kind::Object => {
            document
                .members(at)
                .map(|(key, value)| string(key) + json(document, value) + 2)
                .sum::<usize>()
                .max(1)
                + 1
        }
        Kind::List => {
            document
                .elements(at)
                .map(|value| json(document, value) + 1)
                .sum::<usize>()
                .max(1)
                + 1
        }
        Kind::String | Kind::Key => string(at),
        _ => document.raw(at).len(),
    }
}
