//! The answers of the hooks.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

/// The answer of `sync` and `finalize` for a CompositeController.
///
/// The children are all that should exist: Metacontroller deletes the others.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CompositeAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Value>,
    children: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resync_after_seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finalized: Option<bool>,
}

/// The answer of `sync` and `finalize` for a DecoratorController.
///
/// The attachments are all that should exist: Metacontroller deletes the others.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DecoratorAnswer {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<String, Option<String>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Value>,
    attachments: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resync_after_seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finalized: Option<bool>,
}

macro_rules! common {
    ($answer:ident) => {
        impl $answer {
            /// Returns an answer without children.
            #[must_use]
            pub fn new() -> Self {
                Self::default()
            }

            /// Sets the status of the parent.
            #[must_use]
            pub fn status(mut self, status: impl Into<Value>) -> Self {
                self.status = Some(status.into());
                self
            }

            /// Asks for a call after some seconds, even if nothing changes.
            #[must_use]
            pub fn resync_after(mut self, seconds: u32) -> Self {
                self.resync_after_seconds = Some(f64::from(seconds));
                self
            }

            /// Says whether the plugin is done with a parent that is being deleted. For the hook `finalize`.
            #[must_use]
            pub fn finalized(mut self, finalized: bool) -> Self {
                self.finalized = Some(finalized);
                self
            }
        }
    };
}

common!(CompositeAnswer);
common!(DecoratorAnswer);

impl CompositeAnswer {
    /// Adds a child.
    #[must_use]
    pub fn child(mut self, child: impl Into<Value>) -> Self {
        self.children.push(child.into());
        self
    }

    /// Adds several children.
    #[must_use]
    pub fn children(mut self, children: impl IntoIterator<Item = Value>) -> Self {
        self.children.extend(children);
        self
    }
}

impl DecoratorAnswer {
    /// Adds an attachment.
    #[must_use]
    pub fn attachment(mut self, attachment: impl Into<Value>) -> Self {
        self.attachments.push(attachment.into());
        self
    }

    /// Adds several attachments.
    #[must_use]
    pub fn attachments(mut self, attachments: impl IntoIterator<Item = Value>) -> Self {
        self.attachments.extend(attachments);
        self
    }

    /// Sets a label of the object. `None` removes it.
    #[must_use]
    pub fn label(mut self, key: impl Into<String>, value: Option<&str>) -> Self {
        self.labels.insert(key.into(), value.map(str::to_owned));
        self
    }

    /// Sets an annotation of the object. `None` removes it.
    #[must_use]
    pub fn annotation(mut self, key: impl Into<String>, value: Option<&str>) -> Self {
        self.annotations.insert(key.into(), value.map(str::to_owned));
        self
    }
}

/// The answer of `customize`: the related objects that the other hooks get.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RelatedResources {
    related_resources: Vec<RelatedRule>,
}

impl RelatedResources {
    /// Returns an answer that asks for no object.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a rule. An object is related if a rule matches it.
    #[must_use]
    pub fn rule(mut self, rule: RelatedRule) -> Self {
        self.related_resources.push(rule);
        self
    }
}

/// A rule that selects related objects of one kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct RelatedRule(Map<String, Value>);

impl RelatedRule {
    /// Returns a rule for all objects of a kind. The resource is the lower-case plural: `configmaps`.
    #[must_use]
    pub fn new(api_version: &str, resource: &str) -> Self {
        let fields = [("apiVersion", api_version), ("resource", resource)];
        Self(
            fields
                .map(|(key, value)| (key.to_owned(), value.into()))
                .into_iter()
                .collect(),
        )
    }

    /// Selects by namespace.
    #[must_use]
    pub fn namespace(self, namespace: &str) -> Self {
        self.with("namespace", namespace.into())
    }

    /// Selects by names. Metacontroller does not allow names and labels in one rule.
    #[must_use]
    pub fn names<'a>(self, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.with("names", names.into_iter().collect())
    }

    /// Selects by labels, with a selector such as `json!({"matchLabels": {"app": "web"}})`.
    #[must_use]
    pub fn label_selector(self, selector: Value) -> Self {
        self.with("labelSelector", selector)
    }

    fn with(mut self, key: &str, value: Value) -> Self {
        self.0.insert(key.to_owned(), value);
        self
    }
}
