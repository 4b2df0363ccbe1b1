//! Children that are asked for and not observed.

use crate::children::child::Child;
use crate::function::request::Children;

/// The desired children that are not observed.
pub(crate) fn of(desired: &[Child<'_>], observed: &Children<'_>) -> Vec<String> {
    desired
        .iter()
        .filter(|child| {
            observed
                .find_named(child.api_version, child.kind, &child.name)
                .is_none()
        })
        .map(|child| format!("{} {}", child.kind, child.name))
        .collect()
}
