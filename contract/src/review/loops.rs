//! Metadata that never settles: Metacontroller, the API server and the garbage collector undo
//! each other about 20 times a second.

use super::answer::Answer;
use super::context::ReviewContext;
use super::look::present;
use super::violation::Broken;

/// The label by which Metacontroller knows children of a controller with `generateSelector`.
pub(super) const CONTROLLER_UID: &str = "controller-uid";
/// Metadata that a child must not have.
pub(super) const OWNED: [&str; 2] = [GENERATE_NAME, OWNERS];
const GENERATE_NAME: &str = "generateName";
const OWNERS: &str = "ownerReferences";

pub(super) fn check(answer: &Answer<'_>, _: &ReviewContext<'_>) -> Result<(), Broken> {
    let document = &answer.document;
    for child in &answer.children {
        if let Some(value) = present(document, child.metadata, GENERATE_NAME) {
            return Err(Broken::at(
                value,
                "not allowed: a generated name makes a new object at every call; set metadata.name",
            ));
        }
        if let Some(value) = present(document, child.metadata, OWNERS) {
            return Err(Broken::at(
                value,
                "not allowed: Metacontroller sets the owner, and would undo this one at every sync",
            ));
        }
        let labels = present(document, child.metadata, "labels");
        if let Some(value) = labels.and_then(|labels| document.get(labels, CONTROLLER_UID)) {
            return Err(Broken::at(
                value,
                "not allowed: Metacontroller sets this label, and does not find children with another value",
            ));
        }
    }
    Ok(())
}
