//! Which fields of a Function have a meaning, and what is said of every other one.
//!
//! A field that nothing reads is a mistake in nearly every case: misspelt, or in the wrong place. So
//! `spec` is walked once beside a table of the known fields ([`table`]). Both are sorted, so that
//! this costs one comparison for each field. Parts that have a table of their own are left to those
//! who read them: the pod template, KEDA's sections, and Dapr's components.

mod table;

use table::{Below, Place, SPEC};

use crate::formats::json::{Json, Object};
use crate::formats::notes::{Notes, Path};
use metawasm_formats::nearest::nearest;

/// Warns of each field of `spec` that has no effect because nobody knows it.
pub(crate) fn check(spec: Option<&Json<'_>>, notes: &mut Notes) {
    if let Some(spec) = spec {
        walk(spec, &SPEC, &Path::root("spec"), notes);
    }
}

/// Looks at an object, or at each element of a list. Anything else is of the wrong shape, which is
/// told of elsewhere.
fn walk(value: &Json<'_>, place: &'static Place, at: &Path<'_>, notes: &mut Notes) {
    match value {
        Json::List(list) => {
            for (index, value) in list.iter().enumerate() {
                walk(value, place, &at.index(index), notes);
            }
        }
        Json::Object(object) => members(object, place, at, notes),
        _ => {}
    }
}

fn members(object: &Object<'_>, place: &'static Place, at: &Path<'_>, notes: &mut Notes) {
    let wrapper = place.wrappers.iter().find(|name| is_present(object, name));
    let mut known = place.fields.iter().peekable();
    for (key, value) in object.iter() {
        while known.next_if(|(name, _)| *name < key).is_some() {}
        let below = known.next_if(|(name, _)| *name == key);
        match below {
            _ if matches!(value, Json::Null) => {}
            None => unknown(&at.field(key), key, &mut place.names(), place.fate, notes),
            Some(_) if wrapper.is_some_and(|wrapper| *wrapper != key) => {
                let wrapper = wrapper.copied().unwrap_or_default();
                notes.warn(
                    &at.field(key),
                    format_args!("is not used: the field {wrapper} beside it is"),
                );
            }
            Some((_, Below::Value)) => {}
            Some((_, Below::Fields(place))) => walk(value, place, &at.field(key), notes),
            Some((_, Below::Each(place))) => {
                let at = at.field(key);
                for (key, value) in value.as_object().into_iter().flat_map(Object::iter) {
                    walk(value, place, &at.key(key), notes);
                }
            }
        }
    }
}

fn is_present(object: &Object<'_>, name: &str) -> bool {
    object.get(name).is_some_and(|value| !matches!(value, Json::Null))
}

/// Warns of a field that nobody knows; `fate` says what becomes of it, and `known` are the names that
/// it could have been meant as.
#[cold]
#[inline(never)]
pub(crate) fn unknown(
    at: &Path<'_>,
    key: &str,
    known: &mut dyn Iterator<Item = &'static str>,
    fate: &str,
    notes: &mut Notes,
) {
    // There may be any number of them: of those that are only counted no name is compared.
    if !notes.shows_another_warning() {
        notes.warn(at, "");
        return;
    }
    let meant = nearest(key, known).map(str::to_owned);
    let hint = match meant.or_else(|| elsewhere(key)) {
        Some(meant) => format!("; did you mean {meant:?}?"),
        None => String::new(),
    };
    notes.warn(at, format_args!("unknown field, {fate}{hint}"));
}

/// The only place of `spec` with a field of this name.
fn elsewhere(key: &str) -> Option<String> {
    let mut found = Vec::new();
    collect(key, &SPEC, "spec", &mut found);
    match found.as_slice() {
        [_] => found.pop(),
        _ => None,
    }
}

fn collect(key: &str, place: &'static Place, at: &str, found: &mut Vec<String>) {
    for (name, below) in place.fields {
        let at = [at, ".", name].concat();
        if *name == key {
            found.push(at);
        } else if let Below::Fields(place) = below {
            collect(key, place, &at, found);
        }
    }
}

#[cfg(test)]
mod tests;
