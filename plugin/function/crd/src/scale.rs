//! `spec.serving.scaleOptions`: how many replicas there may be and what decides it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::rules::rule;

/// How many replicas there may be and what decides it.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-kubernetes-validations" = [rule(
    // Bounds inside KEDA's sections are nearer than those beside them. What the most is when it is not set depends on
    // the engine.
    // A maximum inside scaledJob counts for Jobs alone, and is left to the plugin.
    "\
(has(self.keda) && has(self.keda.httpScaledObject) && has(self.keda.httpScaledObject.minReplicaCount)
  ? self.keda.httpScaledObject.minReplicaCount
  : has(self.keda) && has(self.keda.httpScaledObject) && has(self.keda.httpScaledObject.replicas)
    && has(self.keda.httpScaledObject.replicas.min)
  ? self.keda.httpScaledObject.replicas.min
  : has(self.keda) && has(self.keda.scaledObject) && has(self.keda.scaledObject.minReplicaCount)
  ? self.keda.scaledObject.minReplicaCount
  : has(self.minReplicas) ? self.minReplicas : 0)
<=
(has(self.keda) && has(self.keda.httpScaledObject) && has(self.keda.httpScaledObject.maxReplicaCount)
  ? self.keda.httpScaledObject.maxReplicaCount
  : has(self.keda) && has(self.keda.httpScaledObject) && has(self.keda.httpScaledObject.replicas)
    && has(self.keda.httpScaledObject.replicas.max)
  ? self.keda.httpScaledObject.replicas.max
  : has(self.keda) && has(self.keda.scaledJob) && has(self.keda.scaledJob.maxReplicaCount)
  ? 2147483647
  : has(self.keda) && has(self.keda.scaledObject) && has(self.keda.scaledObject.maxReplicaCount)
  ? self.keda.scaledObject.maxReplicaCount
  : has(self.maxReplicas) ? self.maxReplicas : 2147483647)",
    "the fewest replicas must not be more than the most",
)]))]
pub struct ScaleOptions {
    /// The fewest replicas. 0 when absent.
    #[schemars(range(min = 0))]
    pub min_replicas: Option<i32>,
    /// The most replicas. 100 when absent, and any number on Knative.
    #[schemars(range(min = 1))]
    pub max_replicas: Option<i32>,
    /// Scaling by KEDA. At most one of scaledObject, scaledJob and httpScaledObject.
    pub keda: Option<Keda>,
    /// Annotations for Knative's autoscaler, set on the revision.
    pub knative: Option<BTreeMap<String, String>>,
}

/// Scaling by KEDA. At most one of scaledObject, scaledJob and httpScaledObject.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-kubernetes-validations" = [rule(
    "[has(self.httpScaledObject), has(self.scaledObject), has(self.scaledJob)].filter(set, set).size() <= 1",
    "only one of httpScaledObject, scaledObject and scaledJob may be set",
)]))]
pub struct Keda {
    /// Scaling by HTTP requests, with KEDA's HTTP add-on.
    pub http_scaled_object: Option<HttpScaledObject>,
    /// Scaling of an asynchronous function that keeps running.
    pub scaled_object: Option<ScaledObject>,
    /// A job for each batch of events.
    pub scaled_job: Option<ScaledJob>,
    /// KEDA's triggers, for a scaledObject or a scaledJob.
    pub triggers: Option<Vec<Trigger>>,
}

/// Scaling by HTTP requests, with KEDA's HTTP add-on. What is not checked here passes through.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HttpScaledObject {
    /// The fewest replicas; scaleOptions.minReplicas says the same.
    #[schemars(range(min = 0))]
    pub min_replica_count: Option<i32>,
    /// The most replicas; scaleOptions.maxReplicas says the same.
    #[schemars(range(min = 1))]
    pub max_replica_count: Option<i32>,
    /// How many requests one replica is meant to have in flight. 100 when absent.
    #[schemars(range(min = 1))]
    pub target_pending_requests: Option<i32>,
    /// Seconds without a request before the function goes back to its minimum. 300 when absent.
    #[schemars(range(min = 0))]
    pub cooldown_period: Option<i32>,
    /// The add-on's name of the bounds.
    pub replicas: Option<Replicas>,
    /// The add-on's name of cooldownPeriod.
    #[schemars(range(min = 0))]
    pub scaledown_period: Option<i32>,
    /// Seconds after the function is created before it may go to zero.
    #[schemars(range(min = 0))]
    pub initial_cooldown_period: Option<i32>,
    /// What the function scales by: concurrency or requestRate. Needs the add-on 0.8.
    pub scaling_metric: Option<Map<String, Value>>,
    /// How long requests wait. Needs the add-on 0.11.
    pub timeouts: Option<Map<String, Value>>,
    /// The add-on's other fields.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// The add-on's name of the bounds.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Replicas {
    /// The fewest replicas.
    #[schemars(range(min = 0))]
    pub min: Option<i32>,
    /// The most replicas.
    #[schemars(range(min = 1))]
    pub max: Option<i32>,
    /// The add-on's other fields.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Scaling of an asynchronous function that keeps running. What is not checked here passes through.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScaledObject {
    /// The fewest replicas; scaleOptions.minReplicas says the same.
    #[schemars(range(min = 0))]
    pub min_replica_count: Option<i32>,
    /// The most replicas; scaleOptions.maxReplicas says the same.
    #[schemars(range(min = 1))]
    pub max_replica_count: Option<i32>,
    /// Seconds between two looks at the triggers.
    #[schemars(range(min = 1))]
    pub polling_interval: Option<i32>,
    /// Seconds without events before the function goes to zero.
    #[schemars(range(min = 0))]
    pub cooldown_period: Option<i32>,
    /// KEDA's advanced section, as it is.
    pub advanced: Option<Map<String, Value>>,
    /// KEDA's fallback section, as it is.
    pub fallback: Option<Map<String, Value>>,
    /// How many replicas run while nothing triggers, if less than the fewest.
    #[schemars(range(min = 0))]
    pub idle_replica_count: Option<i32>,
    /// Seconds after the function is created before it may go to zero.
    #[schemars(range(min = 0))]
    pub initial_cooldown_period: Option<i32>,
    /// Another place for workloadType, as v1beta1 has it.
    pub workload_type: Option<String>,
    /// KEDA's other fields.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A job for each batch of events. What is not checked here passes through.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScaledJob {
    /// Of the job's pods: OnFailure or Never.
    pub restart_policy: Option<RestartPolicy>,
    /// Seconds between two looks at the triggers.
    #[schemars(range(min = 1))]
    pub polling_interval: Option<i32>,
    /// How many finished jobs are kept.
    #[schemars(range(min = 0))]
    pub successful_jobs_history_limit: Option<i32>,
    /// How many failed jobs are kept.
    #[schemars(range(min = 0))]
    pub failed_jobs_history_limit: Option<i32>,
    /// How many jobs are started for how many events.
    pub scaling_strategy: Option<ScalingStrategy>,
    /// How many jobs run without events.
    #[schemars(range(min = 0))]
    pub min_replica_count: Option<i32>,
    /// The most jobs; scaleOptions.maxReplicas says the same.
    #[schemars(range(min = 1))]
    pub max_replica_count: Option<i32>,
    /// What becomes of running jobs when the function changes.
    pub rollout: Option<Map<String, Value>>,
    /// Fields of the job, such as backoffLimit; its pods are those of the template.
    pub job_target_ref: Option<Map<String, Value>>,
    /// KEDA's other fields.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// What becomes of a job's pod that ends. Kubernetes allows no job whose pods always start again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum RestartPolicy {
    /// Absent.
    #[serde(rename = "")]
    Unset,
    /// It starts again after a failure.
    OnFailure,
    /// It does not start again.
    Never,
}

/// KEDA's scalingStrategy section. What is not checked here passes through.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
pub struct ScalingStrategy {
    /// default (when absent), custom, accurate or eager.
    pub strategy: Option<Strategy>,
    /// KEDA's other fields.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// How many jobs are started for how many events; KEDA's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Strategy {
    /// Absent.
    #[serde(rename = "")]
    Unset,
    /// Those that run already count.
    Default,
    /// By numbers of the user's own.
    Custom,
    /// Those that run already have taken their events off the queue.
    Accurate,
    /// As many as may run.
    Eager,
}

/// A trigger of KEDA's.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Trigger {
    /// The scaler, such as kafka or redis.
    pub r#type: String,
    /// The trigger's name.
    pub name: Option<String>,
    /// The scaler's settings. Numbers and flags are written as strings.
    pub metadata: Option<BTreeMap<String, String>>,
    /// Whether KEDA may answer from its cache.
    pub use_cached_metrics: Option<bool>,
    /// How KEDA authenticates.
    pub authentication_ref: Option<AuthenticationRef>,
    /// AverageValue, Value or Utilization.
    pub metric_type: Option<MetricType>,
    /// Fields of newer KEDA.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// How KEDA authenticates.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuthenticationRef {
    /// The TriggerAuthentication's name.
    pub name: String,
    /// TriggerAuthentication, or ClusterTriggerAuthentication.
    pub kind: Option<String>,
    /// Fields of newer KEDA.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// How the autoscaler reads a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum MetricType {
    /// Absent.
    #[serde(rename = "")]
    Unset,
    /// Divided by the replicas.
    AverageValue,
    /// As it is.
    Value,
    /// In percent of what pods ask for.
    Utilization,
}
