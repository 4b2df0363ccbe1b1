//! The form in which an API server stores an object: Go's types drop what is empty, quantities
//! become canonical, and every kind fills in its defaults.
//!
//! Source: `k8s.io/api`, `pkg/apis/*/v1/defaults.go` of Kubernetes 1.36, the CRDs of Gateway API 1.3
//! and of KEDA's HTTP add-on. Custom resources of others are stored as they are.

mod pod;
mod quantity;
mod route;
mod service;
mod types;

use serde_json::{Map, Value, json};

use super::server::text;

/// Members that are maps or lists in Go and left out when they are empty, in any object.
const EMPTY_IN_METADATA: [&str; 4] = ["annotations", "labels", "finalizers", "ownerReferences"];

/// The stored form of what is written over `old`. `number` makes an address that no other
/// object has.
pub(super) fn form(mut object: Value, old: Option<&Value>, number: u64) -> Value {
    drop_nulls(&mut object);
    whole_numbers(&mut object);
    let metadata = object["metadata"].as_object_mut().unwrap();
    drop_empty(metadata, &EMPTY_IN_METADATA);
    let kind = format!("{}/{}", text(&object, "/apiVersion"), text(&object, "/kind"));
    match kind.as_str() {
        "apps/v1/Deployment" => deployment(&mut object),
        "apps/v1/StatefulSet" => stateful_set(&mut object),
        "batch/v1/Job" => job(&mut object),
        "v1/Service" => service::fill(&mut object, old, number),
        "v1/ConfigMap" | "v1/Secret" => {
            drop_empty(
                object.as_object_mut().unwrap(),
                &["data", "binaryData", "stringData"],
            );
            object.as_object_mut().unwrap().remove("stringData");
        }
        "gateway.networking.k8s.io/v1/HTTPRoute" => route::fill(&mut object),
        "http.keda.sh/v1alpha1/HTTPScaledObject" => http_scaled_object(&mut object),
        _ => {}
    }
    object
}

/// Puts a value where there is none.
fn default(object: &mut Value, key: &str, value: impl Into<Value>) {
    if let Some(object) = object.as_object_mut() {
        object.entry(key).or_insert_with(|| value.into());
    }
}

/// The items of a list below an object.
fn items<'a>(object: &'a mut Value, key: &str) -> impl Iterator<Item = &'a mut Value> {
    let list = object.get_mut(key).and_then(Value::as_array_mut);
    list.into_iter().flatten()
}

/// Drops members with Go's zero value.
fn drop_empty(object: &mut Map<String, Value>, keys: &[&str]) {
    object.retain(|key, value| {
        let is_empty = match value {
            Value::Object(value) => value.is_empty(),
            Value::Array(value) => value.is_empty(),
            Value::String(value) => value.is_empty(),
            Value::Bool(value) => !*value,
            Value::Number(value) => value.as_i64() == Some(0),
            Value::Null => true,
        };
        !(is_empty && keys.contains(&key.as_str()))
    });
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|_, value| !value.is_null());
            object.values_mut().for_each(drop_nulls);
        }
        Value::Array(list) => list.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

fn whole_numbers(value: &mut Value) {
    match value {
        Value::Object(object) => object.values_mut().for_each(whole_numbers),
        Value::Array(list) => list.iter_mut().for_each(whole_numbers),
        Value::Number(number) if number.is_f64() => {
            let float = number.as_f64().unwrap();
            if float.fract() == 0.0 {
                *value = json!(float as i64);
            }
        }
        _ => {}
    }
}

fn deployment(object: &mut Value) {
    let spec = &mut object["spec"];
    drop_empty(spec.as_object_mut().unwrap(), &["minReadySeconds", "paused"]);
    default(spec, "replicas", 1);
    default(spec, "revisionHistoryLimit", 10);
    default(spec, "progressDeadlineSeconds", 600);
    default(spec, "strategy", json!({}));
    let strategy = &mut spec["strategy"];
    default(strategy, "type", "RollingUpdate");
    if strategy["type"] == "RollingUpdate" {
        default(strategy, "rollingUpdate", json!({}));
        default(&mut strategy["rollingUpdate"], "maxSurge", "25%");
        default(&mut strategy["rollingUpdate"], "maxUnavailable", "25%");
    }
    pod::fill_template(&mut spec["template"]);
}

fn stateful_set(object: &mut Value) {
    let spec = &mut object["spec"];
    drop_empty(
        spec.as_object_mut().unwrap(),
        &["minReadySeconds", "serviceName", "volumeClaimTemplates"],
    );
    default(spec, "replicas", 1);
    default(spec, "revisionHistoryLimit", 10);
    default(spec, "podManagementPolicy", "OrderedReady");
    let retain = json!({"whenDeleted": "Retain", "whenScaled": "Retain"});
    default(spec, "persistentVolumeClaimRetentionPolicy", retain);
    let rolling = json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 0}});
    default(spec, "updateStrategy", rolling);
    pod::fill_template(&mut spec["template"]);
}

fn job(object: &mut Value) {
    let uid = object["metadata"]["uid"].clone();
    let name = object["metadata"]["name"].clone();
    let spec = &mut object["spec"];
    default(spec, "completions", 1);
    default(spec, "parallelism", 1);
    default(spec, "backoffLimit", 6);
    default(spec, "completionMode", "NonIndexed");
    default(spec, "manualSelector", false);
    default(spec, "podReplacementPolicy", "TerminatingOrFailed");
    default(spec, "suspend", false);
    default(spec, "template", json!({}));
    default(&mut spec["template"], "metadata", json!({}));
    default(&mut spec["template"]["metadata"], "labels", json!({}));
    let labels = &mut spec["template"]["metadata"]["labels"];
    for (key, value) in [
        ("batch.kubernetes.io/controller-uid", &uid),
        ("batch.kubernetes.io/job-name", &name),
        ("controller-uid", &uid),
        ("job-name", &name),
    ] {
        default(labels, key, value.clone());
    }
    let selector = json!({"matchLabels": {"batch.kubernetes.io/controller-uid": uid}});
    default(spec, "selector", selector);
    pod::fill_template(&mut spec["template"]);
}

fn http_scaled_object(object: &mut Value) {
    for (metric, defaults) in [
        ("concurrency", json!({"targetValue": 100})),
        (
            "requestRate",
            json!({"targetValue": 100, "window": "1m", "granularity": "1s"}),
        ),
    ] {
        if let Some(metric) = object.pointer_mut(&format!("/spec/scalingMetric/{metric}")) {
            for (key, value) in defaults.as_object().unwrap() {
                default(metric, key, value.clone());
            }
        }
    }
}
