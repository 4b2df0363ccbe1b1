//! An explicit `[]` is a decision to delete all children; no list at all is an accident.

use metawasm_json::Document;

use super::context::ReviewContext;
use super::look::present;
use super::violation::Broken;

pub(super) fn check(document: &Document<'_>, context: &ReviewContext<'_>) -> Result<(), Broken> {
    let Some(key) = context.children_key() else {
        return Ok(());
    };
    if context.observed == 0 || present(document, document.root(), key).is_some() {
        return Ok(());
    }
    let is = if document.get(document.root(), key).is_some() {
        "null"
    } else {
        "absent"
    };
    let observed = match context.observed {
        1 => "1 is observed and would be deleted".to_owned(),
        many => format!("{many} are observed and would be deleted"),
    };
    Err(Broken::below(
        document.root(),
        key,
        format!("is {is}, but {observed}: name those that should stay, or answer [] to delete them all"),
    ))
}
