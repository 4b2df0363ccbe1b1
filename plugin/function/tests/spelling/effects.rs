//! What is written has an effect in every runtime, or a warning says that it has none.
//!
//! Each field of a Function with something in all of them is taken out in turn. If then the same children are asked for,
//! it had no effect, and a warning must have named it or what it is in.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{answer, function, merged, problems, warnings};

/// Fields that may be written without effect and without a word, and why.
const SILENT: [(&str, &str); 5] = [
    (
        "spec.serving.hooks.policy",
        "it is about the hooks of all Functions, and there are none",
    ),
    (
        "spec.build.failedBuildsHistoryLimit",
        "it is about builds that have ended, and there are none",
    ),
    (
        "spec.build.successfulBuildsHistoryLimit",
        "it is about builds that have ended, and there are none",
    ),
    (
        "spec.serving.workloadType",
        "Deployment is what an async function is without it, too",
    ),
    (
        "spec.workloadRuntime",
        "the strategy that it would choose is named, and nothing is served",
    ),
];

/// Maps whose keys the user chooses.
const MAPS: [&str; 13] = [
    ".annotations",
    ".baggage",
    ".bindings",
    ".env",
    ".knative",
    ".labels",
    ".metadata",
    ".params",
    ".pubsub",
    ".states",
    ".tags",
    ".nodeSelector",
    ".headers",
];

/// The runtimes: what `serving` has for each.
fn runtimes() -> Vec<(&'static str, Value)> {
    let http = |engine: &str| json!({"triggers": {"http": {"engine": engine}}});
    let workload = |workload: &str| json!({"workloadType": workload, "triggers": {"http": null}});
    vec![
        ("keda", http("keda")),
        ("knative", http("knative")),
        ("Deployment", workload("Deployment")),
        ("StatefulSet", workload("StatefulSet")),
        ("Job", workload("Job")),
    ]
}

/// KEDA's sections, of which one may be there.
fn sections() -> Vec<Value> {
    vec![
        json!({"httpScaledObject": {"targetPendingRequests": 5, "cooldownPeriod": 30, "initialCooldownPeriod": 9,
            "minReplicaCount": 2, "maxReplicaCount": 7, "timeouts": {"readiness": "7s", "responseHeader": "8s"},
            "headers": [{"name": "x", "value": "y"}]}}),
        json!({"httpScaledObject": {"scaledownPeriod": 30, "replicas": {"min": 2, "max": 7},
            "scalingMetric": {"requestRate": {"targetValue": 4, "window": "2m", "granularity": "3s"}}}}),
        json!({"scaledObject": {"pollingInterval": 5, "cooldownPeriod": 6, "minReplicaCount": 2, "maxReplicaCount": 7,
            "idleReplicaCount": 0, "initialCooldownPeriod": 3, "fallback": {"failureThreshold": 1, "replicas": 2,
            "behavior": "static"}, "advanced": {"restoreToOriginalReplicaCount": true,
            "scalingModifiers": {"formula": "a", "target": "1"}, "horizontalPodAutoscalerConfig": {"name": "n",
            "behavior": {"scaleUp": {"stabilizationWindowSeconds": 5, "tolerance": "100m"}}}},
            "scaleTargetRef": {"envSourceContainerName": "other"}}}),
        json!({"scaledJob": {"restartPolicy": "Never", "pollingInterval": 5, "successfulJobsHistoryLimit": 3,
            "failedJobsHistoryLimit": 4, "maxReplicaCount": 7, "minReplicaCount": 1, "envSourceContainerName": "other",
            "rollout": {"strategy": "gradual", "propagationPolicy": "foreground"}, "rolloutStrategy": "gradual",
            "jobTargetRef": {"backoffLimit": 1, "parallelism": 2}, "scalingStrategy": {"strategy": "custom",
            "customScalingQueueLengthDeduction": 1, "customScalingRunningJobPercentage": "0.5",
            "pendingPodConditions": ["Ready"], "multipleScalersCalculation": "max"}}}),
        json!({}),
    ]
}

/// A Function with something in every field.
fn full() -> Value {
    json!({
        "version": "v9", "image": "example.com/full:v1", "workloadRuntime": "WasmEdge",
        "imageCredentials": {"name": "registry"},
        "serving": {
            "triggers": {
                "http": {
                    "port": 9000,
                    "route": {
                        "gatewayRef": {"name": "g", "namespace": "n"},
                        "hostnames": ["a.example.com"],
                        "rules": [{"matches": [{"path": {"type": "PathPrefix", "value": "/"}}]}],
                    },
                    "inputs": [{"name": "cron", "type": "bindings.cron"}],
                },
                "dapr": [{"name": "orders", "topic": "t", "inputName": "o"}],
                "inputs": [{"dapr": {"name": "in", "type": "pubsub.x", "topic": "y"}}],
            },
            "outputs": [{"dapr": {"name": "orders", "topic": "u", "metadata": {"a": "b"}, "outputName": "p"}},
                {"dapr": {"name": "kafka", "operation": "create"}}],
            "bindings": {"kafka": {"type": "bindings.kafka", "version": "v1", "ignoreErrors": true,
                "initTimeout": "5s", "metadata": [{"name": "a", "value": 1}]}},
            "pubsub": {"orders": {"type": "pubsub.redis", "version": "v1"}},
            "states": {"cart": {"spec": {"type": "state.redis", "version": "v1"}}},
            "scaleOptions": {"minReplicas": 3, "maxReplicas": 8,
                "knative": {"autoscaling.knative.dev/target": "10"}},
            "params": {"A": "a"},
            "labels": {"l": "v"},
            "annotations": {"a/b": "c", "openfunction.io/dapr-service-mode": "standalone",
                "dapr.io/app-protocol": "http"},
            "timeout": "1m",
            "hooks": {"pre": ["a"], "post": ["b"], "policy": "Override"},
            "tracing": {"enabled": true, "provider": {"name": "skywalking", "oapServer": "o:1",
                "exporter": {"name": "e", "endpoint": "f", "headers": "h", "compression": "c", "timeout": "5s",
                    "protocol": "p"}}, "tags": {"a": "b"}, "baggage": {"c": "d"}},
            "template": {"containers": [{"name": "function", "imagePullPolicy": "Always"}]},
        },
    })
}

fn built() -> Value {
    json!({
        "version": "v9", "image": "example.com/full:v1", "workloadRuntime": "WasmEdge",
        "imageCredentials": {"name": "registry"},
        "build": {
            "builder": "b", "builderCredentials": {"name": "pull"}, "dockerfile": "Dockerfile",
            "env": {"A": "a"}, "timeout": "10m", "builderMaxAge": "1h",
            "successfulBuildsHistoryLimit": 1, "failedBuildsHistoryLimit": 2,
            "srcRepo": {"url": "u", "revision": "r", "sourceSubPath": "p", "credentials": {"name": "fetch"}},
            "shipwright": {"strategy": {"name": "s", "kind": "BuildStrategy"}, "timeout": "90s", "params": [
                {"name": "a", "value": "v"},
                {"name": "b", "configMapValue": {"name": "n", "key": "k", "format": "f"}},
                {"name": "c", "values": [{"value": "v"}, {"secretValue": {"name": "n", "key": "k"}}]}]},
        },
    })
}

/// Calls `check` with the path of each field that is no object with fields, and with what is left without it.
fn each(value: &Value, path: &str, check: &mut dyn FnMut(&str, Value)) {
    match value {
        Value::Object(members) => {
            let is_map = MAPS.iter().any(|map| path.ends_with(map));
            for (key, below) in members {
                let path = match is_map {
                    true => format!("{path}[{key}]"),
                    false => format!("{path}.{key}"),
                };
                let has_fields = match below {
                    Value::Object(_) => true,
                    Value::Array(list) => list.iter().any(Value::is_object),
                    _ => false,
                };
                if !has_fields {
                    let rest = members.iter().filter(|(other, _)| *other != key);
                    let rest: Map<String, Value> =
                        rest.map(|(key, value)| (key.clone(), value.clone())).collect();
                    check(&path, Value::Object(rest));
                }
                each(below, &path, &mut |path, below| {
                    let mut members = members.clone();
                    members.insert(key.clone(), below);
                    check(path, Value::Object(members));
                });
            }
        }
        Value::Array(list) => {
            for (index, below) in list.iter().enumerate() {
                each(below, &format!("{path}[{index}]"), &mut |path, below| {
                    let mut list = list.clone();
                    list[index] = below;
                    check(path, Value::Array(list));
                });
            }
        }
        _ => {}
    }
}

/// Whether a warning names a field, or what it is in.
fn is_named(path: &str, warnings: &str) -> bool {
    warnings.split("; ").any(|sentence| {
        let at = sentence.split(": ").next().unwrap();
        path.strip_prefix(at)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    })
}

/// The fields of a spec without effect and without a word.
fn silent(spec: &Value) -> BTreeSet<String> {
    let whole = answer(&function(spec.clone()));
    assert_eq!(problems(&whole), "", "{spec}");
    let told = warnings(&whole);
    let mut silent = BTreeSet::new();
    each(spec, "spec", &mut |path, spec| {
        let without = answer(&function(spec));
        let is_used = !problems(&without).is_empty() || without["children"] != whole["children"];
        if !is_used && !is_named(path, told) {
            silent.insert(path.to_owned());
        }
    });
    silent
}

/// Those of them that are not listed, for each runtime.
fn check(name: &str, spec: &Value, all: &mut BTreeSet<(String, String)>) {
    let listed = |path: &str| SILENT.iter().any(|(known, _)| path == *known);
    let silent = silent(spec).into_iter().filter(|path| !listed(path));
    all.extend(silent.map(|path| (name.to_owned(), path)));
}

#[test]
fn what_is_written_has_an_effect_or_a_warning() {
    let mut silent = BTreeSet::new();
    for (name, runtime) in runtimes() {
        for section in sections() {
            for triggers in [
                Value::Null,
                json!([{"type": "kafka", "name": "a", "metadata": {"bootstrapServers": "b:9092", "consumerGroup": "g", "topic": "t"}}]),
            ] {
                let mut spec = full();
                merged(&mut spec["serving"], &runtime);
                let keda = &mut spec["serving"]["scaleOptions"]["keda"];
                *keda = section.clone();
                merged(keda, &json!({"triggers": triggers}));
                check(name, &spec, &mut silent);
            }
        }
    }
    assert_eq!(silent, BTreeSet::new());
}

#[test]
fn what_is_written_of_a_build_has_an_effect_or_a_warning() {
    let mut silent = BTreeSet::new();
    check("build", &built(), &mut silent);
    assert_eq!(silent, BTreeSet::new());
}
