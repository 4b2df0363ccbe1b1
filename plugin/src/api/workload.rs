//! A Deployment whose pod spec is the user's, and a Service.
//!
//! `k8s_openapi`'s PodSpec would drop the fields of a newer Kubernetes; the user's template
//! passes through untouched instead. Its Service has a status with times (see
//! [`Metadata`]).

use k8s_openapi::api::core::v1::ServiceSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use serde::Serialize;

use super::metadata::Metadata;
use crate::json::Object;

/// `apps/v1`
pub(crate) const API_VERSION: &str = "apps/v1";
/// `Deployment`
pub(crate) const KIND: &str = "Deployment";

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Deployment<'a> {
    pub(crate) api_version: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) metadata: Metadata<'a>,
    pub(crate) spec: DeploymentSpec<'a>,
}

/// Without `replicas`: the scaler owns it.
#[derive(Debug, Serialize)]
pub(crate) struct DeploymentSpec<'a> {
    pub(crate) selector: LabelSelector,
    pub(crate) template: PodTemplate<'a>,
}

#[derive(Debug, Serialize)]
pub(crate) struct PodTemplate<'a> {
    pub(crate) metadata: Metadata<'a>,
    pub(crate) spec: Object<'a>,
}

/// A Service (`v1`).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Service<'a> {
    pub(crate) api_version: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) metadata: Metadata<'a>,
    pub(crate) spec: ServiceSpec,
}
