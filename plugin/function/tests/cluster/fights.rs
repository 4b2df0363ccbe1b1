//! What costs a write at every sync, and what does not.

use serde_json::{Value, json};

use crate::support::cluster::{Apply, STRATEGIES};
use crate::{asking_for, child, container, deployment, workload};

/// What is written, and what refused, at the fourth sync of a child.
fn at_last(child: &Value, apply: Apply) -> (Vec<String>, Vec<String>) {
    let mut cluster = asking_for(std::slice::from_ref(child)).under(apply);
    for _ in 0..3 {
        cluster.reconcile();
        cluster.run_workloads();
    }
    let sync = cluster.reconcile();
    let refused = sync.refused.iter().map(|refused| refused.why.clone());
    (sync.wrote(), refused.collect())
}

fn route(rules: &Value, parents: &Value) -> Value {
    let spec = json!({"spec": {"hostnames": ["a.b"], "parentRefs": parents, "rules": rules}});
    child("gateway.networking.k8s.io/v1", "HTTPRoute", &spec)
}

fn http_scaled_object(more: &Value) -> Value {
    let mut spec = json!({"hosts": ["a.b"], "replicas": {"min": 0, "max": 10}});
    for (key, value) in more.as_object().unwrap() {
        spec[key] = value.clone();
    }
    child(
        "http.keda.sh/v1alpha1",
        "HTTPScaledObject",
        &json!({"spec": spec}),
    )
}

fn resources(quantity: &Value) -> Value {
    deployment(
        &container(&json!({"resources": {"requests": {"cpu": quantity}}})),
        &json!({}),
    )
}

/// Each differs from what is stored of it.
fn costly() -> Vec<(&'static str, Value)> {
    let plain = container(&json!({}));
    let mut with_time = deployment(&plain, &json!({}));
    with_time["spec"]["template"]["metadata"]["creationTimestamp"] = json!(null);
    let with = |more: &Value| {
        let mut pod = plain.clone();
        pod.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        deployment(&pod, &json!({}))
    };
    let token = json!({"volumes": [{"name": "v", "projected": {"sources": [{"serviceAccountToken": {"path": "p"}}]}}],
        "containers": plain["containers"]});
    vec![
        ("replicas: 1.0", deployment(&plain, &json!({"replicas": 1.0}))),
        ("1000m", resources(&json!("1000m"))),
        ("0.5", resources(&json!("0.5"))),
        ("a number", resources(&json!(1))),
        (
            "an empty value",
            deployment(
                &container(&json!({"env": [{"name": "A", "value": ""}]})),
                &json!({}),
            ),
        ),
        (
            "args: []",
            deployment(&container(&json!({"args": []})), &json!({})),
        ),
        (
            "null",
            deployment(&container(&json!({"workingDir": null})), &json!({})),
        ),
        ("null in a time of the template", with_time),
        (
            "an empty ConfigMap",
            child("v1", "ConfigMap", &json!({"data": {}})),
        ),
        (
            "stringData",
            child("v1", "Secret", &json!({"stringData": {"a": "b"}})),
        ),
        (
            "a projected volume without defaults",
            deployment(&token, &json!({})),
        ),
        (
            "initialDelaySeconds: 0",
            deployment(
                &container(&json!({"livenessProbe": {"tcpSocket": {"port": 1}, "initialDelaySeconds": 0}})),
                &json!({}),
            ),
        ),
        (
            "hostPort: 0",
            deployment(
                &container(&json!({"ports": [{"containerPort": 1, "hostPort": 0}]})),
                &json!({}),
            ),
        ),
        (
            "limits: {}",
            deployment(&container(&json!({"resources": {"limits": {}}})), &json!({})),
        ),
        (
            "a fraction of a thousandth",
            deployment(
                &container(&json!({"resources": {"limits": {"cpu": "100u"}}})),
                &json!({}),
            ),
        ),
        ("nodeSelector: {}", with(&json!({"nodeSelector": {}}))),
        (
            "an empty effect",
            with(&json!({"tolerations": [{"operator": "Exists", "effect": ""}]})),
        ),
        (
            "a ConfigMap without a name",
            with(&json!({"volumes": [{"name": "v", "configMap": {"name": "", "optional": true}}]})),
        ),
        (
            "a field of a projected volume without a divisor",
            with(
                &json!({"volumes": [{"name": "v", "projected": {"defaultMode": 420, "sources": [{"downwardAPI":
                {"items": [{"path": "p", "resourceFieldRef": {"containerName": "x", "resource": "limits.cpu"}}]}}]}}]}),
            ),
        ),
        (
            "a minimal route",
            route(
                &json!([{"backendRefs": [{"name": "s", "port": 80}]}]),
                &json!([{"name": "g"}]),
            ),
        ),
        (
            "a parent without its kind",
            route(
                &json!([{"matches": [{"path": {"type": "PathPrefix", "value": "/"}}]}]),
                &json!([{"name": "g"}, {"group": "x", "kind": "y", "namespace": "z"}]),
            ),
        ),
    ]
}

#[test]
fn what_is_not_stored_as_it_is_written_costs_a_write_at_every_sync() {
    for (name, child) in costly() {
        let kind = child["kind"].as_str().unwrap();
        assert_eq!(
            at_last(&child, Apply::Dynamic),
            (vec![format!("update {kind} c")], vec![]),
            "{name}"
        );
        assert_eq!(
            at_last(&child, Apply::ServerSide),
            (vec![], vec![]),
            "{name}: a hash decides"
        );
    }
}

#[test]
fn null_in_a_custom_resource() {
    let child = http_scaled_object(&json!({"pathPrefixes": null}));
    let (writes, refused) = at_last(&child, Apply::Dynamic);
    assert_eq!(
        (writes, refused),
        (vec!["update HTTPScaledObject c".to_owned()], vec![])
    );
    let (writes, refused) = at_last(&child, Apply::ServerSide);
    assert_eq!((writes.len(), refused.len()), (0, 1));
}

#[test]
fn what_is_incomplete_is_quiet_where_the_server_only_adds() {
    let rich = json!({
        "containers": [{
            "name": "x", "image": "x", "resources": {}, "securityContext": {},
            "env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                    {"name": "B", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}}],
            "ports": [{"containerPort": 80}],
            "livenessProbe": {"httpGet": {"port": 80}}, "readinessProbe": {"grpc": {"port": 80}},
            "lifecycle": {"preStop": {"httpGet": {"port": 80}}},
        }],
        "serviceAccountName": "s",
        "tolerations": [{"key": "a", "operator": "Exists"}],
        "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "t", "whenUnsatisfiable": "DoNotSchedule"}],
        "volumes": [{"name": "c", "configMap": {"name": "c"}}, {"name": "d", "secret": {"secretName": "s"}},
                    {"name": "e", "emptyDir": {}}, {"name": "h", "hostPath": {"path": "/"}}, {"name": "n"}],
    });
    let mut with_status = deployment(&rich, &json!({}));
    with_status["status"] = json!({});
    with_status["metadata"]["creationTimestamp"] = json!(null);
    let complete = route(
        &json!([{"matches": [{"path": {"type": "PathPrefix", "value": "/"}}],
            "backendRefs": [{"group": "", "kind": "Service", "name": "s", "port": 80, "weight": 1}]}]),
        &json!([{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "g"}]),
    );
    let job_pod = json!({"containers": [{"name": "x", "image": "x:1"}], "restartPolicy": "Never"});
    let service = |spec: Value| child("v1", "Service", &json!({"spec": spec}));
    for apply in STRATEGIES {
        for child in [
            deployment(&rich, &json!({})),
            with_status.clone(),
            workload("apps/v1", "StatefulSet", &rich, &json!({"serviceName": "s"})),
            child(
                "batch/v1",
                "Job",
                &json!({"spec": {"template": {"spec": job_pod}}}),
            ),
            service(json!({"ports": [{"port": 80}], "selector": {"a": "b"}})),
            service(json!({"clusterIP": "None", "ports": [{"port": 80}]})),
            service(json!({"type": "ExternalName", "externalName": "a.b", "ports": [{"port": 80}]})),
            complete.clone(),
            http_scaled_object(&json!({"pathPrefixes": [], "scalingMetric": {"concurrency": {}}})),
            child(
                "keda.sh/v1alpha1",
                "ScaledObject",
                &json!({"spec": {"scaleTargetRef": {"name": "x"}}}),
            ),
            child(
                "dapr.io/v1alpha1",
                "Component",
                &json!({"spec": {"type": "t", "metadata": []}}),
            ),
            child(
                "serving.knative.dev/v1",
                "Service",
                &json!({"spec": {"template": {"spec": rich}}}),
            ),
            resources(&json!("100m")),
            resources(&json!("2.500")),
        ] {
            assert_eq!(at_last(&child, apply), (vec![], vec![]), "{apply:?} {child}");
        }
    }
}

#[test]
fn two_variables_of_one_name() {
    let env = json!({"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]});
    let child = deployment(&container(&env), &json!({}));
    assert_eq!(at_last(&child, Apply::Dynamic), (vec![], vec![]));
    let (writes, refused) = at_last(&child, Apply::ServerSide);
    assert_eq!(writes, [""; 0]);
    assert!(refused[0].contains("duplicate entries for key"), "{refused:?}");
}

#[test]
fn one_port_for_two_protocols_can_be_created_and_never_updated() {
    let ports = |key: &str| json!([{"name": "a", key: 53, "protocol": "TCP"}, {"name": "b", key: 53, "protocol": "UDP"}]);
    for child in [
        child("v1", "Service", &json!({"spec": {"ports": ports("port")}})),
        deployment(&container(&json!({"ports": ports("containerPort")})), &json!({})),
    ] {
        let (writes, refused) = at_last(&child, Apply::Dynamic);
        assert_eq!(writes, [""; 0]);
        assert!(refused[0].contains("Duplicate value"), "{refused:?}");
        assert_eq!(at_last(&child, Apply::ServerSide), (vec![], vec![]));
    }
}

#[test]
#[should_panic(expected = "not quiet after 20 rounds")]
fn who_fights_does_not_settle() {
    asking_for(&[resources(&json!("1000m"))]).settle();
}

#[test]
#[should_panic(expected = "the API server refuses children")]
fn who_is_refused_does_not_settle() {
    let child = child("v1", "Service", &json!({"spec": {"type": "ExternalName"}}));
    asking_for(&[child]).settle();
}

#[test]
fn quantities_are_stored_as_a_real_server_stores_them() {
    for (written, stored) in [
        ("1000m", "1"),
        ("0.5", "500m"),
        (".5", "500m"),
        ("1.", "1."),
        ("1.5", "1500m"),
        ("1.5Gi", "1536Mi"),
        ("1024Ki", "1Mi"),
        ("0.5Mi", "512Ki"),
        ("0.3Mi", "314572800m"),
        ("0.5Ki", "512"),
        ("1000k", "1M"),
        ("1e3", "1e3"),
        ("1000e0", "1e3"),
        ("12E6", "12E6"),
        ("0.0", "0"),
        ("-0.5", "-500m"),
        ("0.1n", "1m"),
        ("1500u", "2m"),
        ("1000E", "1e21"),
        ("+1", "+1"),
    ] {
        let mut cluster = asking_for(&[resources(&json!(written))]);
        cluster.reconcile();
        let found = "/spec/template/spec/containers/0/resources/requests/cpu";
        assert_eq!(
            cluster.child("Deployment", "c").pointer(found).unwrap(),
            stored,
            "{written}"
        );
    }
}
