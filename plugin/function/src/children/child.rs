//! A child, whatever its kind: its identity, and what is asked for.

use std::borrow::Cow;

use metawasm_json::Write;

use super::metadata::Metadata;
use crate::formats::json::{Json, Object};
use crate::formats::typed::{Fields, api};
use crate::function::conventions::ROLE_LABEL;
use crate::kinds::Kind;

/// A child that is asked for.
#[derive(Debug)]
pub(crate) struct Child<'a> {
    pub(crate) api_version: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) name: Cow<'a, str>,
    body: Body<'a>,
}

#[derive(Debug)]
enum Body<'a> {
    /// Made from the plan.
    Made(Json<'a>),
    /// Asked for as it was last: JSON.
    Repeated(String),
}

api! {
    /// What most kinds have beside their metadata.
    struct Spec<'a> {
        "spec" spec: Json<'a>,
    }
}

impl<'a> Child<'a> {
    /// A child of a kind whose objects have a `spec`.
    pub(crate) fn new(kind: &'static Kind, metadata: Metadata<'a>, spec: impl Into<Json<'a>>) -> Self {
        Child::with_fields(kind, metadata, Spec { spec: spec.into() })
    }

    /// A child with all the fields that it has beside its metadata.
    pub(crate) fn with_fields(kind: &'static Kind, metadata: Metadata<'a>, fields: impl Fields<'a>) -> Self {
        let name = metadata.name.clone();
        let mut object = Object::with_capacity(5);
        // In the order of nearly every child: what comes in order is moved by nothing.
        object.insert("apiVersion", kind.api_version.into());
        object.insert("kind", kind.kind.into());
        object.insert("metadata", metadata.into_json());
        fields.write(&mut object);
        Child {
            api_version: kind.api_version,
            kind: kind.kind,
            name,
            body: Body::Made(Json::Object(object)),
        }
    }

    /// A child as it was last asked for.
    pub(crate) fn repeated(api_version: &'a str, kind: &'a str, name: &'a str, body: String) -> Self {
        Child {
            api_version,
            kind,
            name: Cow::Borrowed(name),
            body: Body::Repeated(body),
        }
    }

    /// Whether it is this object.
    pub(crate) fn is(&self, api_version: &str, kind: &str, name: &str) -> bool {
        self.name == name && self.kind == kind && self.api_version == api_version
    }

    /// Whether it is of this kind.
    pub(crate) fn is_of(&self, kind: &Kind) -> bool {
        self.kind == kind.kind && self.api_version == kind.api_version
    }

    /// What it is to its Function; empty for one that is repeated.
    pub(crate) fn role(&self) -> &str {
        let Body::Made(json) = &self.body else {
            return "";
        };
        let labels = json.get("metadata").and_then(|metadata| metadata.get("labels"));
        let role = labels.and_then(|labels| labels.get(ROLE_LABEL)?.as_text());
        role.unwrap_or_default()
    }
}

impl Write for Child<'_> {
    fn write(&self, to: &mut String) {
        match &self.body {
            Body::Made(json) => json.write(to),
            Body::Repeated(text) => to.push_str(text),
        }
    }
}
