//! Dapr inputs, outputs and components, in all the spellings that are admitted.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::rules::{COMPONENT_NAME, SINK_TYPE, SOURCE_TYPE, rule, subdomain};

/// A trigger or input: inside `dapr`, or flat as the proposal has it.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-kubernetes-validations" = [rule(
    concat!(
        "has(self.dapr) || has(self.dap) || has(self.name) && self.name.matches('^", subdomain!(), "$')",
    ),
    "name must be the name of a Dapr component",
)]))]
pub struct Input {
    /// The input, by Dapr.
    pub dapr: Option<Source>,
    /// The same, as OpenFunction 1.1 spells it.
    pub dap: Option<Source>,
    /// The component, written without dapr around it.
    #[schemars(length(max = 253))]
    pub name: Option<String>,
    /// The component's type, written without dapr around it.
    #[schemars(length(max = 1024), extend("x-kubernetes-validations" = [SOURCE_TYPE]))]
    pub r#type: Option<String>,
    /// The topic, written without dapr around it.
    pub topic: Option<String>,
    /// The input's name in the function, written without dapr around it; deprecated.
    pub input_name: Option<String>,
}

/// A component that a function is called by or reads.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Source {
    /// The component: a key of bindings, pubsub or states, or a Dapr Component of the namespace.
    #[schemars(length(max = 253), extend("x-kubernetes-validations" = [COMPONENT_NAME]))]
    pub name: String,
    /// The component's type; looked up when absent.
    #[schemars(length(max = 1024), extend("x-kubernetes-validations" = [SOURCE_TYPE]))]
    pub r#type: Option<String>,
    /// The topic, for a pubsub component.
    pub topic: Option<String>,
    /// The input's name in the function; deprecated.
    pub input_name: Option<String>,
}

/// An output: inside `dapr`, or flat as the proposal and v1beta1 have it.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-kubernetes-validations" = [rule(
    concat!(
        "has(self.dapr) || (has(self.component) ? self.component : has(self.name) ? self.name : '')",
        ".matches('^", subdomain!(), "$')",
    ),
    "component, or name without it, must be the name of a Dapr component",
)]))]
pub struct Output {
    /// The output, by Dapr.
    pub dapr: Option<Sink>,
    /// The output's name in the function, written without dapr around it.
    #[schemars(length(max = 1024))]
    pub name: Option<String>,
    /// The component, written without dapr around it.
    #[schemars(length(max = 253))]
    pub component: Option<String>,
    /// The component's type, written without dapr around it.
    #[schemars(length(max = 1024), extend("x-kubernetes-validations" = [SINK_TYPE]))]
    pub r#type: Option<String>,
    /// The topic, written without dapr around it.
    pub topic: Option<String>,
    /// What a binding is asked to do, written without dapr around it.
    pub operation: Option<String>,
    /// Sent along with each message, written without dapr around it.
    #[schemars(extend("maxProperties" = 64))]
    pub metadata: Option<BTreeMap<String, String>>,
    /// An older name of metadata.
    #[schemars(extend("maxProperties" = 64))]
    pub params: Option<BTreeMap<String, String>>,
}

/// A component that a function writes to.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Sink {
    /// The component: a key of bindings or pubsub, or a Dapr Component of the namespace.
    #[schemars(length(max = 253), extend("x-kubernetes-validations" = [COMPONENT_NAME]))]
    pub name: String,
    /// The component's type; looked up when absent.
    #[schemars(length(max = 1024), extend("x-kubernetes-validations" = [SINK_TYPE]))]
    pub r#type: Option<String>,
    /// The topic, for a pubsub component.
    pub topic: Option<String>,
    /// Sent along with each message.
    #[schemars(extend("maxProperties" = 64))]
    pub metadata: Option<BTreeMap<String, String>>,
    /// What a binding is asked to do, such as create or post.
    pub operation: Option<String>,
    /// The output's name in the function; deprecated.
    pub output_name: Option<String>,
}

/// A Dapr component: the spec of a Component.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Component {
    /// The component's type, such as bindings.kafka or pubsub.rocketmq.
    #[schemars(length(min = 1))]
    pub r#type: String,
    /// The version of the component's type, mostly v1.
    #[schemars(length(min = 1))]
    pub version: String,
    /// Whether the Dapr sidecar starts although the component fails.
    pub ignore_errors: Option<bool>,
    /// How long the component may take to start, such as 5s.
    pub init_timeout: Option<String>,
    /// The component's settings.
    pub metadata: Option<Vec<Setting>>,
}

/// A setting of a component.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Setting {
    /// The setting's name.
    #[schemars(length(min = 1))]
    pub name: String,
    /// The setting's value: a string, a number, true or false, or an object.
    pub value: Option<Value>,
    /// Where the value is kept, when it is secret.
    pub secret_key_ref: Option<SecretKeyRef>,
    /// The environment variable of Dapr's sidecar that has the value.
    pub env_ref: Option<String>,
}

/// A key of a secret.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretKeyRef {
    /// The secret's name.
    pub name: Option<String>,
    /// The key in it.
    pub key: Option<String>,
}

/// A state store: one that the function brings along, or one that is there.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct State {
    /// The store's component. When absent, a Dapr Component of this name is meant.
    pub spec: Option<Component>,
    /// The component's type, written without spec around it, as v1beta1 has it.
    pub r#type: Option<String>,
    /// The version of the component's type, written without spec around it.
    pub version: Option<String>,
    /// Whether the Dapr sidecar starts although the component fails, written without spec around it.
    pub ignore_errors: Option<bool>,
    /// How long the component may take to start, written without spec around it.
    pub init_timeout: Option<String>,
    /// The component's settings, written without spec around them.
    pub metadata: Option<Vec<Setting>>,
}

/// An input as v1beta1 has it.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-kubernetes-validations" = [rule(
    concat!(
        "has(self.dapr) || has(self.dap) || (has(self.component) ? self.component : has(self.name) ? self.name : '')",
        ".matches('^", subdomain!(), "$')",
    ),
    "component, or name without it, must be the name of a Dapr component",
)]))]
pub struct OlderInput {
    /// The component; name when absent.
    #[schemars(length(max = 253))]
    pub component: Option<String>,
    /// The input's name in the function.
    #[schemars(length(max = 1024))]
    pub name: Option<String>,
    /// The component's type; looked up when absent.
    #[schemars(length(max = 1024), extend("x-kubernetes-validations" = [SOURCE_TYPE]))]
    pub r#type: Option<String>,
    /// The topic, for a pubsub component.
    pub topic: Option<String>,
    /// The input's name in the function.
    pub input_name: Option<String>,
    /// Not used.
    pub operation: Option<String>,
    /// Not used.
    pub params: Option<BTreeMap<String, String>>,
    /// The input, by Dapr.
    pub dapr: Option<Source>,
    /// The same, as OpenFunction 1.1 spells it.
    pub dap: Option<Source>,
}
