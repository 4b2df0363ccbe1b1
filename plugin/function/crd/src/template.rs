//! `spec.serving.template`: a pod. Kubernetes knows its fields; only what tells containers apart is said here.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::rules::DNS_LABEL;

/// A PodSpec of any Kubernetes version. The container named function is the function; others run beside it.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Template {
    /// The pod's containers.
    #[schemars(length(max = 32), extend(
        "x-kubernetes-list-type" = "map",
        "x-kubernetes-list-map-keys" = ["name"],
    ))]
    pub containers: Option<Vec<Container>>,
    /// What runs to its end before them.
    #[schemars(length(max = 32), extend(
        "x-kubernetes-list-type" = "map",
        "x-kubernetes-list-map-keys" = ["name"],
    ))]
    pub init_containers: Option<Vec<Container>>,
    /// The pod's other fields.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A container.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
pub struct Container {
    /// The container's name.
    #[schemars(length(max = 63), extend("x-kubernetes-validations" = [DNS_LABEL]))]
    pub name: String,
    /// The container's other fields.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}
