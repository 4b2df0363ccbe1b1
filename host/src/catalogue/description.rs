//! What a plugin says of itself: the JSON that its `describe` returns.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `describe`, decoded. Fields that this host does not know are ignored: a newer plugin may
/// say more.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Description {
    /// The plugin's own name, which need not be the one that it is served under.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What kind of controller it answers for.
    #[serde(default)]
    pub controller: Controller,
    /// Whose hook this is.
    pub parent: ParentKind,
    /// What it asks for.
    #[serde(default)]
    pub children: Vec<ChildKind>,
    /// The JSON Schema of its settings; without one it takes none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<Value>,
    /// What it reads of a request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<Value>,
}

/// A Metacontroller controller kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Controller {
    /// CompositeController: the parent is a custom resource, the children are its own.
    #[default]
    Composite,
    /// DecoratorController: attachments for an object of any kind.
    Decorator,
}

/// The kind of the parent.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ParentKind {
    /// `core.openfunction.io/v1beta2`.
    pub api_version: String,
    /// `Function`.
    pub kind: String,
    /// `functions`: the lower-case plural.
    pub resource: String,
}

/// A kind that the plugin asks for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChildKind {
    /// `apps/v1`.
    pub api_version: String,
    /// `Deployment`.
    pub kind: String,
    /// `deployments`.
    pub resource: String,
    /// Metacontroller's update method.
    #[serde(default = "in_place")]
    pub update_strategy: String,
    /// Whether the plugin also works where the kind is not declared.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
}

fn in_place() -> String {
    "InPlace".to_owned()
}

impl Description {
    /// Decodes what `describe` returned.
    ///
    /// # Errors
    ///
    /// serde's sentence: what is missing or of another shape, and where.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_that_a_plugin_must_say() {
        let description = Description::parse(
            r#"{"name": "n", "version": "1", "parent": {"apiVersion": "v1", "kind": "Namespace", "resource": "namespaces"},
                "children": [{"apiVersion": "v1", "kind": "Secret", "resource": "secrets"}], "later": 1}"#,
        )
        .unwrap();
        assert_eq!(description.controller, Controller::Composite);
        assert_eq!(description.children[0].update_strategy, "InPlace");
        let error = Description::parse(r#"{"name": "n"}"#).unwrap_err();
        assert!(error.to_string().contains("missing field `version`"), "{error}");
    }
}
