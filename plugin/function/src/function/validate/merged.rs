//! Lists that Metacontroller merges by a key: of two items with one key it would lose one.
//!
//! Source: Metacontroller's `pkg/dynamic/apply/apply.go` (`--apply-strategy=dynamic-apply`, its default). Most of these
//! keys are those of Kubernetes, by which server-side apply refuses equal ones too.

use std::borrow::Cow;

use crate::formats::json::{Json, Object};
use crate::formats::notes::{Notes, Path};
use crate::formats::sorted::sort;
use crate::formats::written::quoted;
use crate::function::conventions::CONTAINER;

/// The keys, in Metacontroller's order.
const KEYS: [&str; 7] = ["containerPort", "port", "mountPath", "name", "uid", "ip", "path"];
/// Lists that have a check of their own, or of which the pods get each item once.
const CHECKED: [&str; 6] = [
    "containers",
    "imagePullSecrets",
    "initContainers",
    "ports",
    "volumeMounts",
    "volumes",
];

/// Looks at all lists of a pod spec that passes through.
pub(super) fn validate(object: &Object<'_>, at: &Path<'_>, notes: &mut Notes) {
    // Of two variables of the function's own container the last counts, and the first does not reach the pod.
    let is_function = object.get("name").and_then(Json::as_text) == Some(CONTAINER);
    for (name, value) in object.iter() {
        let is_checked = CHECKED.contains(&name) || (is_function && name == "env");
        below(value, &at.field(name), is_checked, notes);
    }
}

fn below(value: &Json<'_>, at: &Path<'_>, is_checked: bool, notes: &mut Notes) {
    if let Some(object) = value.as_object() {
        validate(object, at, notes);
    }
    let Some(list) = value.as_list().filter(|list| !list.is_empty()) else {
        return;
    };
    if !is_checked && list.len() > 1 {
        once(list, at, notes);
    }
    for (index, item) in list.iter().enumerate() {
        below(item, &at.index(index), false, notes);
    }
}

/// Every item of a list has another value of the key that all have.
fn once(list: &[Json<'_>], at: &Path<'_>, notes: &mut Notes) {
    let has = |item: &Json<'_>, key| item.get(key).is_some_and(|value| !matches!(value, Json::Null));
    let key = KEYS
        .into_iter()
        .find(|key| list.iter().all(|item| has(item, key)));
    let Some(key) = key else {
        return;
    };
    let texts: Vec<(Cow<'_, str>, usize)> = list
        .iter()
        .enumerate()
        .filter_map(|(index, item)| Some((text(item.get(key)?)?, index)))
        .collect();
    let mut seen: Vec<(&str, usize)> = texts.iter().map(|(text, index)| (&**text, *index)).collect();
    sort(&mut seen);
    for pair in seen.windows(2) {
        if let [(before, _), (text, index)] = pair
            && before == text
        {
            notes.duplicate(&at.index(*index).field(key), quoted(text));
        }
    }
}

/// A value as Metacontroller compares it; an object or list is none in a pod spec.
fn text<'a>(value: &'a Json<'_>) -> Option<Cow<'a, str>> {
    match value {
        Json::Text(text) => Some(Cow::Borrowed(text)),
        Json::Number(_) => value.as_whole().map(|number| Cow::Owned(number.to_string())),
        _ => None,
    }
}
