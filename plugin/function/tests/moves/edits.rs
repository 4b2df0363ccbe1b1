//! Edits that move a part of a Function, and mistakes in the middle of a move.

use serde_json::{Value, json};

use crate::support::cluster::{Apply, Cluster, Outcome, STRATEGIES};
use crate::walk::{follow, on_async, on_events, on_http, settled, walk};

fn names(cluster: &Cluster) -> Vec<String> {
    cluster.children().into_keys().collect()
}

fn revision(cluster: &Cluster) -> Value {
    let deployment = cluster.child("Deployment", "hello");
    deployment["metadata"]["annotations"]["deployment.kubernetes.io/revision"].clone()
}

#[test]
fn a_component_with_another_name_rolls_the_pods_once() {
    for apply in STRATEGIES {
        let mut cluster = settled(&on_async("Deployment"), &json!({}), apply);
        assert_eq!(
            names(&cluster),
            ["Component hello-bindings-clock", "Deployment hello"]
        );
        let mut spec = on_async("Deployment");
        spec["serving"]["triggers"]["dapr"][0]["name"] = json!("alarm");
        spec["serving"]["bindings"] = json!({"alarm": spec["serving"]["bindings"]["clock"]});
        let seen = walk(&mut cluster, &spec, &json!({}), apply);
        assert_eq!(seen.gaps, [0; 0]);
        assert_eq!(
            names(&cluster),
            ["Component hello-bindings-alarm", "Deployment hello"]
        );
        assert_eq!(revision(&cluster), "2");
    }
}

#[test]
fn dapr_moves_out_of_the_pods_and_back_and_is_turned_off() {
    for apply in STRATEGIES {
        let with = |annotations: Value| {
            let mut spec = on_async("Deployment");
            spec["serving"]["annotations"] = annotations;
            spec
        };
        let sidecar = on_async("Deployment");
        let standalone = with(json!({"openfunction.io/dapr-service-mode": "standalone"}));
        let off = with(json!({"dapr.io/enabled": "false"}));
        let mut cluster = settled(&sidecar, &json!({}), apply);
        for (spec, has_proxy) in [
            (&standalone, true),
            (&off, false),
            (&standalone, true),
            (&sidecar, false),
        ] {
            let seen = walk(&mut cluster, spec, &json!({}), apply);
            assert_eq!(seen.gaps, [0; 0]);
            assert_eq!(
                cluster.find("Deployment", "hello-dapr-proxy").is_some(),
                has_proxy
            );
            assert_eq!(cluster.find("Service", "hello").is_some(), has_proxy);
        }
    }
}

/// The Service of an async function and the bridge have one name: one goes before the other comes.
#[test]
fn the_bridge_and_the_proxys_service_change_places() {
    for apply in STRATEGIES {
        let mut standalone = on_async("Deployment");
        standalone["serving"]["annotations"] = json!({"openfunction.io/dapr-service-mode": "standalone"});
        let mut cluster = settled(&on_http("keda"), &json!({}), apply);
        for (spec, kind) in [(standalone, "ClusterIP"), (on_http("keda"), "ExternalName")] {
            let seen = walk(&mut cluster, &spec, &json!({}), apply);
            assert_eq!(seen.gaps, [0; 0]);
            assert_eq!(
                seen.moving,
                ["Service hello waits until the Service hello of the earlier runtime is gone"]
            );
            assert_eq!(cluster.child("Service", "hello")["spec"]["type"], kind);
        }
    }
}

#[test]
fn a_build_that_is_added_or_removed_takes_nothing_down() {
    for apply in STRATEGIES {
        let mut spec = on_http("keda");
        spec["build"] = json!({"builder": "openfunction/builder-go:latest",
            "srcRepo": {"url": "https://example.com/repo.git"}});
        let image = |cluster: &Cluster| {
            let deployment = cluster.child("Deployment", "hello");
            let image = &deployment["spec"]["template"]["spec"]["containers"][0]["image"];
            image.as_str().unwrap().to_owned()
        };
        let tag = "example.com/functions/hello:v1";
        let mut cluster = settled(&on_http("keda"), &json!({}), apply).builds(Outcome::Running);
        cluster.edit(|function| function["spec"] = spec.clone());
        assert_eq!(follow(&mut cluster).gaps, [0; 0]);
        assert_eq!(image(&cluster), tag);
        let mut cluster = cluster.builds(Outcome::Succeeded);
        assert_eq!(walk(&mut cluster, &spec, &json!({}), apply).gaps, [0; 0]);
        assert!(image(&cluster).starts_with(&format!("{tag}@sha256:")));
        assert_eq!(
            walk(&mut cluster, &on_http("keda"), &json!({}), apply).gaps,
            [0; 0]
        );
        assert_eq!(image(&cluster), tag);
    }
}

#[test]
fn another_way_from_outside() {
    let gateway = || json!({"exposure": {"gateway": {"name": "gate", "namespace": "ways"}}});
    let ingress = || json!({"exposure": {"by": "ingress"}});
    for apply in STRATEGIES {
        let mut spec = on_http("keda");
        spec["serving"]["triggers"]["http"]["route"] = json!({"hostnames": ["hello.example.com"]});
        let has =
            |cluster: &Cluster| ["Ingress", "HTTPRoute"].map(|kind| cluster.find(kind, "hello").is_some());
        let mut cluster = settled(&spec, &ingress(), apply).settings(gateway());
        assert_eq!(has(&cluster), [true, false]);
        assert_eq!(follow(&mut cluster).gaps, [0; 0]);
        assert_eq!(has(&cluster), [false, true]);
        let mut cluster = cluster.settings(ingress());
        assert_eq!(follow(&mut cluster).gaps, [0; 0]);
        assert_eq!(has(&cluster), [true, false]);
        // Until now Gateways were not in this cluster.
        let mut cluster = cluster.settings(gateway()).without("HTTPRoute");
        cluster.settle();
        assert_eq!(has(&cluster), [true, false]);
        let mut cluster = cluster.declare(
            "gateway.networking.k8s.io/v1",
            "HTTPRoute",
            "httproutes",
            "InPlace",
        );
        assert_eq!(follow(&mut cluster).gaps, [0; 0]);
        assert_eq!(has(&cluster), [false, true]);
    }
}

#[test]
fn a_name_that_is_taken_is_told_where_names_are_checked() {
    for apply in STRATEGIES {
        let settings = json!({"checkNames": true});
        let mut cluster = settled(&on_events("Deployment"), &settings, apply).with(json!({
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "hello"},
            "spec": {"selector": {"app": "other"}, "ports": [{"port": 443}]},
        }));
        let before = cluster.child("Service", "hello");
        cluster.edit(|function| function["spec"] = on_http("keda"));
        cluster.settle();
        assert_eq!(cluster.says("Ready"), "False NameTaken");
        assert_eq!(cluster.child("Service", "hello"), before);
        cluster.remove("Service", "hello");
        cluster.settle();
        assert_eq!(cluster.says("Ready"), "True Running");
        assert_eq!(cluster.child("Service", "hello")["spec"]["type"], "ExternalName");
    }
}

#[test]
fn a_mistake_in_the_middle_of_a_move_stops_it_and_no_more() {
    for (from, to) in [
        (on_http("knative"), on_http("keda")),
        (on_http("keda"), on_http("knative")),
        (on_events("StatefulSet"), on_http("keda")),
        (on_http("keda"), on_events("Deployment")),
    ] {
        let mut cluster = settled(&from, &json!({}), Apply::Dynamic);
        cluster.edit(|function| function["spec"] = to.clone());
        cluster.reconcile();
        cluster.edit(|function| function["spec"]["image"] = json!(7));
        let seen = follow(&mut cluster);
        assert_eq!(seen.gaps, [0; 0]);
        assert_eq!(cluster.says("Ready"), "False Invalid");
        let seen = walk(&mut cluster, &to, &json!({}), Apply::Dynamic);
        assert_eq!(seen.gaps, [0; 0]);
        assert_eq!(cluster.says("Ready"), "True Running");
    }
}
