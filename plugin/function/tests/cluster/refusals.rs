//! Edits that an API server refuses, and those that it does not.

use serde_json::{Value, json};

use crate::support::cluster::STRATEGIES;
use crate::{ask, asking_for, child, container, deployment, workload};

fn service(spec: &Value) -> Value {
    child("v1", "Service", &json!({"spec": spec}))
}

fn external() -> Value {
    service(&json!({"type": "ExternalName", "externalName": "a.b", "ports": [{"port": 80}]}))
}

/// What is refused when the first child becomes the second.
fn refused(first: &Value, second: &Value) -> Option<String> {
    let all: Vec<Option<String>> = STRATEGIES
        .into_iter()
        .map(|apply| {
            let mut cluster = asking_for(std::slice::from_ref(first)).under(apply);
            cluster.settle();
            let sync = ask(cluster, std::slice::from_ref(second)).reconcile();
            sync.refused.first().map(|refused| refused.why.clone())
        })
        .collect();
    assert_eq!(all[0], all[1], "the strategies differ");
    all[0].clone()
}

#[test]
fn what_never_changes_cannot_be_edited() {
    let pod = container(&json!({}));
    let other = container(&json!({"image": "x:2"}));
    let selected = |kind: &str, label: &str| {
        let mut workload = workload("apps/v1", kind, &pod, &json!({}));
        workload["spec"]["selector"]["matchLabels"]["more"] = json!(label);
        workload["spec"]["template"]["metadata"]["labels"]["more"] = json!(label);
        workload
    };
    let named = |name: &str| workload("apps/v1", "StatefulSet", &pod, &json!({"serviceName": name}));
    let job = |pod: &Value, limit: i64| {
        let mut pod = pod.clone();
        pod["restartPolicy"] = json!("Never");
        child(
            "batch/v1",
            "Job",
            &json!({"spec": {"backoffLimit": limit, "template": {"spec": pod}}}),
        )
    };
    let headless = service(&json!({"clusterIP": "None", "ports": [{"port": 80}]}));
    let plain = service(&json!({"ports": [{"port": 80}]}));
    for (first, second, what) in [
        (
            selected("Deployment", "a"),
            selected("Deployment", "b"),
            "spec.selector: Invalid value: field is immutable",
        ),
        (
            selected("StatefulSet", "a"),
            selected("StatefulSet", "b"),
            "spec: Forbidden: updates to statefulset spec",
        ),
        (
            named("a"),
            named("b"),
            "spec: Forbidden: updates to statefulset spec",
        ),
        (
            job(&pod, 1),
            job(&other, 1),
            "spec.template: Invalid value: field is immutable",
        ),
        (
            plain.clone(),
            headless.clone(),
            "spec.clusterIP: Invalid value: field is immutable",
        ),
    ] {
        let why = refused(&first, &second).unwrap_or_default();
        assert!(why.starts_with(what), "{second}: {why}");
    }
    for (first, second) in [
        (
            deployment(&pod, &json!({})),
            deployment(&other, &json!({"replicas": 2})),
        ),
        (job(&pod, 1), job(&pod, 2)),
        (plain.clone(), external()),
        (external(), plain.clone()),
        (external(), headless.clone()),
        (headless.clone(), external()),
        (headless, plain),
    ] {
        assert_eq!(refused(&first, &second), None, "{second}");
    }
}

#[test]
fn an_alias_has_no_address_and_a_service_keeps_its_own() {
    let plain = |port: i64| service(&json!({"ports": [{"port": port}]}));
    let mut cluster = asking_for(&[plain(80)]);
    cluster.settle();
    let address = cluster.child("Service", "c")["spec"]["clusterIP"].clone();
    assert!(address.is_string());
    let mut cluster = ask(cluster, &[plain(81)]);
    cluster.settle();
    assert_eq!(cluster.child("Service", "c")["spec"]["clusterIP"], address);
    let mut cluster = ask(cluster, &[external()]);
    cluster.settle();
    let spec = cluster.child("Service", "c")["spec"].clone();
    for key in [
        "clusterIP",
        "clusterIPs",
        "ipFamilies",
        "ipFamilyPolicy",
        "internalTrafficPolicy",
    ] {
        assert_eq!(spec.get(key), None, "{key}");
    }
    let mut cluster = ask(cluster, &[plain(80)]);
    cluster.settle();
    let spec = cluster.child("Service", "c")["spec"].clone();
    assert!(spec["clusterIP"].is_string());
    assert_eq!(spec.get("externalName"), None);
}

#[test]
fn a_child_that_is_refused_is_not_made_and_the_others_are() {
    let mut wrong = deployment(&container(&json!({})), &json!({}));
    wrong["spec"]["template"]["metadata"]["labels"] = json!({"no": "match"});
    for apply in STRATEGIES {
        let mut cluster = asking_for(&[wrong.clone(), external()]).under(apply);
        let sync = cluster.reconcile();
        assert_eq!(sync.wrote(), ["create Service c", "update status of Function fn"]);
        assert_eq!(
            (sync.refused[0].kind.as_str(), sync.refused[0].name.as_str()),
            ("Deployment", "c")
        );
        assert_eq!(cluster.find("Deployment", "c"), None);
    }
}
