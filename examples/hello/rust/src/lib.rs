//! The hello hook in Rust: see examples/hello/README.md.

use metawasm_plugin::{CompositeAnswer, CompositeRequest, Level, Result, Value, invalid, json, log, retry_later};
use serde::Deserialize;

metawasm_plugin::export!(describe: describe, sync: sync);

fn describe() -> Value {
    json!({
        "name": "hello",
        "version": env!("CARGO_PKG_VERSION"),
        "parent": {"apiVersion": "example.com/v1", "kind": "Hello", "resource": "hellos"},
        "children": [
            {"apiVersion": "v1", "kind": "ConfigMap", "resource": "configmaps"},
            {"apiVersion": "apps/v1", "kind": "Deployment", "resource": "deployments"},
        ],
        "settings": {
            "type": "object",
            "additionalProperties": false,
            "properties": {"greeting": {"type": "string", "default": "Hello"}},
        },
    })
}

#[derive(Deserialize)]
struct Settings {
    #[serde(default = "hello")]
    greeting: String,
}

fn hello() -> String {
    "Hello".to_owned()
}

fn sync(request: CompositeRequest, settings: Settings) -> Result<CompositeAnswer> {
    let parent = &request.parent;
    let name = parent.name();

    let who = parent.text("/spec/who").filter(|who| !who.is_empty());
    let who = who.ok_or_else(|| invalid("spec.who: expected a string that is not empty"))?;
    let replicas = match parent.pointer("/spec/replicas") {
        None => Some(1),
        Some(replicas) => replicas.as_i64().filter(|replicas| (0..=100).contains(replicas)),
    };
    let replicas = replicas.ok_or_else(|| invalid("spec.replicas: expected an integer from 0 to 100"))?;

    let config_map = request.children.get("v1", "ConfigMap", name);
    if config_map.is_some_and(|config_map| config_map.is_being_deleted()) {
        return Err(retry_later(5, format!("ConfigMap {name} is being deleted")));
    }

    log(Level::Info, format!("{name}: {replicas} replicas greet {who}"));

    let config_map = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "labels": {"app": name}},
        "data": {"greeting": format!("{}, {who}!", settings.greeting)},
    });
    let greeting = json!({
        "name": "GREETING",
        "valueFrom": {"configMapKeyRef": {"name": name, "key": "greeting"}},
    });
    let deployment = json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "hello", "image": "registry.k8s.io/pause:3.10", "env": [greeting]}]},
            },
        },
    });

    let observed = request.children.get("apps/v1", "Deployment", name);
    let ready = observed.and_then(|observed| observed.integer("/status/readyReplicas")).unwrap_or(0);
    let is_ready = ready >= replicas;
    Ok(CompositeAnswer::new()
        .child(config_map)
        .child(deployment)
        .status(json!({
            "readyReplicas": ready,
            "conditions": [{
                "type": "Ready",
                "status": if is_ready { "True" } else { "False" },
                "reason": if is_ready { "Ready" } else { "Waiting" },
                "message": format!("{ready} of {replicas} replicas are ready"),
                "observedGeneration": parent.generation(),
            }],
        })))
}
