//! A settled Function costs nothing, whatever it asks for.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests fails as a test does"
)]

mod support;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use support::cluster::{Cluster, STRATEGIES};
use support::essence;
use support::functions::{RUNTIMES, Runtime, function, function_on};

fn settings() -> impl Strategy<Value = Value> {
    select(vec![
        json!({}),
        json!({"defaultEngine": "keda"}),
        json!({"defaultEngine": "keda", "httpAddon": "0.5", "interceptor": {"port": 80}}),
    ])
}

/// A cluster with the Dapr Component that generated Functions name and do not define.
fn cluster(function: Value) -> Cluster {
    Cluster::new(function).with(json!({
        "apiVersion": "dapr.io/v1alpha1", "kind": "Component",
        "metadata": {"name": "shared", "namespace": "demo"},
        "spec": {"type": "state.redis", "version": "v1"},
    }))
}

/// Whether what is asked for depends on what is seen: Knative's revisions, and images that are
/// being built.
fn looks_around(function: &Value) -> bool {
    let http = function.pointer("/spec/serving/triggers/http");
    let engine = http.and_then(|http| http["engine"].as_str());
    function.pointer("/spec/build").is_some() || (http.is_some() && engine != Some("keda"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_settled_function_costs_no_write(function in function(), settings in settings()) {
        for apply in STRATEGIES {
            let mut cluster = cluster(function.clone()).under(apply).settings(settings.clone());
            let first = cluster.reconcile();
            cluster.settle();
            let settled = cluster.reconcile();
            prop_assert_eq!(settled.wrote(), [""; 0], "{:?}", apply);
            cluster.wait(100_000);
            let later = cluster.reconcile();
            prop_assert_eq!(later.wrote(), [""; 0], "{:?}", apply);
            prop_assert_eq!(&later.children, &settled.children);
            prop_assert_eq!(&later.answer["status"], &settled.answer["status"]);
            if !looks_around(&function) {
                prop_assert_eq!(&settled.children, &first.children);
            }
        }
    }

    /// What is left of the first Function is no more than what nobody may take away.
    #[test]
    fn an_edit_leads_to_where_a_new_function_would_be(
        before in function(), after in function(), settings in settings()
    ) {
        let mut after = after;
        after["metadata"] = before["metadata"].clone();
        for apply in STRATEGIES {
            let at = |function: &Value| cluster(function.clone()).under(apply).settings(settings.clone());
            let mut moved = at(&before);
            moved.settle();
            let was = moved.children();
            let mut fresh = at(&after);
            fresh.settle();
            moved.edit(|function| function["spec"] = after["spec"].clone());
            let sync = moved.reconcile();
            if sync.failure.is_some() {
                // It is not known what was asked for before.
                prop_assert_eq!(sync.wrote(), [""; 0]);
                prop_assert_eq!(moved.children(), was);
                continue;
            }
            moved.settle();
            if fresh.says("Ready").starts_with("False") {
                let held = moved.reconcile();
                prop_assert_eq!(held.wrote(), [""; 0]);
                prop_assert_eq!(moved.says("Ready"), fresh.says("Ready"));
                continue;
            }
            for (moved, fresh) in essence(&moved).into_iter().zip(essence(&fresh)) {
                prop_assert_eq!(moved.to_string(), fresh.to_string(), "{:?}", apply);
            }
            let names = |cluster: &Cluster| cluster.children().into_keys().collect::<Vec<_>>();
            prop_assert_eq!(names(&moved), names(&fresh));
        }
    }
}

/// Functions of one runtime, always the same ones.
fn samples(runtime: Runtime, count: usize) -> Vec<Value> {
    let mut runner = TestRunner::deterministic();
    let strategy = function_on(runtime);
    (0..count)
        .map(|_| strategy.new_tree(&mut runner).unwrap().current())
        .collect()
}

/// All of them are valid, and most of them serve: the others wait for something that nobody in
/// these tests does, such as a Gateway.
#[test]
fn the_functions_of_these_tests_are_valid() {
    for runtime in RUNTIMES {
        let mut reasons = std::collections::BTreeMap::<String, usize>::new();
        for function in samples(runtime, 200) {
            let mut cluster = cluster(function.clone()).without("HTTPRoute");
            cluster.settle();
            let ready = cluster.condition("Ready");
            assert!(ready["reason"] != "Invalid", "{}: {function}", ready["message"]);
            *reasons.entry(cluster.says("Ready")).or_default() += 1;
        }
        let served: usize = reasons
            .iter()
            .filter(|(says, _)| says.starts_with("True"))
            .map(|(_, count)| count)
            .sum();
        assert!(served > 150, "{runtime:?}: {reasons:?}");
    }
}
