//! `status`: what is known of the function. The plugin writes it; what is not known here would be pruned, and so
//! be written again at every sync.

use schemars::JsonSchema;
use serde::Deserialize;

/// What is known of the function.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Status {
    /// The generation that this status is about.
    pub observed_generation: Option<i64>,
    /// What holds and what does not: Ready above all, then Build, Workload, Scaler, Route, Dapr, and Normalized for
    /// what is read otherwise than it is written.
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Option<Vec<Condition>>,
    /// How many replicas run.
    pub replicas: Option<i32>,
    /// How the build stands.
    pub build: Option<Progress>,
    /// How the serving stands.
    pub serving: Option<Progress>,
    /// What the function answers to.
    pub route: Option<RouteStatus>,
    /// URLs of the function.
    pub addresses: Option<Vec<Address>>,
    /// What was built.
    pub revision: Option<Revision>,
    /// What it was built from.
    pub sources: Option<Vec<Source>>,
}

/// What holds or does not.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Condition {
    /// What the condition is about.
    pub r#type: String,
    /// Whether it holds.
    pub status: Truth,
    /// Why, in one word for programs.
    pub reason: Option<String>,
    /// Why and what to do about it, in a sentence for people.
    pub message: Option<String>,
    /// When the status last changed, as far as can be seen from the objects.
    #[schemars(extend("format" = "date-time"))]
    pub last_transition_time: Option<String>,
    /// The generation of the Function that this was said about.
    pub observed_generation: Option<i64>,
}

/// Whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Truth {
    /// It does.
    True,
    /// It does not.
    False,
    /// It cannot be told.
    Unknown,
}

/// How the build or the serving stands.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Progress {
    /// Created, Building, Starting, Running, Succeeded, Failed, Skipped, Timeout or Canceled.
    pub state: Option<String>,
    /// Why, in one word.
    pub reason: Option<String>,
    /// Why, in a sentence.
    pub message: Option<String>,
    /// The object that does the work.
    pub resource_ref: Option<String>,
    /// The object that last did it with success.
    pub last_successful_resource_ref: Option<String>,
    /// A hash of what was asked for.
    pub resource_hash: Option<String>,
    /// The Service in front of the function.
    pub service: Option<String>,
    /// How long the build took.
    pub build_duration: Option<String>,
}

/// What the function answers to.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RouteStatus {
    /// Host names.
    pub hosts: Option<Vec<String>>,
    /// Paths.
    pub paths: Option<Vec<RoutePath>>,
    /// How the route stands.
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Option<Vec<Condition>>,
}

/// A path.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RoutePath {
    /// Exact, PathPrefix or RegularExpression.
    pub r#type: Option<String>,
    /// The path.
    pub value: Option<String>,
}

/// A URL of the function.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Address {
    /// Who can reach it: Internal means from within the cluster.
    pub r#type: Option<AddressType>,
    /// The URL.
    pub value: Option<String>,
}

/// Who can reach a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum AddressType {
    /// Who is in the cluster.
    Internal,
    /// Who is outside, too.
    External,
}

/// What was built.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Revision {
    /// The image's digest.
    pub image_digest: Option<String>,
    /// The image that runs, with its digest: it runs until there is a newer one.
    pub image: Option<String>,
}

/// What the image was built from.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Source {
    /// The source's name.
    pub name: Option<String>,
    /// From a Git repository.
    pub git: Option<Git>,
    /// From an image.
    pub bundle: Option<Bundle>,
}

/// A state of a Git repository.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Git {
    /// The commit.
    pub commit_sha: Option<String>,
    /// Its author.
    pub commit_author: Option<String>,
    /// The branch.
    pub branch_name: Option<String>,
}

/// An image with source in it.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Bundle {
    /// Its digest.
    pub digest: Option<String>,
}
