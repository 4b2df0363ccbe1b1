//! The hook of {{Kind}}: a ConfigMap with a web page, and a Deployment that serves it.
//!
//! It is a pure function: the request contains everything that it may read, and the answer is everything that it does.

use metawasm_plugin::{CompositeAnswer, CompositeRequest, Level, Result, Value, json, log};
use serde::Deserialize;

metawasm_plugin::export!(describe: describe, sync: sync);

/// Returns what the host needs to know about this plugin.
fn describe() -> Value {
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
}

/// Returns the children that should exist, and the status of the parent.
fn sync(request: CompositeRequest, settings: Settings) -> Result<CompositeAnswer> {
    // A spec that does not fit fails the call. The text becomes an Event of the parent.
    let spec: Spec = request.parent.spec()?;
    Ok(answer(&request, &spec, &settings))
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

#[derive(Deserialize)]
struct Spec {
    message: String,
    #[serde(default = "one")]
    replicas: u32,
}

fn one() -> u32 {
    1
}

fn answer(request: &CompositeRequest, spec: &Spec, settings: &Settings) -> CompositeAnswer {
    let name = request.parent.name();
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
    CompositeAnswer::new()
        .child(config_map)
        .child(deployment)
        .status(status(ready(request), spec.replicas))
}

/// Returns the ready replicas of the observed Deployment.
fn ready(request: &CompositeRequest) -> i64 {
    let deployment = request.children.get("apps/v1", "Deployment", request.parent.name());
    deployment.and_then(|deployment| deployment.integer("/status/readyReplicas")).unwrap_or(0)
}

fn status(ready: i64, wanted: u32) -> Value {
    let is_ready = ready >= i64::from(wanted);
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
