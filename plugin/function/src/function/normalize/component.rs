//! A Dapr component that the Function defines → Dapr's `ComponentSpec`, as the API server stores
//! it.
//!
//! Only what Dapr knows is asked for: a field that its CRD lacks is pruned or, under server-side
//! apply, refused. `metadata` is always there, because the CRD requires it.
//!
//! Source: Dapr's `pkg/apis/components/v1alpha1/types.go` and `pkg/apis/common/namevalue.go`.

use std::collections::BTreeSet;

use super::reference::corrected;
use super::template::store_number;
use crate::formats::json::{Json, Object};
use crate::formats::notes::{Notes, Path};
use crate::formats::written::{Written, quoted};
use crate::function::fields;
use crate::function::types::Component;

const FIELDS: [&str; 5] = ["ignoreErrors", "initTimeout", "metadata", "type", "version"];
const ITEM_FIELDS: [&str; 4] = ["envRef", "name", "secretKeyRef", "value"];
const SECRET_FIELDS: [&str; 2] = ["key", "name"];

/// Reads one component.
pub(super) fn normalize<'a>(written: &Written<'_, 'a>, notes: &mut Notes) -> Component<'a> {
    only(written, &FIELDS, notes);
    let mut seen = BTreeSet::new();
    let mut metadata = Vec::new();
    for item in written.field("metadata").elements(notes) {
        metadata.push(setting(&item, &mut seen, notes));
    }
    let found = written.field("type");
    let r#type = found.required("the type of the component, such as bindings.kafka", notes);
    let r#type = corrected(r#type, &found.at, notes);
    let version = written.field("version");
    let version = version.required("the version of the component, such as v1", notes);
    let mut spec = Object::of([
        ("metadata", Json::List(metadata)),
        ("type", r#type.clone().into()),
        ("version", version.into()),
    ]);
    if written.field("ignoreErrors").flag(notes) == Some(true) {
        spec.insert("ignoreErrors", true.into());
    }
    if let Some(timeout) = written.field("initTimeout").non_empty(notes) {
        spec.insert("initTimeout", timeout.into());
    }
    Component { r#type, spec }
}

/// One setting of a component: a name and where its value is.
fn setting<'a>(written: &Written<'_, 'a>, seen: &mut BTreeSet<&'a str>, notes: &mut Notes) -> Json<'a> {
    let object = only(written, &ITEM_FIELDS, notes);
    let field = written.field("name");
    let name = field.required("the name of a setting of the component", notes);
    if !name.is_empty() && !seen.insert(name) {
        notes.duplicate(&field.at, quoted(name));
    }
    let mut setting = Object::of([("name", name.into())]);
    let mut add = |key, value: Option<Json<'a>>, notes: &mut Notes| {
        let Some(value) = value else {
            return;
        };
        if setting.len() > 1 {
            let why = "the value of a setting is in one of value, secretKeyRef and envRef";
            notes.forbidden(&written.field(key).at, why);
        }
        setting.insert(key, value);
    };
    let value = object.and_then(|object| object.get("value"));
    let value = value.and_then(|value| stored(value, &written.at.field("value"), notes));
    add("value", value, notes);
    let secret = secret(&written.field("secretKeyRef"), notes);
    add("secretKeyRef", secret, notes);
    let variable = written.field("envRef").non_empty(notes);
    add("envRef", variable.map(Json::from), notes);
    Json::Object(setting)
}

/// A key in a Secret; nothing where both are empty. Dapr takes the Secret's name for a missing
/// key, and some of its CRDs require one.
fn secret<'a>(written: &Written<'_, 'a>, notes: &mut Notes) -> Option<Json<'a>> {
    only(written, &SECRET_FIELDS, notes);
    let name = written.field("name").non_empty(notes);
    let key = written.field("key").non_empty(notes);
    if name.is_none() && key.is_some() {
        let at = written.at.field("name");
        notes.required(&at, "the Secret with the value of a setting");
    }
    let name = name?;
    Some(Json::object([
        ("key", key.unwrap_or(name).into()),
        ("name", name.into()),
    ]))
}

/// An object; warns of the fields that a Component does not have.
fn only<'a>(
    written: &Written<'_, 'a>,
    known: &'static [&'static str],
    notes: &mut Notes,
) -> Option<&'a Object<'a>> {
    const FATE: &str = "ignored: a Dapr Component has no such field";
    let object = written.object(notes);
    for (key, value) in object.into_iter().flat_map(Object::iter) {
        if !known.contains(&key) && !matches!(value, Json::Null) {
            let names = &mut known.iter().copied();
            fields::unknown(&written.at.field(key), key, names, FATE, notes);
        }
    }
    object
}

/// Any JSON value without nulls and with whole numbers as such; null is no value.
fn stored<'a>(value: &'a Json<'a>, at: &Path<'_>, notes: &mut Notes) -> Option<Json<'a>> {
    match value {
        Json::Null => None,
        Json::Number(_) => {
            let mut number = value.clone();
            store_number(&mut number, at, notes);
            Some(number)
        }
        Json::List(list) => {
            let mut all = Vec::with_capacity(list.len());
            for (index, value) in list.iter().enumerate() {
                let at = at.index(index);
                if matches!(value, Json::Null) {
                    notes.invalid(&at, "null", "must not be null");
                }
                all.extend(stored(value, &at, notes));
            }
            Some(Json::List(all))
        }
        Json::Object(object) => {
            let mut all = Object::new();
            for (key, value) in object.iter() {
                if let Some(value) = stored(value, &at.key(key), notes) {
                    all.insert(key, value);
                }
            }
            Some(Json::Object(all))
        }
        other => Some(other.clone()),
    }
}
