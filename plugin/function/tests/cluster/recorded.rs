//! What a real API server stored, recorded with Metacontroller's requests.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::asking_for;

const LAST_APPLIED: &str = "/metadata/annotations/metacontroller.k8s.io~1last-applied-configuration";

#[test]
fn children_are_stored_as_a_real_server_stored_them() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures");
    let mut seen = Vec::new();
    for name in [
        "composite-v2-sync-second.body",
        "composite-v2-sync-ready.body",
        "composite-v2-finalize.body",
    ] {
        let request: Value = serde_json::from_str(&fs::read_to_string(fixtures.join(name)).unwrap()).unwrap();
        let groups = request["children"].as_object().unwrap().values();
        for stored in groups.flat_map(|group| group.as_object().unwrap().values()) {
            let asked = stored.pointer(LAST_APPLIED).unwrap().as_str().unwrap();
            let mut asked: Value = serde_json::from_str(asked).unwrap();
            let metadata = asked["metadata"].as_object_mut().unwrap();
            metadata.remove("namespace");
            // The uid of a Function that is not this one.
            metadata["labels"]
                .as_object_mut()
                .unwrap()
                .remove("controller-uid");
            let kind = asked["kind"].as_str().unwrap().to_owned();
            let name = asked["metadata"]["name"].as_str().unwrap().to_owned();
            let mut cluster = asking_for(&[asked]);
            cluster.reconcile();
            let mut ours = cluster.child(&kind, &name)["spec"].clone();
            // Addresses are as they come.
            for address in ["clusterIP", "clusterIPs"] {
                if stored["spec"].get(address).is_some() && stored["spec"][address] != "None" {
                    ours[address] = stored["spec"][address].clone();
                }
            }
            assert_eq!(ours, stored["spec"], "{kind} {name}");
            seen.push(kind);
        }
    }
    for kind in ["Deployment", "Service", "HTTPScaledObject"] {
        assert!(seen.contains(&kind.to_owned()), "no {kind} was recorded");
    }
}
