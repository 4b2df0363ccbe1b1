//! The metadata of children: names and labels.

use std::borrow::Cow;

use crate::formats::json::{Json, Object};
use crate::formats::typed::api;
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

api! {
    /// `ObjectMeta` of Kubernetes' `k8s.io/apimachinery/pkg/apis/meta/v1/types.go`, 1.36.
    struct ObjectMeta<'a> {
        "annotations" annotations: Option<Object<'a>>,
        "labels" labels: Object<'a>,
        "name" name: Cow<'a, str>,
        "namespace" namespace: &'a str,
    }

    /// `LabelSelector` of the same file.
    struct LabelSelector<'a> {
        "matchLabels" match_labels: Object<'a>,
    }
}

impl<'a> Metadata<'a> {
    pub(super) fn into_json(self) -> Json<'a> {
        let annotations = self.annotations;
        Json::from(ObjectMeta {
            annotations: (!annotations.is_empty()).then_some(annotations),
            labels: self.labels,
            name: self.name,
            namespace: self.namespace,
        })
    }
}

impl<'a> Plan<'a> {
    /// Metadata with our labels.
    pub(crate) fn metadata(&'a self, name: &'a str, role: &'static str) -> Metadata<'a> {
        metadata(self.function, &self.names.label, name, role)
    }

    /// The labels that never change, by which pods of a role are found.
    pub(crate) fn selector(&'a self, role: &'static str) -> Object<'a> {
        Object::of([
            (FUNCTION_LABEL, self.names.label.as_str().into()),
            (ROLE_LABEL, role.into()),
        ])
    }

    /// The same as a selector of a workload.
    pub(crate) fn label_selector(&'a self, role: &'static str) -> LabelSelector<'a> {
        LabelSelector {
            match_labels: self.selector(role),
        }
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
