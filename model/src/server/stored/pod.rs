//! Pods' templates.
//!
//! Source: `pkg/apis/core/v1/defaults.go`, and `+default` in `k8s.io/api/core/v1/types.go`.

use serde_json::{Value, json};

use super::{default, drop_empty, items, types, within};

/// `spec.template` of a workload.
pub(super) fn fill_template(template: &mut Value) {
    within(template, "metadata", |metadata| {
        drop_empty(metadata, &["annotations", "labels", "creationTimestamp"]);
    });
    within(template, "spec", fill);
}

fn fill(pod: &mut Value) {
    types::round_trip(pod);
    // The deprecated name is kept beside the new one.
    let account = pod
        .get("serviceAccountName")
        .or(pod.get("serviceAccount"))
        .cloned();
    if let (Some(account), Some(pod)) = (account, pod.as_object_mut()) {
        pod.insert("serviceAccountName".to_owned(), account.clone());
        pod.insert("serviceAccount".to_owned(), account);
    }
    default(pod, "restartPolicy", "Always");
    default(pod, "dnsPolicy", "ClusterFirst");
    default(pod, "schedulerName", "default-scheduler");
    default(pod, "terminationGracePeriodSeconds", 30);
    default(pod, "securityContext", json!({}));
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        items(pod, list).for_each(fill_container);
    }
    items(pod, "volumes").for_each(fill_volume);
}

fn fill_container(container: &mut Value) {
    let image = container.get("image").and_then(Value::as_str).unwrap_or_default();
    default(container, "imagePullPolicy", pull_policy(image));
    default(container, "terminationMessagePath", "/dev/termination-log");
    default(container, "terminationMessagePolicy", "File");
    default(container, "resources", json!({}));
    items(container, "ports").for_each(|port| default(port, "protocol", "TCP"));
    for variable in items(container, "env") {
        if let Some(source) = variable.get_mut("valueFrom") {
            fill_field(source);
        }
    }
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = container.get_mut(probe) {
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

/// What is pulled always is what may change.
fn pull_policy(image: &str) -> &'static str {
    let path = image.rsplit('/').next().unwrap_or_default();
    let is_latest = !path.contains('@') && (!path.contains(':') || path.ends_with(":latest"));
    if is_latest { "Always" } else { "IfNotPresent" }
}

/// What a probe or a hook does.
fn fill_handler(handler: &mut Value) {
    if let Some(get) = handler.get_mut("httpGet") {
        default(get, "path", "/");
        default(get, "scheme", "HTTP");
    }
    if let Some(grpc) = handler.get_mut("grpc") {
        default(grpc, "service", "");
    }
}

fn fill_volume(volume: &mut Value) {
    if volume.as_object().is_some_and(|volume| volume.len() == 1) {
        default(volume, "emptyDir", json!({}));
    }
    for source in ["configMap", "secret", "projected", "downwardAPI"] {
        if let Some(source) = volume.get_mut(source) {
            default(source, "defaultMode", 0o644);
            items(source, "items").for_each(fill_field);
            for part in items(source, "sources") {
                if let Some(token) = part.get_mut("serviceAccountToken") {
                    default(token, "expirationSeconds", 3600);
                }
                if let Some(certificate) = part.get_mut("podCertificate") {
                    default(certificate, "maxExpirationSeconds", 86_400);
                }
                if let Some(api) = part.get_mut("downwardAPI") {
                    items(api, "items").for_each(fill_field);
                }
            }
        }
    }
    for (place, key, value) in [
        ("/hostPath", "type", json!("")),
        ("/image", "pullPolicy", json!("IfNotPresent")),
        ("/rbd", "pool", json!("rbd")),
        ("/rbd", "user", json!("admin")),
        ("/rbd", "keyring", json!("/etc/ceph/keyring")),
        ("/iscsi", "iscsiInterface", json!("default")),
        ("/azureDisk", "readOnly", json!(false)),
        (
            "/ephemeral/volumeClaimTemplate/spec",
            "volumeMode",
            json!("Filesystem"),
        ),
        ("/ephemeral/volumeClaimTemplate/spec", "resources", json!({})),
    ] {
        if let Some(source) = volume.pointer_mut(place) {
            default(source, key, value);
        }
    }
}

/// What stands for a field of the pod or of its resources.
fn fill_field(above: &mut Value) {
    if let Some(field) = above.get_mut("fieldRef") {
        default(field, "apiVersion", "v1");
    }
    if let Some(field) = above.get_mut("resourceFieldRef") {
        // A quantity that is no pointer is always written.
        default(field, "divisor", "0");
    }
}
