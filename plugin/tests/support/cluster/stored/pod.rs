//! Pods' templates.
//!
//! Source: `pkg/apis/core/v1/defaults.go`, `k8s.io/api/core/v1/types.go`.

use serde_json::{Value, json};

use super::{default, drop_empty, items, quantity};

const EMPTY_IN_POD: [&str; 22] = [
    "containers",
    "dnsPolicy",
    "ephemeralContainers",
    "hostAliases",
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "hostname",
    "imagePullSecrets",
    "initContainers",
    "nodeName",
    "nodeSelector",
    "overhead",
    "priorityClassName",
    "readinessGates",
    "restartPolicy",
    "schedulerName",
    "serviceAccount",
    "serviceAccountName",
    "subdomain",
    "tolerations",
    "topologySpreadConstraints",
];
const EMPTY_IN_CONTAINER: [&str; 16] = [
    "args",
    "command",
    "env",
    "envFrom",
    "image",
    "imagePullPolicy",
    "ports",
    "resizePolicy",
    "stdin",
    "stdinOnce",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "tty",
    "volumeDevices",
    "volumeMounts",
    "workingDir",
];
const EMPTY_IN_PROBE: [&str; 5] = [
    "failureThreshold",
    "initialDelaySeconds",
    "periodSeconds",
    "successThreshold",
    "timeoutSeconds",
];

/// `spec.template` of a workload.
pub(super) fn fill_template(template: &mut Value) {
    default(template, "metadata", json!({}));
    drop_empty(
        template["metadata"].as_object_mut().unwrap(),
        &["annotations", "labels", "creationTimestamp"],
    );
    default(template, "spec", json!({}));
    fill(&mut template["spec"]);
}

fn fill(pod: &mut Value) {
    let fields = pod.as_object_mut().unwrap();
    if let Some(volumes) = fields.get("volumes")
        && volumes.as_array().is_some_and(Vec::is_empty)
    {
        fields.remove("volumes");
    }
    drop_empty(fields, &EMPTY_IN_POD);
    // The deprecated name is kept beside the new one.
    let account = pod
        .get("serviceAccountName")
        .or(pod.get("serviceAccount"))
        .cloned();
    if let Some(account) = account {
        pod["serviceAccountName"] = account.clone();
        pod["serviceAccount"] = account;
    }
    default(pod, "restartPolicy", "Always");
    default(pod, "dnsPolicy", "ClusterFirst");
    default(pod, "schedulerName", "default-scheduler");
    default(pod, "terminationGracePeriodSeconds", 30);
    default(pod, "securityContext", json!({}));
    if let Some(overhead) = pod.get_mut("overhead") {
        quantity::store_all(overhead);
    }
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        items(pod, list).for_each(fill_container);
    }
    items(pod, "volumes").for_each(fill_volume);
    for toleration in items(pod, "tolerations") {
        let empty = ["effect", "key", "operator", "value"];
        drop_empty(toleration.as_object_mut().unwrap(), &empty);
    }
}

fn fill_container(container: &mut Value) {
    drop_empty(container.as_object_mut().unwrap(), &EMPTY_IN_CONTAINER);
    let image = container.get("image").and_then(Value::as_str).unwrap_or_default();
    let path = image.rsplit('/').next().unwrap_or_default();
    let is_latest = !path.contains('@') && (!path.contains(':') || path.ends_with(":latest"));
    let policy = if is_latest { "Always" } else { "IfNotPresent" };
    default(container, "imagePullPolicy", policy);
    default(container, "terminationMessagePath", "/dev/termination-log");
    default(container, "terminationMessagePolicy", "File");
    default(container, "resources", json!({}));
    let resources = &mut container["resources"];
    for list in ["limits", "requests"] {
        if let Some(quantities) = resources.get_mut(list) {
            quantity::store_all(quantities);
        }
    }
    drop_empty(
        resources.as_object_mut().unwrap(),
        &["limits", "requests", "claims"],
    );
    for port in items(container, "ports") {
        drop_empty(
            port.as_object_mut().unwrap(),
            &["name", "hostIP", "hostPort", "protocol"],
        );
        default(port, "protocol", "TCP");
    }
    for variable in items(container, "env") {
        drop_empty(variable.as_object_mut().unwrap(), &["value"]);
        if let Some(field) = variable.pointer_mut("/valueFrom/fieldRef") {
            default(field, "apiVersion", "v1");
        }
        if let Some(field) = variable.pointer_mut("/valueFrom/resourceFieldRef") {
            drop_empty(field.as_object_mut().unwrap(), &["containerName"]);
            // A quantity that is no pointer is always written.
            default(field, "divisor", "0");
            quantity::store(&mut field["divisor"]);
        }
    }
    for mount in items(container, "volumeMounts") {
        drop_empty(
            mount.as_object_mut().unwrap(),
            &["readOnly", "subPath", "subPathExpr"],
        );
    }
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = container.get_mut(probe) {
            drop_empty(probe.as_object_mut().unwrap(), &EMPTY_IN_PROBE);
            default(probe, "timeoutSeconds", 1);
            default(probe, "periodSeconds", 10);
            default(probe, "successThreshold", 1);
            default(probe, "failureThreshold", 3);
            fill_handler(probe);
        }
    }
    for hook in ["/lifecycle/postStart", "/lifecycle/preStop"] {
        if let Some(hook) = container.pointer_mut(hook) {
            fill_handler(hook);
        }
    }
}

/// What a probe or a hook does.
fn fill_handler(handler: &mut Value) {
    if let Some(get) = handler.get_mut("httpGet") {
        drop_empty(
            get.as_object_mut().unwrap(),
            &["path", "host", "scheme", "httpHeaders"],
        );
        default(get, "path", "/");
        default(get, "scheme", "HTTP");
    }
    if let Some(socket) = handler.get_mut("tcpSocket") {
        drop_empty(socket.as_object_mut().unwrap(), &["host"]);
    }
    if let Some(exec) = handler.get_mut("exec") {
        drop_empty(exec.as_object_mut().unwrap(), &["command"]);
    }
    if let Some(grpc) = handler.get_mut("grpc") {
        default(grpc, "service", "");
    }
}

fn fill_volume(volume: &mut Value) {
    if volume.as_object().unwrap().len() == 1 {
        volume["emptyDir"] = json!({});
    }
    for source in ["configMap", "secret", "projected", "downwardAPI"] {
        if let Some(source) = volume.get_mut(source) {
            drop_empty(source.as_object_mut().unwrap(), &["items", "name", "secretName"]);
            default(source, "defaultMode", 0o644);
            fill_fields(source);
            for part in items(source, "sources") {
                if let Some(token) = part.get_mut("serviceAccountToken") {
                    drop_empty(token.as_object_mut().unwrap(), &["audience"]);
                    default(token, "expirationSeconds", 3600);
                }
                for object in ["configMap", "secret"] {
                    if let Some(object) = part.get_mut(object) {
                        drop_empty(object.as_object_mut().unwrap(), &["items", "name"]);
                    }
                }
                if let Some(api) = part.get_mut("downwardAPI") {
                    fill_fields(api);
                }
            }
        }
    }
    if let Some(path) = volume.get_mut("hostPath") {
        default(path, "type", "");
    }
    if let Some(directory) = volume.get_mut("emptyDir") {
        drop_empty(directory.as_object_mut().unwrap(), &["medium"]);
        if let Some(limit) = directory.get_mut("sizeLimit") {
            quantity::store(limit);
        }
    }
}

/// The items of a downward API volume.
fn fill_fields(source: &mut Value) {
    for item in items(source, "items") {
        if let Some(field) = item.get_mut("fieldRef") {
            default(field, "apiVersion", "v1");
        }
    }
}
