//! `status`, `resyncAfterSeconds` and `finalized`: of the right kind. `null` is as if absent.

use metawasm_json::{Document, Kind};

use super::context::ReviewContext;
use super::look::{is, present};
use super::violation::Broken;
use crate::hook::Hook;

/// `status` is an object.
pub(super) fn status(document: &Document<'_>, context: &ReviewContext<'_>) -> Result<(), Broken> {
    expect(
        document,
        context,
        "status",
        &[Kind::Object],
        "expected an object, the whole status of the parent",
    )
}

/// `resyncAfterSeconds` is a number. What it may be is a matter of clamping.
pub(super) fn resync_after(document: &Document<'_>, context: &ReviewContext<'_>) -> Result<(), Broken> {
    expect(
        document,
        context,
        "resyncAfterSeconds",
        &[Kind::Integer, Kind::Float],
        "expected a number of seconds, or nothing",
    )
}

/// `finalized` is a boolean. Whether it may be there is a matter of dropping it.
pub(super) fn finalized(document: &Document<'_>, context: &ReviewContext<'_>) -> Result<(), Broken> {
    expect(
        document,
        context,
        "finalized",
        &[Kind::Bool],
        "expected true or false",
    )
}

fn expect(
    document: &Document<'_>,
    context: &ReviewContext<'_>,
    key: &str,
    kinds: &[Kind],
    expected: &str,
) -> Result<(), Broken> {
    if context.hook == Hook::Customize {
        return Ok(());
    }
    match present(document, document.root(), key) {
        Some(value) if !kinds.contains(&document.kind(value)) => Err(is(document, value, expected)),
        _ => Ok(()),
    }
}
