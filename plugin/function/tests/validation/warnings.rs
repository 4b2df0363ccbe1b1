//! What is accepted, and said.

use serde_json::{Value, json};

use super::scale::{scaled, trigger, with_trigger};
use super::support::{KINDS, parent, request, sync};
use super::{http, keda, message, patched, serving};

/// An http function with a Dapr trigger.
fn triggered(annotations: &Value) -> Value {
    serving(json!({
        "annotations": annotations,
        "triggers": {"dapr": [{"name": "a"}]},
        "bindings": {"a": {"type": "bindings.x", "version": "v1"}},
        // The sidecar is there as long as a pod is.
        "scaleOptions": {"minReplicas": 1},
    }))
}

#[test]
fn dapr_triggers_that_are_delivered_are_no_warning() {
    for annotations in [
        json!({"dapr.io/app-protocol": "http"}),
        json!({"dapr.io/app-protocol": "grpc"}),
        json!({"dapr.io/app-protocol": "http", "openfunction.io/dapr-service-mode": "standalone"}),
    ] {
        message(&patched(&triggered(&annotations)), "Normalized", "AsWritten");
    }
}

#[test]
fn the_proxy_calls_paths_of_its_own() {
    let annotations =
        json!({"dapr.io/app-protocol": "http", "openfunction.io/dapr-service-mode": "standalone"});
    let with_path = |engine: &str, path: &str| {
        let mut patch = triggered(&annotations);
        let rules = json!([{"matches": [{"path": {"type": "PathPrefix", "value": path}}]}]);
        super::merge(
            &mut patch,
            &http(json!({"engine": engine, "route": {"rules": rules}})),
        );
        patch
    };
    assert_eq!(
        message(&patched(&with_path("keda", "/shop")), "Normalized", "Warnings"),
        "spec.serving.triggers.dapr: does not reach the function: Dapr's proxy calls the path /COMPONENT or \
         /TOPIC, and spec.serving.triggers.http.route.rules has no path /"
    );
    message(&patched(&with_path("keda", "/")), "Normalized", "AsWritten");
}

#[test]
fn the_proxy_knows_one_cluster_domain() {
    let annotations =
        json!({"dapr.io/app-protocol": "http", "openfunction.io/dapr-service-mode": "standalone"});
    let mut function = parent(super::function());
    super::merge(&mut function, &triggered(&annotations));
    let answer = sync(
        &request(&function, &KINDS, &[]),
        &json!({"clusterDomain": "a.example"}),
    );
    assert_eq!(
        message(&answer, "Normalized", "Warnings"),
        "spec.serving.triggers.dapr: does not reach the function: Dapr's proxy supports only the cluster domain \
         cluster.local; use the sidecar mode"
    );
}

#[test]
fn what_is_ignored_or_changed_is_said() {
    for (patch, sentence) in [
        (
            json!({"metadata": {"annotations": {"plugins": "pre: [a]"}}, "spec": {"serving": {"hooks": {}}}}),
            "metadata.annotations[plugins]: is not used: spec.serving.hooks is set",
        ),
        (
            json!({"metadata": {"annotations": {"plugins.tracing": "a"}}, "spec": {"serving": {"tracing":
                {"enabled": false, "provider": {"name": "skywalking"}}}}}),
            "metadata.annotations[plugins.tracing]: is not used: spec.serving.tracing is set",
        ),
        (
            super::spec(json!({"workloadRuntime": "wasm"})),
            "spec.workloadRuntime: is read as OCIContainer; the other one that is known is WasmEdge",
        ),
        (
            serving(json!({"bindings": {"a": {"type": "bindings.x", "version": "v1"}},
                "triggers": {"inputs": [{"name": "a"}]}})),
            "spec.serving.triggers.inputs[0]: is read as if it were inside dapr",
        ),
        (
            serving(json!({"bindings": {"a": {"type": "bindings.x", "version": "v1"}},
                "annotations": {"dapr.io/app-protocol": "http"}, "scaleOptions": {"minReplicas": 1},
                "triggers": {"dapr": [{"dapr": {"name": "a"}}]}})),
            "spec.serving.triggers.dapr[0]: is read as if it were not inside dapr",
        ),
        (
            serving(json!({"timeout": "1m"})),
            "spec.serving.timeout: is not used: the Workload condition says when a function does not start",
        ),
        (
            serving(json!({"workloadType": "Job"})),
            "spec.serving.workloadType: is not used: only a function without an http trigger has one",
        ),
        (
            serving(json!({"scaleOptions": {"knative": {"a": "b"}}})),
            "spec.serving.scaleOptions.knative: is not used: the engine is keda, not knative",
        ),
        (
            keda(json!({"scaledObject": {"minReplicaCount": 1}})),
            "spec.serving.scaleOptions.keda.scaledObject: only its bounds are used: an http function scales by \
             its requests",
        ),
        (
            keda(json!({"scaledJob": {}})),
            "spec.serving.scaleOptions.keda.scaledJob: is not used: a function that is called by HTTP cannot be a Job",
        ),
        (
            serving(json!({"template": {"serviceAccountName": "a", "serviceAccount": "b"}})),
            "spec.serving.template.serviceAccount: is not used: serviceAccountName names another one",
        ),
        (
            http(json!({"port": "9000"})),
            "spec.serving.triggers.http.port: the string \"9000\" is read as the number 9000",
        ),
        (
            http(json!({"port": 0})),
            "spec.serving.triggers.http.port: 0 is read as 8080",
        ),
        (
            http(json!({"port": "0"})),
            "spec.serving.triggers.http.port: the string \"0\" is read as the number 0; \
             spec.serving.triggers.http.port: 0 is read as 8080",
        ),
        (
            json!({"metadata": {"name": "a-svc"}}),
            "metadata.name: a Function \"a\" in this namespace would use the same Service, a-svc: if both \
             exist, rename one of them",
        ),
        (
            serving(json!({"labels": {"openfunction.io/role": "x"}})),
            "spec.serving.labels[openfunction.io/role]: is not used: pods are selected by this label",
        ),
        (
            serving(json!({"annotations": {"dapr.io/enabled": "true"}})),
            "spec.serving.annotations[dapr.io/enabled]: is not used: openfunction.io/enable-dapr and \
             openfunction.io/dapr-service-mode decide",
        ),
        (
            serving(json!({"states": {"cart": {}}})),
            "spec.serving.states[cart]: an existing Dapr Component of that name is meant; its type is not known \
             here",
        ),
        (
            serving(json!({"bindings": {"a": {"type": "bindings.x", "version": "v1", "scopes": []}}})),
            "spec.serving.bindings[a].scopes: unknown field, ignored: a Dapr Component has no such field",
        ),
        (
            serving(json!({"bindings": {"a": {"type": "bindings.x", "version": "v1",
                "metadata": [{"name": "n", "valueFrom": 1}]}}})),
            "spec.serving.bindings[a].metadata[0].valueFrom: unknown field, ignored: a Dapr Component has no such field",
        ),
        (
            serving(json!({"bindings": {"a": {"type": "bindings.x", "version": "v1",
                "metadata": [{"name": "n", "secretKeyRef": {"name": "s", "optional": true}}]}}})),
            "spec.serving.bindings[a].metadata[0].secretKeyRef.optional: unknown field, ignored: a Dapr Component has no \
             such field",
        ),
        (
            triggered(&json!({})),
            "spec.serving.triggers.dapr: is delivered as gRPC on the function's own port; for a function that \
             serves http, set the annotation dapr.io/app-protocol to http",
        ),
        (
            triggered(&json!({"openfunction.io/dapr-service-mode": "standalone"})),
            "spec.serving.triggers.dapr: does not reach the function: Dapr's proxy calls an http function only \
             over http; set the annotation dapr.io/app-protocol to http",
        ),
    ] {
        assert_eq!(
            message(&patched(&patch), "Normalized", "Warnings"),
            sentence,
            "{patch}"
        );
    }
}

#[test]
fn what_does_not_scale_an_async_function_is_said() {
    let job = |section: serde_json::Value| scaled("Job", with_trigger(section));
    let at = "spec.serving.scaleOptions";
    for (patch, sentence) in [
        (
            scaled(
                "Deployment",
                with_trigger(json!({"httpScaledObject": {"maxReplicaCount": 3}})),
            ),
            ".keda.httpScaledObject: only its bounds are used: an async function scales by keda.triggers",
        ),
        (
            scaled("StatefulSet", with_trigger(json!({"scaledJob": {}}))),
            ".keda.scaledJob: is not used: it is for workloadType Job",
        ),
        (
            scaled(
                "Deployment",
                json!({"keda": {"scaledObject": {"minReplicaCount": 2}}}),
            ),
            ".keda.scaledObject: only its bounds are used: without keda.triggers nothing scales the function",
        ),
        (
            scaled("Deployment", json!({"maxReplicas": 3})),
            ".maxReplicas: is not used: without keda.triggers nothing scales the function",
        ),
        (
            scaled("Deployment", json!({"minReplicas": 0})),
            ".minReplicas: 0 is read as 1: without keda.triggers nothing wakes the function",
        ),
        (
            scaled(
                "Deployment",
                json!({"minReplicas": 0, "keda": {"triggers": [{"type": "memory", "metricType": "Utilization",
                    "metadata": {"value": "60"}}]}}),
            ),
            ".minReplicas: 0 is read as 1: cpu and memory wake no function; \
             spec.serving.scaleOptions.keda.triggers[0]: the container \"function\" has neither a request nor a \
             limit for memory: KEDA rejects the ScaledObject unless a LimitRange of the namespace sets one",
        ),
        (
            job(json!({"scaledObject": {"maxReplicaCount": 3}})),
            ".keda.scaledObject: only its bounds are used: for workloadType Job there is scaledJob",
        ),
        (
            job(json!({"scaledJob": {"scalingStrategy": {"customScalingRunningJobPercentage": "7.5 %"}}})),
            ".keda.scaledJob.scalingStrategy.customScalingRunningJobPercentage: \"7.5 %\" is read as 0.075",
        ),
        (
            scaled("Job", json!({"keda": {"scaledJob": {"restartPolicy": "Never"}}})),
            ".keda.scaledJob: only its restartPolicy and jobTargetRef are used: without keda.triggers one Job is run",
        ),
        (
            scaled(
                "Job",
                json!({"minReplicas": 1, "keda": {"triggers": [trigger()]}}),
            ),
            ".minReplicas: is not used: Jobs are started by events; for Jobs that run without, set \
             keda.scaledJob.minReplicaCount",
        ),
    ] {
        assert_eq!(
            message(&patched(&patch), "Normalized", "Warnings"),
            format!("{at}{sentence}"),
            "{patch}"
        );
    }
}

#[test]
fn what_scales_a_function_as_it_is_written_is_no_warning() {
    for patch in [
        scaled("Deployment", json!({})),
        scaled("Deployment", json!({"minReplicas": 3})),
        scaled(
            "StatefulSet",
            with_trigger(json!({"scaledObject": {"maxReplicaCount": 3}})),
        ),
        scaled("Job", json!({"minReplicas": 0})),
        scaled(
            "Job",
            with_trigger(json!({"scaledJob": {"scalingStrategy":
            {"strategy": "eager", "customScalingRunningJobPercentage": ".5"}}})),
        ),
    ] {
        message(&patched(&patch), "Normalized", "AsWritten");
    }
}

#[test]
fn a_name_that_no_other_function_makes_is_no_warning() {
    for name in ["asvc", "svc", "a-svc-b", "a--svc"] {
        let answer = patched(&json!({"metadata": {"name": name}}));
        message(&answer, "Normalized", "AsWritten");
    }
}

#[test]
fn the_headless_service_of_one_function_is_the_bridge_of_another() {
    let mut one = scaled("StatefulSet", json!({}));
    one["metadata"] = json!({"name": "a"});
    let headless = patched(&one)["children"][1]["metadata"]["name"].clone();
    let two = patched(&json!({"metadata": {"name": headless}}));
    assert_eq!(two["children"][2]["metadata"]["name"], headless);
    assert_eq!(
        message(&two, "Normalized", "Warnings"),
        "metadata.name: a Function \"a\" in this namespace would use the same Service, a-headless: if both \
         exist, rename one of them"
    );
}

#[test]
fn the_service_of_one_function_is_the_bridge_of_another() {
    for name in ["a".to_owned(), "a.b".to_owned(), "7".to_owned(), "a".repeat(70)] {
        let other = format!("{name}-svc");
        let one = patched(&json!({"metadata": {"name": name}}));
        let two = patched(&json!({"metadata": {"name": other}}));
        let service = one["children"][1]["metadata"]["name"].as_str().unwrap();
        assert_eq!(two["children"][2]["metadata"]["name"], service);
        let warning = message(&two, "Normalized", "Warnings");
        assert!(
            warning.contains(&format!("the same Service, {service}: ")),
            "{warning}"
        );
    }
}
