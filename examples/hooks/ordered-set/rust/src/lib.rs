//! Pods with fixed names and volumes, made and removed in order.
//!
//! Pod N is only made when the Pods before it are ready, and only removed when those after it are gone. The finalize
//! hook (the same function) removes the Pods in that order as well; the volumes stay until the end.

use std::collections::BTreeSet;

use metawasm_plugin::{Children, CompositeAnswer, CompositeRequest, Object, Result, Value, json};
use serde::Deserialize;

metawasm_plugin::export!(describe: describe, sync: sync, finalize: sync);

fn describe() -> Value {
    json!({
        "name": "ordered-set",
        "version": env!("CARGO_PKG_VERSION"),
        "parent": {"apiVersion": "example.com/v1", "kind": "OrderedSet", "resource": "orderedsets"},
        "children": [
            {"apiVersion": "v1", "kind": "Pod", "resource": "pods", "updateStrategy": "Recreate"},
            {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "resource": "persistentvolumeclaims",
                "updateStrategy": "OnDelete",
            },
        ],
    })
}

/// The plugin has no settings.
#[derive(Deserialize)]
pub struct Settings {}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    replicas: u32,
    service_name: String,
    template: Template,
    #[serde(default)]
    volumes: Vec<Volume>,
}

#[derive(Deserialize)]
struct Template {
    metadata: Object,
    spec: Object,
}

#[derive(Deserialize)]
struct Volume {
    metadata: Name,
    spec: Value,
}

#[derive(Deserialize)]
struct Name {
    name: String,
}

/// What the hook reads of a Pod or a PersistentVolumeClaim.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Child {
    api_version: String,
    kind: String,
    metadata: Metadata,
    #[serde(default)]
    status: Status,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    name: String,
    deletion_timestamp: Option<String>,
}

#[derive(Default, Deserialize)]
struct Status {
    #[serde(default)]
    conditions: Vec<Condition>,
}

#[derive(Deserialize)]
struct Condition {
    #[serde(rename = "type")]
    kind: String,
    status: String,
}

/// The hook for sync and finalize.
pub fn sync(request: CompositeRequest<Object, Child>, _: Settings) -> Result<CompositeAnswer> {
    let set = request.parent.name();
    let spec: Spec = request.parent.spec()?;
    let goal = if request.finalizing { 0 } else { spec.replicas };
    let present = ordinals(set, &request.children);
    let is_ready = |index: &u32| {
        let pod = request.children.get("v1", "Pod", &format!("{set}-{index}"));
        pod.is_some_and(Child::is_ready)
    };
    let ready = (0..goal).take_while(is_ready).count();
    let answer = CompositeAnswer::new().status(json!({"replicas": present.len(), "readyReplicas": ready}));
    if request.finalizing && present.is_empty() {
        return Ok(answer.finalized(true));
    }

    // All Pods that exist stay, but for one: the next to make, or the last to remove.
    let mut kept = present.clone();
    let missing = (0..goal).find(|index| !present.contains(index));
    match (missing, present.last()) {
        (Some(index), _) if index as usize <= ready => drop(kept.insert(index)),
        (_, Some(last)) if *last >= goal => drop(kept.remove(last)),
        _ => {}
    }

    let pods = kept.iter().map(|index| pod(&format!("{set}-{index}"), &spec));
    let mut names = BTreeSet::new();
    let mut claims = Vec::new();
    for index in &kept {
        for volume in &spec.volumes {
            let name = format!("{}-{set}-{index}", volume.metadata.name);
            claims.push(claim(&name, volume, &spec.template));
            names.insert(name);
        }
    }
    let observed = request.children.of("v1", "PersistentVolumeClaim");
    let left = observed
        .filter(|(_, claim)| !names.contains(&claim.metadata.name))
        .map(|(_, claim)| claim.identity());
    let answer = pods
        .chain(claims)
        .chain(left)
        .fold(answer, CompositeAnswer::child);
    Ok(if request.finalizing {
        answer.finalized(false)
    } else {
        answer
    })
}

/// Returns the indexes of the Pods of the set.
fn ordinals(set: &str, children: &Children<Child>) -> BTreeSet<u32> {
    let index = |name: &str| {
        let digits = name.strip_prefix(set)?.strip_prefix('-')?;
        let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
        if is_number { digits.parse().ok() } else { None }
    };
    children
        .of("v1", "Pod")
        .filter_map(|(_, pod)| index(&pod.metadata.name))
        .collect()
}

impl Child {
    fn is_ready(&self) -> bool {
        let is_ready = |condition: &Condition| condition.kind == "Ready" && condition.status == "True";
        self.metadata.deletion_timestamp.is_none() && self.status.conditions.iter().any(is_ready)
    }

    fn identity(&self) -> Value {
        json!({"apiVersion": self.api_version, "kind": self.kind, "metadata": {"name": self.metadata.name}})
    }
}

fn pod(name: &str, spec: &Spec) -> Value {
    let template = &spec.template;
    let own = template.spec.pointer("/volumes").and_then(Value::as_array);
    let claims = spec.volumes.iter().map(|volume| {
        let volume = &volume.metadata.name;
        json!({"name": volume, "persistentVolumeClaim": {"claimName": format!("{volume}-{name}")}})
    });
    let volumes: Value = own.into_iter().flatten().cloned().chain(claims).collect();

    let mut metadata = template.metadata.fields().clone();
    metadata.insert("name".to_owned(), name.into());
    let mut fields = template.spec.fields().clone();
    fields.insert("hostname".to_owned(), name.into());
    fields.insert("subdomain".to_owned(), spec.service_name.as_str().into());
    fields.insert("volumes".to_owned(), volumes);
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": fields})
}

fn claim(name: &str, volume: &Volume, template: &Template) -> Value {
    let mut metadata = json!({"name": name});
    if let Some(labels) = template.metadata.pointer("/labels") {
        metadata["labels"] = labels.clone();
    }
    json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": volume.spec})
}
