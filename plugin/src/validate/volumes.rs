//! The template's volumes, and what mounts them.

use super::template::{MAX_ITEMS, list_of, objects, string};
use crate::json::{Json, Object};
use crate::notes::{Notes, Path};
use crate::written::quoted;

/// The names that containers may mount; none where the volumes cannot be told.
pub(super) type Volumes<'a> = Option<&'a [Json<'a>]>;

pub(super) fn validate<'a>(template: &'a Object<'a>, at: &Path<'_>, notes: &mut Notes) -> Volumes<'a> {
    let at = at.field("volumes");
    let volumes = list_of(template.get("volumes"), Json::as_object, "an object", &at, notes)?;
    notes.at_most(&at, volumes.len(), MAX_ITEMS);
    if volumes.len() > MAX_ITEMS {
        return None;
    }
    for (index, volume) in objects(volumes) {
        let at = at.index(index);
        match string(volume, "name", &at, notes) {
            None | Some("") => notes.required(&at.field("name"), "every volume has a name"),
            Some(name) if has_before(volumes, index, "name", name) => {
                notes.duplicate(&at.field("name"), quoted(name));
            }
            Some(_) => {}
        }
    }
    Some(volumes)
}

/// What a container mounts.
pub(super) fn mounts(container: &Object<'_>, volumes: Volumes<'_>, at: &Path<'_>, notes: &mut Notes) {
    let at = at.field("volumeMounts");
    let wanted = container.get("volumeMounts");
    let mounts = list_of(wanted, Json::as_object, "an object", &at, notes).unwrap_or_default();
    notes.at_most(&at, mounts.len(), MAX_ITEMS);
    for (index, mount) in objects(mounts).take(MAX_ITEMS) {
        let at = at.index(index);
        match string(mount, "name", &at, notes) {
            None | Some("") => notes.required(&at.field("name"), "the volume to mount"),
            Some(name) if volumes.is_some_and(|all| !has_before(all, all.len(), "name", name)) => {
                notes.not_found(&at.field("name"), quoted(name));
            }
            Some(_) => {}
        }
        match string(mount, "mountPath", &at, notes) {
            None | Some("") => notes.required(&at.field("mountPath"), "where the volume is mounted"),
            Some(path) if has_before(mounts, index, "mountPath", path) => {
                notes.duplicate(&at.field("mountPath"), quoted(path));
            }
            Some(_) => {}
        }
    }
}

/// Whether an earlier element has the same text.
fn has_before(list: &[Json<'_>], index: usize, key: &str, text: &str) -> bool {
    let mut before = list.iter().take(index);
    before.any(|found| found.get(key).and_then(Json::as_text) == Some(text))
}
