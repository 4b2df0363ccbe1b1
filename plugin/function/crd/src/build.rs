//! `spec.build`: how the image is made from source.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// How the image is built from source. Without it, the image is there already.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Build {
    /// The builder image, for Cloud Native Buildpacks.
    pub builder: Option<String>,
    /// The Secret to pull the builder with.
    pub builder_credentials: Option<SecretRef>,
    /// How long a finished build is kept, such as 24h; 0 keeps it.
    pub builder_max_age: Option<String>,
    /// The path of the Dockerfile, when one is used.
    pub dockerfile: Option<String>,
    /// Environment variables of the build.
    pub env: Option<BTreeMap<String, String>>,
    /// Where the source is.
    pub src_repo: SrcRepo,
    /// What Shipwright is told.
    pub shipwright: Option<Shipwright>,
    /// How long the build may take, such as 10m.
    pub timeout: Option<String>,
    /// How many successful builds are kept. 0 when absent.
    #[schemars(range(min = 0))]
    pub successful_builds_history_limit: Option<i32>,
    /// How many failed builds are kept. 1 when absent.
    #[schemars(range(min = 0))]
    pub failed_builds_history_limit: Option<i32>,
    /// Another place for the values of shipwright.params, by name, as v1beta1 has it.
    pub params: Option<BTreeMap<String, String>>,
}

/// A Secret.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretRef {
    /// Its name.
    pub name: Option<String>,
}

/// Where the source is.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SrcRepo {
    /// The Git repository.
    pub url: Option<String>,
    /// A branch, tag or commit.
    pub revision: Option<String>,
    /// The function's folder.
    pub source_sub_path: Option<String>,
    /// The Secret to fetch with.
    pub credentials: Option<SecretRef>,
    /// An image that holds the source, instead of a repository.
    pub bundle_container: Option<BundleContainer>,
}

/// An image that holds the source, instead of a repository.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BundleContainer {
    /// The image.
    pub image: String,
}

/// What Shipwright is told.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Shipwright {
    /// The build strategy.
    pub strategy: Option<Strategy>,
    /// The strategy's parameters.
    pub params: Option<Vec<Param>>,
    /// How long the build may take, such as 10m.
    pub timeout: Option<String>,
}

/// The build strategy.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Strategy {
    /// Its name.
    pub name: String,
    /// BuildStrategy (when absent) or ClusterBuildStrategy.
    pub kind: Option<StrategyKind>,
}

/// Whether a build strategy is the namespace's or the cluster's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum StrategyKind {
    /// Absent.
    #[serde(rename = "")]
    Unset,
    /// The namespace's.
    BuildStrategy,
    /// The cluster's.
    ClusterBuildStrategy,
}

/// A parameter of the strategy: one value, from one place, or several.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Param {
    /// The parameter's name.
    pub name: String,
    /// The value.
    pub value: Option<String>,
    /// The value, from a ConfigMap.
    pub config_map_value: Option<KeyRef>,
    /// The value, from a Secret.
    pub secret_value: Option<KeyRef>,
    /// The values, when there are several.
    pub values: Option<Vec<ParamValue>>,
}

/// One value of a parameter.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ParamValue {
    /// The value.
    pub value: Option<String>,
    /// The value, from a ConfigMap.
    pub config_map_value: Option<KeyRef>,
    /// The value, from a Secret.
    pub secret_value: Option<KeyRef>,
}

/// A key of a ConfigMap or Secret.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyRef {
    /// The object's name.
    pub name: String,
    /// The key in it.
    pub key: String,
    /// A template around the value.
    pub format: Option<String>,
}
