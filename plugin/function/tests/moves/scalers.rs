//! Scalers that come, go and change, and the number of replicas meanwhile.

use serde_json::{Value, json};

use crate::support::cluster::{Apply, Cluster, STRATEGIES};
use crate::walk::{Walk, follow, on_async, on_events, on_http, settled, walk};

/// A function with a number of replicas that nobody changes.
fn fixed(workload: &str, replicas: u32) -> Value {
    let mut spec = on_async(workload);
    spec["serving"]["scaleOptions"] = json!({"minReplicas": replicas});
    spec
}

/// A function that has been scaled.
fn at(spec: &Value, replicas: i64, apply: Apply) -> Cluster {
    let mut cluster = settled(spec, &json!({}), apply);
    cluster.scale("hello", replicas);
    cluster.settle();
    cluster
}

fn edit(cluster: &mut Cluster, spec: &Value, apply: Apply) -> Walk {
    walk(cluster, spec, &json!({}), apply)
}

#[test]
fn a_scaler_that_comes_finds_the_replicas_that_there_are() {
    for apply in STRATEGIES {
        let mut cluster = settled(&fixed("Deployment", 5), &json!({}), apply);
        assert_eq!(edit(&mut cluster, &on_events("Deployment"), apply).replicas, [5]);
        for replicas in [7, 0, 3] {
            cluster.scale("hello", replicas);
            assert_eq!(follow(&mut cluster).replicas, [replicas]);
        }
        let mut cluster = settled(&fixed("StatefulSet", 5), &json!({}), apply);
        edit(&mut cluster, &on_events("StatefulSet"), apply);
        assert_eq!(cluster.child("StatefulSet", "hello")["spec"]["replicas"], 5);
        let mut cluster = settled(&fixed("Deployment", 5), &json!({}), apply);
        assert_eq!(edit(&mut cluster, &on_http("keda"), apply).replicas, [5]);
    }
}

#[test]
fn a_scaler_that_goes_leaves_the_number_that_is_asked_for() {
    for apply in STRATEGIES {
        for (scaled, asked, seen) in [(0, 1, vec![0, 1]), (5, 5, vec![5]), (5, 2, vec![5, 2])] {
            let mut cluster = at(&on_events("Deployment"), scaled, apply);
            let walk = edit(&mut cluster, &fixed("Deployment", asked), apply);
            assert_eq!(walk.replicas, seen, "{apply:?}");
            assert_eq!(walk.gaps, [0; 0]);
        }
    }
}

#[test]
fn from_events_to_requests_the_replicas_stay() {
    for apply in STRATEGIES {
        let mut cluster = at(&on_events("Deployment"), 5, apply);
        let seen = edit(&mut cluster, &on_http("keda"), apply);
        assert_eq!(seen.replicas, [5]);
        assert_eq!(seen.gaps, [0; 0]);
    }
}

/// The one known blip: the add-on's own ScaledObject restores the number of replicas that it has
/// found, and for a new function that was one. Nobody else can keep it from doing so.
#[test]
fn what_the_add_on_restores_is_what_it_has_found() {
    for apply in STRATEGIES {
        let mut cluster = at(&on_http("keda"), 5, apply);
        let seen = edit(&mut cluster, &on_events("Deployment"), apply);
        assert_eq!(seen.replicas, [5, 1]);
        assert_eq!(seen.gaps, [0; 0]);
    }
}

#[test]
fn the_scaled_object_of_the_add_on_goes_before_ours_comes() {
    for apply in STRATEGIES {
        let mut cluster = settled(&on_http("keda"), &json!({}), apply);
        cluster.edit(|function| function["spec"] = on_events("Deployment"));
        cluster.reconcile();
        // The add-on lets go, and KEDA is late.
        cluster.change("HTTPScaledObject", "hello", |scaler| {
            scaler["metadata"].as_object_mut().unwrap().remove("finalizers");
        });
        let sync = cluster.reconcile();
        assert_eq!((sync.refused, sync.collided), (vec![], vec![]));
        assert_eq!(
            cluster.condition("Ready")["message"],
            "ScaledObject hello waits until the HTTP add-on's ScaledObject hello is gone"
        );
        assert_eq!(sync.answer["resyncAfterSeconds"], 10);
        follow(&mut cluster);
        assert_eq!(cluster.says("Ready"), "True Running");
    }
}

/// Settings change without a change of the Function: customize is not asked again.
#[test]
fn another_profile_of_the_add_on() {
    let older = json!({});
    let newer = json!({"httpAddon": "interceptor-route"});
    for apply in STRATEGIES {
        let mut cluster = at(&on_http("keda"), 5, apply).settings(newer.clone());
        let seen = follow(&mut cluster);
        // Restored by the add-on, as above.
        assert_eq!(seen.replicas, [5, 1]);
        assert_eq!(seen.gaps, [0; 0]);
        let fresh = settled(&on_http("keda"), &newer, apply);
        let names = |cluster: &Cluster| cluster.children().into_keys().collect::<Vec<_>>();
        assert_eq!(names(&cluster), names(&fresh));
        cluster.scale("hello", 5);
        let mut cluster = cluster.settings(older.clone());
        let seen = follow(&mut cluster);
        assert_eq!(seen.replicas, [5]);
        assert_eq!(seen.gaps, [0; 0]);
        let fresh = settled(&on_http("keda"), &older, apply);
        assert_eq!(names(&cluster), names(&fresh));
    }
}

#[test]
fn the_least_number_of_replicas_is_the_scalers_where_there_is_one() {
    for apply in STRATEGIES {
        let mut cluster = at(&on_http("keda"), 5, apply);
        let mut spec = on_http("keda");
        spec["serving"]["scaleOptions"] = json!({"minReplicas": 2});
        assert_eq!(edit(&mut cluster, &spec, apply).replicas, [5]);
        let scaler = cluster.child("HTTPScaledObject", "hello");
        assert_eq!(scaler["spec"]["replicas"]["min"], 2);
        let mut cluster = settled(&fixed("Deployment", 2), &json!({}), apply);
        assert_eq!(
            edit(&mut cluster, &fixed("Deployment", 4), apply).replicas,
            [2, 4]
        );
    }
}
