//! HTTPRoute: the defaults of its CRD, which reach into lists.
//!
//! Source: Gateway API 1.3, `gateway.networking.k8s.io_httproutes.yaml`.

use serde_json::{Value, json};

use super::{default, items, within};

pub(super) fn fill(object: &mut Value) {
    within(object, "spec", fill_spec);
}

fn fill_spec(spec: &mut Value) {
    let everything = json!({"type": "PathPrefix", "value": "/"});
    for parent in items(spec, "parentRefs") {
        default(parent, "group", "gateway.networking.k8s.io");
        default(parent, "kind", "Gateway");
    }
    default(spec, "rules", json!([{}]));
    for rule in items(spec, "rules") {
        default(rule, "matches", json!([{"path": everything}]));
        for found in items(rule, "matches") {
            default(found, "path", everything.clone());
            within(found, "path", |path| {
                default(path, "type", "PathPrefix");
                default(path, "value", "/");
            });
            for list in ["headers", "queryParams"] {
                items(found, list).for_each(|item| default(item, "type", "Exact"));
            }
        }
        for backend in items(rule, "backendRefs") {
            fill_backend(backend);
            default(backend, "weight", 1);
        }
        for filter in items(rule, "filters") {
            if let Some(backend) = filter.pointer_mut("/requestMirror/backendRef") {
                fill_backend(backend);
            }
            if let Some(redirect) = filter.get_mut("requestRedirect") {
                default(redirect, "statusCode", 302);
            }
        }
    }
}

fn fill_backend(backend: &mut Value) {
    default(backend, "group", "");
    default(backend, "kind", "Service");
}
