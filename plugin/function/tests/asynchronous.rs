//! What an async function lives through: what runs it changes, breaks, comes to an end.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests fails as a test does"
)]

mod support;

use serde_json::{Value, json};
use support::{KINDS, applied, example, request, sync};

const EXAMPLES: [&str; 3] = ["async-job.yaml", "async-pubsub.yaml", "async-statefulset.yaml"];

/// Kind and name of each child.
fn children(answer: &Value) -> Vec<(String, String)> {
    let children = answer["children"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    children
        .map(|child| (text(&child["kind"]), text(&child["metadata"]["name"])))
        .collect()
}

/// Status and reason of a condition.
fn condition<'a>(answer: &'a Value, r#type: &str) -> Option<(&'a str, &'a str)> {
    let mut conditions = answer["status"]["conditions"].as_array().unwrap().iter();
    let found = conditions.find(|condition| condition["type"] == r#type)?;
    Some((
        found["status"].as_str().unwrap(),
        found["reason"].as_str().unwrap(),
    ))
}

#[test]
fn an_invalid_edit_touches_nothing_and_tells_how_things_are() {
    for (name, workload, scaler) in [
        ("async-job.yaml", "WaitsForEvents", Some("Idle")),
        ("async-pubsub.yaml", "Running", Some("Idle")),
        ("async-statefulset.yaml", "Running", None),
    ] {
        let mut function = example(name);
        let first = sync(&request(&function, &KINDS, &[]), &json!({}));
        let mut observed = applied(&first);
        for child in &mut observed {
            child["status"] = json!({"observedGeneration": 1, "replicas": 3, "readyReplicas": 3, "conditions": [
                {"type": "Available", "status": "True"}, {"type": "Ready", "status": "True"}]});
        }
        let mut kept = children(&first);
        kept.sort();
        function["spec"]["serving"]["scaleOptions"]["maxReplicas"] = json!(0);
        let broken = sync(&request(&function, &KINDS, &observed), &json!({}));
        let mut repeated = children(&broken);
        repeated.sort();
        assert_eq!(repeated, kept);
        assert_eq!(condition(&broken, "Ready"), Some(("False", "Invalid")), "{name}");
        assert_eq!(condition(&broken, "Workload"), Some(("True", workload)), "{name}");
        assert_eq!(
            condition(&broken, "Scaler"),
            scaler.map(|reason| ("True", reason)),
            "{name}"
        );
    }
}

#[test]
fn a_broken_job_is_told_of_although_the_function_is_invalid() {
    let mut function = example("async-job.yaml");
    function["spec"]["serving"]["scaleOptions"]["keda"].take();
    let mut observed = applied(&sync(&request(&function, &KINDS, &[]), &json!({})));
    observed[0]["status"] = json!({"conditions": [{"type": "Failed", "status": "True"}]});
    function["spec"]["image"].take();
    let broken = sync(&request(&function, &KINDS, &observed), &json!({}));
    assert_eq!(condition(&broken, "Workload"), Some(("False", "JobFailed")));
    assert_eq!(broken["status"].get("replicas"), None);
}

#[test]
fn a_job_starts_with_its_pods_and_not_before() {
    let mut function = example("async-job.yaml");
    function["spec"]["serving"]["scaleOptions"]["keda"].take();
    let mut observed = applied(&sync(&request(&function, &KINDS, &[]), &json!({})));
    for (status, ready) in [
        (json!({}), ("False", "Starting")),
        (json!({"active": 1, "ready": 0}), ("False", "Starting")),
        (
            json!({"active": 0, "failed": 1, "ready": 0}),
            ("False", "Starting"),
        ),
        (json!({"active": 1, "ready": 1}), ("True", "Running")),
        // Before Kubernetes 1.24.
        (json!({"active": 1}), ("True", "Running")),
        (
            json!({"succeeded": 1, "conditions": [{"type": "Complete", "status": "True"}]}),
            ("True", "Succeeded"),
        ),
    ] {
        observed[0]["status"] = status.clone();
        let answer = sync(&request(&function, &KINDS, &observed), &json!({}));
        assert_eq!(condition(&answer, "Ready"), Some(ready), "{status}");
    }
}

#[test]
fn a_stateful_set_is_ready_when_all_of_it_is() {
    let function = example("async-statefulset.yaml");
    let mut observed = applied(&sync(&request(&function, &KINDS, &[]), &json!({})));
    for (replicas, status, ready) in [
        (3, json!({}), ("False", "Starting")),
        (
            3,
            json!({"observedGeneration": 0, "readyReplicas": 3}),
            ("False", "Starting"),
        ),
        (
            3,
            json!({"observedGeneration": 1, "readyReplicas": 2}),
            ("False", "Starting"),
        ),
        (
            3,
            json!({"observedGeneration": 1, "readyReplicas": 3, "currentRevision": "a", "updateRevision": "b"}),
            ("False", "Updating"),
        ),
        (
            3,
            json!({"observedGeneration": 1, "readyReplicas": 3, "currentRevision": "b", "updateRevision": "b"}),
            ("True", "Running"),
        ),
        (
            0,
            json!({"observedGeneration": 1, "currentRevision": "a", "updateRevision": "b"}),
            ("True", "ScaledToZero"),
        ),
    ] {
        observed[0]["spec"]["replicas"] = json!(replicas);
        observed[0]["status"] = status.clone();
        let answer = sync(&request(&function, &KINDS, &observed), &json!({}));
        assert_eq!(condition(&answer, "Ready"), Some(ready), "{status}");
    }
}

#[test]
fn a_scaled_job_is_not_ready_before_keda_has_seen_it() {
    let function = example("async-job.yaml");
    let mut observed = applied(&sync(&request(&function, &KINDS, &[]), &json!({})));
    for (status, ready, scaler) in [
        (json!({}), ("False", "Starting"), ("False", "Waiting")),
        (
            json!({"conditions": [{"type": "Ready", "status": "False", "reason": "ScaledJobCheckFailed"}]}),
            ("False", "ScaledJobCheckFailed"),
            ("False", "ScaledJobCheckFailed"),
        ),
    ] {
        observed[0]["status"] = status.clone();
        let answer = sync(&request(&function, &KINDS, &observed), &json!({}));
        assert_eq!(condition(&answer, "Ready"), Some(ready), "{status}");
        assert_eq!(condition(&answer, "Scaler"), Some(scaler), "{status}");
    }
}

#[test]
fn keda_starts_the_jobs_of_a_function_with_triggers_and_we_do_not() {
    let mut function = example("async-job.yaml");
    let scaled = sync(&request(&function, &KINDS, &[]), &json!({}));
    assert_eq!(children(&scaled), [("ScaledJob".into(), "thumbnailer".into())]);
    function["spec"]["serving"]["scaleOptions"]["keda"]["triggers"].take();
    let once = sync(&request(&function, &KINDS, &[]), &json!({}));
    assert_eq!(children(&once), [("Job".into(), "thumbnailer".into())]);
    let pods = scaled["children"][0]["spec"]["jobTargetRef"].clone();
    assert_eq!(once["children"][0]["spec"], pods);
}

#[test]
fn a_function_settles() {
    for name in EXAMPLES {
        let function = example(name);
        let first = sync(&request(&function, &KINDS, &[]), &json!({}));
        let settled = sync(&request(&function, &KINDS, &applied(&first)), &json!({}));
        assert_eq!(settled["children"], first["children"], "{name}");
        assert_eq!(settled.get("resyncAfterSeconds"), None, "{name}");
    }
}

#[test]
fn a_kind_that_runs_or_scales_a_function_must_be_declared() {
    for (name, kind) in [
        ("async-job.yaml", "ScaledJob.keda.sh/v1alpha1"),
        ("async-pubsub.yaml", "ScaledObject.keda.sh/v1alpha1"),
        ("async-statefulset.yaml", "StatefulSet.apps/v1"),
    ] {
        let declared = KINDS.iter().copied().filter(|declared| *declared != kind);
        let answer = sync(
            &request(&example(name), &declared.collect::<Vec<_>>(), &[]),
            &json!({}),
        );
        assert_eq!(
            condition(&answer, "Ready"),
            Some(("False", "KindNotDeclared")),
            "{name}"
        );
    }
}
