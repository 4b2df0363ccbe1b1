//! The core Service: addresses are given, and taken back where the type needs none.
//!
//! Source: `pkg/apis/core/v1/defaults.go`, `pkg/registry/core/service/{storage,strategy}.go`.

use serde_json::{Value, json};

use super::{default, drop_empty, items, within};
use crate::object::text;

const OF_CLUSTER_IP: [&str; 4] = ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"];
const EMPTY: [&str; 9] = [
    "clusterIP",
    "clusterIPs",
    "externalIPs",
    "externalName",
    "loadBalancerIP",
    "ports",
    "publishNotReadyAddresses",
    "selector",
    "sessionAffinity",
];

pub(super) fn fill(object: &mut Value, old: Option<&Value>, number: u64) {
    within(object, "spec", |spec| fill_spec(spec, old, number));
    default(object, "status", json!({"loadBalancer": {}}));
}

fn fill_spec(spec: &mut Value, old: Option<&Value>, number: u64) {
    drop_empty(spec, &EMPTY);
    default(spec, "type", "ClusterIP");
    default(spec, "sessionAffinity", "None");
    for port in items(spec, "ports") {
        drop_empty(port, &["name", "nodePort", "protocol"]);
        default(port, "protocol", "TCP");
        if let Some(number) = port.get("port").cloned() {
            default(port, "targetPort", number);
        }
    }
    let old = old.and_then(|old| old.get("spec"));
    let had_address = old.is_some_and(|old| text(old, "/type") != "ExternalName");
    if text(spec, "/type") == "ExternalName" {
        if let Some(old) = old.filter(|_| had_address) {
            release(spec, old);
        }
    } else {
        // What the first address is follows from clusterIP; nothing there means as it was.
        match old.filter(|_| had_address) {
            Some(old) => OF_CLUSTER_IP.iter().for_each(|key| {
                if let Some(value) = old.get(*key) {
                    default(spec, key, value.clone());
                }
            }),
            None => default(
                spec,
                "clusterIP",
                format!("10.0.{}.{}", number / 250, number % 250 + 1),
            ),
        }
        let address = spec.get("clusterIP").cloned().unwrap_or_default();
        default(spec, "clusterIPs", json!([address]));
        default(spec, "ipFamilies", json!(["IPv4"]));
        default(spec, "ipFamilyPolicy", "SingleStack");
        default(spec, "internalTrafficPolicy", "Cluster");
        if old.is_some_and(|old| spec.get("externalName") == old.get("externalName"))
            && let Some(spec) = spec.as_object_mut()
        {
            spec.remove("externalName");
        }
    }
}

/// Takes from a Service that becomes an alias what it had as an address, where the writer left
/// it as it was.
fn release(spec: &mut Value, old: &Value) {
    let Some(fields) = spec.as_object_mut() else {
        return;
    };
    let same = fields.get("clusterIP").is_none() || fields.get("clusterIP") == old.get("clusterIP");
    for key in OF_CLUSTER_IP.into_iter().chain(["internalTrafficPolicy"]) {
        if (same || !key.starts_with("clusterIP")) && fields.get(key) == old.get(key) {
            fields.remove(key);
        }
    }
}
