//! No list of a child has one merge key twice.
//!
//! Metacontroller's dynamic-apply merges a list whose items are all objects with one of
//! [`MERGE_KEYS`] as if it were a map. Of two items with one key, such as the Service ports 53/UDP and 53/TCP,
//! it keeps one: the object is stored as it was meant at the first sync and loses an item at the second. Under
//! server-side apply the API server merges, by keys of its own, and refuses what it cannot merge.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use metawasm_json::{Document, Kind, NodeId, quote, shorten};

use super::answer::Answer;
use super::canonical::{integer, is_servers_metadata};
use super::compared::Compared;
use super::context::ReviewContext;
use super::shape::Child;
use super::violation::Broken;
use crate::apply::{ApplyStrategy, MERGE_KEYS, merge_key};

/// Beyond this many items a map is faster, and without one input could force quadratic time.
const FEW: usize = 16;

pub(super) fn check(answer: &Answer<'_>, context: &ReviewContext<'_>) -> Result<(), Broken> {
    if context.apply == ApplyStrategy::ServerSide {
        return Ok(());
    }
    answer
        .children
        .iter()
        .try_for_each(|child| of_child(&answer.document, child))
}

/// Looks at all of a child that is sent: not at its status, nor at what the API server owns of its metadata.
fn of_child(document: &Document<'_>, child: &Child<'_>) -> Result<(), Broken> {
    for (key, value) in document.members(child.at) {
        if value == child.metadata {
            for (key, value) in document.members(value) {
                if !is_servers_metadata(&document.text(key)) {
                    below(document, value)?;
                }
            }
        } else if !document.says(key, "status") {
            below(document, value)?;
        }
    }
    Ok(())
}

/// Looks at a value and at all below it. Recursive: a document has at most 128 levels.
fn below(document: &Document<'_>, at: NodeId) -> Result<(), Broken> {
    match document.kind(at) {
        Kind::Object => document
            .members(at)
            .try_for_each(|(_, value)| below(document, value)),
        Kind::List => {
            if let Some(key) = key_of(document, at) {
                once(document, at, key)?;
            }
            document.elements(at).try_for_each(|value| below(document, value))
        }
        _ => Ok(()),
    }
}

/// The key that a list of at least two items is merged by.
fn key_of(document: &Document<'_>, list: NodeId) -> Option<&'static str> {
    let (mut common, mut items) = (u8::MAX, 0_usize);
    for item in document.elements(list) {
        if document.kind(item) != Kind::Object {
            return None;
        }
        let mut own = 0;
        for (key, value) in document.members(item) {
            // A null goes, and its key with it.
            if document.kind(value) != Kind::Null
                && let Some(place) = merge_key(&document.text(key))
            {
                own |= 1 << place;
            }
        }
        common &= own;
        items += 1;
        if common == 0 {
            return None;
        }
    }
    (items > 1).then(|| MERGE_KEYS.get(common.trailing_zeros() as usize).copied())?
}

/// Every item has another value of the key.
fn once(document: &Document<'_>, list: NodeId, key: &str) -> Result<(), Broken> {
    let values = document.elements(list).filter_map(|item| document.get(item, key));
    let mut few: Vec<Cow<'_, str>> = Vec::new();
    let mut many: HashMap<Cow<'_, str>, usize> = HashMap::new();
    for (index, value) in values.enumerate() {
        let text = as_go_prints(document, value);
        let first = if index < FEW {
            let first = few.iter().position(|other| *other == text);
            few.push(text);
            first
        } else {
            if many.is_empty() {
                many = few
                    .iter()
                    .cloned()
                    .enumerate()
                    .map(|(index, text)| (text, index))
                    .collect();
            }
            many.insert(text, index)
        };
        if let Some(first) = first {
            return Err(broken(document, value, key, first));
        }
    }
    Ok(())
}

/// Whether these values are all different; no where one of them is not known.
pub(super) fn is_unique<'v>(values: impl Iterator<Item = Option<Compared<'v>>>) -> bool {
    let mut few = [Compared::Text(""); FEW];
    let mut many = HashSet::new();
    // A string may say what an object prints as.
    let (mut texts, mut objects) = (false, false);
    for (index, value) in values.enumerate() {
        let Some(value) = value else { return false };
        match value {
            Compared::Text(_) => texts = true,
            Compared::Letters(_) => objects = true,
        }
        let is_new = match few.get_mut(index) {
            Some(place) => {
                *place = value;
                !few.iter().take(index).any(|other| *other == value)
            }
            None => {
                if many.is_empty() {
                    many.extend(few);
                }
                many.insert(value)
            }
        };
        if !is_new || (texts && objects) {
            return false;
        }
    }
    true
}

#[cold]
fn broken(document: &Document<'_>, value: NodeId, key: &str, first: usize) -> Broken {
    let said = match document.kind(value) {
        Kind::String => quote(&document.text(value)),
        _ => shorten(document.raw(value), 80).into_owned(),
    };
    Broken::at(
        value,
        format!(
            "is {said}, as in item {first} of this list: Metacontroller merges the list by `{key}` (dynamic-apply) and \
             would lose one of the two items; give each item another `{key}`. A Metacontroller with \
             --apply-strategy=server-side-apply merges by Kubernetes' own keys: set `applyStrategy` to that where yours \
             does"
        ),
    )
}

/// A value as the text that Go's `%v` makes of it, by which Metacontroller compares keys: `80` and `"80"` are one.
fn as_go_prints<'a>(document: &Document<'a>, at: NodeId) -> Cow<'a, str> {
    /// Larger objects and lists are compared byte by byte: those that are keys within keys would else be printed
    /// once for each level.
    const LARGE: usize = 512;
    match document.kind(at) {
        Kind::List | Kind::Object if document.raw(at).len() > LARGE => Cow::Borrowed(document.raw(at)),
        Kind::String | Kind::Key => document.text(at),
        Kind::Float => {
            let raw = document.raw(at);
            let other = || {
                raw.parse::<f64>()
                    .map_or_else(|_| raw.to_owned(), |number| number.to_string())
            };
            Cow::Owned(integer(raw).unwrap_or_else(other))
        }
        Kind::Integer | Kind::Bool => Cow::Borrowed(document.raw(at)),
        Kind::Null => Cow::Borrowed("<nil>"),
        Kind::List => {
            let items: Vec<_> = document
                .elements(at)
                .map(|item| as_go_prints(document, item))
                .collect();
            Cow::Owned(format!("[{}]", items.join(" ")))
        }
        Kind::Object => {
            let mut members: Vec<_> = document
                .members(at)
                .filter(|&(_, value)| document.kind(value) != Kind::Null)
                .map(|(key, value)| (document.text(key), as_go_prints(document, value)))
                .collect();
            members.sort();
            let members: Vec<_> = members
                .iter()
                .map(|(key, value)| format!("{key}:{value}"))
                .collect();
            Cow::Owned(format!("map[{}]", members.join(" ")))
        }
    }
}
