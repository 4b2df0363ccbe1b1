//! The metadata of children: names and labels.

use std::borrow::Cow;

use crate::formats::json::{Json, Object};
use crate::function::conventions::{FUNCTION_LABEL, MANAGED_LABEL, ROLE_LABEL, VERSION_LABEL};
use crate::function::types::Function;
use crate::plan::decisions::Plan;

/// The metadata of a child.
#[derive(Debug, Clone)]
pub(crate) struct Metadata<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) namespace: &'a str,
    pub(crate) labels: Object<'a>,
    pub(crate) annotations: Object<'a>,
}

impl<'a> Metadata<'a> {
    pub(super) fn into_json(self) -> Json<'a> {
        let mut metadata = Object::of([
            ("labels", Json::Object(self.labels)),
            ("name", self.name.into()),
            ("namespace", self.namespace.into()),
        ]);
        if !self.annotations.is_empty() {
            metadata.insert("annotations", Json::Object(self.annotations));
        }
        Json::Object(metadata)
    }
}

impl<'a> Plan<'a> {
    /// Metadata with our labels.
    pub(crate) fn metadata(&'a self, name: &'a str, role: &'static str) -> Metadata<'a> {
        metadata(self.function, &self.names.label, name, role)
    }

    /// The labels that never change, by which pods of a role are found.
    pub(crate) fn selector(&'a self, role: &'static str) -> Json<'a> {
        Json::object([
            (FUNCTION_LABEL, self.names.label.as_str().into()),
            (ROLE_LABEL, role.into()),
        ])
    }

    /// Metadata with the user's labels over ours, but for the selector's.
    pub(crate) fn metadata_of_pods(&'a self, name: &'a str, role: &'static str) -> Metadata<'a> {
        let mut metadata = self.metadata(name, role);
        for (key, value) in self.serving.labels.iter() {
            metadata.labels.insert(key, (&**value).into());
        }
        metadata
            .labels
            .insert(FUNCTION_LABEL, self.names.label.as_str().into());
        metadata.labels.insert(ROLE_LABEL, role.into());
        metadata
    }
}

/// Metadata with our labels; `label` is the value of [`FUNCTION_LABEL`].
pub(super) fn metadata<'a>(
    function: &'a Function<'a>,
    label: &'a str,
    name: &'a str,
    role: &'static str,
) -> Metadata<'a> {
    Metadata {
        annotations: Object::new(),
        labels: Object::of([
            (FUNCTION_LABEL, label.into()),
            (MANAGED_LABEL, "true".into()),
            (ROLE_LABEL, role.into()),
            (VERSION_LABEL, function.version.into()),
        ]),
        name: Cow::Borrowed(name),
        namespace: function.namespace,
    }
}
