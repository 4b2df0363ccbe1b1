//! `triggers.http.route`: how callers outside the cluster reach the function.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::rules::rule;

/// How callers outside the cluster reach the function.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Route {
    /// The OpenFunction Gateway to attach to. openfunction in the namespace openfunction when absent.
    pub gateway_ref: Option<GatewayRef>,
    /// The host names that the function answers to; a leading *. stands for any.
    #[schemars(length(max = 16))]
    pub hostnames: Option<Vec<Host>>,
    /// Rules of a Gateway API HTTPRoute. Their backendRefs are replaced.
    #[schemars(length(max = 16))]
    pub rules: Option<Vec<RouteRule>>,
}

/// The OpenFunction Gateway to attach to.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GatewayRef {
    /// Its name.
    #[schemars(length(min = 1))]
    pub name: String,
    /// Its namespace.
    #[schemars(length(min = 1))]
    pub namespace: String,
}

/// A host name, with or without `*.` in front.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(extend("maxLength" = 253, "x-kubernetes-validations" = [rule(
    // It is read in lower case.
    "self.matches('^([*][.])?[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?\
     ([.][A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?)*$')",
    "must be a host name; it may start with '*.'",
)]))]
pub struct Host(pub String);

/// A rule of an HTTPRoute. What is not checked here passes through.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
pub struct RouteRule {
    /// What the rule matches; everything when absent.
    #[schemars(length(max = 8))]
    pub matches: Option<Vec<Match>>,
    /// The Gateway API's other fields.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// What a rule matches.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
pub struct Match {
    /// The path; every path when absent.
    pub path: Option<Path>,
    /// The Gateway API's other fields.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A path.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[schemars(extend("x-kubernetes-validations" = [rule(
    "!has(self.value) || self.value.startsWith('/') || has(self.type) && self.type == 'RegularExpression'",
    "value must start with /",
)]))]
pub struct Path {
    /// Exact, PathPrefix (when absent) or RegularExpression.
    pub r#type: Option<PathType>,
    /// The path. / when absent.
    pub value: Option<String>,
    /// The Gateway API's other fields.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// How a path is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum PathType {
    /// As a whole.
    Exact,
    /// By its start, element by element.
    PathPrefix,
    /// By an expression.
    RegularExpression,
}
