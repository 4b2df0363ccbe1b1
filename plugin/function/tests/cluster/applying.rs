//! How children are made, changed and taken away under both apply strategies.

use serde_json::{Value, json};

use crate::support::cluster::{Apply, Cluster, Hooks, STRATEGIES};
use crate::{ask, asking_for, child, container, deployment, function};

fn names(list: &Value) -> Vec<&str> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|item| item["name"].as_str().unwrap())
        .collect()
}

#[test]
fn who_sends_replicas_owns_them_and_who_stops_resets_them() {
    for apply in STRATEGIES {
        let pod = container(&json!({}));
        let (with, without) = (
            deployment(&pod, &json!({"replicas": 2})),
            deployment(&pod, &json!({})),
        );
        let replicas = |cluster: &Cluster| cluster.child("Deployment", "c")["spec"]["replicas"].clone();
        let mut cluster = asking_for(&[with]).under(apply);
        cluster.settle();
        cluster.scale("c", 5);
        cluster.settle();
        assert_eq!(replicas(&cluster), 2);
        let mut cluster = ask(cluster, &[without]);
        cluster.settle();
        assert_eq!(replicas(&cluster), 1);
        cluster.scale("c", 5);
        cluster.settle();
        assert_eq!(replicas(&cluster), 5);
    }
}

#[test]
fn the_order_of_lists_with_keys() {
    let env = |names: &[&str]| {
        let env: Vec<Value> = names
            .iter()
            .map(|name| json!({"name": name, "value": "x"}))
            .collect();
        deployment(&container(&json!({"env": env})), &json!({}))
    };
    for (apply, stored) in [
        (Apply::Dynamic, ["B", "C", "A"]),
        (Apply::ServerSide, ["C", "B", "A"]),
    ] {
        let mut cluster = asking_for(&[env(&["B"])]).under(apply);
        cluster.settle();
        let mut cluster = ask(cluster, &[env(&["C", "B", "A"])]);
        cluster.settle();
        let deployment = cluster.child("Deployment", "c");
        let env = deployment
            .pointer("/spec/template/spec/containers/0/env")
            .unwrap();
        assert_eq!(names(env), stored, "{apply:?}");
    }
}

#[test]
fn what_is_no_longer_asked_for_goes_and_what_others_wrote_stays() {
    let before = json!({"metadata": {"name": "c", "labels": {"ours": "1"}},
        "data": {"a": "1", "b": "2"}});
    for apply in STRATEGIES {
        let mut cluster = asking_for(&[child("v1", "ConfigMap", &before)]).under(apply);
        cluster.settle();
        cluster.change("ConfigMap", "c", |object| {
            object["metadata"]["labels"]["theirs"] = json!("1");
            object["data"]["c"] = json!("3");
        });
        let mut cluster = ask(cluster, &[child("v1", "ConfigMap", &json!({"data": {"b": "4"}}))]);
        cluster.settle();
        let object = cluster.child("ConfigMap", "c");
        assert_eq!(object["data"], json!({"b": "4", "c": "3"}), "{apply:?}");
        let labels = object["metadata"]["labels"].as_object().unwrap();
        assert_eq!(
            labels.keys().collect::<Vec<_>>(),
            ["controller-uid", "theirs"],
            "{apply:?}"
        );
        let mut cluster = ask(cluster, &[]);
        assert_eq!(cluster.reconcile().wrote(), ["delete ConfigMap c"]);
        assert_eq!(cluster.find("ConfigMap", "c"), None);
    }
}

#[test]
fn an_object_of_somebody_else() {
    let foreign = child("v1", "ConfigMap", &json!({"data": {"theirs": "1"}}));
    let ours = child("v1", "ConfigMap", &json!({"data": {"ours": "1"}}));
    let mut cluster = asking_for(std::slice::from_ref(&ours)).with(foreign.clone());
    let sync = cluster.reconcile();
    assert_eq!(sync.wrote(), ["update status of Function fn"]);
    assert_eq!(sync.refused, [], "nobody is told");
    assert_eq!(cluster.child("ConfigMap", "c")["data"], json!({"theirs": "1"}));
    assert!(cluster.children().is_empty());
    let mut cluster = asking_for(&[ours]).with(foreign).under(Apply::ServerSide);
    cluster.settle();
    assert_eq!(
        cluster.child("ConfigMap", "c")["data"],
        json!({"ours": "1", "theirs": "1"})
    );
    assert_eq!(cluster.children().len(), 1);
    let mut cluster = ask(cluster, &[]);
    cluster.settle();
    assert_eq!(
        cluster.find("ConfigMap", "c"),
        None,
        "taken over, and deleted with the rest"
    );
}

#[test]
fn recreate_deletes_first_and_creates_at_the_next_sync() {
    let config = |value: &str| child("v1", "ConfigMap", &json!({"data": {"a": value}}));
    let image = |image: &str| deployment(&container(&json!({"image": image})), &json!({}));
    let recreate = |cluster: Cluster| {
        cluster
            .declare("v1", "ConfigMap", "configmaps", "Recreate")
            .declare("apps/v1", "Deployment", "deployments", "Recreate")
    };
    for apply in STRATEGIES {
        let mut cluster = recreate(asking_for(&[config("1"), image("x:1")]).under(apply));
        cluster.settle();
        let mut cluster = recreate(ask(cluster, &[config("2"), image("x:1")]));
        assert_eq!(cluster.reconcile().wrote(), ["delete ConfigMap c"], "{apply:?}");
        assert_eq!(cluster.reconcile().wrote(), ["create ConfigMap c"], "{apply:?}");
        let mut cluster = recreate(ask(cluster, &[config("2"), image("x:2")]));
        let sync = cluster.reconcile();
        match apply {
            Apply::Dynamic => assert_eq!(sync.wrote(), ["delete Deployment c"]),
            // Server-side apply refuses to, for ever.
            Apply::ServerSide => assert_eq!(sync.refused[0].why, "generation or UID changed during dry run"),
        }
    }
}

#[test]
fn an_orphan_is_adopted() {
    let uid = asking_for(&[]).function()["metadata"]["uid"].clone();
    let orphan = child(
        "v1",
        "Service",
        &json!({
        "metadata": {"name": "c", "labels": {"controller-uid": uid}}, "spec": {"ports": [{"port": 80}]}}),
    );
    let mut cluster = asking_for(&[]).with(orphan);
    assert_eq!(
        cluster.reconcile().wrote(),
        [
            "update Service c",
            "delete Service c",
            "update status of Function fn"
        ]
    );
}

#[test]
fn customize_is_asked_once_for_each_generation_and_related_objects_are_shown() {
    let hooks = Hooks::sync(|request| json!({"children": [], "status": {"related": request["related"]}}));
    let hooks = hooks.customize(|request| {
        let name = &request["parent"]["spec"]["wants"];
        json!([{"apiVersion": "v1", "resource": "configmaps", "namespace": "demo", "names": [name]},
            {"apiVersion": "dapr.io/v1alpha1", "resource": "components", "namespace": "demo"}])
    });
    // The plugin's view is not that of this hook.
    let mut cluster = Cluster::with_hooks(function(), hooks.unhosted());
    for name in ["a", "b"] {
        cluster.put(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}));
    }
    let seen = |cluster: &Cluster| {
        let function = cluster.function();
        let related = function["status"]["related"].as_object().unwrap();
        let keys = |group: &str| {
            related[group]
                .as_object()
                .unwrap()
                .keys()
                .cloned()
                .collect::<Vec<_>>()
        };
        (keys("ConfigMap.v1"), keys("Component.dapr.io/v1alpha1"))
    };
    cluster.edit(|function| function["spec"]["wants"] = json!("a"));
    cluster.reconcile();
    assert_eq!(seen(&cluster), (vec!["demo/a".to_owned()], vec![]));
    cluster.edit(|function| function["metadata"]["labels"] = json!({"no": "generation"}));
    cluster.put(json!({"apiVersion": "dapr.io/v1alpha1", "kind": "Component", "metadata": {"name": "c"}}));
    cluster.reconcile();
    assert_eq!(
        seen(&cluster),
        (vec!["demo/a".to_owned()], vec!["demo/c".to_owned()])
    );
    cluster.edit(|function| function["spec"]["wants"] = json!("b"));
    cluster.reconcile();
    assert_eq!(seen(&cluster).0, ["demo/b"]);
}

#[test]
#[should_panic(expected = "the answer depends on what the view cuts")]
fn a_hook_that_reads_what_the_host_cuts_away_is_found_out() {
    let hooks = Hooks::sync(|request| json!({"children": [], "status": {"seen": request["controller"]}}));
    Cluster::with_hooks(function(), hooks).reconcile();
}

#[test]
#[should_panic(expected = "is a HTTPRoute of y/v1, which the controller does not declare")]
fn an_answer_that_the_host_refuses_is_found_out() {
    let child = json!({"apiVersion": "y/v1", "kind": "HTTPRoute", "metadata": {"name": "x"}});
    let hooks = Hooks::sync(move |_| json!({"children": [child], "status": {}}));
    Cluster::with_hooks(function(), hooks).reconcile();
}

#[test]
fn finalizers_hold_the_function_until_the_hook_lets_go() {
    let hooks = Hooks::children(json!([child("v1", "ConfigMap", &json!({}))])).finalize(|request| {
        let none = request["children"]["ConfigMap.v1"]
            .as_object()
            .unwrap()
            .is_empty();
        json!({"children": [], "finalized": none})
    });
    let cluster = Cluster::with_hooks(function(), hooks).finalizing();
    let mut cluster = cluster.declare("v1", "ConfigMap", "configmaps", "InPlace");
    assert_eq!(cluster.reconcile().wrote()[0], "update Function fn");
    cluster.settle();
    cluster.delete_function();
    assert!(!cluster.is_gone());
    let sync = cluster.reconcile();
    assert_eq!(sync.answer["finalized"], false);
    assert_eq!(sync.wrote()[0], "delete ConfigMap c");
    cluster.reconcile();
    assert!(cluster.is_gone());
}

#[test]
#[should_panic(expected = "the host would change the answer")]
fn an_answer_that_the_host_changes_is_found_out() {
    let hooks = Hooks::sync(|_| json!({"children": [], "status": {}, "resyncAfterSeconds": 0.5}));
    Cluster::with_hooks(function(), hooks).reconcile();
}
