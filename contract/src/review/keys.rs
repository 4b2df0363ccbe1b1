//! No key twice in one object, at any depth: two readers would see two answers.

use std::collections::HashSet;

use metawasm_json::{Document, Kind, NodeId};

use super::context::ReviewContext;
use super::violation::Broken;

/// Beyond this many keys a set is faster, and without one an attacker has square time.
const FEW: usize = 24;

pub(super) fn check(document: &Document<'_>, _: &ReviewContext<'_>) -> Result<(), Broken> {
    for (id, kind) in document.ids() {
        if kind == Kind::Object
            && let Some(key) = twice(document, id)
        {
            return Err(Broken::at(key, "duplicate key; each key must be unique"));
        }
    }
    Ok(())
}

fn twice(document: &Document<'_>, object: NodeId) -> Option<NodeId> {
    let mut seen = [object; FEW];
    for (count, (key, _)) in document.members(object).enumerate() {
        let Some(place) = seen.get_mut(count) else {
            return twice_of_many(document, object);
        };
        *place = key;
        if seen
            .iter()
            .take(count)
            .any(|&other| document.is_same_text(key, other))
        {
            return Some(key);
        }
    }
    None
}

fn twice_of_many(document: &Document<'_>, object: NodeId) -> Option<NodeId> {
    let mut seen = HashSet::new();
    document
        .members(object)
        .map(|(key, _)| key)
        .find(|&key| !seen.insert(document.text(key)))
}
