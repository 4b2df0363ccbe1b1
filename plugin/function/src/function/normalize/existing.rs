//! Dapr Components that the Function names and does not define: somebody else has made them in its
//! namespace.
//!
//! Their type is looked up among the related objects. Whether those are there depends on the
//! controller: without its customize hook nothing is known.

use crate::formats::notes::{Notes, Path};
use crate::formats::written::quoted;
use crate::function::dapr;
use crate::function::request::Objects;
use crate::function::types::has_group;
use crate::kinds;

/// What is known of Components that the Function does not define.
#[derive(Clone, Copy)]
pub(super) struct Existing<'a> {
    pub(super) related: &'a Objects<'a>,
    pub(super) namespace: &'a str,
}

/// A Component that the Function does not define.
enum Found<'a> {
    /// Customize did not ask for Components.
    NotAsked,
    NotThere,
    /// It may have any shape, and so no type.
    There(Option<&'a str>),
}

impl<'a> Existing<'a> {
    fn find(&self, name: &str) -> Found<'a> {
        if !self.related.declares(&kinds::COMPONENT) {
            return Found::NotAsked;
        }
        match dapr::find(self.related, self.namespace, name) {
            None => Found::NotThere,
            Some(object) => {
                let found = object.get("spec").and_then(|spec| spec.get("type")?.as_text());
                Found::There(found.filter(|found| !found.is_empty()))
            }
        }
    }

    /// The type of an existing state store.
    pub(super) fn state(&self, key: &str, at: &Path<'_>, notes: &mut Notes) -> &'a str {
        let spec = at.field("spec");
        match self.find(key) {
            Found::There(Some(r#type)) if has_group(r#type, "state") => return r#type,
            Found::There(Some(r#type)) => notes.invalid(
                at,
                quoted(r#type),
                format_args!(
                    "must be state.…; it is the type of Dapr Component {}",
                    quoted(key)
                ),
            ),
            Found::There(None) => notes.required(
                &spec,
                format_args!("Dapr Component {} has no spec.type", quoted(key)),
            ),
            Found::NotThere => notes.required(
                &spec,
                format_args!(
                    "there is no Dapr Component {} in the namespace; define it here or create it",
                    quoted(key)
                ),
            ),
            Found::NotAsked => notes.warn(
                at,
                "an existing Dapr Component of that name is meant; its type is not known here",
            ),
        }
        ""
    }

    /// The type of an existing component, which is nowhere written.
    pub(super) fn component(&self, name: &str, at: &Path<'_>, notes: &mut Notes) -> &'a str {
        if name.is_empty() {
            return "";
        }
        let found = self.find(name);
        if let Found::There(Some(r#type)) = found {
            return r#type;
        }
        let name = quoted(name);
        match found {
            Found::NotAsked => notes.required(
                at,
                format_args!("the Function defines no component {name}, so its type must be written here"),
            ),
            Found::NotThere => notes.required(
                at,
                format_args!(
                    "neither the Function nor its namespace has a Dapr component {name}; define it, create it or \
                     write its type here"
                ),
            ),
            Found::There(_) => notes.required(
                at,
                format_args!("Dapr Component {name} has no spec.type, so its type must be written here"),
            ),
        }
        ""
    }

    /// What is to be said of an existing component whose type is written.
    pub(super) fn compare(&self, name: &str, r#type: &str, at: &Path<'_>, notes: &mut Notes) {
        let found = self.find(name);
        let name = quoted(name);
        match found {
            Found::NotAsked => notes.warn(
                &at.field("name"),
                format_args!(
                    "the Function defines no component {name}; an existing Dapr Component of that name is meant"
                ),
            ),
            Found::NotThere => notes.warn(
                &at.field("name"),
                format_args!(
                    "the Function defines no component {name}, and the namespace has no Dapr Component of that name"
                ),
            ),
            Found::There(Some(real)) if real != r#type => notes.warn(
                &at.field("type"),
                format_args!(
                    "is {}, but Dapr Component {name} is {}",
                    quoted(r#type),
                    quoted(real)
                ),
            ),
            Found::There(_) => {}
        }
    }
}
