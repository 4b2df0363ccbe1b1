//! `template`: a pod spec as people write it, and not as the API server stores it.

use proptest::prelude::*;
use proptest::sample::subsequence;
use serde_json::{Value, json};

use super::{Runtime, often, one, part, some};

/// More of them make the tests slow and find nothing more.
const MAX_VOLUMES: usize = 4;

pub(super) fn fragment(runtime: Runtime) -> BoxedStrategy<Value> {
    let containers = prop_oneof![
        1 => Just(vec![]),
        4 => function_container(runtime).prop_map(|container| vec![container]),
        1 => function_container(runtime).prop_map(|container| vec![other("other"), container]),
        1 => Just(vec![other("other")]),
    ];
    let template = (containers, often(2, pod()), volumes()).prop_map(move |(mut containers, mut pod, volumes)| {
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
        if [Runtime::Knative, Runtime::Default].contains(&runtime) {
            for_knative(&mut pod);
        }
        json!({"serving": {"template": pod}})
    });
    often(3, template)
}

/// Takes out what Knative refuses.
fn for_knative(pod: &mut Value) {
    let fields = pod.as_object_mut().unwrap();
    for field in ["overhead", "resources", "terminationGracePeriodSeconds"] {
        fields.remove(field);
    }
    if let Some(security) = fields.get_mut("securityContext").and_then(Value::as_object_mut) {
        security.remove("seLinuxOptions");
        security.remove("sysctls");
    }
    let known = [
        "configMap",
        "csi",
        "emptyDir",
        "hostPath",
        "name",
        "persistentVolumeClaim",
        "secret",
    ];
    let is_known = |volume: &Value| {
        volume
            .as_object()
            .unwrap()
            .keys()
            .all(|key| known.contains(&key.as_str()))
    };
    // A volume that is not mounted is refused as well.
    let mut mounted: Vec<Value> = Vec::new();
    for container in fields["containers"].as_array_mut().unwrap() {
        let container = container.as_object_mut().unwrap();
        container.remove("lifecycle");
        if let Some(security) = container
            .get_mut("securityContext")
            .and_then(Value::as_object_mut)
        {
            security.remove("seLinuxOptions");
        }
        for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
            if let Some(probe) = container.get_mut(probe).and_then(Value::as_object_mut) {
                probe.remove("terminationGracePeriodSeconds");
            }
        }
        for mount in container
            .get("volumeMounts")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            mounted.push(mount["name"].clone());
        }
    }
    let volumes = fields["volumes"].as_array_mut().unwrap();
    volumes.retain(|volume| is_known(volume) && mounted.contains(&volume["name"]));
    let names: Vec<Value> = volumes.iter().map(|volume| volume["name"].clone()).collect();
    for container in fields["containers"].as_array_mut().unwrap() {
        if let Some(mounts) = container.get_mut("volumeMounts").and_then(Value::as_array_mut) {
            mounts.retain(|mount| names.contains(&mount["name"]));
        }
    }
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
            json!({"ports": [{"containerPort": 9000, "name": "mine", "hostPort": 0, "hostIP": ""}]}),
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
        "envFrom": [{"prefix": "", "configMapRef": {"name": "c"}}, {"secretRef": {"name": "s", "optional": false}}],
        "lifecycle": {
            "preStop": {"exec": {"command": ["sleep", "1"]}},
            "postStart": {"httpGet": {"port": "http", "host": "", "scheme": "", "httpHeaders": []}},
        },
        "securityContext": {"allowPrivilegeEscalation": false, "runAsUser": 1000.0, "capabilities": {"add": []},
            "seLinuxOptions": {"level": "", "role": "r"}},
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
        json!({"name": "MEMORY", "valueFrom": {"resourceFieldRef": {"resource": "limits.memory", "containerName": ""}}}),
        json!({"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName", "apiVersion": ""}}}),
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
        json!("1500u"),
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
        let mut resources = json!({"claims": [], "limits": {}, "requests": {}});
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
        "livenessProbe": {"httpGet": {"port": 8080, "path": "", "httpHeaders": [{"name": "x", "value": "y"}]}, "periodSeconds": 5.0,
            "initialDelaySeconds": 0, "terminationGracePeriodSeconds": 1},
        "readinessProbe": {"tcpSocket": {"port": "http", "host": ""}, "initialDelaySeconds": 3, "periodSeconds": 0,
            "timeoutSeconds": 0.0},
        "startupProbe": {"grpc": {"port": 9000, "service": ""}, "failureThreshold": 30, "successThreshold": 0},
    }))
}

fn pod() -> impl Strategy<Value = Value> {
    let term = json!({"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]});
    let near = json!({"topologyKey": "zone", "labelSelector": {"matchLabels": {}}, "namespaces": []});
    let account = one(&[
        json!({}),
        json!({"serviceAccountName": "account"}),
        json!({"serviceAccount": "account"}),
        json!({"serviceAccount": "other", "serviceAccountName": "account"}),
        json!({"serviceAccount": "other", "serviceAccountName": ""}),
    ]);
    let fields = part(&json!({
        "affinity": {
            "nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}},
            "podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [near]},
            "podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "podAffinityTerm": near}]},
        },
        "automountServiceAccountToken": false,
        "dnsConfig": {"nameservers": [], "options": [{"name": "ndots", "value": ""}]},
        "hostAliases": [{"ip": "10.0.0.1", "hostnames": ["a"]}],
        "hostNetwork": false,
        "imagePullSecrets": [{"name": "registry"}, {"name": "two"}],
        "initContainers": [{"name": "first", "image": "example.com/init:v1", "args": [], "env": [{"name": "A", "value": ""}]}],
        "nodeSelector": {"disk": "ssd", "empty": "", "limits": "1000m"},
        "overhead": {},
        "priorityClassName": "",
        "runtimeClassName": "kata",
        "resources": {"limits": {"cpu": "1500000u"}, "requests": {}},
        "securityContext": {"fsGroup": 2000, "sysctls": [], "seLinuxOptions": {"type": ""}},
        "terminationGracePeriodSeconds": 60.0,
        "tolerations": [{"key": "a", "operator": "Exists", "effect": "NoSchedule"}, {"operator": "Exists", "key": "", "value": "", "effect": ""}],
        "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": {"a": "b"}}}, {"maxSkew": 1, "topologyKey": "host", "whenUnsatisfiable": "DoNotSchedule",
            "labelSelector": {"matchLabels": {}, "matchExpressions": []}}],
    }));
    (fields, account).prop_map(|(mut fields, account)| {
        fields
            .as_object_mut()
            .unwrap()
            .extend(account.as_object().unwrap().clone());
        fields
    })
}

fn volumes() -> BoxedStrategy<Value> {
    let all = vec![
        json!({"name": "cache", "emptyDir": {"sizeLimit": "1024Mi", "medium": ""}}),
        json!({"name": "config", "configMap": {"name": "c", "items": [{"key": "k", "path": "p"}]}}),
        json!({"name": "secret", "secret": {"secretName": "s", "optional": true}}),
        json!({"name": "token", "projected": {"sources": [
            {"serviceAccountToken": {"path": "token", "audience": "vault"}},
            {"downwardAPI": {"items": [{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}]}},
            {"downwardAPI": {"items": [{"path": "cpu", "resourceFieldRef": {"containerName": "function", "resource": "limits.cpu"}},
                {"path": "memory", "resourceFieldRef": {"containerName": "function", "resource": "limits.memory", "divisor": "1024Ki"}}]}},
            {"configMap": {"name": "c", "items": []}},
            {"secret": {"name": "s", "optional": false}},
        ]}}),
        json!({"name": "short", "projected": {"sources": [
            {"serviceAccountToken": {"path": "token", "audience": "", "expirationSeconds": 600}},
            {"clusterTrustBundle": {"path": "p", "signerName": "s", "labelSelector": {"matchLabels": {}}}},
            {"configMap": {"name": "c", "optional": true}},
            {"podCertificate": {"signerName": "s", "keyType": "ED25519", "keyPath": "", "credentialBundlePath": "b"}},
        ]}}),
        json!({"name": "nothing", "projected": {"sources": []}}),
        json!({"name": "nameless", "configMap": {"name": "c", "optional": true}}),
        json!({"name": "hidden", "secret": {"secretName": "", "optional": true}}),
        json!({"name": "fields", "downwardAPI": {"items": [{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}]}}),
        json!({"name": "claim", "persistentVolumeClaim": {"claimName": "c", "readOnly": false}}),
        json!({"name": "host", "hostPath": {"path": "/x"}}),
        json!({"name": "driver", "csi": {"driver": "d", "readOnly": false, "fsType": "", "nodePublishSecretRef": {"name": "s"},
            "volumeAttributes": {"sizeLimit": "1024Mi"}}}),
        json!({"name": "plain", "csi": {"driver": "d", "volumeAttributes": {}}}),
        json!({"name": "own", "ephemeral": {"volumeClaimTemplate": {"metadata": {"labels": {}, "creationTimestamp": null}, "spec": {
            "accessModes": ["ReadWriteOnce"], "volumeName": "", "resources": {"requests": {"storage": "1024Mi"}, "limits": {}}}}}}),
        json!({"name": "disk", "rbd": {"image": "i", "monitors": ["m"], "pool": "", "readOnly": false, "secretRef": {"name": "s"}}}),
        json!({"name": "nfs", "nfs": {"server": "s", "path": "/", "readOnly": false}}),
    ];
    subsequence(all, 0..=MAX_VOLUMES).prop_map(Value::Array).boxed()
}
