//! The hook of {{Kind}}: a ConfigMap with a web page, and a Deployment that serves it.
//!
//! It is a pure function: the request contains everything that it may read, and the answer is everything that it does.

wit_bindgen::generate!({ world: "sync-hook", path: "wit" });

use std::panic;

use exports::metawasm::hook::{describe, sync};
use metawasm::hook::logging::{Level, log};
use metawasm::hook::types::Failure;
use serde::Deserialize;
use serde_json::{Map, Value, json};

struct Plugin;

export!(Plugin);

impl describe::Guest for Plugin {
    /// Returns what the host needs to know about this plugin.
    fn describe() -> String {
        json!({
            "name": "{{name}}",
            "version": env!("CARGO_PKG_VERSION"),
            "parent": {"apiVersion": "{{group}}/v1", "kind": "{{Kind}}", "resource": "{{resource}}"},
            "children": [
                {"apiVersion": "v1", "kind": "ConfigMap", "resource": "configmaps"},
                {"apiVersion": "apps/v1", "kind": "Deployment", "resource": "deployments"},
            ],
            "settings": {
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    "image": {"type": "string", "default": IMAGE, "description": "Image of the web server."},
                },
            },
            "crd": include_str!("../crd.yaml"),
        })
        .to_string()
    }
}

impl sync::Guest for Plugin {
    /// Returns the children that should exist, and the status of the parent.
    fn sync(request: String, settings: String) -> Result<String, Failure> {
        // A panic is a trap. Its message would be lost without this line.
        panic::set_hook(Box::new(|panic| log(Level::Error, &panic.to_string().replace('\n', " "))));
        let request: Request = decode(&request, "request")?;
        let settings: Settings = decode(&settings, "settings")?;
        // The text becomes an Event of the parent.
        let spec = Spec::deserialize(&request.parent.spec)
            .map_err(|error| Failure::Invalid(format!("spec: {error}")))?;
        Ok(answer(&request, &spec, &settings).to_string())
    }
}

/// The default of the setting `image`.
const IMAGE: &str = "nginx:1.29-alpine";

#[derive(Deserialize)]
struct Settings {
    #[serde(default = "image")]
    image: String,
}

fn image() -> String {
    IMAGE.to_owned()
}

/// The fields of a request that this plugin reads.
#[derive(Deserialize)]
struct Request {
    parent: Parent,
    /// Observed children: by kind, then by namespace and name.
    children: Map<String, Value>,
}

#[derive(Deserialize)]
struct Parent {
    metadata: Metadata,
    spec: Value,
}

#[derive(Deserialize)]
struct Metadata {
    name: String,
}

#[derive(Deserialize)]
struct Spec {
    message: String,
    #[serde(default = "one")]
    replicas: u32,
}

fn one() -> u32 {
    1
}

fn decode<'a, T: Deserialize<'a>>(text: &'a str, what: &str) -> Result<T, Failure> {
    serde_json::from_str(text).map_err(|error| Failure::Internal(format!("cannot read the {what}: {error}")))
}

fn answer(request: &Request, spec: &Spec, settings: &Settings) -> Value {
    let name = &request.parent.metadata.name;
    if spec.message.is_empty() {
        log(Level::Warn, "spec.message is empty; the page is blank");
    }
    let config_map = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name},
        "data": {"index.html": format!("<h1>{}</h1>\n", spec.message)},
    });
    let deployment = json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": spec.replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {
                    "containers": [{
                        "name": "web",
                        "image": settings.image,
                        "ports": [{"containerPort": 80}],
                        "volumeMounts": [{"name": "page", "mountPath": "/usr/share/nginx/html"}],
                    }],
                    "volumes": [{"name": "page", "configMap": {"name": name}}],
                },
            },
        },
    });
    json!({
        "status": status(ready(request), spec.replicas),
        "children": [config_map, deployment],
    })
}

/// Returns the ready replicas of the observed Deployment.
fn ready(request: &Request) -> u64 {
    let deployments = request.children.get("Deployment.apps/v1").and_then(Value::as_object);
    let deployment = deployments.and_then(|deployments| deployments.values().next());
    let ready = deployment.and_then(|deployment| deployment.pointer("/status/readyReplicas"));
    ready.and_then(Value::as_u64).unwrap_or(0)
}

fn status(ready: u64, wanted: u32) -> Value {
    let is_ready = ready >= u64::from(wanted);
    json!({
        "readyReplicas": ready,
        "conditions": [{
            "type": "Ready",
            "status": if is_ready { "True" } else { "False" },
            "reason": if is_ready { "Ready" } else { "Waiting" },
            "message": format!("{ready} of {wanted} replicas are ready"),
        }],
    })
}
