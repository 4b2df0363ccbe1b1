//! A hook's answer, as a person wants to see it.

use anstream::println;
use anyhow::{Context, Result};
use serde_json::Value;

use crate::table::{self, HEADING};

/// Shows the children, then the status' conditions, then each child in full.
pub(crate) fn show(answer: &Value) -> Result<()> {
    let children = list(answer, "/children");
    let rows: Vec<_> = children
        .iter()
        .map(|child| [text(child, "/kind"), text(child, "/metadata/name"), what(child)])
        .collect();
    table::print(["KIND", "NAME", "WHAT"], &rows);

    let conditions = list(answer, "/status/conditions");
    if !conditions.is_empty() {
        let rows: Vec<_> = conditions
            .iter()
            .map(|condition| ["/type", "/status", "/reason", "/message"].map(|field| text(condition, field)))
            .collect();
        println!();
        table::print(["TYPE", "STATUS", "REASON", "MESSAGE"], &rows);
    }

    for child in children {
        let yaml = serde_saphyr::to_string(child).context("cannot write a child as YAML")?;
        println!(
            "\n{HEADING}# {} {}{HEADING:#}",
            text(child, "/kind"),
            text(child, "/metadata/name")
        );
        println!("{}", yaml.trim_end());
    }
    Ok(())
}

/// What matters most about a child of a known kind, in a few words; nothing for other kinds.
fn what(child: &Value) -> String {
    let group = text(child, "/apiVersion");
    let group = group.split_once('/').map_or("", |(group, _)| group);
    match (group, text(child, "/kind").as_str()) {
        ("apps" | "batch" | "serving.knative.dev", _) => workload(child),
        ("", "Service") => service(child),
        ("http.keda.sh", "HTTPScaledObject") => http_scaled_object(child),
        ("keda.sh", "ScaledObject" | "ScaledJob") => scaled_object(child),
        _ => String::new(),
    }
}

/// The image that the function runs, or the first one, and how many run.
fn workload(child: &Value) -> String {
    let containers = list(child, "/spec/template/spec/containers");
    let function = containers
        .iter()
        .find(|container| text(container, "/name") == "function");
    let image = function
        .or(containers.first())
        .map(|container| text(container, "/image"))
        .unwrap_or_default();
    match child.pointer("/spec/replicas") {
        Some(replicas) => format!("{image}, {replicas} replicas"),
        None => image,
    }
}

/// What the Service points to, or its ports.
fn service(child: &Value) -> String {
    let ports: Vec<_> = list(child, "/spec/ports")
        .iter()
        .map(|port| (text(port, "/port"), text(port, "/targetPort")))
        .map(|(port, target)| {
            if target.is_empty() || target == port {
                port
            } else {
                format!("{port} → {target}")
            }
        })
        .collect();
    let ports = ports.join(", ");
    match child.pointer("/spec/externalName") {
        Some(name) if ports.is_empty() => format!("→ {}", plain(name)),
        Some(name) => format!("{ports} → {}", plain(name)),
        None => ports,
    }
}

/// The first host, the bounds and the target of the add-on's object, whichever release it is written for.
fn http_scaled_object(child: &Value) -> String {
    let mut words = Vec::new();
    if let Some((first, others)) = list(child, "/spec/hosts").split_first() {
        words.push(match others.len() {
            0 => plain(first),
            more => format!("{} and {more} more", plain(first)),
        });
    }
    words.extend(bounds(child, "/spec/replicas/min", "/spec/replicas/max"));
    let target = [
        ("/spec/scalingMetric/concurrency/targetValue", "in flight"),
        ("/spec/scalingMetric/requestRate/targetValue", "per second"),
        ("/spec/targetPendingRequests", "pending"),
    ];
    words.extend(target.iter().find_map(|(path, unit)| {
        child
            .pointer(path)
            .map(|target| format!("target {target} {unit}"))
    }));
    words.join(", ")
}

/// What wakes an asynchronous function, and the bounds.
fn scaled_object(child: &Value) -> String {
    let mut words: Vec<_> = list(child, "/spec/triggers")
        .iter()
        .map(|trigger| text(trigger, "/type"))
        .collect();
    words.extend(bounds(child, "/spec/minReplicaCount", "/spec/maxReplicaCount"));
    words.join(", ")
}

/// `0..10`; nothing when neither bound is there.
fn bounds(child: &Value, min: &str, max: &str) -> Option<String> {
    let (min, max) = (text(child, min), text(child, max));
    (!min.is_empty() || !max.is_empty()).then(|| format!("{min}..{max}"))
}

fn list<'v>(value: &'v Value, path: &str) -> &'v [Value] {
    value
        .pointer(path)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// A scalar without quotes; empty when it is not there.
fn text(value: &Value, path: &str) -> String {
    value.pointer(path).map(plain).unwrap_or_default()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_deployment_is_its_functions_image() {
        let child = json!({
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "spec": {"template": {"spec": {"containers": [
                {"name": "proxy", "image": "proxy:v2"},
                {"name": "function", "image": "handler:v1"},
            ]}}},
        });
        assert_eq!(what(&child), "handler:v1");
    }

    #[test]
    fn a_fixed_number_of_replicas_is_told() {
        let child = json!({
            "apiVersion": "apps/v1",
            "kind": "StatefulSet",
            "spec": {"replicas": 2, "template": {"spec": {"containers": [{"name": "a", "image": "a:v1"}]}}},
        });
        assert_eq!(what(&child), "a:v1, 2 replicas");
    }

    #[test]
    fn a_service_is_its_ports() {
        let child = json!({
            "apiVersion": "v1",
            "kind": "Service",
            "spec": {"ports": [{"port": 80, "targetPort": 8080}, {"port": 9090}]},
        });
        assert_eq!(what(&child), "80 → 8080, 9090");
    }

    #[test]
    fn an_external_service_is_what_it_points_to() {
        let mut child = json!({
            "apiVersion": "v1",
            "kind": "Service",
            "spec": {"type": "ExternalName", "externalName": "interceptor.keda", "ports": [{"port": 8080, "targetPort": 8080}]},
        });
        assert_eq!(what(&child), "8080 → interceptor.keda");
        child["spec"]["ports"] = json!([]);
        assert_eq!(what(&child), "→ interceptor.keda");
    }

    #[test]
    fn a_knative_service_is_no_core_service() {
        let child = json!({
            "apiVersion": "serving.knative.dev/v1",
            "kind": "Service",
            "spec": {"template": {"spec": {"containers": [{"name": "function", "image": "handler:v1"}]}}},
        });
        assert_eq!(what(&child), "handler:v1");
    }

    #[test]
    fn an_http_scaled_object_is_host_bounds_and_target() {
        let mut child = json!({
            "apiVersion": "http.keda.sh/v1alpha1",
            "kind": "HTTPScaledObject",
            "spec": {
                "hosts": ["async-demo.com", "fn.default", "fn.default.svc"],
                "replicas": {"min": 0, "max": 10},
                "scalingMetric": {"concurrency": {"targetValue": 100}},
            },
        });
        assert_eq!(
            what(&child),
            "async-demo.com and 2 more, 0..10, target 100 in flight"
        );
        child["spec"] = json!({"hosts": ["async-demo.com"], "targetPendingRequests": 5});
        assert_eq!(what(&child), "async-demo.com, target 5 pending");
    }

    #[test]
    fn a_scaled_object_is_triggers_and_bounds() {
        let child = json!({
            "apiVersion": "keda.sh/v1alpha1",
            "kind": "ScaledObject",
            "spec": {"minReplicaCount": 0, "maxReplicaCount": 10, "triggers": [{"type": "kafka"}, {"type": "redis"}]},
        });
        assert_eq!(what(&child), "kafka, redis, 0..10");
    }

    #[test]
    fn an_unknown_kind_has_no_words() {
        assert_eq!(
            what(&json!({"apiVersion": "dapr.io/v1alpha1", "kind": "Component"})),
            ""
        );
    }
}
