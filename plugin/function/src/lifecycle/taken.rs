//! Names that are taken: objects of others that have the names of a Function's children.
//!
//! Metacontroller says nothing about them. It leaves them alone, or under server-side apply takes
//! them over, and later deletes them. So with the setting `checkNames` customize asks for objects
//! of our names, and a child whose name another object has is left out.

use crate::children::child::Child;
use crate::kinds::Kind;
use crate::plan::decisions::Plan;

/// Takes out the children whose name another object has; `Service hello`, for each.
pub(crate) fn leave_out(plan: &Plan<'_>, children: &mut Vec<Child<'_>>) -> Vec<String> {
    let mut taken = Vec::new();
    if !plan.settings.check_names {
        return taken;
    }
    children.retain(|child| {
        let is_taken = is_taken(plan, child);
        if is_taken {
            taken.push(format!("{} {}", child.kind, child.name));
        }
        !is_taken
    });
    taken
}

fn is_taken(plan: &Plan<'_>, child: &Child<'_>) -> bool {
    let Some(kind) = Kind::of(child.api_version, child.kind) else {
        return false;
    };
    // What is observed as a child is the Function's.
    if plan.observed.find(kind, &child.name).is_some() {
        return false;
    }
    let namespace = plan.function.namespace;
    let found = plan
        .related
        .find_in(kind.api_version, kind.kind, namespace, &child.name);
    found.is_some_and(|object| !object.is_owned_by(plan.function.uid))
}
