//! What KEDA's HTTP add-on is told by annotations and settings.

use serde_json::{Value, json};

use super::{function, merge, message, patched, problems, serving};
use crate::support::{KINDS, parent, request, sync};

fn annotation(key: &str, value: &str) -> Value {
    serving(json!({"annotations": {key: value}}))
}

#[test]
fn annotations() {
    const DURATION: &str = "must be a duration, such as 30s or 1m30s";
    let timeout = "openfunction.io/readiness-timeout";
    problems(&[
        (
            annotation("openfunction.io/scaling-metric", "rps"),
            "spec.serving.annotations[openfunction.io/scaling-metric]: Unsupported value: \"rps\": supported \
             values: \"concurrency\", \"requestRate\"",
        ),
        (
            annotation("openfunction.io/app-protocol", "http2"),
            "spec.serving.annotations[openfunction.io/app-protocol]: Unsupported value: \"http2\": supported \
             values: \"grpc\", \"h2c\", \"http\"",
        ),
        (
            annotation(timeout, "30"),
            &format!("spec.serving.annotations[{timeout}]: Invalid value: \"30\": {DURATION}"),
        ),
        (
            annotation(timeout, ""),
            &format!("spec.serving.annotations[{timeout}]: Invalid value: \"\": {DURATION}"),
        ),
        (
            annotation(timeout, "-1s"),
            &format!("spec.serving.annotations[{timeout}]: Invalid value: \"-1s\": {DURATION}"),
        ),
    ]);
}

#[test]
fn what_says_nothing_to_a_pod_makes_no_new_one() {
    let plain = patched(&json!({}));
    for (key, value) in [
        ("openfunction.io/scaling-metric", "requestRate"),
        ("openfunction.io/readiness-timeout", "5s"),
    ] {
        let answer = patched(&annotation(key, value));
        assert_eq!(answer["children"][0], plain["children"][0], "{key}");
        assert_ne!(answer["children"][3], plain["children"][3], "{key}");
    }
}

#[test]
fn the_service_says_what_the_function_speaks() {
    let port = |answer: Value| answer["children"][1]["spec"]["ports"][0].clone();
    let of = |protocol| port(patched(&annotation("openfunction.io/app-protocol", protocol)));
    assert_eq!(of("grpc")["appProtocol"], "kubernetes.io/h2c");
    assert_eq!(of("h2c"), of("grpc"));
    assert_eq!(of("http"), port(patched(&json!({}))));
}

#[test]
fn an_old_add_on_cannot_do_everything() {
    for (addon, patch, scaling, sentence) in [
        (
            "0.5",
            annotation("openfunction.io/scaling-metric", "requestRate"),
            json!({}),
            "spec.serving.annotations[openfunction.io/scaling-metric]: is not used: the HTTP add-on counts \
             requests per second from 0.8 on, and the setting httpAddon is \"0.5\"",
        ),
        (
            "0.7",
            annotation("openfunction.io/readiness-timeout", "5s"),
            json!({}),
            "spec.serving.annotations[openfunction.io/readiness-timeout]: is not used: the HTTP add-on has such a \
             timeout from 0.11 on, and the setting httpAddon is \"0.7\"",
        ),
        (
            "0.7",
            json!({}),
            json!({"metric": "requestRate"}),
            "setting scaling.metric: is not used: the HTTP add-on counts requests per second from 0.8 on, and \
             the setting httpAddon is \"0.7\"",
        ),
        (
            "0.5",
            json!({}),
            json!({"readinessTimeout": "5s"}),
            "setting scaling.readinessTimeout: is not used: the HTTP add-on has such a timeout from 0.11 on, \
             and the setting httpAddon is \"0.5\"",
        ),
    ] {
        let mut function = parent(function());
        merge(&mut function, &patch);
        let request = request(&function, &KINDS, &[]);
        let answer = sync(&request, &json!({"httpAddon": addon, "scaling": scaling}));
        assert_eq!(message(&answer, "Normalized", "Warnings"), sentence);
        let newest = sync(&request, &json!({"scaling": scaling}));
        message(&newest, "Normalized", "AsWritten");
    }
}

/// What a Function and the settings ask customize for.
fn wanted(patch: &Value, declared: &[(&str, &str)], settings: &Value) -> Value {
    let mut function = parent(function());
    merge(&mut function, patch);
    let declared: Vec<Value> = declared
        .iter()
        .map(|(version, resource)| json!({"apiVersion": version, "resource": resource}))
        .collect();
    let request = json!({"parent": function, "controller": {"spec": {"childResources": declared}}});
    let answer = metawasm_function::customize(&request.to_string(), &settings.to_string()).unwrap();
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let rules = answer["relatedResources"].as_array().unwrap().clone();
    let mut scalers = rules
        .into_iter()
        .filter(|rule| rule["resource"] == "scaledobjects");
    scalers.next().unwrap_or_default()
}

#[test]
fn the_scaled_object_of_the_add_on_is_read_where_there_is_one() {
    let declared = [("apps/v1", "deployments"), ("keda.sh/v1alpha1", "scaledobjects")];
    let name = "a-name-of-more-than-fifty-four-characters-but-less-than-63";
    let long = json!({"metadata": {"name": name}});
    let rule = |name: &str| json!({"apiVersion": "keda.sh/v1alpha1", "resource": "scaledobjects", "namespace": "demo", "names": [name]});
    assert_eq!(wanted(&json!({}), &declared, &json!({})), rule("hello"));
    for profile in ["0.5", "0.7", "0.8"] {
        assert_eq!(
            wanted(&long, &declared, &json!({"httpAddon": profile})),
            rule("a-name-of-more-than-fifty-four-characters-but-95414963")
        );
    }
    let none = Value::Null;
    assert_eq!(
        wanted(&json!({}), &[("apps/v1", "deployments")], &json!({})),
        none
    );
    // Whoever makes one of that name waits until the add-on's is gone.
    let ours = json!({"httpAddon": "interceptor-route"});
    assert_eq!(wanted(&json!({}), &declared, &ours), rule("hello"));
    let on_events = |workload: &str| {
        json!({"spec": {"serving": {"triggers": {"http": null, "dapr": [{"name": "a", "type": "bindings.cron"}]},
            "workloadType": workload, "scaleOptions": {"keda": {"triggers": [{"type": "redis", "metadata": {"listName": "b"}}]}}}}})
    };
    assert_eq!(
        wanted(&on_events("StatefulSet"), &declared, &json!({})),
        rule("hello")
    );
    assert_eq!(wanted(&on_events("Job"), &declared, &json!({})), none);
    let knative = super::http(json!({"engine": "knative"}));
    assert_eq!(wanted(&knative, &declared, &json!({})), none);
    let built = json!({"spec": {"serving": null, "build": {}}});
    assert_eq!(wanted(&built, &declared, &json!({})), none);
}
