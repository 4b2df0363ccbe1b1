//! `spec.serving`: how the function is served.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::dapr::{Component, OlderInput, Output, State};
use crate::rules::{DNS_LABEL_KEYS, LABEL_VALUE, dns_label, label, rule, subdomain};
use crate::scale::ScaleOptions;
use crate::template::Template;
use crate::tracing::Tracing;
use crate::triggers::Triggers;

/// How the function is served. Without it, it is only built.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Serving {
    /// What calls the function: http, or dapr. When neither is set: events, where scaleOptions.keda has triggers, a
    /// scaledObject or a scaledJob or where workloadType is set, else http.
    pub triggers: Option<Triggers>,
    /// Where the function's results go.
    #[schemars(length(max = 64))]
    pub outputs: Option<Vec<Output>>,
    /// Dapr binding components that the function brings along, by name.
    #[schemars(extend("maxProperties" = 64, "x-kubernetes-validations" = [DNS_LABEL_KEYS, rule(
        "self.all(key, self[key].type.startsWith('bindings.') || self[key].type.startsWith('binding.'))",
        "the type of each must be bindings.…",
    )]))]
    pub bindings: Option<BTreeMap<String, Component>>,
    /// Dapr pubsub components that the function brings along, by name.
    #[schemars(extend("maxProperties" = 64, "x-kubernetes-validations" = [DNS_LABEL_KEYS, rule(
        "self.all(key, self[key].type.startsWith('pubsub.'))",
        "the type of each must be pubsub.…",
    )]))]
    pub pubsub: Option<BTreeMap<String, Component>>,
    /// Dapr state stores, by name.
    #[schemars(extend("maxProperties" = 64, "x-kubernetes-validations" = [
        rule(
            concat!(
                "self.all(key, !has(self[key].spec) && !has(self[key].type) || key.matches('^", dns_label!(), "$'))",
            ),
            "each name must be a DNS label: at most 63 lower-case letters, digits or '-', starting and ending with a letter or digit",
        ),
        rule(
            "self.all(key, !has(self[key].spec) || self[key].spec.type.startsWith('state.'))",
            "the type of each must be state.…",
        ),
    ]))]
    pub states: Option<BTreeMap<String, State>>,
    /// How many replicas there may be and what decides it.
    pub scale_options: Option<ScaleOptions>,
    /// Environment variables of the function.
    #[schemars(extend("maxProperties" = 256, "x-kubernetes-validations" = [rule(
        "self.all(key, key.matches('^[-._A-Za-z][-._A-Za-z0-9]*$') && !(key in ['.', '..']))",
        "each must be the name of an environment variable: letters, digits, '_', '-' or '.', not starting with a digit",
    )]))]
    pub params: Option<BTreeMap<String, String>>,
    /// Labels for the workload and its pods.
    #[schemars(extend("maxProperties" = 256, "x-kubernetes-validations" = [
        rule(
            concat!("self.all(key, key.matches('^(", subdomain!(), "/)?", label!(), "$'))"),
            "each must have a label key: a name with an optional DNS prefix and '/'",
        ),
        rule(
            "!('controller-uid' in self)",
            "controller-uid is not allowed: Metacontroller finds its objects by this label",
        ),
    ]))]
    pub labels: Option<BTreeMap<String, LabelValue>>,
    /// Annotations for the workload and its pods.
    #[schemars(extend("maxProperties" = 256, "x-kubernetes-validations" = [
        rule(
            // Kubernetes lets the prefix be in upper case.
            concat!("self.all(key, key.matches('^((?i)", subdomain!(), "/)?", label!(), "$'))"),
            "each must have an annotation key: a name with an optional DNS prefix and '/'",
        ),
        rule(
            "!('openfunction.io/dapr-service-mode' in self) \
             || self['openfunction.io/dapr-service-mode'] in ['sidecar', 'standalone']",
            "openfunction.io/dapr-service-mode must be sidecar or standalone",
        ),
    ]))]
    pub annotations: Option<BTreeMap<String, String>>,
    /// A PodSpec of any Kubernetes version. The container named function is the function; others run beside it.
    pub template: Option<Template>,
    /// How long the function may take to start, such as 2m.
    pub timeout: Option<String>,
    /// Plugins of the functions framework that run around each call.
    pub hooks: Option<Hooks>,
    /// Tracing of the function.
    pub tracing: Option<Tracing>,
    /// Deployment (when absent), StatefulSet or Job, for an asynchronous function.
    pub workload_type: Option<WorkloadType>,
    /// knative or async, as v1beta1 has it; triggers.http says the same.
    pub runtime: Option<String>,
    /// Another place for triggers.dapr, or triggers.inputs of a function that is called by http, as v1beta1 has it.
    #[schemars(length(max = 64))]
    pub inputs: Option<Vec<OlderInput>>,
}

/// The value of a label.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(extend("maxLength" = 63, "x-kubernetes-validations" = [LABEL_VALUE]))]
pub struct LabelValue(pub String);

/// Plugins of the functions framework that run around each call.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Hooks {
    /// Before the function, in this order.
    #[schemars(length(max = 64))]
    pub pre: Option<Vec<String>>,
    /// After the function, in this order.
    #[schemars(length(max = 64))]
    pub post: Option<Vec<String>>,
    /// Append (when absent) adds these to the cluster's hooks, Override replaces those.
    pub policy: Option<HookPolicy>,
}

/// What happens to the cluster's own hooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum HookPolicy {
    /// Absent.
    #[serde(rename = "")]
    Unset,
    /// They run too.
    Append,
    /// They do not run.
    Override,
}

/// What an asynchronous function runs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum WorkloadType {
    /// Absent.
    #[serde(rename = "")]
    Unset,
    /// A Deployment.
    Deployment,
    /// A StatefulSet.
    StatefulSet,
    /// A Job.
    Job,
}
