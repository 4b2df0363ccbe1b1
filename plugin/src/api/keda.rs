//! `HTTPScaledObject` (http.keda.sh/v1alpha1), as much of it as is written.
//!
//! Source: the add-on's `config/crd/bases/http.keda.sh_httpscaledobjects.yaml`, whose shape
//! changed from release to release; which fields are set is the profile's choice.

use std::borrow::Cow;

use serde::Serialize;

use super::metadata::Metadata;

/// `http.keda.sh/v1alpha1`
pub(crate) const API_VERSION: &str = "http.keda.sh/v1alpha1";
/// `HTTPScaledObject`
pub(crate) const KIND: &str = "HTTPScaledObject";

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HttpScaledObject<'a> {
    pub(crate) api_version: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) metadata: Metadata<'a>,
    pub(crate) spec: HttpScaledObjectSpec<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HttpScaledObjectSpec<'a> {
    pub(crate) hosts: &'a [Cow<'a, str>],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) path_prefixes: Vec<&'a str>,
    pub(crate) replicas: Replicas,
    pub(crate) scale_target_ref: ScaleTargetRef<'a>,
    /// Seconds without requests until the function goes to its minimum.
    pub(crate) scaledown_period: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) scaling_metric: Option<ScalingMetric>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) target_pending_requests: Option<i32>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Replicas {
    pub(crate) max: i32,
    pub(crate) min: i32,
}

/// Either `deployment` (up to 0.8) or `apiVersion`, `kind` and `name` (from 0.7).
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScaleTargetRef<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) api_version: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) deployment: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<&'a str>,
    pub(crate) port: i32,
    pub(crate) service: &'a str,
}

/// From 0.8 on.
#[derive(Debug, Serialize)]
pub(crate) struct ScalingMetric {
    pub(crate) concurrency: Concurrency,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Concurrency {
    pub(crate) target_value: i32,
}
