//! The core Service: addresses are given, and taken back where the type needs none.
//!
//! Source: `pkg/apis/core/v1/defaults.go`, `pkg/registry/core/service/{storage,strategy}.go`.

use serde_json::{Value, json};

use super::{default, drop_empty, items};

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
    default(object, "spec", json!({}));
    let spec = &mut object["spec"];
    drop_empty(spec.as_object_mut().unwrap(), &EMPTY);
    default(spec, "type", "ClusterIP");
    default(spec, "sessionAffinity", "None");
    for port in items(spec, "ports") {
        drop_empty(port.as_object_mut().unwrap(), &["name", "nodePort", "protocol"]);
        default(port, "protocol", "TCP");
        let number = port["port"].clone();
        default(port, "targetPort", number);
    }
    let old = old.map(|old| &old["spec"]);
    let had_address = old.is_some_and(|old| old["type"] != "ExternalName");
    if spec["type"] == "ExternalName" {
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
        let address = spec["clusterIP"].clone();
        default(spec, "clusterIPs", json!([address]));
        default(spec, "ipFamilies", json!(["IPv4"]));
        default(spec, "ipFamilyPolicy", "SingleStack");
        default(spec, "internalTrafficPolicy", "Cluster");
        if old.is_some_and(|old| spec.get("externalName") == old.get("externalName")) {
            spec.as_object_mut().unwrap().remove("externalName");
        }
    }
    default(object, "status", json!({"loadBalancer": {}}));
}

/// Takes from a Service that becomes an alias what it had as an address, where the writer left
/// it as it was.
fn release(spec: &mut Value, old: &Value) {
    let fields = spec.as_object_mut().unwrap();
    let same = fields.get("clusterIP").is_none() || fields.get("clusterIP") == old.get("clusterIP");
    for key in OF_CLUSTER_IP.into_iter().chain(["internalTrafficPolicy"]) {
        if (same || !key.starts_with("clusterIP")) && fields.get(key) == old.get(key) {
            fields.remove(key);
        }
    }
}
