//! `scaleOptions` and `workloadType`: bounds in all places, one scaler at most.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Runtime, merge, often, one, part};

pub(super) fn fragment(runtime: Runtime) -> BoxedStrategy<Value> {
    let bounds = part(&json!({"minReplicas": 1, "maxReplicas": 8}));
    let options = match runtime {
        Runtime::Keda => often(
            3,
            prop_oneof![4 => http_scaled_object(), 1 => scaled_object(), 1 => Just(triggers())],
        ),
        Runtime::Default => often(1, http_scaled_object()),
        Runtime::Knative => often(
            2,
            one(&[
                json!({"knative": {"autoscaling.knative.dev/target": "10"}}),
                json!({"knative": {"autoscaling.knative.dev/container-concurrency": "5"}}),
            ]),
        ),
        Runtime::Async => often(3, asynchronous()),
    };
    let workload = match runtime {
        Runtime::Async => one(&[
            json!({}),
            json!({"workloadType": "Deployment"}),
            json!({"workloadType": "StatefulSet"}),
        ]),
        _ => often(1, Just(json!({"workloadType": "Deployment"}))),
    };
    (often(2, bounds), options, workload)
        .prop_map(|(mut bounds, options, workload)| {
            merge(&mut bounds, options);
            let is_job = bounds.pointer("/keda/scaledJob").is_some();
            let mut serving = if is_job {
                json!({"workloadType": "Job"})
            } else {
                workload
            };
            if bounds.as_object().is_some_and(|bounds| !bounds.is_empty()) {
                serving["scaleOptions"] = bounds;
            }
            json!({"serving": serving})
        })
        .boxed()
}

fn http_scaled_object() -> impl Strategy<Value = Value> {
    part(&json!({"targetPendingRequests": 50, "cooldownPeriod": 60, "minReplicaCount": 2, "maxReplicaCount": 9}))
        .prop_map(|scaler| json!({"keda": {"httpScaledObject": scaler}}))
}

fn scaled_object() -> impl Strategy<Value = Value> {
    part(&json!({
        "minReplicaCount": 0, "maxReplicaCount": 7, "pollingInterval": 10, "cooldownPeriod": 30,
        "fallback": {"failureThreshold": 3, "replicas": 2},
        "advanced": {"horizontalPodAutoscalerConfig": {"behavior": {"scaleDown": {"stabilizationWindowSeconds": 60}}}},
    }))
    .prop_map(|scaler| json!({"keda": {"scaledObject": scaler}}))
}

fn scaled_job() -> impl Strategy<Value = Value> {
    part(&json!({
        "restartPolicy": "OnFailure", "pollingInterval": 10, "successfulJobsHistoryLimit": 2,
        "failedJobsHistoryLimit": 0, "scalingStrategy": {"strategy": "accurate"},
    }))
    .prop_map(|scaler| json!({"keda": {"scaledJob": scaler}}))
}

fn triggers() -> Value {
    json!({"keda": {"triggers": [
        {"type": "kafka", "metadata": {"topic": "t", "bootstrapServers": "kafka:9092", "consumerGroup": "g", "lagThreshold": "20"}},
        {"type": "cron", "name": "day", "metadata": {"timezone": "UTC", "start": "0 8 * * *", "end": "0 18 * * *", "desiredReplicas": "3"}},
    ]}})
}

/// A scaler with something to scale by.
fn asynchronous() -> impl Strategy<Value = Value> {
    let scaler = prop_oneof![3 => scaled_object(), 1 => scaled_job(), 1 => Just(json!({}))];
    scaler.prop_map(|mut scaler| {
        merge(&mut scaler, triggers());
        scaler
    })
}
