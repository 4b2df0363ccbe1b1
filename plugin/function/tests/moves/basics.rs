//! A Function without moves: created, scaled, edited, deleted.

use crate::support::cluster::{Apply, Cluster, STRATEGIES};
use crate::support::example;
use serde_json::{Value, json};

/// The smallest Function on KEDA, settled.
fn hello(apply: Apply) -> Cluster {
    let mut cluster = Cluster::new(example("hello.yaml")).under(apply);
    cluster.settle();
    cluster
}

fn replicas(cluster: &Cluster) -> Value {
    cluster.child("Deployment", "hello")["spec"]["replicas"].clone()
}

#[test]
fn a_new_function_becomes_ready() {
    for apply in STRATEGIES {
        let mut cluster = Cluster::new(example("hello.yaml")).under(apply);
        let first = cluster.reconcile();
        assert_eq!(
            first.wrote(),
            [
                "create Deployment hello",
                "create Service hello-svc",
                "create Service hello",
                "create HTTPScaledObject hello",
                "update status of Function hello",
            ]
        );
        assert_eq!(first.answer["resyncAfterSeconds"], 10);
        assert_eq!(cluster.says("Ready"), "False Creating");
        cluster.reconcile();
        assert_eq!(cluster.says("Ready"), "False Starting");
        cluster.settle();
        assert_eq!(cluster.says("Ready"), "True Running");
        let children: Vec<String> = cluster.children().into_keys().collect();
        assert_eq!(
            children,
            [
                "Deployment hello",
                "HTTPScaledObject hello",
                "Service hello",
                "Service hello-svc"
            ]
        );
        assert_eq!(cluster.reconcile().wrote(), [""; 0], "{apply:?}");
    }
}

/// Under server-side apply, Metacontroller applies a Deployment again when its generation has
/// moved. That changes nothing.
#[test]
fn the_number_of_replicas_is_kedas() {
    for apply in STRATEGIES {
        let mut cluster = hello(apply);
        for (wanted, state) in [(5, "True Running"), (0, "True ScaledToZero"), (1, "True Running")] {
            cluster.scale("hello", wanted);
            cluster.run_workloads();
            let again: &[&str] = match apply {
                Apply::Dynamic => &["update status of Function hello"],
                Apply::ServerSide => &["update Deployment hello", "update status of Function hello"],
            };
            assert_eq!(cluster.reconcile().wrote(), again, "{wanted}");
            cluster.settle();
            assert_eq!(replicas(&cluster), wanted);
            assert_eq!(cluster.says("Ready"), state);
        }
    }
}

#[test]
fn a_new_image_rolls_and_leaves_the_replicas() {
    for apply in STRATEGIES {
        let mut cluster = hello(apply);
        cluster.scale("hello", 5);
        cluster.settle();
        cluster.edit(|function| function["spec"]["image"] = json!("example.com/functions/hello:v2"));
        assert_eq!(
            cluster.reconcile().wrote(),
            ["update Deployment hello", "update status of Function hello"]
        );
        assert_eq!(cluster.says("Ready"), "True Running", "of the old image");
        cluster.reconcile();
        assert_eq!(cluster.says("Ready"), "False Starting");
        cluster.settle();
        assert_eq!(cluster.says("Ready"), "True Running");
        let deployment = cluster.child("Deployment", "hello");
        let container = &deployment["spec"]["template"]["spec"]["containers"][0];
        assert_eq!(container["image"], "example.com/functions/hello:v2");
        assert_eq!(replicas(&cluster), 5);
        let revision = "/metadata/annotations/deployment.kubernetes.io~1revision";
        assert_eq!(deployment.pointer(revision).unwrap(), "2");
    }
}

#[test]
fn an_invalid_edit_touches_nothing() {
    let mut cluster = hello(Apply::Dynamic);
    let before = cluster.children();
    cluster.edit(|function| function["spec"]["serving"]["triggers"]["http"]["port"] = json!(70000));
    assert_eq!(cluster.reconcile().wrote(), ["update status of Function hello"]);
    cluster.settle();
    assert_eq!(cluster.says("Ready"), "False Invalid");
    assert_eq!(cluster.children(), before);
    cluster.edit(|function| {
        let http = function["spec"]["serving"]["triggers"]["http"].as_object_mut();
        http.unwrap().remove("port");
    });
    assert_eq!(cluster.reconcile().wrote(), ["update status of Function hello"]);
    cluster.settle();
    assert_eq!(cluster.says("Ready"), "True Running");
    assert_eq!(cluster.children(), before);
}

/// Nothing tells what was asked for before: the hook fails, and that is an Event.
#[test]
fn an_invalid_edit_under_server_side_apply_is_a_failure() {
    let mut cluster = hello(Apply::ServerSide);
    let before = cluster.children();
    cluster.edit(|function| function["spec"]["serving"]["triggers"]["http"]["port"] = json!(70000));
    let sync = cluster.reconcile();
    assert_eq!(sync.wrote(), [""; 0]);
    let Some(metawasm_function::Failure::Invalid(sentence)) = sync.failure else {
        panic!("{sync:?}")
    };
    assert!(
        sentence.starts_with("spec.serving.triggers.http.port: Invalid value: 70000"),
        "{sentence}"
    );
    assert_eq!(cluster.children(), before);
}

fn foreign_service() -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "hello", "labels": {"whose": "mine"}},
        "spec": {"selector": {"app": "other"}, "ports": [{"port": 443}]},
    })
}

#[test]
fn a_name_that_is_taken_stays_taken() {
    let mut cluster = Cluster::new(example("hello.yaml")).with(foreign_service());
    let before = cluster.child("Service", "hello");
    cluster.settle();
    assert_eq!(cluster.child("Service", "hello"), before);
    assert_eq!(cluster.says("Ready"), "False Creating");
    assert_eq!(cluster.reconcile().answer["resyncAfterSeconds"], 10);
    cluster.remove("Service", "hello");
    cluster.settle();
    assert_eq!(cluster.says("Ready"), "True Running");
    assert_eq!(cluster.child("Service", "hello")["spec"]["type"], "ExternalName");
}

#[test]
fn what_others_change_is_put_right() {
    let mut cluster = hello(Apply::Dynamic);
    let before = cluster.child("Service", "hello-svc")["spec"].clone();
    cluster.change("Service", "hello-svc", |service| {
        service["spec"]["ports"][0]["targetPort"] = json!(1);
    });
    assert_eq!(cluster.reconcile().wrote(), ["update Service hello-svc"]);
    assert_eq!(cluster.child("Service", "hello-svc")["spec"], before);
    cluster.remove("HTTPScaledObject", "hello");
    cluster.settle();
    assert_eq!(cluster.says("Ready"), "True Running");
}

#[test]
fn a_function_goes_with_everything_that_it_had() {
    for finalizing in [false, true] {
        let mut cluster = Cluster::new(example("hello.yaml"));
        if finalizing {
            cluster = cluster.finalizing();
        }
        cluster.settle();
        cluster.delete_function();
        assert_eq!(cluster.is_gone(), !finalizing);
        cluster.settle();
        assert!(cluster.is_gone());
        for (kind, name) in [
            ("Deployment", "hello"),
            ("Service", "hello"),
            ("Service", "hello-svc"),
            ("HTTPScaledObject", "hello"),
            ("ScaledObject", "hello"),
        ] {
            assert_eq!(cluster.find(kind, name), None);
        }
    }
}
