//! Edits that rewriting an older spelling needs.

use crate::formats::json::{Json, Object};
use crate::formats::notes::{Notes, Path};

/// Says where a field belongs.
#[cold]
#[inline(never)]
pub(super) fn moved(at: &Path<'_>, to: &str, notes: &mut Notes) {
    notes.warn(at, format_args!("is v1beta1's spelling, read as {to}"));
}

/// The object below another, made where there is none. None where something else is there, which is
/// told of when it is read.
pub(super) fn below<'o, 'a>(object: &'o mut Object<'a>, name: &'static str) -> Option<&'o mut Object<'a>> {
    if matches!(object.get(name), None | Some(Json::Null)) {
        object.insert(name, Json::Object(Object::new()));
    }
    object.get_mut(name).and_then(Json::as_object_mut)
}
