//! What is true whatever anyone writes.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests fails as a test does"
)]

mod support;

use metawasm_function::{Failure, sync as hook};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use support::{KINDS, applied, check, example, parent, request, request_with, sync};

const KNATIVE: [&str; 1] = ["Service.serving.knative.dev/v1"];

/// A Function with something in every field.
fn full() -> Value {
    parent(json!({
        "apiVersion": "core.openfunction.io/v1beta2",
        "kind": "Function",
        "metadata": {"name": "full", "annotations": {"module.wasm.image/variant": "compat", "plugins": "x"}},
        "spec": {
            "version": "v1", "image": "example.com/full:v1", "workloadRuntime": "OCIContainer",
            "imageCredentials": {"name": "registry"},
            "build": {
                "builder": "b", "builderCredentials": {"name": "pull"}, "dockerfile": "Dockerfile",
                "env": {"A": "a"}, "timeout": "10m", "builderMaxAge": "1h",
                "successfulBuildsHistoryLimit": 1, "failedBuildsHistoryLimit": 2,
                "srcRepo": {"url": "u", "bundleContainer": {"image": "s"}, "revision": "r",
                    "sourceSubPath": "p", "credentials": {"name": "fetch"}},
                "shipwright": {"strategy": {"name": "s", "kind": "BuildStrategy"}, "timeout": "90s", "params": [
                    {"name": "a", "value": "v"},
                    {"name": "b", "configMapValue": {"name": "n", "key": "k", "format": "f"}},
                    {"name": "c", "values": [{"value": "v"}, {"secretValue": {"name": "n", "key": "k"}}]}]},
            },
            "serving": {
                "triggers": {
                    "http": {
                        "port": "9000", "engine": "keda",
                        "route": {
                            "gatewayRef": {"name": "g", "namespace": "n"},
                            "hostnames": ["a.example.com", "*.example.org"],
                            "rules": [{"matches": [{"path": {"type": "PathPrefix", "value": "/a"}}], "filters": [
                                {"type": "RequestHeaderModifier", "requestHeaderModifier": {"set": [{"name": "x", "value": "y"}]}}]}],
                        },
                        "inputs": [{"name": "cron", "type": "bindings.cron"}],
                    },
                    "dapr": [{"name": "orders", "topic": "t"}, {"name": "s", "type": "state.redis"}],
                    "inputs": [{"dapr": {"name": "in", "type": "pubsub.x", "topic": "y"}}],
                },
                "outputs": [{"dapr": {"name": "orders", "topic": "t", "metadata": {"a": "b"}}},
                            {"name": "n", "component": "kafka", "operation": "create", "params": {"a": ""}}],
                "bindings": {"kafka": {"type": "binding.kafka", "version": "v1", "metadata": [{"name": "a", "value": 1}]}},
                "pubsub": {"orders": {"type": "pubsub.redis", "version": "v1"}},
                "states": {"cart": {"spec": {"type": "state.redis", "version": "v1"}}, "other": {}},
                "scaleOptions": {"minReplicas": 1, "maxReplicas": 5, "knative": {"a": "b"}, "keda": {
                    "httpScaledObject": {"targetPendingRequests": 5, "cooldownPeriod": 30, "maxReplicaCount": 7},
                    "triggers": [{"type": "kafka", "metadata": {"topic": "t", "bootstrapServers": "k:9092", "consumerGroup": "g"}}]}},
                "params": {"A": "a", "B": ""},
                "labels": {"l": "v"},
                "annotations": {"openfunction.io/dapr-service-mode": "sidecar", "a/b": "c"},
                "timeout": "1m",
                "hooks": {"pre": ["a"], "post": ["b"], "policy": "Append"},
                "tracing": {"enabled": true, "provider": {"name": "skywalking", "oapServer": "o:1",
                    "exporter": {"name": "e", "endpoint": "f"}}, "tags": {"a": "b"}, "baggage": {"c": "d"}},
                "workloadType": "Deployment",
                "template": {
                    "containers": [{"name": "function", "env": [{"name": "A", "value": ""}],
                        "ports": [{"containerPort": 9000, "name": "p"}],
                        "resources": {"limits": {"cpu": "1000m", "memory": 5}, "requests": {"cpu": 0.5}},
                        "imagePullPolicy": "Always", "livenessProbe": {"httpGet": {"port": 80.0}},
                        "volumeMounts": [{"name": "v", "mountPath": "/v"}]},
                        {"name": "other", "image": "x", "args": []}],
                    "imagePullSecrets": [{"name": "registry"}],
                    "volumes": [{"name": "v", "projected": {"sources": [{"serviceAccountToken": {"path": "p"}}]}}],
                },
            },
        },
    }))
}

/// An async one, with everything that KEDA has.
fn full_async(workload: &str) -> Value {
    let rules = json!({"stabilizationWindowSeconds": 60, "selectPolicy": "Max",
        "policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}]});
    let sections = match workload {
        "Job" => {
            json!({"scaledJob": {"restartPolicy": "Never", "pollingInterval": 5, "successfulJobsHistoryLimit": 1,
            "failedJobsHistoryLimit": 1, "scalingStrategy": {"strategy": "custom", "pendingPodConditions": ["Ready"],
            "customScalingQueueLengthDeduction": 1, "customScalingRunningJobPercentage": "50%",
            "multipleScalersCalculation": "max"}}})
        }
        _ => json!({"scaledObject": {"minReplicaCount": 1, "maxReplicaCount": 5, "pollingInterval": 5,
            "cooldownPeriod": 5, "fallback": {"failureThreshold": 1, "replicas": 1, "behavior": "static"},
            "advanced": {"restoreToOriginalReplicaCount": true, "scalingModifiers": {"formula": "a", "target": "5"},
                "horizontalPodAutoscalerConfig": {"name": "n", "behavior": {"scaleUp": rules, "scaleDown": rules}}}}}),
    };
    let mut function = full();
    let serving = &mut function["spec"]["serving"];
    serving["triggers"].as_object_mut().unwrap().remove("http");
    serving["workloadType"] = json!(workload);
    serving["scaleOptions"]["keda"] = sections;
    serving["scaleOptions"]["keda"]["triggers"] = json!([
        {"type": "kafka", "name": "a", "metadata": {"topic": "t", "empty": ""}, "useCachedMetrics": true,
            "metricType": "AverageValue", "authenticationRef": {"name": "a", "kind": "TriggerAuthentication"}},
        {"type": "cron", "name": "b", "future": [{"a": 1.0}],
            "metadata": {"timezone": "UTC", "start": "0 8 * * *", "end": "0 18 * * *", "desiredReplicas": "3"}},
    ]);
    function
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e30..1e30).prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        "[a-z]{0,70}".prop_map(Value::from),
        prop_oneof![
            Just(""),
            Just("/"),
            Just("keda"),
            Just("bindings.x"),
            Just("500m"),
            Just("function")
        ]
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let key = prop_oneof![
            "[a-zA-Z./-]{0,8}",
            Just("name".to_owned()),
            Just("type".to_owned()),
            Just("dapr".to_owned()),
            Just("containers".to_owned()),
            Just("metadata".to_owned()),
            Just("spec".to_owned()),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((key, inner), 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// The pointers to everything in a value.
fn pointers(value: &Value, at: &str, all: &mut Vec<String>) {
    all.push(at.to_owned());
    match value {
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                pointers(value, &format!("{at}/{index}"), all);
            }
        }
        Value::Object(object) => {
            for (key, value) in object {
                let key = key.replace('~', "~0").replace('/', "~1");
                pointers(value, &format!("{at}/{key}"), all);
            }
        }
        _ => {}
    }
}

/// The same on Knative, as far as that is possible.
fn on_knative(mut function: Value) -> Value {
    for (pointer, value) in [
        ("/spec/serving/triggers/http/engine", "knative"),
        ("/spec/serving/template/containers/0/ports/0/name", "http1"),
    ] {
        if let Some(found) = function.pointer_mut(pointer) {
            *found = json!(value);
        }
    }
    function
}

/// A Function in which a few things are replaced by anything.
fn mutated() -> impl Strategy<Value = Value> {
    let whole = prop::sample::select(vec![full(), full_async("StatefulSet"), full_async("Job")]);
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any_json()), 1..4);
    (whole, changes).prop_map(|(mut function, changes)| {
        for (index, value) in changes {
            let mut all = Vec::new();
            pointers(&function, "", &mut all);
            let pointer = index.get(&all);
            if !pointer.is_empty() {
                *function.pointer_mut(pointer).unwrap() = value;
            }
        }
        function
    })
}

fn has_a_sentence(failure: &Failure) -> bool {
    match failure {
        Failure::Invalid(sentence) | Failure::Internal(sentence) => sentence.len() > 10,
        Failure::RetryLater {
            after_seconds,
            reason,
        } => *after_seconds > 0 && reason.len() > 10,
    }
}

#[test]
fn the_full_function_is_valid() {
    let answer = sync(&request(&full(), &KINDS, &[]), &json!({}));
    assert_eq!(
        answer["children"].as_array().unwrap().len(),
        5,
        "{}",
        answer["status"]
    );
}

#[test]
fn the_full_function_is_valid_on_knative() {
    let answer = sync(&request(&on_knative(full()), &KNATIVE, &[]), &json!({}));
    assert_eq!(
        answer["children"].as_array().unwrap().len(),
        1,
        "{}",
        answer["status"]
    );
}

#[test]
fn the_full_async_functions_are_valid() {
    for (workload, kinds) in [
        ("Deployment", vec!["Deployment", "ScaledObject"]),
        ("StatefulSet", vec!["StatefulSet", "Service", "ScaledObject"]),
        ("Job", vec!["ScaledJob"]),
    ] {
        let answer = sync(&request(&full_async(workload), &KINDS, &[]), &json!({}));
        let children = answer["children"].as_array().unwrap().iter();
        let found: Vec<&str> = children.map(|child| child["kind"].as_str().unwrap()).collect();
        assert_eq!(found, kinds, "{}", answer["status"]);
    }
}

#[test]
fn every_field_may_be_anything() {
    let odd = [
        json!(null),
        json!(7),
        json!(""),
        json!("x"),
        json!(true),
        json!([null]),
        json!({"a": null}),
    ];
    for whole in [full(), full_async("StatefulSet"), full_async("Job")] {
        let mut all = Vec::new();
        pointers(&whole, "", &mut all);
        assert!(all.len() > 150, "{}", all.len());
        for (pointer, value) in all
            .iter()
            .filter(|pointer| !pointer.is_empty())
            .flat_map(|pointer| odd.iter().map(move |value| (pointer, value)))
        {
            let mut function = whole.clone();
            *function.pointer_mut(pointer).unwrap() = value.clone();
            sync(&request(&function, &KINDS, &[]), &json!({}));
            sync(&request(&on_knative(function), &KNATIVE, &[]), &json!({}));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn anything_is_answered(request in any_json(), settings in any_json()) {
        for settings in [settings.to_string(), "{}".to_owned()] {
            if let Err(failure) = hook(&request.to_string(), &settings) {
                prop_assert!(has_a_sentence(&failure), "{:?}", failure);
            }
        }
    }

    #[test]
    fn any_text_is_answered(request in ".{0,64}", settings in ".{0,16}") {
        if let Err(failure) = hook(&request, &settings) {
            prop_assert!(has_a_sentence(&failure), "{:?}", failure);
        }
    }

    #[test]
    fn a_mutated_function_is_answered_and_the_answer_is_sound(function in mutated(), keda in any::<bool>()) {
        let mut kinds = KINDS.to_vec();
        kinds.extend(["Build.shipwright.io/v1beta1", "BuildRun.shipwright.io/v1beta1"]);
        let request = request(&function, &kinds, &[]).to_string();
        let settings = if keda { r#"{"defaultEngine":"keda"}"# } else { "{}" };
        match hook(&request, settings) {
            Ok(answer) => {
                check(&serde_json::from_str(&answer).unwrap());
                prop_assert_eq!(hook(&request, settings), Ok(answer));
            }
            Err(failure) => prop_assert!(has_a_sentence(&failure), "{:?}", failure),
        }
    }

    #[test]
    fn a_mutated_function_on_knative_is_answered(function in mutated(), status in any_json()) {
        let function = on_knative(function);
        let first = request(&function, &KNATIVE, &[]).to_string();
        if let Ok(answer) = hook(&first, "{}") {
            let answer: Value = serde_json::from_str(&answer).unwrap();
            check(&answer);
            let mut observed = applied(&answer);
            for service in &mut observed {
                service["status"] = status.clone();
            }
            let again = sync(&request(&function, &KNATIVE, &observed), &json!({}));
            prop_assert_eq!(&again["children"], &answer["children"]);
        }
    }

    #[test]
    fn a_mutated_route_is_answered_and_the_answer_is_sound(
        mut function in mutated(), knative in any::<bool>(), read in any::<bool>(), header in any::<bool>(),
        gateway in any_json(), template in ".{0,16}",
    ) {
        if let Some(engine) = function.pointer_mut("/spec/serving/triggers/http/engine").filter(|_| knative) {
            *engine = json!("knative");
        }
        let declared = [&KINDS[..], &["HTTPRoute.gateway.networking.k8s.io/v1", "Service.serving.knative.dev/v1"]];
        let observed = json!({"apiVersion": "serving.knative.dev/v1", "kind": "Service", "metadata": {"name": "full"},
            "status": {"latestReadyRevisionName": "full-00001"}});
        let mut related = json!({"apiVersion": "networking.openfunction.io/v1alpha1", "kind": "Gateway",
            "metadata": {"name": "g", "namespace": "n"}, "spec": {"domain": "example.com", "hostTemplate": template,
            "gatewayRef": {"name": "a", "namespace": "b"}}});
        if header {
            related["spec"] = gateway;
        }
        let settings = json!({"exposure": {"readGateways": read, "gateway": {"name": "web"},
            "hostRewrite": if header { "header" } else { "urlRewrite" }}});
        let request = request_with(&function, &declared.concat(), &[observed], &[related]).to_string();
        match hook(&request, &settings.to_string()) {
            Ok(answer) => check(&serde_json::from_str(&answer).unwrap()),
            Err(failure) => prop_assert!(has_a_sentence(&failure), "{:?}", failure),
        }
    }

    #[test]
    fn what_was_asked_for_is_asked_for_again(function in mutated()) {
        let first = request(&function, &KINDS, &[]).to_string();
        if let Ok(answer) = hook(&first, "{}") {
            let answer: Value = serde_json::from_str(&answer).unwrap();
            let observed = applied(&answer);
            let again = sync(&request(&function, &KINDS, &observed), &json!({}));
            prop_assert_eq!(&again["children"], &answer["children"]);
        }
    }

    #[test]
    fn an_invalid_edit_of_anything_touches_nothing(function in mutated()) {
        let good = full();
        let observed = applied(&sync(&request(&good, &KINDS, &[]), &json!({})));
        let mut edited = function;
        edited["metadata"] = good["metadata"].clone();
        if let Ok(answer) = hook(&request(&edited, &KINDS, &observed).to_string(), "{}") {
            let answer: Value = serde_json::from_str(&answer).unwrap();
            if answer["status"]["conditions"][0]["reason"] == "Invalid" {
                prop_assert_eq!(answer["children"].as_array().unwrap().len(), observed.len());
            }
        }
    }

    #[test]
    fn components_and_related_objects_may_be_anything(one in any_json(), setting in any_json(), other in any_json(),
        name in "[a-z]{1,3}", standalone in any::<bool>()) {
        let mut function = full();
        function["spec"]["serving"]["bindings"]["one"] = one;
        let metadata = &mut function["spec"]["serving"]["bindings"]["kafka"]["metadata"];
        *metadata = json!([{"name": name, "value": setting.clone()}, setting]);
        function["spec"]["serving"]["annotations"]["openfunction.io/dapr-service-mode"] =
            json!(if standalone { "standalone" } else { "sidecar" });
        let kinds = [&KINDS[..], &["Component.dapr.io/v1alpha1"]].concat();
        let mut request = request(&function, &kinds, &[]);
        request["related"] = json!({"Component.dapr.io/v1alpha1": {"a": other.clone(), "b": {
            "apiVersion": "dapr.io/v1alpha1", "kind": "Component", "scopes": other,
            "metadata": {"name": "in", "namespace": "demo"}, "spec": other}}});
        check(&sync(&request, &json!({})));
    }

    #[test]
    fn odd_observations_are_answered(status in any_json(), metadata in any_json(), conditions in any_json()) {
        let mut observed = applied(&sync(&request(&example("hello.yaml"), &KINDS, &[]), &json!({})));
        observed[0]["status"] = status;
        observed[3]["status"]["conditions"] = conditions.clone();
        let mut function = example("hello.yaml");
        function["status"]["conditions"] = conditions;
        let mut request = request(&function, &KINDS, &observed);
        request["children"]["Service.v1"]["demo/other"] = json!({"metadata": metadata});
        check(&sync(&request, &json!({})));
    }
}
