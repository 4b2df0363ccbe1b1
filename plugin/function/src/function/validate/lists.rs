//! Lists and members of objects in the pod template.

use crate::formats::json::{Json, Object};

/// What is compared with each other is limited.
pub(super) const MAX_ITEMS: usize = 256;

/// A list, of which the wrong elements have been told of; empty where there is none.
#[inline(never)]
pub(super) fn list<'a>(object: &'a Object<'_>, key: &str) -> &'a [Json<'a>] {
    object.get(key).and_then(Json::as_list).unwrap_or_default()
}

/// The elements that are objects, each with its index.
pub(super) fn objects<'a>(list: &'a [Json<'a>]) -> impl Iterator<Item = (usize, &'a Object<'a>)> {
    let all = list.iter().enumerate();
    all.filter_map(|(index, element)| Some((index, element.as_object()?)))
}

/// A member that is a string.
#[inline(never)]
pub(super) fn text<'a>(object: &'a Object<'_>, key: &str) -> Option<&'a str> {
    object.get(key)?.as_text()
}
