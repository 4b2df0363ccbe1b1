//! What every runtime has in common: the function's pods.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests fails as a test does"
)]

mod support;

use serde_json::{Value, json};
use support::{KINDS, parent, request, sync};

/// A runtime: the kind that has the pods, and what makes a Function be served by it.
fn runtimes() -> Vec<(&'static str, Value)> {
    let by_dapr = |more: Value| {
        let mut serving = json!({
            "triggers": {"dapr": [{"name": "a"}]},
            "bindings": {"a": {"type": "bindings.x", "version": "v1"}},
        });
        serving
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        serving
    };
    let triggers = json!({"keda": {"triggers": [{"type": "artemis-queue", "metadata": {}}]}});
    vec![
        ("Deployment", json!({"triggers": {"http": {"engine": "keda"}}})),
        ("Service", json!({"triggers": {"http": {"engine": "knative"}}})),
        ("Deployment", by_dapr(json!({}))),
        ("StatefulSet", by_dapr(json!({"workloadType": "StatefulSet"}))),
        ("Job", by_dapr(json!({"workloadType": "Job"}))),
        (
            "ScaledJob",
            by_dapr(json!({"workloadType": "Job", "scaleOptions": triggers})),
        ),
    ]
}

/// The answer for a Function of a runtime, with more in `spec` and in `spec.serving`.
fn answer(runtime: &Value, spec: &Value, serving: &Value) -> Value {
    let mut function = parent(json!({
        "metadata": {"name": "hello"},
        "spec": {"image": "example.com/hello:v1", "version": "v2.0.0", "serving": runtime},
    }));
    let mut add = |pointer: &str, more: &Value| {
        let into = function.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
        into.extend(more.as_object().unwrap().clone());
    };
    add("/spec", spec);
    add("/spec/serving", serving);
    let mut kinds = KINDS.to_vec();
    kinds.extend(["Service.serving.knative.dev/v1", "Component.dapr.io/v1alpha1"]);
    sync(&request(&function, &kinds, &[]), &json!({}))
}

fn is_proxy(child: &Value) -> bool {
    child["metadata"]["name"] == "hello-dapr-proxy"
}

/// The pod templates of an answer: the function's first.
fn templates(kind: &str, answer: &Value) -> Vec<Value> {
    let children = answer["children"].as_array().unwrap().iter();
    let mut all: Vec<(bool, Value)> = children
        .filter_map(|child| {
            let template = child["spec"]
                .get("template")
                .or_else(|| child.pointer("/spec/jobTargetRef/template"))?;
            assert!(is_proxy(child) || child["kind"] == kind, "{child}");
            Some((is_proxy(child), template.clone()))
        })
        .collect();
    all.sort_by_key(|(is_proxy, _)| *is_proxy);
    all.into_iter().map(|(_, template)| template).collect()
}

/// The pods of the function in every runtime.
fn pods(spec: &Value, serving: &Value) -> Vec<(&'static str, Value)> {
    let all = runtimes().into_iter();
    all.map(|(kind, runtime)| (kind, templates(kind, &answer(&runtime, spec, serving)).remove(0)))
        .collect()
}

fn names(template: &Value) -> Vec<&str> {
    let env = template["spec"]["containers"][0]["env"]
        .as_array()
        .unwrap()
        .iter();
    env.map(|variable| variable["name"].as_str().unwrap()).collect()
}

#[test]
fn every_pod_is_pulled_with_the_credentials() {
    let secret = json!({"imageCredentials": {"name": "pull"}});
    let standalone = json!({"annotations": {
        "openfunction.io/enable-dapr": "true",
        "openfunction.io/dapr-service-mode": "standalone",
    }});
    for (kind, runtime) in runtimes() {
        let all = templates(kind, &answer(&runtime, &secret, &standalone));
        assert_eq!(all.len(), 2, "{kind}: the function's and the proxy's");
        for template in all {
            assert_eq!(
                template["spec"]["imagePullSecrets"],
                json!([{"name": "pull"}]),
                "{kind}"
            );
        }
    }
}

#[test]
fn the_environment_has_one_order() {
    let serving = json!({
        "params": {"PARAM": "p"},
        "tracing": {"enabled": true, "provider": {"name": "skywalking", "oapServer": "oap:11800"}},
        "template": {"containers": [{"name": "function", "env": [{"name": "OWN", "value": "o"}]}]},
        "annotations": {
            "openfunction.io/enable-dapr": "true",
            "openfunction.io/dapr-service-mode": "standalone",
        },
    });
    let first = "OWN APP_PROTOCOL SW_AGENT_COLLECTOR_BACKEND_SERVICES SW_AGENT_NAME SW_AGENT_NAMESPACE \
                 SW_AGENT_KEEP_TRACING FUNC_CONTEXT FUNC_CONTEXT_V1BETA2";
    let http = format!("{first} PARAM POD_NAME POD_NAMESPACE DAPR_HOST DAPR_SIDECAR_IP");
    let by_events = format!("{first} DAPR_HOST DAPR_SIDECAR_IP PARAM POD_NAME POD_NAMESPACE");
    for (index, (kind, template)) in pods(&json!({}), &serving).into_iter().enumerate() {
        let wanted = if index < 2 { &http } else { &by_events };
        assert_eq!(names(&template).join(" "), *wanted, "{kind}");
    }
}

#[test]
fn one_of_ours_stands_where_the_user_has_written_it() {
    let env = json!([{"name": "POD_NAME", "value": "mine"}, {"name": "ME", "value": "$(POD_NAME).x"}]);
    let serving = json!({"template": {"containers": [{"name": "function", "env": env}]}});
    for (kind, template) in pods(&json!({}), &serving) {
        assert_eq!(
            names(&template)[..3],
            ["POD_NAME", "ME", "APP_PROTOCOL"],
            "{kind}"
        );
        let first = &template["spec"]["containers"][0]["env"][0];
        assert_eq!(
            first["valueFrom"]["fieldRef"]["fieldPath"], "metadata.name",
            "{kind}"
        );
    }
}

#[test]
fn labels_and_annotations_of_the_user_win_but_for_those_that_find_pods() {
    let mut labels =
        json!({"app.kubernetes.io/version": "own", "openfunction.io/managed": "no", "team": "a"});
    let annotations =
        json!({"dapr.io/log-as-json": "false", "dapr.io/app-id": "own", "dapr.io/enabled": "x"});
    let serving = json!({"labels": labels, "annotations": annotations});
    labels["openfunction.io/function"] = json!("hello");
    labels["openfunction.io/role"] = json!("function");
    for (kind, template) in pods(&json!({}), &serving) {
        assert_eq!(template["metadata"]["labels"], labels, "{kind}");
        let found = &template["metadata"]["annotations"];
        assert_eq!(found["dapr.io/log-as-json"], "false", "{kind}");
        assert_eq!(found["dapr.io/app-id"], "own", "{kind}");
        assert!(
            ["true", "false"].contains(&found["dapr.io/enabled"].as_str().unwrap()),
            "{kind}"
        );
    }
    for (kind, runtime) in runtimes() {
        let mut other = serving.clone();
        other["labels"] = json!({"openfunction.io/role": "x", "openfunction.io/function": "x"});
        let answer = answer(&runtime, &json!({}), &other);
        let workload = answer["children"]
            .as_array()
            .unwrap()
            .iter()
            .find(|child| child["kind"] == kind);
        let labels = &workload.unwrap()["metadata"]["labels"];
        assert_eq!(labels["openfunction.io/role"], "function", "{kind}");
        assert_eq!(labels["openfunction.io/function"], "hello", "{kind}");
    }
}

#[test]
fn a_selector_has_two_labels_that_never_change() {
    let wanted = json!({"openfunction.io/function": "hello", "openfunction.io/role": "function"});
    let labels = json!({"labels": {"team": "a"}});
    for (kind, runtime) in runtimes() {
        let answer = answer(&runtime, &json!({}), &labels);
        for child in answer["children"].as_array().unwrap() {
            let workload = child.pointer("/spec/selector/matchLabels");
            let service = child
                .pointer("/spec/selector")
                .filter(|_| child["kind"] == "Service");
            for selector in workload.into_iter().chain(service) {
                assert_eq!(*selector, wanted, "{kind}: {child}");
            }
        }
    }
}

#[test]
fn a_new_version_rolls_every_pod() {
    for (kind, template) in pods(&json!({"version": "v3.1.0"}), &json!({})) {
        assert_eq!(
            template["metadata"]["labels"]["app.kubernetes.io/version"], "v3.1.0",
            "{kind}"
        );
    }
    for (kind, template) in pods(&json!({"version": ""}), &json!({})) {
        assert_eq!(
            template["metadata"]["labels"]["app.kubernetes.io/version"], "latest",
            "{kind}"
        );
    }
}

#[test]
fn web_assembly_has_a_runtime_class_and_the_users_own_wins() {
    let wasm = json!({"workloadRuntime": "wasmEDGE"});
    for (kind, template) in pods(&wasm, &json!({})) {
        assert_eq!(
            template["spec"]["runtimeClassName"], "openfunction-crun",
            "{kind}"
        );
        let annotations = &template["metadata"]["annotations"];
        assert_eq!(annotations["module.wasm.image/variant"], "compat-smart", "{kind}");
    }
    let own =
        json!({"template": {"runtimeClassName": "own"}, "annotations": {"module.wasm.image/variant": "own"}});
    for (kind, template) in pods(&wasm, &own) {
        assert_eq!(template["spec"]["runtimeClassName"], "own", "{kind}");
        assert_eq!(
            template["metadata"]["annotations"]["module.wasm.image/variant"], "own",
            "{kind}"
        );
    }
}

#[test]
fn the_container_is_completed_and_everything_else_stays() {
    let serving = json!({"template": {
        "containers": [
            {"name": "function", "image": "not.used/x", "imagePullPolicy": "Always", "args": ["a"]},
            {"name": "other", "image": "example.com/other:v1"},
        ],
        "serviceAccountName": "robot",
        "enableServiceLinks": false,
    }});
    for (kind, template) in pods(&json!({}), &serving) {
        let spec = &template["spec"];
        let function = &spec["containers"][0];
        assert_eq!(function["image"], "example.com/hello:v1", "{kind}");
        assert_eq!(function["imagePullPolicy"], "Always", "{kind}");
        assert_eq!(function["args"], json!(["a"]), "{kind}");
        assert_eq!(
            spec["containers"][1], serving["template"]["containers"][1],
            "{kind}"
        );
        assert_eq!(spec["serviceAccountName"], "robot", "{kind}");
        assert_eq!(spec["enableServiceLinks"], false, "{kind}");
    }
    for (kind, template) in pods(&json!({}), &json!({})) {
        let containers = template["spec"]["containers"].as_array().unwrap();
        assert_eq!(containers.len(), 1, "{kind}");
        assert_eq!(containers[0]["name"], "function", "{kind}");
        assert_eq!(containers[0]["imagePullPolicy"], "IfNotPresent", "{kind}");
    }
}

#[test]
fn what_says_nothing_to_a_pod_is_on_none() {
    let standalone = json!({
        "openfunction.io/enable-dapr": "true",
        "openfunction.io/dapr-service-mode": "standalone",
        "openfunction.io/scaling-metric": "requestRate",
        "openfunction.io/readiness-timeout": "5s",
    });
    for (kind, runtime) in runtimes() {
        let all = templates(
            kind,
            &answer(&runtime, &json!({}), &json!({"annotations": standalone})),
        );
        assert_eq!(all.len(), 2, "{kind}");
        for template in all {
            let annotations = template["metadata"]["annotations"].as_object().unwrap();
            assert!(
                !annotations.contains_key("openfunction.io/scaling-metric"),
                "{kind}"
            );
            assert!(
                !annotations.contains_key("openfunction.io/readiness-timeout"),
                "{kind}"
            );
        }
    }
}
