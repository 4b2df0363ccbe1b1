//! A child that goes, and comes under another name.

use serde_json::Value;

use crate::object::Id;
use crate::world::{Sync, Verb, Write};

/// The child that a sync creates with the contents of one that it deletes.
pub(super) fn renamed(deleted: &Write, sync: &Sync) -> Option<Id> {
    let old = &deleted.object;
    let created = sync.writes.iter().filter(|write| write.verb == Verb::Create);
    created.map(|write| &write.object).find_map(|new| {
        if (&new.kind, &new.api_version) != (&old.kind, &old.api_version) {
            return None;
        }
        let wanted = sync.desired.iter().find(|child| Id::of(child) == *new)?;
        is_same(&deleted.before, wanted, &old.name, &new.name).then(|| new.clone())
    })
}

/// Whether a stored object has what another one asks for, but for its name wherever it is written.
fn is_same(stored: &Value, wanted: &Value, old: &str, new: &str) -> bool {
    let contents = |object: &Value| {
        let mut members = object.as_object().cloned().unwrap_or_default();
        for member in ["metadata", "status"] {
            members.remove(member);
        }
        Value::Object(members)
    };
    has(&contents(stored), &contents(wanted), old, new)
}

fn has(stored: &Value, wanted: &Value, old: &str, new: &str) -> bool {
    match (stored, wanted) {
        (Value::Object(stored), Value::Object(wanted)) => wanted.iter().all(|(key, wanted)| {
            stored
                .get(key)
                .is_some_and(|stored| has(stored, wanted, old, new))
                || wanted.is_null()
        }),
        (Value::Array(stored), Value::Array(wanted)) => {
            stored.len() == wanted.len()
                && stored
                    .iter()
                    .zip(wanted)
                    .all(|(stored, wanted)| has(stored, wanted, old, new))
        }
        (Value::String(stored), Value::String(wanted)) => {
            stored == wanted || stored.replace(old, new) == *wanted
        }
        _ => stored == wanted,
    }
}
