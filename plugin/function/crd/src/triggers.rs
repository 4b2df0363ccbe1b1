//! `spec.serving.triggers`: what calls the function.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use crate::dapr::Input;
use crate::route::Route;
use crate::rules::rule;

/// What calls the function: http, or dapr. When neither is set: events, where scaleOptions.keda has triggers, a
/// scaledObject or a scaledJob or where workloadType is set, else http.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Triggers {
    /// The function is called by HTTP. This decides between a synchronous and an asynchronous function.
    pub http: Option<Http>,
    /// Components whose messages call the function. A state component cannot.
    #[schemars(length(max = 64))]
    pub dapr: Option<Vec<Input>>,
    /// What the function reads while it serves a call.
    #[schemars(length(max = 64))]
    pub inputs: Option<Vec<Input>>,
}

/// The function is called by HTTP. This decides between a synchronous and an asynchronous function.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Http {
    /// The port that the function listens on: a number, or a string that holds one. 8080 when absent or 0.
    pub port: Option<Port>,
    /// What serves and scales the function: keda or knative. When absent, keda where an httpScaledObject is set.
    pub engine: Option<Engine>,
    /// How callers outside the cluster reach the function.
    pub route: Option<Route>,
    /// Another place for inputs.
    #[schemars(length(max = 64))]
    pub inputs: Option<Vec<Input>>,
}

/// A port: a number, or a string that holds one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Port {
    /// As OpenFunction has it.
    Number(i32),
    /// As the proposal has it.
    Text(String),
}

/// What serves and scales an http function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Engine {
    /// Absent.
    #[serde(rename = "")]
    Unset,
    /// A Deployment that KEDA's HTTP add-on scales.
    Keda,
    /// A Knative Service.
    Knative,
}

impl JsonSchema for Port {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Port".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "x-kubernetes-int-or-string": true,
            "maxLength": 63,
            "x-kubernetes-validations": [rule(
                "type(self) == int ? self >= 0 && self <= 65535 \
                 : self.matches('^([+]?0*[0-9]{1,5}|-0+)$') && int(self) <= 65535",
                "must be a number from 1 to 65535",
            )],
        })
    }
}
