//! The form in which an API server stores an object: Go's types drop what is empty, quantities become canonical, and
//! every kind fills in its defaults.
//!
//! Source: `k8s.io/api`, `pkg/apis/*/v1/defaults.go` of Kubernetes 1.36, the CRDs of Gateway API 1.3 and of KEDA's HTTP
//! add-on. Custom resources of others are stored as they are.

mod pod;
mod quantity;
mod route;
mod service;
mod types;

use serde_json::{Value, json};

use crate::object::{member, text};

/// Members that are maps or lists in Go and left out when they are empty, in any object.
const EMPTY_IN_METADATA: [&str; 4] = ["annotations", "labels", "finalizers", "ownerReferences"];

/// Returns the stored form of what is written over `old`. `number` makes an address that no other object has.
pub fn form(mut object: Value, old: Option<&Value>, number: u64) -> Value {
    drop_nulls(&mut object);
    whole_numbers(&mut object);
    if let Some(metadata) = object.get_mut("metadata") {
        drop_empty(metadata, &EMPTY_IN_METADATA);
    }
    let kind = format!("{}/{}", text(&object, "/apiVersion"), text(&object, "/kind"));
    match kind.as_str() {
        "apps/v1/Deployment" => deployment(&mut object),
        "apps/v1/StatefulSet" => stateful_set(&mut object),
        "apps/v1/DaemonSet" => daemon_set(&mut object),
        "batch/v1/Job" => job(&mut object),
        "v1/Service" => service::fill(&mut object, old, number),
        "v1/ConfigMap" | "v1/Secret" => configuration(&mut object),
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

/// The member of an object; a null of its own where the object is no object.
fn below<'a>(object: &'a mut Value, key: &str, nowhere: &'a mut Value) -> &'a mut Value {
    match object.as_object_mut() {
        Some(object) => object.entry(key).or_insert(Value::Null),
        None => nowhere,
    }
}

/// Does something to a member, which is an empty object where it is missing.
fn within(object: &mut Value, key: &str, change: impl FnOnce(&mut Value)) {
    default(object, key, json!({}));
    change(below(object, key, &mut Value::Null));
}

/// The items of a list below an object.
fn items<'a>(object: &'a mut Value, key: &str) -> impl Iterator<Item = &'a mut Value> {
    let list = object.get_mut(key).and_then(Value::as_array_mut);
    list.into_iter().flatten()
}

/// Drops members with Go's zero value.
fn drop_empty(object: &mut Value, keys: &[&str]) {
    let Some(object) = object.as_object_mut() else {
        return;
    };
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
            // The least and the first too large whole number of 64 bits.
            let whole = number.as_f64().filter(|float| {
                float.fract() == 0.0
                    && (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(float)
            });
            if let Some(float) = whole {
                *value = json!(float as i64);
            }
        }
        _ => {}
    }
}

fn deployment(object: &mut Value) {
    within(object, "spec", |spec| {
        drop_empty(spec, &["minReadySeconds", "paused"]);
        default(spec, "replicas", 1);
        default(spec, "revisionHistoryLimit", 10);
        default(spec, "progressDeadlineSeconds", 600);
        within(spec, "strategy", |strategy| {
            default(strategy, "type", "RollingUpdate");
            if text(strategy, "/type") == "RollingUpdate" {
                within(strategy, "rollingUpdate", |rolling| {
                    default(rolling, "maxSurge", "25%");
                    default(rolling, "maxUnavailable", "25%");
                });
            }
        });
        within(spec, "template", pod::fill_template);
    });
}

fn stateful_set(object: &mut Value) {
    within(object, "spec", |spec| {
        drop_empty(spec, &["minReadySeconds", "serviceName", "volumeClaimTemplates"]);
        default(spec, "replicas", 1);
        default(spec, "revisionHistoryLimit", 10);
        default(spec, "podManagementPolicy", "OrderedReady");
        let retain = json!({"whenDeleted": "Retain", "whenScaled": "Retain"});
        default(spec, "persistentVolumeClaimRetentionPolicy", retain);
        let rolling = json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 0}});
        default(spec, "updateStrategy", rolling);
        within(spec, "template", pod::fill_template);
    });
}

fn daemon_set(object: &mut Value) {
    within(object, "spec", |spec| {
        default(spec, "revisionHistoryLimit", 10);
        let rolling = json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}});
        default(spec, "updateStrategy", rolling);
        within(spec, "template", pod::fill_template);
    });
}

fn job(object: &mut Value) {
    let system = |key: &str| {
        object
            .pointer(&format!("/metadata/{key}"))
            .cloned()
            .unwrap_or_default()
    };
    let (uid, name) = (system("uid"), system("name"));
    within(object, "spec", |spec| {
        default(spec, "completions", 1);
        default(spec, "parallelism", 1);
        default(spec, "backoffLimit", 6);
        default(spec, "completionMode", "NonIndexed");
        default(spec, "manualSelector", false);
        default(spec, "podReplacementPolicy", "TerminatingOrFailed");
        default(spec, "suspend", false);
        within(spec, "template", |template| {
            within(template, "metadata", |metadata| {
                within(metadata, "labels", |labels| {
                    for (key, value) in [
                        ("batch.kubernetes.io/controller-uid", &uid),
                        ("batch.kubernetes.io/job-name", &name),
                        ("controller-uid", &uid),
                        ("job-name", &name),
                    ] {
                        default(labels, key, value.clone());
                    }
                });
            });
        });
        let selector = json!({"matchLabels": {"batch.kubernetes.io/controller-uid": uid}});
        default(spec, "selector", selector);
        within(spec, "template", pod::fill_template);
    });
}

/// ConfigMap and Secret. `stringData` is only for writing.
fn configuration(object: &mut Value) {
    let is_secret = text(object, "/kind") == "Secret";
    if is_secret {
        default(object, "type", "Opaque");
    }
    let written = object.get("stringData").and_then(Value::as_object).cloned();
    if is_secret
        && let Some(written) = written
        && let Some(data) = member(object, "data")
    {
        for (key, value) in written {
            let encoded = base64(value.as_str().unwrap_or_default().as_bytes());
            data.insert(key, json!(encoded));
        }
    }
    drop_empty(object, &["data", "binaryData"]);
    if let Some(object) = object.as_object_mut() {
        object.remove("stringData");
    }
}

/// Base64 of the standard alphabet, padded.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let six = (bits >> (18 - 6 * place) & 63) as usize;
            let letter = ALPHABET.get(six).copied().map_or('=', char::from);
            text.push(if place > chunk.len() { '=' } else { letter });
        }
    }
    text
}

fn http_scaled_object(object: &mut Value) {
    for (metric, defaults) in [
        ("concurrency", vec![("targetValue", json!(100))]),
        (
            "requestRate",
            vec![
                ("targetValue", json!(100)),
                ("window", json!("1m")),
                ("granularity", json!("1s")),
            ],
        ),
    ] {
        if let Some(metric) = object.pointer_mut(&format!("/spec/scalingMetric/{metric}")) {
            for (key, value) in defaults {
                default(metric, key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_is_padded() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("\u{fb}\u{ff}", "w7vDvw=="),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }
}
