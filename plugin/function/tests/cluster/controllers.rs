//! The controllers beside Metacontroller.

use serde_json::{Value, json};

use crate::support::cluster::{Cluster, Outcome};
use crate::{asking_for, child, container, deployment, workload};

fn http_scaled_object() -> Value {
    child(
        "http.keda.sh/v1alpha1",
        "HTTPScaledObject",
        &json!({"spec": {
            "hosts": ["a.b"], "replicas": {"min": 0, "max": 7}, "scaledownPeriod": 60,
            "scaleTargetRef": {"name": "c", "kind": "Deployment", "apiVersion": "apps/v1", "service": "s", "port": 80},
        }}),
    )
}

/// The status of an object's condition.
fn truth(cluster: &Cluster, kind: &str, r#type: &str) -> String {
    let object = cluster.child(kind, "c");
    let conditions = object["status"]["conditions"].as_array().unwrap();
    let condition = conditions
        .iter()
        .find(|condition| condition["type"] == r#type)
        .unwrap();
    condition["status"].as_str().unwrap().to_owned()
}

#[test]
fn a_deployment_has_what_it_asks_for_and_revisions() {
    let mut cluster = asking_for(&[deployment(&container(&json!({})), &json!({}))]);
    cluster.settle();
    let ready = |cluster: &Cluster| {
        cluster.child("Deployment", "c")["status"]
            .get("readyReplicas")
            .cloned()
    };
    assert_eq!(ready(&cluster), Some(json!(1)));
    cluster.scale("c", 0);
    let deployment = cluster.child("Deployment", "c");
    assert!(
        deployment["status"]["observedGeneration"].as_i64() < deployment["metadata"]["generation"].as_i64()
    );
    cluster.settle();
    assert_eq!(ready(&cluster), None);
    assert_eq!(truth(&cluster, "Deployment", "Available"), "True");
}

#[test]
fn stateful_sets_and_jobs_get_done() {
    let pod = json!({"containers": [{"name": "x", "image": "x:1"}], "restartPolicy": "Never"});
    let mut cluster = asking_for(&[
        workload(
            "apps/v1",
            "StatefulSet",
            &container(&json!({})),
            &json!({"serviceName": "s", "replicas": 2}),
        ),
        child("batch/v1", "Job", &json!({"spec": {"template": {"spec": pod}}})),
    ]);
    cluster.settle();
    assert_eq!(cluster.child("StatefulSet", "c")["status"]["readyReplicas"], 2);
    assert_eq!(truth(&cluster, "Job", "Complete"), "True");
}

#[test]
fn the_addon_makes_a_scaled_object_and_ends_it_with_one_replica() {
    let mut cluster = asking_for(&[
        http_scaled_object(),
        deployment(&container(&json!({})), &json!({})),
    ]);
    cluster.settle();
    cluster.scale("c", 5);
    cluster.settle();
    let derived = cluster.child("ScaledObject", "c");
    assert_eq!(derived["spec"]["maxReplicaCount"], 7);
    assert!(
        derived["metadata"]["labels"]["controller-uid"].is_string(),
        "copied"
    );
    assert_eq!(truth(&cluster, "ScaledObject", "Ready"), "True");
    assert!(
        !cluster.children().contains_key("ScaledObject c"),
        "it is the add-on's"
    );
    let mut cluster = crate::ask(cluster, &[deployment(&container(&json!({})), &json!({}))]);
    assert_eq!(cluster.reconcile().wrote(), ["delete HTTPScaledObject c"]);
    assert!(
        cluster.find("HTTPScaledObject", "c").is_some(),
        "its finalizer holds it"
    );
    assert_eq!(cluster.child("Deployment", "c")["spec"]["replicas"], 5);
    cluster.addon();
    assert_eq!(cluster.find("HTTPScaledObject", "c"), None);
    assert_eq!(cluster.find("ScaledObject", "c"), None);
    assert_eq!(cluster.child("Deployment", "c")["spec"]["replicas"], 1);
}

#[test]
fn the_addon_is_content_without_a_workload_and_keda_is_not() {
    let mut cluster = asking_for(&[http_scaled_object()]);
    cluster.settle();
    assert_eq!(truth(&cluster, "HTTPScaledObject", "Ready"), "True");
    assert_eq!(truth(&cluster, "ScaledObject", "Ready"), "False");
}

#[test]
fn a_scaled_object_of_our_own_lets_the_workload_be() {
    let scaler = child(
        "keda.sh/v1alpha1",
        "ScaledObject",
        &json!({"spec": {"scaleTargetRef": {"name": "c"}, "triggers": []}}),
    );
    let workload = deployment(&container(&json!({})), &json!({}));
    let mut cluster = asking_for(&[scaler, workload.clone()]);
    cluster.settle();
    cluster.scale("c", 5);
    cluster.settle();
    assert_eq!(truth(&cluster, "ScaledObject", "Ready"), "True");
    let mut cluster = crate::ask(cluster, &[workload]);
    cluster.settle();
    assert_eq!(cluster.find("ScaledObject", "c"), None);
    assert_eq!(cluster.child("Deployment", "c")["spec"]["replicas"], 5);
}

#[test]
fn knative_serves_unless_its_name_is_taken() {
    let knative = child(
        "serving.knative.dev/v1",
        "Service",
        &json!({"spec": {"template": {"spec": container(&json!({}))}}}),
    );
    let mut cluster = asking_for(std::slice::from_ref(&knative));
    cluster.settle();
    let status = cluster.child("KnativeService", "c")["status"].clone();
    assert_eq!(status["latestReadyRevisionName"], "c-00001");
    assert_eq!(truth(&cluster, "KnativeService", "Ready"), "True");
    assert_eq!(cluster.child("Service", "c")["spec"]["type"], "ExternalName");
    cluster.change("KnativeService", "c", |object| object["spec"]["more"] = json!(1));
    cluster.knative();
    let status = cluster.child("KnativeService", "c")["status"].clone();
    assert_eq!(status["latestReadyRevisionName"], "c-00002");
    let taken = child("v1", "Service", &json!({"spec": {"ports": [{"port": 80}]}}));
    let mut cluster = asking_for(&[knative]).with(taken);
    cluster.settle();
    assert_eq!(truth(&cluster, "KnativeService", "Ready"), "False");
    assert_eq!(cluster.child("Service", "c")["spec"]["type"], "ClusterIP");
}

#[test]
fn builds_end_as_they_are_told_to() {
    let run = child(
        "shipwright.io/v1beta1",
        "BuildRun",
        &json!({"spec": {"build": {"name": "c"}}}),
    );
    for (outcome, status) in [
        (Outcome::Succeeded, "True"),
        (Outcome::Failed, "False"),
        (Outcome::Running, "Unknown"),
    ] {
        let mut cluster = asking_for(std::slice::from_ref(&run)).builds(outcome);
        cluster.settle();
        assert_eq!(truth(&cluster, "BuildRun", "Succeeded"), status);
        let run = cluster.child("BuildRun", "c");
        assert_eq!(
            run["status"].get("output").is_some(),
            outcome == Outcome::Succeeded
        );
        assert_eq!(
            run["status"].get("completionTime").is_some(),
            outcome != Outcome::Running
        );
        cluster.shipwright(Outcome::Succeeded);
        let end = if outcome == Outcome::Failed {
            "False"
        } else {
            "True"
        };
        assert_eq!(truth(&cluster, "BuildRun", "Succeeded"), end, "an end is an end");
    }
}
