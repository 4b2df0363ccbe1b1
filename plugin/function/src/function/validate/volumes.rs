//! The template's volumes, and what mounts them.

use super::lists::{MAX_ITEMS, list, objects, text};
use crate::formats::json::{Json, Object};
use crate::formats::notes::{Notes, Path};
use crate::formats::written::quoted;

/// The names that containers may mount; none where the volumes cannot be told.
pub(super) type Volumes<'a> = Option<&'a [Json<'a>]>;

pub(super) fn validate<'a>(template: &'a Object<'a>, at: &Path<'_>, notes: &mut Notes) -> Volumes<'a> {
    let at = at.field("volumes");
    let volumes = match template.get("volumes") {
        None => return Some(&[]),
        Some(volumes) => volumes.as_list()?,
    };
    notes.at_most(&at, volumes.len(), MAX_ITEMS);
    if volumes.len() > MAX_ITEMS {
        return None;
    }
    for (index, volume) in objects(volumes) {
        if let Some(name) = text(volume, "name")
            && !name.is_empty()
            && has_before(volumes, index, "name", name)
        {
            notes.duplicate(&at.index(index).field("name"), quoted(name));
        }
    }
    Some(volumes)
}

/// What a container mounts.
pub(super) fn mounts(container: &Object<'_>, volumes: Volumes<'_>, at: &Path<'_>, notes: &mut Notes) {
    let at = at.field("volumeMounts");
    let mounts = list(container, "volumeMounts");
    notes.at_most(&at, mounts.len(), MAX_ITEMS);
    for (index, mount) in objects(mounts).take(MAX_ITEMS) {
        let at = at.index(index);
        if let Some(name) = text(mount, "name").filter(|name| !name.is_empty())
            && volumes.is_some_and(|all| !has_before(all, all.len(), "name", name))
        {
            notes.not_found(&at.field("name"), quoted(name));
        }
        if let Some(path) = text(mount, "mountPath").filter(|path| !path.is_empty())
            && has_before(mounts, index, "mountPath", path)
        {
            notes.duplicate(&at.field("mountPath"), quoted(path));
        }
    }
}

/// Whether an earlier element has the same text.
fn has_before(list: &[Json<'_>], index: usize, key: &str, text: &str) -> bool {
    let mut before = list.iter().take(index);
    before.any(|found| found.get(key).and_then(Json::as_text) == Some(text))
}
