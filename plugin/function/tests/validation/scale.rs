//! What an async function scales by: KEDA's sections and triggers.

use serde_json::{Value, json};

use super::{merge, problems, serving};

/// A function that Dapr calls, of a workload type, with this in `scaleOptions`.
pub(crate) fn scaled(workload: &str, options: Value) -> Value {
    let mut function = serving(json!({
        "triggers": {"http": null, "dapr": [{"name": "orders", "topic": "placed"}]},
        "pubsub": {"orders": {"type": "pubsub.redis", "version": "v1"}},
        "workloadType": workload,
    }));
    function["spec"]["serving"]["scaleOptions"] = options;
    if workload == "Job" {
        // A sidecar keeps a Job from completing.
        function["spec"]["serving"]["annotations"] = json!({"openfunction.io/enable-dapr": "false"});
    }
    function
}

/// A trigger of KEDA's that is right.
pub(crate) fn trigger() -> Value {
    json!({"type": "kafka", "metadata": {"topic": "placed", "bootstrapServers": "kafka:9092", "consumerGroup": "g"}})
}

/// `keda` with a trigger.
pub(crate) fn with_trigger(mut keda: Value) -> Value {
    merge(&mut keda, &json!({"triggers": [trigger()]}));
    json!({"keda": keda})
}

/// Each row has what is below `section` and the sentence after its path.
fn rows(workload: &str, section: &str, rows: &[(Value, &str)]) {
    for (value, sentence) in rows {
        let patch = scaled(workload, with_trigger(json!({section: value})));
        problems(&[(
            patch,
            &format!("spec.serving.scaleOptions.keda.{section}{sentence}"),
        )]);
    }
}

#[test]
fn scaled_object() {
    let rules = |rules: Value| json!({"advanced": {"horizontalPodAutoscalerConfig": {"behavior": {"scaleDown": rules}}}});
    let policy = |patch: Value| {
        let mut policy = json!({"type": "Pods", "value": 1, "periodSeconds": 60});
        merge(&mut policy, &patch);
        rules(json!({"policies": [policy]}))
    };
    rows(
        "Deployment",
        "scaledObject",
        &[
            (
                json!({"pollingInterval": 0}),
                ".pollingInterval: Invalid value: 0: must be at least 1",
            ),
            (
                json!({"cooldownPeriod": -1}),
                ".cooldownPeriod: Invalid value: -1: must be at least 0",
            ),
            (
                json!({"advanced": []}),
                ".advanced: Invalid value: a list: must be an object",
            ),
            (
                json!({"advanced": {"restoreToOriginalReplicaCount": "yes"}}),
                ".advanced.restoreToOriginalReplicaCount: Invalid value: \"yes\": must be true or false",
            ),
            (
                json!({"advanced": {"horizontalPodAutoscalerConfig": {"name": 7}}}),
                ".advanced.horizontalPodAutoscalerConfig.name: Invalid value: 7: must be a string",
            ),
            (
                json!({"advanced": {"scalingModifiers": {"formula": "1", "target": "1", "x": [null]}}}),
                ".advanced.scalingModifiers.x[0]: Invalid value: null: must not be null",
            ),
            (
                rules(json!({"stabilizationWindowSeconds": 3601})),
                ".advanced.horizontalPodAutoscalerConfig.behavior.scaleDown.stabilizationWindowSeconds: Invalid \
                 value: 3601: must be between 0 and 3600",
            ),
            (
                json!({"advanced": {"horizontalPodAutoscalerConfig": {"behavior": {"scaleUp":
                    {"stabilizationWindowSeconds": -1}}}}}),
                ".advanced.horizontalPodAutoscalerConfig.behavior.scaleUp.stabilizationWindowSeconds: Invalid \
                 value: -1: must be between 0 and 3600",
            ),
            (
                rules(json!({"selectPolicy": "Any"})),
                ".advanced.horizontalPodAutoscalerConfig.behavior.scaleDown.selectPolicy: Unsupported value: \
                 \"Any\": supported values: \"Disabled\", \"Max\", \"Min\"",
            ),
            (
                rules(json!({"policies": {}})),
                ".advanced.horizontalPodAutoscalerConfig.behavior.scaleDown.policies: Invalid value: an object: \
                 must be a list",
            ),
            (
                rules(json!({"policies": [null]})),
                ".advanced.horizontalPodAutoscalerConfig.behavior.scaleDown.policies[0]: Invalid value: null: \
                 must be an object",
            ),
            (
                policy(json!({"type": "Nodes"})),
                ".advanced.horizontalPodAutoscalerConfig.behavior.scaleDown.policies[0].type: Unsupported value: \
                 \"Nodes\": supported values: \"Percent\", \"Pods\"",
            ),
            (
                policy(json!({"type": null})),
                ".advanced.horizontalPodAutoscalerConfig.behavior.scaleDown.policies[0].type: Required value: \
                 Percent or Pods",
            ),
            (
                policy(json!({"value": 0})),
                ".advanced.horizontalPodAutoscalerConfig.behavior.scaleDown.policies[0].value: Invalid value: 0: \
                 must be at least 1",
            ),
            (
                policy(json!({"value": null})),
                ".advanced.horizontalPodAutoscalerConfig.behavior.scaleDown.policies[0].value: Required value: \
                 the change that is allowed",
            ),
            (
                policy(json!({"periodSeconds": 1801})),
                ".advanced.horizontalPodAutoscalerConfig.behavior.scaleDown.policies[0].periodSeconds: Invalid \
                 value: 1801: must be between 1 and 1800",
            ),
            (
                policy(json!({"periodSeconds": null})),
                ".advanced.horizontalPodAutoscalerConfig.behavior.scaleDown.policies[0].periodSeconds: Required \
                 value: the seconds to look back",
            ),
            (
                json!({"fallback": {"failureThreshold": 0, "replicas": 1}}),
                ".fallback.failureThreshold: Invalid value: 0: must be at least 1",
            ),
            (
                json!({"fallback": {"replicas": 1}}),
                ".fallback.failureThreshold: Required value: after how many failures",
            ),
            (
                json!({"fallback": {"failureThreshold": 1, "replicas": -1}}),
                ".fallback.replicas: Invalid value: -1: must be at least 0",
            ),
            (
                json!({"fallback": {"failureThreshold": 1}}),
                ".fallback.replicas: Required value: how many replicas there are then",
            ),
        ],
    );
}

#[test]
fn scaled_job() {
    let strategy = |strategy: Value| json!({"scalingStrategy": strategy});
    let custom = |patch: Value| {
        let mut custom = json!({"strategy": "custom", "customScalingQueueLengthDeduction": 1,
            "customScalingRunningJobPercentage": "0.5"});
        merge(&mut custom, &patch);
        json!({"scalingStrategy": custom})
    };
    rows(
        "Job",
        "scaledJob",
        &[
            (
                json!({"restartPolicy": "Always"}),
                ".restartPolicy: Unsupported value: \"Always\": supported values: \"Never\", \"OnFailure\"",
            ),
            (
                json!({"pollingInterval": 0}),
                ".pollingInterval: Invalid value: 0: must be at least 1",
            ),
            (
                json!({"successfulJobsHistoryLimit": -1}),
                ".successfulJobsHistoryLimit: Invalid value: -1: must be at least 0",
            ),
            (
                json!({"failedJobsHistoryLimit": -1}),
                ".failedJobsHistoryLimit: Invalid value: -1: must be at least 0",
            ),
            (
                strategy(json!({"strategy": "greedy"})),
                ".scalingStrategy.strategy: Unsupported value: \"greedy\": supported values: \"accurate\", \
                 \"custom\", \"default\", \"eager\"",
            ),
            (
                custom(json!({"customScalingQueueLengthDeduction": null})),
                ".scalingStrategy.customScalingQueueLengthDeduction: Required value: the strategy custom needs it",
            ),
            (
                custom(json!({"customScalingRunningJobPercentage": null})),
                ".scalingStrategy.customScalingRunningJobPercentage: Required value: the strategy custom needs it",
            ),
            (
                custom(json!({"customScalingQueueLengthDeduction": -1})),
                ".scalingStrategy.customScalingQueueLengthDeduction: Invalid value: -1: must be at least 0",
            ),
            (
                custom(json!({"customScalingRunningJobPercentage": 0.5})),
                ".scalingStrategy.customScalingRunningJobPercentage: Invalid value: 0.5: must be a string",
            ),
            (
                strategy(json!({"pendingPodConditions": ["Ready", 7]})),
                ".scalingStrategy.pendingPodConditions[1]: Invalid value: 7: must be a string",
            ),
            (
                strategy(json!({"multipleScalersCalculation": "first"})),
                ".scalingStrategy.multipleScalersCalculation: Unsupported value: \"first\": supported values: \
                 \"avg\", \"max\", \"min\", \"sum\"",
            ),
        ],
    );
    for fraction in ["half", ".", "%", "1e3", "0.5.5", "-1", "+1", "5 0%", "٥"] {
        let sentence = format!(
            ".scalingStrategy.customScalingRunningJobPercentage: Invalid value: {fraction:?}: must be a fraction \
             such as 0.5, or 50%"
        );
        let row = custom(json!({"customScalingRunningJobPercentage": fraction}));
        rows("Job", "scaledJob", &[(row, &sentence)]);
    }
}

#[test]
fn triggers() {
    let triggers = |triggers: Value| scaled("Deployment", json!({"keda": {"triggers": triggers}}));
    let changed = |patch: Value| {
        let mut changed = trigger();
        merge(&mut changed, &patch);
        triggers(json!([changed]))
    };
    let named = |name: &str| json!({"type": "artemis-queue", "name": name, "metadata": {}});
    let at = "spec.serving.scaleOptions.keda.triggers";
    for (patch, sentence) in [
        (triggers(json!({})), ": Invalid value: an object: must be a list"),
        (
            triggers(json!([null])),
            "[0]: Invalid value: null: must be an object",
        ),
        (
            triggers(json!(["kafka"])),
            "[0]: Invalid value: \"kafka\": must be an object",
        ),
        (
            triggers(json!(vec![trigger(); 65])),
            ": Too many: 65: must have at most 64 items",
        ),
        (
            changed(json!({"type": null})),
            "[0].type: Required value: a scaler of KEDA's, such as kafka",
        ),
        (
            changed(json!({"type": ""})),
            "[0].type: Required value: a scaler of KEDA's, such as kafka",
        ),
        (
            changed(json!({"type": 7})),
            "[0].type: Invalid value: 7: must be a string",
        ),
        (
            changed(json!({"metadata": null})),
            "[0].metadata: Required value: the scaler's settings",
        ),
        (
            changed(json!({"metadata": {"lagThreshold": 5}})),
            "[0].metadata[lagThreshold]: Invalid value: 5: must be a string",
        ),
        (
            changed(json!({"metadata": "x"})),
            "[0].metadata: Invalid value: \"x\": must be an object",
        ),
        (
            triggers(json!([named("a"), named("b"), named("a")])),
            "[2].name: Duplicate value: \"a\"",
        ),
        (
            changed(json!({"useCachedMetrics": "yes"})),
            "[0].useCachedMetrics: Invalid value: \"yes\": must be true or false",
        ),
        (
            changed(json!({"metricType": "Average"})),
            "[0].metricType: Unsupported value: \"Average\": supported values: \"AverageValue\", \
             \"Utilization\", \"Value\"",
        ),
        (
            changed(json!({"authenticationRef": {}})),
            "[0].authenticationRef.name: Required value: the TriggerAuthentication",
        ),
        (
            changed(json!({"authenticationRef": {"name": "a", "kind": "Secret"}})),
            "[0].authenticationRef.kind: Unsupported value: \"Secret\": supported values: \
             \"ClusterTriggerAuthentication\", \"TriggerAuthentication\"",
        ),
        (
            changed(json!({"future": [null]})),
            "[0].future[0]: Invalid value: null: must not be null",
        ),
    ] {
        problems(&[(patch, &format!("{at}{sentence}"))]);
    }
}

#[test]
fn bounds_and_workloads() {
    let options = |options: Value| scaled("Deployment", options);
    let restart = |workload: &str, policy: &str| {
        let mut patch = scaled(workload, json!({}));
        patch["spec"]["serving"]["template"] = json!({"restartPolicy": policy});
        patch
    };
    problems(&[
        (
            options(json!({"maxReplicas": 0})),
            "spec.serving.scaleOptions.maxReplicas: Invalid value: 0: must be at least 1",
        ),
        (
            options(json!({"minReplicas": 101, "keda": {"triggers": [trigger()]}})),
            "spec.serving.scaleOptions.minReplicas: Invalid value: 101: must not be greater than maxReplicas, \
             which is 100 when it is not set",
        ),
        (
            options(with_trigger(
                json!({"scaledObject": {"minReplicaCount": 3, "maxReplicaCount": 2}}),
            )),
            "spec.serving.scaleOptions.keda.scaledObject.minReplicaCount: Invalid value: 3: must not be greater \
             than maxReplicaCount, which is 2",
        ),
        (
            options(json!({"keda": {"scaledObject": {}, "scaledJob": {}}})),
            "spec.serving.scaleOptions.keda: Forbidden: only one of httpScaledObject, scaledObject and scaledJob \
             may be set",
        ),
        (
            restart("Job", "Always"),
            "spec.serving.template.restartPolicy: Unsupported value: \"Always\": supported values: \"Never\", \
             \"OnFailure\"",
        ),
        (
            restart("StatefulSet", "Never"),
            "spec.serving.template.restartPolicy: Unsupported value: \"Never\": supported values: \"Always\"",
        ),
    ]);
}
