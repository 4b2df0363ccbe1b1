//! The cluster in memory is itself to be trusted: it shows the fights that a real one was seen to
//! have, and is quiet where a real one was.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests fails as a test does"
)]

mod applying;
mod controllers;
mod fights;
mod recorded;
mod refusals;
#[path = "../support/mod.rs"]
mod support;

use serde_json::{Value, json};
use support::cluster::{Cluster, Hooks};

/// A Function that is only there to have children.
pub(crate) fn function() -> Value {
    json!({
        "apiVersion": "core.openfunction.io/v1beta2",
        "kind": "Function",
        "metadata": {"name": "fn", "namespace": "demo"},
        "spec": {},
    })
}

/// A cluster in which a hook asks for these children, whatever they are. All their kinds are
/// declared.
pub(crate) fn asking_for(children: &[Value]) -> Cluster {
    let all = children.to_vec();
    let cluster = Cluster::with_hooks(function(), Hooks::children(json!(children)));
    all.iter().fold(cluster, |cluster, child| {
        let text = |key: &str| child[key].as_str().unwrap();
        cluster.declare(text("apiVersion"), text("kind"), "things", "InPlace")
    })
}

/// Asks for other children from now on.
pub(crate) fn ask(cluster: Cluster, children: &[Value]) -> Cluster {
    cluster.hooked(Hooks::children(json!(children)))
}

/// A child of one kind.
pub(crate) fn child(api_version: &str, kind: &str, rest: &Value) -> Value {
    let mut child = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "c"}});
    for (key, value) in rest.as_object().unwrap() {
        child[key] = value.clone();
    }
    child
}

/// A Deployment with this pod spec and these other fields of its spec.
pub(crate) fn deployment(pod: &Value, spec: &Value) -> Value {
    workload("apps/v1", "Deployment", pod, spec)
}

pub(crate) fn workload(api_version: &str, kind: &str, pod: &Value, rest: &Value) -> Value {
    let mut spec = json!({
        "selector": {"matchLabels": {"a": "b"}},
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": pod},
    });
    for (key, value) in rest.as_object().unwrap() {
        spec[key] = value.clone();
    }
    child(api_version, kind, &json!({"spec": spec}))
}

/// A pod spec with one container that has these fields.
pub(crate) fn container(fields: &Value) -> Value {
    let mut container = json!({"name": "x", "image": "x:1"});
    for (key, value) in fields.as_object().unwrap() {
        container[key] = value.clone();
    }
    json!({"containers": [container]})
}
