//! KEDA's fields pass through.

use serde_json::{Value, json};

use super::{answer, child, function, problems, warnings};

/// An async function of a workload type with this in `scaleOptions.keda`.
fn scaled(workload: &str, keda: Value) -> Value {
    let mut serving = json!({
        "triggers": {"dapr": [{"name": "orders", "topic": "placed"}]},
        "pubsub": {"orders": {"type": "pubsub.redis", "version": "v1"}},
        "annotations": {"openfunction.io/enable-dapr": "false"},
        "workloadType": workload,
        "scaleOptions": {"keda": {"triggers": [{"type": "kafka", "name": "a", "metadata": {"bootstrapServers": "b:9092", "consumerGroup": "g", "topic": "placed"}}]}},
    });
    let Value::Object(keda) = keda else {
        panic!("{keda} is no object")
    };
    let sections = serving["scaleOptions"]["keda"].as_object_mut().unwrap();
    sections.extend(keda);
    sections.retain(|_, section| !section.is_null());
    function(json!({"image": "i", "serving": serving}))
}

fn at<'v>(value: &'v Value, path: &str) -> &'v Value {
    let pointer = format!("/{}", path.replace('.', "/"));
    value.pointer(&pointer).unwrap_or(&Value::Null)
}

/// An object with a value at a path.
fn with(path: &str, value: Value) -> Value {
    path.rsplit('.').fold(value, |value, name| json!({name: value}))
}

#[test]
fn every_field_of_a_scaled_object_passes_through() {
    let rules = json!({"policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}], "selectPolicy": "Max",
        "stabilizationWindowSeconds": 0, "tolerance": "50m"});
    for (path, value) in [
        (
            "advanced.horizontalPodAutoscalerConfig.behavior.scaleDown",
            rules.clone(),
        ),
        ("advanced.horizontalPodAutoscalerConfig.behavior.scaleUp", rules),
        ("advanced.horizontalPodAutoscalerConfig.name", json!("n")),
        ("advanced.restoreToOriginalReplicaCount", json!(true)),
        (
            "advanced.scalingModifiers",
            json!({"activationTarget": "1", "formula": "a + a", "metricType": "Value", "target": "5"}),
        ),
        ("cooldownPeriod", json!(0)),
        (
            "fallback",
            json!({"behavior": "currentReplicas", "failureThreshold": 3, "replicas": 0}),
        ),
        ("idleReplicaCount", json!(0)),
        ("initialCooldownPeriod", json!(0)),
        ("maxReplicaCount", json!(7)),
        ("minReplicaCount", json!(2)),
        ("pollingInterval", json!(5)),
        ("scaleTargetRef.envSourceContainerName", json!("other")),
    ] {
        for workload in ["Deployment", "StatefulSet"] {
            let function = scaled(workload, json!({"scaledObject": with(path, value.clone())}));
            let answer = answer(&function);
            assert_eq!((problems(&answer), warnings(&answer)), ("", ""), "{path}");
            let spec = &child(&answer, "ScaledObject")["spec"];
            assert_eq!(at(spec, path), &value, "{path}");
            assert_eq!(spec["scaleTargetRef"]["kind"], workload);
        }
    }
}

#[test]
fn every_field_of_a_scaled_job_passes_through() {
    let policy = json!({"rules": [{"action": "Ignore", "onExitCodes": {"operator": "In", "values": [1]}}]});
    for (path, value) in [
        ("envSourceContainerName", json!("other")),
        ("failedJobsHistoryLimit", json!(0)),
        ("jobTargetRef.activeDeadlineSeconds", json!(60)),
        ("jobTargetRef.backoffLimit", json!(0)),
        ("jobTargetRef.backoffLimitPerIndex", json!(1)),
        ("jobTargetRef.completionMode", json!("Indexed")),
        ("jobTargetRef.completions", json!(2)),
        ("jobTargetRef.managedBy", json!("example.com/other")),
        ("jobTargetRef.maxFailedIndexes", json!(1)),
        ("jobTargetRef.parallelism", json!(2)),
        ("jobTargetRef.podFailurePolicy", policy),
        ("jobTargetRef.podReplacementPolicy", json!("Failed")),
        (
            "jobTargetRef.successPolicy",
            json!({"rules": [{"succeededCount": 1}]}),
        ),
        ("jobTargetRef.suspend", json!(true)),
        ("jobTargetRef.ttlSecondsAfterFinished", json!(0)),
        ("maxReplicaCount", json!(7)),
        ("minReplicaCount", json!(2)),
        ("pollingInterval", json!(5)),
        (
            "rollout",
            json!({"propagationPolicy": "foreground", "strategy": "gradual"}),
        ),
        ("rolloutStrategy", json!("gradual")),
        (
            "scalingStrategy",
            json!({"customScalingQueueLengthDeduction": 1, "customScalingRunningJobPercentage": "0.5",
                "multipleScalersCalculation": "max", "pendingPodConditions": ["Ready"], "strategy": "custom"}),
        ),
        ("successfulJobsHistoryLimit", json!(0)),
    ] {
        let answer = answer(&scaled("Job", json!({"scaledJob": with(path, value.clone())})));
        assert_eq!((problems(&answer), warnings(&answer)), ("", ""), "{path}");
        let spec = &child(&answer, "ScaledJob")["spec"];
        assert_eq!(at(spec, path), &value, "{path}");
        assert!(spec["jobTargetRef"]["template"].is_object(), "{path}");
    }
}

#[test]
fn a_job_that_nothing_starts_has_its_fields_too() {
    let job = json!({"jobTargetRef": {"backoffLimit": 1}, "restartPolicy": "Never"});
    let mut function = scaled("Job", json!({"scaledJob": job}));
    function["spec"]["serving"]["scaleOptions"]["keda"]["triggers"] = json!([]);
    let answer = answer(&function);
    assert_eq!(child(&answer, "Job")["spec"]["backoffLimit"], 1);
    assert_eq!(
        warnings(&answer),
        "spec.serving.scaleOptions.keda.scaledJob: only its restartPolicy and jobTargetRef are used: without \
         keda.triggers one Job is run"
    );
}

#[test]
fn what_is_computed_is_not_taken_from_the_function() {
    let place = "spec.serving.scaleOptions.keda";
    for (workload, section, path, value, why) in [
        (
            "Deployment",
            "scaledObject",
            "scaleTargetRef.name",
            json!("x"),
            "the function's own workload is scaled",
        ),
        (
            "Deployment",
            "scaledObject",
            "scaleTargetRef.kind",
            json!("x"),
            "the function's own workload is scaled",
        ),
        (
            "StatefulSet",
            "scaledObject",
            "scaleTargetRef.apiVersion",
            json!("x"),
            "the function's own workload is scaled",
        ),
        (
            "Job",
            "scaledJob",
            "jobTargetRef.template",
            json!({}),
            "the pods are those of spec.serving.template",
        ),
        (
            "Job",
            "scaledJob",
            "jobTargetRef.selector",
            json!({}),
            "Kubernetes makes the selector of a Job",
        ),
        (
            "Job",
            "scaledJob",
            "jobTargetRef.manualSelector",
            json!(true),
            "Kubernetes makes the selector of a Job",
        ),
        (
            "Job",
            "scaledJob",
            "triggers",
            json!([{}]),
            "spec.serving.scaleOptions.keda.triggers is set",
        ),
        (
            "Deployment",
            "scaledObject",
            "triggers",
            json!([{}]),
            "spec.serving.scaleOptions.keda.triggers is set",
        ),
    ] {
        let plain = answer(&scaled(workload, json!({section: {}})));
        let answer = answer(&scaled(workload, json!({section: with(path, value)})));
        assert_eq!(answer["children"], plain["children"], "{path}");
        assert_eq!(
            warnings(&answer),
            format!("{place}.{section}.{path}: is not used: {why}")
        );
    }
}

#[test]
fn triggers_may_be_inside_the_section() {
    for (workload, section, kind) in [
        ("Deployment", "scaledObject", "ScaledObject"),
        ("Job", "scaledJob", "ScaledJob"),
    ] {
        let trigger = json!([{"type": "mysql", "metadata": {"query": "SELECT 1"}}]);
        let plain = answer(&scaled(workload, json!({section: {}, "triggers": trigger})));
        let nested = answer(&scaled(
            workload,
            json!({section: {"triggers": trigger}, "triggers": null}),
        ));
        assert_eq!(child(&nested, kind), child(&plain, kind));
        assert_eq!(
            warnings(&nested),
            format!(
                "spec.serving.scaleOptions.keda.{section}.triggers: is read as \
                 spec.serving.scaleOptions.keda.triggers"
            )
        );
    }
}

#[test]
fn a_field_of_a_newer_keda_passes_through_and_is_named() {
    for (workload, kind, section, path) in [
        ("Deployment", "ScaledObject", "scaledObject", "newField"),
        ("Deployment", "ScaledObject", "scaledObject", "advanced.newField"),
        (
            "Deployment",
            "ScaledObject",
            "scaledObject",
            "advanced.horizontalPodAutoscalerConfig.newField",
        ),
        ("Job", "ScaledJob", "scaledJob", "newField"),
        ("Job", "ScaledJob", "scaledJob", "rollout.newField"),
        ("Job", "ScaledJob", "scaledJob", "jobTargetRef.newField"),
    ] {
        let value = json!({"a": [1]});
        let answer = answer(&scaled(workload, json!({section: with(path, value.clone())})));
        assert_eq!(at(&child(&answer, kind)["spec"], path), &value, "{path}");
        assert_eq!(
            warnings(&answer),
            format!(
                "spec.serving.scaleOptions.keda.{section}.{path}: unknown field, passed to KEDA unchanged"
            )
        );
    }
}

#[test]
fn wrong_values_are_mistakes() {
    for (workload, keda, sentence) in [
        (
            "Job",
            json!({"scaledJob": {"rollout": {"strategy": "slow"}}}),
            "scaledJob.rollout.strategy: Unsupported value: \"slow\": supported values: \"gradual\", \"immediate\"",
        ),
        (
            "Job",
            json!({"scaledJob": {"rollout": {"propagationPolicy": "orphan"}}}),
            "scaledJob.rollout.propagationPolicy: Unsupported value: \"orphan\": supported values: \"background\", \
             \"foreground\"",
        ),
        (
            "Job",
            json!({"scaledJob": {"maxReplicaCount": 0}}),
            "scaledJob.maxReplicaCount: Invalid value: 0: must be at least 1",
        ),
        (
            "Job",
            json!({"scaledJob": {"jobTargetRef": {"parallelism": "2"}}}),
            "scaledJob.jobTargetRef.parallelism: Invalid value: \"2\": must be a whole number of at most 32 bits",
        ),
        (
            "Deployment",
            json!({"scaledObject": {"idleReplicaCount": -1}}),
            "scaledObject.idleReplicaCount: Invalid value: -1: must be at least 0",
        ),
        (
            "Deployment",
            json!({"scaledObject": {"fallback": {"failureThreshold": 1, "replicas": 1, "behavior": "none"}}}),
            "scaledObject.fallback.behavior: Unsupported value: \"none\": supported values: \"currentReplicas\", \
             \"currentReplicasIfHigher\", \"currentReplicasIfLower\", \"scalingModifiers\", \"static\"",
        ),
        (
            "Deployment",
            json!({"scaledObject": {"advanced": {"horizontalPodAutoscalerConfig": {"behavior": {"scaleUp":
                {"tolerance": "much"}}}}}}),
            "scaledObject.advanced.horizontalPodAutoscalerConfig.behavior.scaleUp.tolerance: Invalid value: \"much\": \
             must be a quantity, such as 500m, 2 or 64Mi",
        ),
    ] {
        let answer = answer(&scaled(workload, keda));
        assert_eq!(
            problems(&answer),
            format!("spec.serving.scaleOptions.keda.{sentence}")
        );
    }
}
