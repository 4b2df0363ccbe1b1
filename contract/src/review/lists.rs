//! No `null` in any list: in `children` it ends the Metacontroller process, for every tenant;
//! elsewhere the API server refuses it or drops it and the answer never settles.

use metawasm_json::{Document, Kind};

use super::context::ReviewContext;
use super::violation::Broken;

pub(super) fn check(document: &Document<'_>, _: &ReviewContext<'_>) -> Result<(), Broken> {
    if !document.has(Kind::Null) {
        return Ok(());
    }
    for (id, kind) in document.ids() {
        if kind == Kind::List
            && let Some(null) = document
                .elements(id)
                .find(|&element| document.kind(element) == Kind::Null)
        {
            return Err(Broken::at(
                null,
                "null is not allowed in a list; remove the element",
            ));
        }
    }
    Ok(())
}
