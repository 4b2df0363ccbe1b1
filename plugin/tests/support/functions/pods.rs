//! `template`: a pod spec as people write it, and not as the API server stores it.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Runtime, often, one, part, some};

pub(super) fn fragment(runtime: Runtime) -> BoxedStrategy<Value> {
    let containers = prop_oneof![
        1 => Just(vec![]),
        4 => function_container(runtime).prop_map(|container| vec![container]),
        1 => function_container(runtime).prop_map(|container| vec![other("other"), container]),
        1 => Just(vec![other("other")]),
    ];
    let template = (containers, often(2, pod()), volumes()).prop_map(|(mut containers, mut pod, volumes)| {
        let mounts: Vec<Value> = volumes
            .as_array()
            .unwrap()
            .iter()
            .map(|volume| json!({"name": volume["name"], "mountPath": format!("/v/{}", volume["name"].as_str().unwrap())}))
            .collect();
        if let Some(container) = containers.last_mut() {
            container["volumeMounts"] = json!(mounts);
        }
        pod["containers"] = json!(containers);
        pod["volumes"] = volumes;
        json!({"serving": {"template": pod}})
    });
    often(3, template)
}

/// A container that is not the function's.
fn other(name: &str) -> Value {
    json!({"name": name, "image": "example.com/other", "resources": {"limits": {"memory": "0.5Gi"}}})
}

fn function_container(runtime: Runtime) -> impl Strategy<Value = Value> {
    let ports = match runtime {
        // Knative has one port, and that is the trigger's.
        Runtime::Knative | Runtime::Default => Just(json!({})).boxed(),
        _ => one(&[
            json!({}),
            json!({"ports": [{"containerPort": 9000, "name": "mine"}]}),
            json!({"ports": [{"containerPort": 9090, "protocol": "TCP", "name": ""}, {"containerPort": 5353, "protocol": "UDP"}]}),
        ]),
    };
    (
        often(2, environment()),
        often(2, resources()),
        often(2, probes()),
        part(&odd()),
        ports,
    )
        .prop_map(|(environment, resources, probes, mut container, ports)| {
            for part in [environment, resources, probes, ports] {
                container
                    .as_object_mut()
                    .unwrap()
                    .extend(part.as_object().unwrap().clone());
            }
            container["name"] = json!("function");
            container
        })
}

/// What is stored otherwise than it is written, or not at all.
fn odd() -> Value {
    json!({
        "args": [], "command": ["/fn", ""], "image": "not-used", "imagePullPolicy": "Always",
        "lifecycle": {"preStop": {"exec": {"command": ["sleep", "1"]}}},
        "securityContext": {"allowPrivilegeEscalation": false, "runAsUser": 1000.0},
        "stdin": false, "terminationMessagePath": "", "tty": null, "workingDir": "",
    })
}

fn environment() -> impl Strategy<Value = Value> {
    some(&[
        json!({"name": "USER", "value": "me"}),
        json!({"name": "NOTHING", "value": ""}),
        json!({"name": "FUNC_CONTEXT", "value": "mine"}),
        json!({"name": "CPU", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "1000m"}}}),
        json!({"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}),
        json!({"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k", "optional": true}}}),
        json!({"name": "URL", "value": "http://$(USER):8080/?a=<b>&c"}),
        json!({"name": "USER", "value": "again"}),
    ])
    .prop_map(|env| json!({"env": env}))
}

/// Valid quantities in odd notations; requests are below limits.
fn resources() -> impl Strategy<Value = Value> {
    let low = one(&[
        json!("100m"),
        json!("0.25"),
        json!(0.5),
        json!("5e-1"),
        json!("+100m"),
        json!(null),
    ]);
    let high = one(&[
        json!(1),
        json!("1000m"),
        json!("2"),
        json!("1.5"),
        json!("1e0"),
        json!("2.500"),
    ]);
    let little = one(&[
        json!("64Mi"),
        json!("65536Ki"),
        json!("0.1Gi"),
        json!("100e6"),
        json!(1_000_000),
    ]);
    let much = one(&[
        json!("1Gi"),
        json!("1024Mi"),
        json!("1.5Gi"),
        json!("2000M"),
        json!("1E"),
    ]);
    (low, high, little, much, any::<[bool; 2]>()).prop_map(|(low, high, little, much, [requests, limits])| {
        let mut resources = json!({});
        if requests {
            resources["requests"] = json!({"cpu": low, "memory": little});
        }
        if limits {
            resources["limits"] = json!({"cpu": high, "memory": much});
        }
        json!({"resources": resources})
    })
}

fn probes() -> impl Strategy<Value = Value> {
    part(&json!({
        "livenessProbe": {"httpGet": {"port": 8080, "path": "", "httpHeaders": [{"name": "x", "value": "y"}]}, "periodSeconds": 5.0},
        "readinessProbe": {"tcpSocket": {"port": "http", "host": ""}, "initialDelaySeconds": 3},
        "startupProbe": {"grpc": {"port": 9000, "service": ""}, "failureThreshold": 30},
    }))
}

fn pod() -> impl Strategy<Value = Value> {
    let term = json!({"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]});
    part(&json!({
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}},
        "automountServiceAccountToken": false,
        "hostAliases": [{"ip": "10.0.0.1", "hostnames": ["a"]}],
        "hostNetwork": false,
        "imagePullSecrets": [{"name": "registry"}, {"name": "two"}],
        "initContainers": [{"name": "first", "image": "example.com/init:v1", "args": [], "env": [{"name": "A", "value": ""}]}],
        "nodeSelector": {"disk": "ssd", "empty": ""},
        "priorityClassName": "",
        "runtimeClassName": "kata",
        "securityContext": {"fsGroup": 2000, "sysctls": []},
        "serviceAccountName": "account",
        "terminationGracePeriodSeconds": 60.0,
        "tolerations": [{"key": "a", "operator": "Exists", "effect": "NoSchedule"}, {"operator": "Exists"}],
        "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": {"a": "b"}}}],
    }))
}

fn volumes() -> BoxedStrategy<Value> {
    some(&[
        json!({"name": "cache", "emptyDir": {"sizeLimit": "1024Mi", "medium": ""}}),
        json!({"name": "config", "configMap": {"name": "c", "items": [{"key": "k", "path": "p"}]}}),
        json!({"name": "secret", "secret": {"secretName": "s", "optional": true}}),
        json!({"name": "token", "projected": {"sources": [
            {"serviceAccountToken": {"path": "token", "audience": "vault"}},
            {"downwardAPI": {"items": [{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}]}},
            {"configMap": {"name": "c"}},
        ]}}),
        json!({"name": "claim", "persistentVolumeClaim": {"claimName": "c"}}),
    ])
}
