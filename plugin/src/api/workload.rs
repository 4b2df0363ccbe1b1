//! A Deployment whose pod spec is the user's.
//!
//! `k8s_openapi`'s PodSpec would drop the fields of a newer Kubernetes; the user's template
//! passes through untouched instead.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use serde::Serialize;
use serde_json::{Map, Value};

/// `apps/v1`
pub(crate) const API_VERSION: &str = "apps/v1";
/// `Deployment`
pub(crate) const KIND: &str = "Deployment";

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Deployment {
    pub(crate) api_version: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) metadata: ObjectMeta,
    pub(crate) spec: DeploymentSpec,
}

/// Without `replicas`: the scaler owns it.
#[derive(Debug, Serialize)]
pub(crate) struct DeploymentSpec {
    pub(crate) selector: LabelSelector,
    pub(crate) template: PodTemplate,
}

#[derive(Debug, Serialize)]
pub(crate) struct PodTemplate {
    pub(crate) metadata: ObjectMeta,
    pub(crate) spec: Map<String, Value>,
}
