//! The controller declares the kind. An object of another kind would be created once, and then
//! neither shown nor updated nor deleted.

use metawasm_json::shorten;

use super::answer::Answer;
use super::context::ReviewContext;
use super::shape::Child;
use super::violation::Broken;
use crate::object::GroupKey;

pub(super) fn check(answer: &Answer<'_>, context: &ReviewContext<'_>) -> Result<(), Broken> {
    let declares = |child: &Child<'_>| is_declared(context, &child.api_version, &child.kind);
    match answer.children.iter().find(|child| !declares(child)) {
        None => Ok(()),
        Some(child) => Err(Broken::at(child.at, message(child, context))),
    }
}

/// Whether the controller declares a kind.
pub(super) fn is_declared(context: &ReviewContext<'_>, api_version: &str, kind: &str) -> bool {
    context
        .declared
        .iter()
        .any(|group| group.kind() == kind && group.api_version() == api_version)
}

fn message(child: &Child<'_>, context: &ReviewContext<'_>) -> String {
    let (kind, api_version) = (shorten(&child.kind, 80), shorten(&child.api_version, 120));
    let declared: Vec<&str> = context.declared.iter().take(10).map(GroupKey::as_str).collect();
    let declared = match (declared.len(), context.declared.len()) {
        (0, _) => "none".to_owned(),
        (shown, all) if shown < all => format!("{} and {} more", declared.join(", "), all - shown),
        _ => declared.join(", "),
    };
    format!(
        "is a {kind} of {api_version}, which the controller does not declare: it would be created once and never \
         seen again; declared are {}",
        shorten(&declared, 400)
    )
}
