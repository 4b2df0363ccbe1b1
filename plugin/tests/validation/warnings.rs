//! What is accepted, and said.

use serde_json::json;

use super::{http, keda, message, patched, serving};

#[test]
fn what_is_ignored_or_changed_is_said() {
    for (patch, sentence) in [
        (
            json!({"metadata": {"annotations": {"plugins": "pre: [a]"}}}),
            "metadata.annotations[plugins]: is not read by this version; use spec.serving.hooks",
        ),
        (
            json!({"metadata": {"annotations": {"plugins.tracing": "enabled: true"}}}),
            "metadata.annotations[plugins.tracing]: is not read by this version; use spec.serving.tracing",
        ),
        (
            serving(json!({"timeout": "1m"})),
            "spec.serving.timeout: is not used: the Workload condition says when a function does not start",
        ),
        (
            serving(json!({"workloadType": "Job"})),
            "spec.serving.workloadType: is not used: an http function runs in a Deployment",
        ),
        (
            serving(json!({"scaleOptions": {"knative": {"a": "b"}}})),
            "spec.serving.scaleOptions.knative: is not used: this version has no Knative engine",
        ),
        (
            keda(json!({"scaledObject": {"minReplicaCount": 1}})),
            "spec.serving.scaleOptions.keda.scaledObject: only its bounds are used: an http function scales by \
             its requests",
        ),
        (
            keda(json!({"scaledJob": {}})),
            "spec.serving.scaleOptions.keda.scaledJob: is not used: an http function is no job",
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
            "metadata.name: a Function \"a\" in this namespace would want the same Service, a-svc: if there are \
             both, one of them must be renamed",
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
    ] {
        assert_eq!(
            message(&patched(&patch), "Normalized", "Warnings"),
            sentence,
            "{patch}"
        );
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
