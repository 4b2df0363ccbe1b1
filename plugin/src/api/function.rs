//! `Function` (core.openfunction.io/v1beta2) as users write it: the shipped API and the
//! spellings of the proposal that started the KEDA engine (OpenFunction issue 162).
//!
//! Nothing is interpreted here; `normalize` turns it into the canonical
//! [`Function`](crate::function::Function). Unknown fields are ignored.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::field::{Anything, Dict, Field, List, NumberOrText, object_shapes};

/// `spec`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Spec {
    pub(crate) workload_runtime: Field<String>,
    pub(crate) version: Field<String>,
    pub(crate) image: Field<String>,
    pub(crate) image_credentials: Field<Named>,
    pub(crate) build: Field<Anything>,
    pub(crate) serving: Field<Serving>,
}

/// A reference by name.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Named {
    pub(crate) name: Field<String>,
    pub(crate) namespace: Field<String>,
}

/// `spec.serving`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Serving {
    pub(crate) triggers: Field<Triggers>,
    pub(crate) outputs: Field<List<Output>>,
    pub(crate) bindings: Field<Dict<Component>>,
    pub(crate) pubsub: Field<Dict<Component>>,
    pub(crate) states: Field<Dict<State>>,
    pub(crate) scale_options: Field<ScaleOptions>,
    pub(crate) params: Field<Dict<String>>,
    pub(crate) labels: Field<Dict<String>>,
    pub(crate) annotations: Field<Dict<String>>,
    pub(crate) template: Field<Map<String, Value>>,
    pub(crate) timeout: Field<Anything>,
    pub(crate) hooks: Field<Hooks>,
    pub(crate) tracing: Field<Tracing>,
    pub(crate) workload_type: Field<String>,
}

/// `spec.serving.triggers`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Triggers {
    pub(crate) http: Field<Http>,
    pub(crate) dapr: Field<List<Input>>,
    pub(crate) inputs: Field<List<Input>>,
}

/// `triggers.http`. `inputs` is the proposal's place for `triggers.inputs`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Http {
    pub(crate) port: Field<NumberOrText>,
    pub(crate) engine: Field<String>,
    pub(crate) route: Field<Route>,
    pub(crate) inputs: Field<List<Input>>,
}

/// `triggers.http.route`. A rule is the Gateway API's own and kept whole.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Route {
    pub(crate) gateway_ref: Field<Named>,
    pub(crate) hostnames: Field<List<String>>,
    pub(crate) rules: Field<List<Map<String, Value>>>,
}

/// An item of `triggers.dapr` or `triggers.inputs`: flat, or inside `dapr` (`dap` in v1.1.1).
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Input {
    pub(crate) dapr: Field<InputBody>,
    pub(crate) dap: Field<InputBody>,
    pub(crate) name: Field<String>,
    pub(crate) r#type: Field<String>,
    pub(crate) topic: Field<String>,
    pub(crate) input_name: Field<String>,
}

/// The inside of `dapr` in an [`Input`].
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct InputBody {
    pub(crate) name: Field<String>,
    pub(crate) r#type: Field<String>,
    pub(crate) topic: Field<String>,
    pub(crate) input_name: Field<String>,
}

/// An item of `outputs`: inside `dapr`, or flat as in the proposal and v1beta1.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Output {
    pub(crate) dapr: Field<OutputBody>,
    pub(crate) name: Field<String>,
    pub(crate) component: Field<String>,
    pub(crate) r#type: Field<String>,
    pub(crate) topic: Field<String>,
    pub(crate) metadata: Field<Dict<String>>,
    pub(crate) params: Field<Dict<String>>,
    pub(crate) operation: Field<String>,
}

/// The inside of `dapr` in an [`Output`].
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct OutputBody {
    pub(crate) name: Field<String>,
    pub(crate) r#type: Field<String>,
    pub(crate) topic: Field<String>,
    pub(crate) metadata: Field<Dict<String>>,
    pub(crate) operation: Field<String>,
    pub(crate) output_name: Field<String>,
}

/// A Dapr component's spec, under `bindings` or `pubsub`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Component {
    pub(crate) r#type: Field<String>,
    pub(crate) version: Field<String>,
    pub(crate) metadata: Field<List<ComponentItem>>,
}

/// One item of a component's metadata; its value is open and not read here.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ComponentItem {
    pub(crate) name: Field<String>,
}

/// An entry of `states`: a component's spec, or a reference to an existing one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    pub(crate) spec: Field<Component>,
}

/// `scaleOptions`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct ScaleOptions {
    pub(crate) min_replicas: Field<i32>,
    pub(crate) max_replicas: Field<i32>,
    pub(crate) keda: Field<Keda>,
    pub(crate) knative: Field<Dict<String>>,
}

/// `scaleOptions.keda`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Keda {
    pub(crate) http_scaled_object: Field<HttpScaledObject>,
    pub(crate) scaled_object: Field<ScaledObject>,
    pub(crate) scaled_job: Field<ScaledJob>,
    pub(crate) triggers: Field<List<Anything>>,
}

/// `scaleOptions.keda.httpScaledObject`; the bounds in it are the proposal's.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct HttpScaledObject {
    pub(crate) min_replica_count: Field<i32>,
    pub(crate) max_replica_count: Field<i32>,
    pub(crate) target_pending_requests: Field<i32>,
    pub(crate) cooldown_period: Field<i32>,
}

/// `scaleOptions.keda.scaledObject`; the bounds in it are the proposal's.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct ScaledObject {
    pub(crate) min_replica_count: Field<i32>,
    pub(crate) max_replica_count: Field<i32>,
    pub(crate) polling_interval: Field<i32>,
    pub(crate) cooldown_period: Field<i32>,
}

/// `scaleOptions.keda.scaledJob`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct ScaledJob {
    pub(crate) restart_policy: Field<String>,
    pub(crate) polling_interval: Field<i32>,
    pub(crate) successful_jobs_history_limit: Field<i32>,
    pub(crate) failed_jobs_history_limit: Field<i32>,
}

/// `hooks`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Hooks {
    pub(crate) pre: Field<List<String>>,
    pub(crate) post: Field<List<String>>,
    pub(crate) policy: Field<String>,
}

/// `tracing`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Tracing {
    pub(crate) enabled: Field<bool>,
    pub(crate) provider: Field<Provider>,
    pub(crate) tags: Field<Dict<String>>,
    pub(crate) baggage: Field<Dict<String>>,
}

/// `tracing.provider`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Provider {
    pub(crate) name: Field<String>,
    pub(crate) oap_server: Field<String>,
    pub(crate) exporter: Field<Exporter>,
}

/// `tracing.provider.exporter`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Exporter {
    pub(crate) name: Field<String>,
    pub(crate) endpoint: Field<String>,
    pub(crate) headers: Field<String>,
    pub(crate) compression: Field<String>,
    pub(crate) timeout: Field<String>,
    pub(crate) protocol: Field<String>,
}

object_shapes!(
    Spec,
    Named,
    Serving,
    Triggers,
    Http,
    Route,
    Input,
    InputBody,
    Output,
    OutputBody,
    Component,
    ComponentItem,
    State,
    ScaleOptions,
    Keda,
    HttpScaledObject,
    ScaledObject,
    ScaledJob,
    Hooks,
    Tracing,
    Provider,
    Exporter,
);
