//! What the API server refuses: edits of fields that never change, and what no object may be.
//!
//! Source: `pkg/apis/{apps,batch,core}/validation/validation.go`.

use serde_json::Value;

use crate::object::{owners, text};

/// Fields of a StatefulSet's spec that may be edited.
const OF_STATEFUL_SET: [&str; 7] = [
    "minReadySeconds",
    "ordinals",
    "persistentVolumeClaimRetentionPolicy",
    "replicas",
    "revisionHistoryLimit",
    "template",
    "updateStrategy",
];

/// Checks an object in its stored form.
///
/// # Errors
/// What is wrong with it.
pub fn check(new: &Value, old: Option<&Value>) -> Result<(), String> {
    if owners(new)
        .iter()
        .filter(|owner| owner.get("controller") == Some(&Value::Bool(true)))
        .count()
        > 1
    {
        return Err(
            "metadata.ownerReferences: Invalid value: only one reference can have Controller set to true"
                .to_owned(),
        );
    }
    let (api_version, kind) = (text(new, "/apiVersion"), text(new, "/kind"));
    match (api_version.as_str(), kind.as_str()) {
        ("apps/v1", "Deployment" | "StatefulSet") => {
            template_matches(new)?;
            ports(new)?;
        }
        ("v1", "Service") => service(new)?,
        _ => {}
    }
    let Some(old) = old else { return Ok(()) };
    let same = |pointer: &str| match new.pointer(pointer) == old.pointer(pointer) {
        true => Ok(()),
        false => Err(format!("{}: Invalid value: field is immutable", dotted(pointer))),
    };
    match (api_version.as_str(), kind.as_str()) {
        ("apps/v1", "Deployment") => same("/spec/selector"),
        ("apps/v1", "StatefulSet") => {
            let others = [new, old].map(|object| {
                let spec = object.get("spec").and_then(Value::as_object);
                let mut spec = spec.cloned().unwrap_or_default();
                spec.retain(|key, _| !OF_STATEFUL_SET.contains(&key.as_str()));
                spec
            });
            match others {
                [new, old] if new == old => Ok(()),
                _ => Err(format!(
                    "spec: Forbidden: updates to statefulset spec for fields other than {} are forbidden",
                    OF_STATEFUL_SET.join(", ")
                )),
            }
        }
        ("batch/v1", "Job") => ["template", "selector", "completions", "completionMode"]
            .iter()
            .try_for_each(|field| same(&format!("/spec/{field}"))),
        ("v1", "Service")
            if [new, old]
                .iter()
                .all(|object| text(object, "/spec/type") != "ExternalName") =>
        {
            same("/spec/clusterIP")
        }
        _ => Ok(()),
    }
}

fn dotted(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', ".")
}

fn template_matches(workload: &Value) -> Result<(), String> {
    let selector = workload
        .pointer("/spec/selector/matchLabels")
        .and_then(Value::as_object);
    let labels = workload
        .pointer("/spec/template/metadata/labels")
        .unwrap_or(&Value::Null);
    let matches = |selector: &serde_json::Map<String, Value>| {
        !selector.is_empty() && selector.iter().all(|(key, value)| labels.get(key) == Some(value))
    };
    if selector.is_some_and(matches) {
        return Ok(());
    }
    Err(
        "spec.template.metadata.labels: Invalid value: `selector` does not match template `labels`"
            .to_owned(),
    )
}

/// Names of ports are unique in a container.
fn ports(workload: &Value) -> Result<(), String> {
    let containers = workload
        .pointer("/spec/template/spec/containers")
        .and_then(Value::as_array);
    for container in containers.into_iter().flatten() {
        let ports = container.get("ports").and_then(Value::as_array);
        let names = ports.into_iter().flatten().filter_map(|port| port.get("name"));
        unique(names, "spec.template.spec.containers[].ports[].name")?;
    }
    Ok(())
}

fn service(service: &Value) -> Result<(), String> {
    let spec = service.get("spec").unwrap_or(&Value::Null);
    if text(spec, "/type") == "ExternalName" {
        if text(spec, "/externalName").is_empty() {
            return Err("spec.externalName: Required value".to_owned());
        }
        if spec.get("clusterIP").is_some() {
            return Err(
                "spec.clusterIPs: Forbidden: may not be set when `type` is 'ExternalName'".to_owned(),
            );
        }
    }
    let ports: Vec<Value> = spec
        .get("ports")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    if ports.is_empty() && text(spec, "/type") == "ClusterIP" && text(spec, "/clusterIP") != "None" {
        return Err("spec.ports: Required value".to_owned());
    }
    let numbers: Vec<Value> = ports
        .iter()
        .map(|port| serde_json::json!([port.get("port"), port.get("protocol")]))
        .collect();
    unique(numbers.iter(), "spec.ports[]")?;
    unique(
        ports.iter().filter_map(|port| port.get("name")),
        "spec.ports[].name",
    )?;
    if ports.len() > 1 && ports.iter().any(|port| port.get("name").is_none()) {
        return Err("spec.ports[].name: Required value".to_owned());
    }
    Ok(())
}

fn unique<'a>(values: impl Iterator<Item = &'a Value>, at: &str) -> Result<(), String> {
    let mut seen: Vec<&Value> = Vec::new();
    for value in values {
        if seen.contains(&value) {
            return Err(format!("{at}: Duplicate value: {value}"));
        }
        seen.push(value);
    }
    Ok(())
}
