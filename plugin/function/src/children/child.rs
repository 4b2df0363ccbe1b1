//! A child, whatever its kind: who it is, and what is asked for.

use std::borrow::Cow;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::metadata::Metadata;
use crate::formats::json::{Json, Object};
use crate::function::conventions::ROLE_LABEL;
use crate::kinds::Kind;

/// One child, written as the API server stores it.
#[derive(Debug)]
pub(crate) struct Child<'a> {
    pub(crate) api_version: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) name: Cow<'a, str>,
    body: Body<'a>,
}

#[derive(Debug)]
enum Body<'a> {
    Made(Json<'a>),
    /// What was asked for before, again.
    Repeated(Box<RawValue>),
}

impl<'a> Child<'a> {
    /// A child with this metadata; `rest` is what else it has, mostly `spec`.
    pub(crate) fn new<const N: usize>(
        kind: &'static Kind,
        metadata: Metadata<'a>,
        rest: [(&'static str, Json<'a>); N],
    ) -> Self {
        let name = metadata.name.clone();
        let mut object = Object::with_capacity(N + 3);
        // In the order of nearly every child: what comes in order is moved by nothing.
        object.insert("apiVersion", kind.api_version.into());
        object.insert("kind", kind.kind.into());
        object.insert("metadata", metadata.into_json());
        for (key, value) in rest {
            object.insert(key, value);
        }
        Child {
            api_version: kind.api_version,
            kind: kind.kind,
            name,
            body: Body::Made(Json::Object(object)),
        }
    }

    /// What was last asked for of an observed child.
    pub(crate) fn repeated(api_version: &'a str, kind: &'a str, name: &'a str, body: Box<RawValue>) -> Self {
        Child {
            api_version,
            kind,
            name: Cow::Borrowed(name),
            body: Body::Repeated(body),
        }
    }

    /// Whether it is the object of this kind and name.
    pub(crate) fn is(&self, api_version: &str, kind: &str, name: &str) -> bool {
        self.name == name && self.kind == kind && self.api_version == api_version
    }

    /// Whether it is of a kind.
    pub(crate) fn is_of(&self, kind: &Kind) -> bool {
        self.kind == kind.kind && self.api_version == kind.api_version
    }

    /// What it is to its Function; not known of one that is repeated.
    pub(crate) fn role(&self) -> &str {
        let Body::Made(json) = &self.body else {
            return "";
        };
        let labels = json.get("metadata").and_then(|metadata| metadata.get("labels"));
        let role = labels.and_then(|labels| labels.get(ROLE_LABEL)?.as_text());
        role.unwrap_or_default()
    }
}

impl Serialize for Child<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.body {
            Body::Made(json) => json.serialize(serializer),
            Body::Repeated(raw) => raw.serialize(serializer),
        }
    }
}
