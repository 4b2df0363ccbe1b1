//! What the plugin is, for the host: read once, when it is loaded.

use serde_json::{Value, json};

use crate::children::KINDS;

/// What is read of a request. An allow list: whatever the tests prove unread is not copied into
/// the sandbox, and does not make a new request of an old one.
const VIEW: [&str; 20] = [
    "/parent/spec",
    "/parent/metadata/name",
    "/parent/metadata/namespace",
    "/parent/metadata/generation",
    "/parent/metadata/creationTimestamp",
    "/parent/metadata/annotations/module.wasm.image~1variant",
    "/parent/metadata/annotations/plugins",
    "/parent/metadata/annotations/plugins.tracing",
    "/parent/status/conditions",
    "/children/*/*/apiVersion",
    "/children/*/*/kind",
    "/children/*/*/metadata/name",
    "/children/*/*/metadata/generation",
    "/children/*/*/metadata/creationTimestamp",
    "/children/*/*/metadata/annotations/metacontroller.k8s.io~1last-applied-configuration",
    "/children/*/*/spec/replicas",
    "/children/*/*/status/observedGeneration",
    "/children/*/*/status/replicas",
    "/children/*/*/status/readyReplicas",
    "/children/*/*/status/conditions",
];

/// What the plugin is, as JSON: name, version, parent, children, the schema of its settings and
/// what it reads of a request.
#[must_use]
pub fn describe() -> String {
    let children: Vec<Value> = KINDS
        .iter()
        .map(|(api_version, kind, resource)| {
            json!({
                "apiVersion": api_version,
                "kind": kind,
                "resource": resource,
                "updateStrategy": "InPlace",
            })
        })
        .collect();
    json!({
        "name": "function",
        "version": env!("CARGO_PKG_VERSION"),
        "parent": {
            "apiVersion": "core.openfunction.io/v1beta2",
            "kind": "Function",
            "resource": "functions",
        },
        "children": children,
        "settings": settings(),
        "view": {"keep": VIEW},
    })
    .to_string()
}

/// The JSON Schema of the settings.
fn settings() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "httpAddon": {
                "type": "string",
                "enum": ["0.5", "0.8"],
                "default": "0.8",
                "description": "The shape of HTTPScaledObject: \"0.5\" for KEDA's HTTP add-on 0.5 and 0.6, \"0.8\" for 0.8 and later.",
            },
            "defaultEngine": {
                "type": "string",
                "enum": ["keda", "knative"],
                "default": "knative",
                "description": "Who serves a Function with an http trigger that sets neither triggers.http.engine nor scaleOptions.keda.httpScaledObject.",
            },
            "interceptor": {
                "type": "object",
                "additionalProperties": false,
                "default": {},
                "description": "The Service of the HTTP add-on's interceptor, to which a function's own name leads.",
                "properties": {
                    "service": {
                        "type": "string",
                        "minLength": 1,
                        "maxLength": 63,
                        "default": "keda-add-ons-http-interceptor-proxy",
                        "description": "The Service's name.",
                    },
                    "namespace": {
                        "type": "string",
                        "minLength": 1,
                        "maxLength": 63,
                        "default": "keda",
                        "description": "The Service's namespace.",
                    },
                    "port": {
                        "type": "integer",
                        "minimum": 1,
                        "maximum": 65535,
                        "default": 8080,
                        "description": "The Service's port. Callers in the cluster use it: a Service that stands for another one maps no port.",
                    },
                },
            },
            "clusterDomain": {
                "type": "string",
                "minLength": 1,
                "maxLength": 100,
                "default": "cluster.local",
                "description": "The cluster's DNS domain.",
            },
        },
    })
}
