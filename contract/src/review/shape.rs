//! A child is an object with an apiVersion, a kind and a name, and its labels and annotations
//! are strings.

use std::borrow::Cow;

use metawasm_json::{Document, Kind, NodeId, quote};

use super::look::{is, present};
use super::violation::Broken;
use crate::object::{is_api_version, is_kind};

/// An object that should exist.
pub(super) struct Child<'a> {
    pub(super) at: NodeId,
    pub(super) metadata: NodeId,
    pub(super) api_version: Cow<'a, str>,
    pub(super) kind: Cow<'a, str>,
    /// As written; an empty one is none.
    pub(super) namespace: Option<Cow<'a, str>>,
    pub(super) name: Cow<'a, str>,
}

/// The children of a list.
pub(super) fn read<'a>(document: &Document<'a>, list: NodeId) -> Result<Vec<Child<'a>>, Broken> {
    if document.kind(list) != Kind::List {
        return Err(is(document, list, "expected a list of objects"));
    }
    document.elements(list).map(|at| child(document, at)).collect()
}

fn child<'a>(document: &Document<'a>, at: NodeId) -> Result<Child<'a>, Broken> {
    if document.kind(at) != Kind::Object {
        return Err(is(
            document,
            at,
            "expected an object with apiVersion, kind and metadata.name",
        ));
    }
    let api_version = text(document, at, "apiVersion", "like \"apps/v1\"")?;
    if !is_api_version(&api_version) {
        let said = quote(&api_version);
        return Err(Broken::below(
            at,
            "apiVersion",
            format!("is {said}; expected <group>/<version>, or v1"),
        ));
    }
    let kind = text(document, at, "kind", "like \"Deployment\"")?;
    if !is_kind(&kind) {
        let said = quote(&kind);
        return Err(Broken::below(
            at,
            "kind",
            format!("is {said}; expected a name like \"Deployment\""),
        ));
    }
    let metadata = present(document, at, "metadata")
        .ok_or_else(|| Broken::below(at, "metadata", "is missing; expected an object with a name"))?;
    if document.kind(metadata) != Kind::Object {
        return Err(is(document, metadata, "expected an object with a name"));
    }
    let name = text(document, metadata, "name", "that is the same at every call")?;
    if !is_name(&name) {
        let said = quote(&name);
        return Err(Broken::below(
            metadata,
            "name",
            format!("is {said}; a name must be a path segment"),
        ));
    }
    let namespace = match present(document, metadata, "namespace") {
        Some(value) if document.kind(value) != Kind::String => {
            return Err(is(document, value, "expected a string, or nothing"));
        }
        namespace => namespace
            .map(|value| document.text(value))
            .filter(|text| !text.is_empty()),
    };
    for map in ["labels", "annotations"]
        .into_iter()
        .filter_map(|key| present(document, metadata, key))
    {
        strings(document, map)?;
    }
    Ok(Child {
        at,
        metadata,
        api_version,
        kind,
        namespace,
        name,
    })
}

/// Whether a text can be part of a path of the API.
pub(super) fn is_name(name: &str) -> bool {
    name != "." && name != ".." && !name.contains(['/', '%']) && !name.contains(char::is_control)
}

fn text<'a>(
    document: &Document<'a>,
    object: NodeId,
    key: &'static str,
    like: &str,
) -> Result<Cow<'a, str>, Broken> {
    match present(document, object, key) {
        None => Err(Broken::below(
            object,
            key,
            format!("is missing; expected a string {like}"),
        )),
        Some(value) if document.kind(value) != Kind::String => {
            Err(is(document, value, &format!("expected a string {like}")))
        }
        Some(value) if document.raw(value).is_empty() => {
            Err(Broken::at(value, format!("is empty; expected a string {like}")))
        }
        Some(value) => Ok(document.text(value)),
    }
}

/// An object whose values are strings.
pub(super) fn strings(document: &Document<'_>, map: NodeId) -> Result<(), Broken> {
    if document.kind(map) != Kind::Object {
        return Err(is(document, map, "expected an object of strings"));
    }
    match document
        .members(map)
        .find(|&(_, value)| document.kind(value) != Kind::String)
    {
        Some((_, value)) => Err(is(document, value, "expected a string, in quotes")),
        None => Ok(()),
    }
}
