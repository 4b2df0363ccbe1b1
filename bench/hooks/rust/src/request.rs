//! What the hook reads of a request.

use std::collections::BTreeMap;

use metawasm_plugin::Value;
use serde::Deserialize;

/// The plugin has no settings.
#[derive(Deserialize)]
pub(crate) struct Settings {}

#[derive(Deserialize)]
pub(crate) struct Function {
    pub(crate) metadata: Metadata,
    pub(crate) spec: Spec,
}

#[derive(Deserialize)]
pub(crate) struct Metadata {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) generation: i64,
    #[serde(default)]
    pub(crate) labels: BTreeMap<String, String>,
}

#[derive(Deserialize)]
pub(crate) struct Spec {
    pub(crate) image: String,
    pub(crate) version: Option<String>,
    pub(crate) serving: Serving,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Serving {
    pub(crate) template: Template,
    pub(crate) scale_options: ScaleOptions,
    pub(crate) triggers: Triggers,
    pub(crate) states: BTreeMap<String, State>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Template {
    pub(crate) containers: Vec<Container>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Container {
    pub(crate) name: Option<String>,
    pub(crate) image_pull_policy: Option<String>,
    #[serde(default)]
    pub(crate) env: Vec<Value>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScaleOptions {
    pub(crate) min_replicas: Option<u32>,
    pub(crate) max_replicas: Option<u32>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Triggers {
    pub(crate) http: Http,
}

#[derive(Default, Deserialize)]
pub(crate) struct Http {
    pub(crate) port: Option<u16>,
}

/// A Dapr Component of the Function.
#[derive(Deserialize)]
pub(crate) struct State {
    pub(crate) spec: Value,
}

/// A child as the API server has it.
#[derive(Deserialize)]
pub(crate) struct Observed {
    pub(crate) metadata: ObservedMetadata,
    #[serde(default)]
    pub(crate) status: Status,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ObservedMetadata {
    pub(crate) deletion_timestamp: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Status {
    pub(crate) ready_replicas: u32,
    conditions: Vec<Condition>,
}

impl Status {
    pub(crate) fn is_available(&self) -> bool {
        let is_available = |found: &Condition| found.kind == "Available" && found.status == "True";
        self.conditions.iter().any(is_available)
    }
}

#[derive(Deserialize)]
struct Condition {
    #[serde(rename = "type")]
    kind: String,
    status: String,
}
