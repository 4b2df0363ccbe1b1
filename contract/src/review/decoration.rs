//! A decorator's `labels` and `annotations`: string to string, or to null, which deletes the key.

use metawasm_json::{Document, Kind};

use super::context::ReviewContext;
use super::look::is;
use super::look::present;
use super::violation::Broken;
use crate::hook::{ControllerKind, Hook};

/// The fields that this is about.
pub(super) const DECORATIONS: [&str; 2] = ["labels", "annotations"];

pub(super) fn check(document: &Document<'_>, context: &ReviewContext<'_>) -> Result<(), Broken> {
    if context.kind != ControllerKind::Decorator || context.hook == Hook::Customize {
        return Ok(());
    }
    for map in DECORATIONS
        .into_iter()
        .filter_map(|key| present(document, document.root(), key))
    {
        if document.kind(map) != Kind::Object {
            return Err(is(document, map, "expected an object of strings"));
        }
        for (_, value) in document.members(map) {
            if !matches!(document.kind(value), Kind::String | Kind::Null) {
                return Err(is(
                    document,
                    value,
                    "expected a string, or null to delete the key",
                ));
            }
        }
    }
    Ok(())
}
