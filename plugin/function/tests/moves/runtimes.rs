//! From one runtime or kind of workload to another.

use serde_json::{Value, json};

use crate::support::cluster::{Apply, STRATEGIES};
use crate::walk::{Walk, on_async, on_events, on_http, settled, walk};

/// Moves along a list of specs and back again; each step as `walk` sees it.
fn there_and_back(specs: &[Value], apply: Apply) -> Vec<Walk> {
    there_and_back_with(&json!({}), specs, apply)
}

fn there_and_back_with(settings: &Value, specs: &[Value], apply: Apply) -> Vec<Walk> {
    let mut cluster = settled(&specs[0], settings, apply);
    let back = specs.iter().rev().skip(1);
    let path = specs.iter().skip(1).chain(back);
    path.map(|spec| walk(&mut cluster, spec, settings, apply))
        .collect()
}

/// Under server-side apply nobody knows what the earlier runtime was asked for: it goes at once.
fn check(steps: &[Walk], apply: Apply) {
    for (at, step) in steps.iter().enumerate() {
        if apply == Apply::Dynamic {
            assert_eq!(step.gaps, [0; 0], "step {at}: {:?}", step.moving);
        }
        assert!(!step.blips(), "step {at}: {:?}", step.replicas);
    }
}

#[test]
fn around_all_engines() {
    for apply in STRATEGIES {
        let specs = [
            on_http("keda"),
            on_http("knative"),
            on_events("Deployment"),
            on_http("keda"),
        ];
        for settings in [
            json!({}),
            json!({"checkNames": true}),
            json!({"httpAddon": "interceptor-route"}),
        ] {
            check(&there_and_back_with(&settings, &specs, apply), apply);
        }
    }
}

#[test]
fn all_kinds_of_workload() {
    for apply in STRATEGIES {
        for make in [on_async, on_events] {
            let specs = ["Deployment", "StatefulSet", "Job", "Deployment"].map(make);
            check(&there_and_back(&specs, apply), apply);
        }
    }
}

#[test]
fn http_comes_and_goes() {
    for apply in STRATEGIES {
        for workload in ["Deployment", "StatefulSet", "Job"] {
            for make in [on_async, on_events] {
                for engine in ["keda", "knative"] {
                    check(&there_and_back(&[make(workload), on_http(engine)], apply), apply);
                }
            }
        }
    }
}

#[test]
fn what_waits_says_for_what() {
    let specs = [
        on_http("keda"),
        on_http("knative"),
        on_events("StatefulSet"),
        on_http("keda"),
    ];
    let steps = there_and_back(&specs, Apply::Dynamic);
    let said: Vec<Vec<&str>> = steps
        .iter()
        .map(|step| step.moving.iter().map(String::as_str).collect())
        .collect();
    assert_eq!(
        said,
        [
            vec![
                "Knative Service hello waits until Service hello is gone; Deployment hello serves until its \
                 successor is ready",
                "Deployment hello serves until its successor is ready",
            ],
            vec!["Knative Service hello serves until its successor is ready"],
            vec![
                "HTTPScaledObject hello waits until ScaledObject hello is gone; StatefulSet hello serves until \
                 its successor is ready",
                "HTTPScaledObject hello waits until ScaledObject hello is gone",
            ],
            vec![
                "ScaledObject hello waits until HTTPScaledObject hello is gone; Deployment hello serves until \
                 its successor is ready",
                "ScaledObject hello waits until HTTPScaledObject hello is gone",
            ],
            vec!["StatefulSet hello serves until its successor is ready"],
            vec![
                "Service hello waits until Knative Service hello is gone; Knative Service hello serves until \
                 its successor is ready",
                "Service hello waits until Knative Service hello is gone",
            ],
        ]
    );
}

/// A Deployment that never gets ready takes nothing down.
#[test]
fn what_never_starts_replaces_nothing() {
    let mut cluster = settled(&on_http("knative"), &json!({}), Apply::Dynamic);
    cluster.edit(|function| function["spec"] = on_http("keda"));
    for _ in 0..5 {
        cluster.reconcile();
        cluster.knative();
        cluster.addon();
    }
    assert_eq!(cluster.says("Ready"), "False Moving");
    let knative = cluster.child("KnativeService", "hello");
    assert_eq!(knative["status"]["conditions"][1]["status"], "True");
    assert!(cluster.find("Deployment", "hello").is_some());
    cluster.settle();
    assert_eq!(cluster.says("Ready"), "True Running");
}

/// Callers in the cluster reach the old function by the bridge until the new one is ready.
#[test]
fn the_bridge_stays_with_what_it_leads_to() {
    let mut spec = on_async("StatefulSet");
    spec["serving"]["annotations"] = json!({"openfunction.io/dapr-service-mode": "standalone"});
    let mut cluster = settled(&on_http("keda"), &json!({}), Apply::Dynamic);
    cluster.edit(|function| function["spec"] = spec.clone());
    cluster.reconcile();
    assert_eq!(cluster.child("Service", "hello")["spec"]["type"], "ExternalName");
    let seen = walk(&mut cluster, &spec, &json!({}), Apply::Dynamic);
    assert_eq!(seen.gaps, [0; 0]);
    assert_eq!(cluster.child("Service", "hello")["spec"]["type"], "ClusterIP");
    let seen = walk(&mut cluster, &on_http("keda"), &json!({}), Apply::Dynamic);
    assert_eq!(seen.gaps, [0; 0]);
}

/// What serves is neither what is asked for nor what was asked for last.
#[test]
fn an_edit_in_the_middle_of_a_move_takes_nothing_down() {
    let specs = [
        on_http("keda"),
        on_http("knative"),
        on_events("StatefulSet"),
        on_async("Job"),
    ];
    for from in &specs {
        for by in specs.iter().filter(|by| *by != from) {
            for to in specs.iter().filter(|to| *to != by) {
                let mut cluster = settled(from, &json!({}), Apply::Dynamic);
                cluster.edit(|function| function["spec"] = by.clone());
                cluster.reconcile();
                let seen = walk(&mut cluster, to, &json!({}), Apply::Dynamic);
                assert_eq!(seen.gaps, [0; 0], "{from} {by} {to}");
            }
        }
    }
}
