//! Functions that are deleted while they move.

use serde_json::json;

use crate::support::cluster::{Apply, Cluster, STRATEGIES};
use crate::walk::{on_events, on_http, settled};

/// Deletes the Function after so many syncs of a move; what Metacontroller deletes from then on.
fn deleted_after(syncs: usize, finalizing: bool, apply: Apply) -> Vec<String> {
    let mut cluster = settled(&on_http("keda"), &json!({}), apply);
    if finalizing {
        cluster = cluster.finalizing();
        cluster.settle();
    }
    cluster.edit(|function| function["spec"] = on_events("StatefulSet"));
    for _ in 0..syncs {
        cluster.reconcile();
    }
    cluster.delete_function();
    let mut wrote = Vec::new();
    for _ in 0..12 {
        let sync = cluster.reconcile();
        wrote.extend(sync.wrote().into_iter().filter(|line| line.starts_with("delete")));
        cluster.is_quiet_after_controllers();
    }
    assert!(cluster.is_gone());
    assert_eq!(left(&cluster), [""; 0]);
    wrote
}

fn left(cluster: &Cluster) -> Vec<&'static str> {
    let mut kinds = vec![
        "Deployment",
        "StatefulSet",
        "Service",
        "HTTPScaledObject",
        "ScaledObject",
    ];
    kinds.retain(|kind| cluster.find(kind, "hello").is_some());
    kinds
}

#[test]
fn nothing_is_left_or_stuck() {
    for apply in STRATEGIES {
        for finalizing in [false, true] {
            for syncs in 0..3 {
                deleted_after(syncs, finalizing, apply);
            }
        }
    }
}

#[test]
fn what_moves_goes_in_the_same_order_as_what_does_not() {
    let deleted = deleted_after(1, true, Apply::Dynamic);
    let place = |what: &str| deleted.iter().position(|line| line == what).unwrap();
    let order = [
        "delete Service hello",
        "delete Deployment hello",
        "delete HTTPScaledObject hello",
        "delete Component hello-bindings-clock",
    ];
    let places = order.map(place);
    assert!(places.is_sorted(), "{deleted:?}");
    assert!(place("delete StatefulSet hello") < places[2]);
    assert!(place("delete Service hello-svc") < places[2]);
}
