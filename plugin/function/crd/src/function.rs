//! The Function and the first level of its spec.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::build::Build;
use crate::rules::{LABEL_VALUE, NO_SPACES, SECRET_NAME, rule};
use crate::serving::Serving;
use crate::status::Status;
use crate::triggers::Port;

/// A function: what it is built from, what calls it, how it scales.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Function {
    /// core.openfunction.io/v1beta2
    pub api_version: Option<String>,
    /// Function
    pub kind: Option<String>,
    #[allow(missing_docs, reason = "a CRD may not even describe it")]
    pub metadata: Option<Metadata>,
    /// What is wanted.
    pub spec: Spec,
    /// What is known of the function.
    pub status: Option<Status>,
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-kubernetes-validations" = [rule(
    "has(self.build) || has(self.serving)",
    "at least one of build and serving must be set",
)]))]
pub struct Spec {
    /// What runs the image: OCIContainer or WasmEdge.
    #[schemars(extend("default" = "OCIContainer"))]
    pub workload_runtime: Option<String>,
    /// The function's version, a label value. latest when absent.
    #[schemars(length(max = 63), extend("x-kubernetes-validations" = [LABEL_VALUE]))]
    pub version: Option<String>,
    /// The function's image: built and pushed when there is a build, else only run.
    #[schemars(length(min = 1), extend("x-kubernetes-validations" = [NO_SPACES]))]
    pub image: String,
    /// The Secret to push and pull the image with.
    pub image_credentials: Option<ImageCredentials>,
    /// How the image is built from source. Without it, the image is there already.
    pub build: Option<Build>,
    /// How the function is served. Without it, it is only built.
    pub serving: Option<Serving>,
    /// Another place for serving.triggers.http.port, as v1beta1 has it.
    pub port: Option<Port>,
    /// Another place for serving.triggers.http.route, as v1beta1 has it.
    pub route: Option<Map<String, Value>>,
}

/// The Secret to push and pull the image with.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImageCredentials {
    /// Its name.
    #[schemars(length(max = 253), extend("x-kubernetes-validations" = [SECRET_NAME]))]
    pub name: Option<String>,
}

/// Kubernetes' own: a CRD may say no more about it than that it is an object.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Metadata(pub Map<String, Value>);

impl JsonSchema for Metadata {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Metadata".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "object"})
    }
}
