//! The controller declares the kind. An object of another kind would be created once, and then
//! neither shown nor updated nor deleted.

use super::Asked;
use super::answer::Answer;
use super::refusal::Broken;
use super::shape::Child;
use crate::json::shorten;
use crate::object::GroupKey;

pub(super) fn check(answer: &Answer<'_>, asked: &Asked<'_>) -> Result<(), Broken> {
    let declares = |child: &Child<'_>| is_declared(asked, &child.api_version, &child.kind);
    match answer.children.iter().find(|child| !declares(child)) {
        None => Ok(()),
        Some(child) => Err(Broken::at(child.at, message(child, asked))),
    }
}

/// Whether the controller declares a kind.
pub(super) fn is_declared(asked: &Asked<'_>, api_version: &str, kind: &str) -> bool {
    asked
        .declared
        .iter()
        .any(|group| group.kind() == kind && group.api_version() == api_version)
}

fn message(child: &Child<'_>, asked: &Asked<'_>) -> String {
    let (kind, api_version) = (shorten(&child.kind, 80), shorten(&child.api_version, 120));
    let declared: Vec<&str> = asked.declared.iter().take(10).map(GroupKey::as_str).collect();
    let declared = match (declared.len(), asked.declared.len()) {
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
