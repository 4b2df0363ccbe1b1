//! What Knative takes, and which of its annotations count.

use serde_json::{Value, json};

use super::{at, many, message, patched, patched_knative, serving};

/// Each patch of a Function on Knative makes exactly this mistake.
fn problems(rows: &[(Value, &str)]) {
    for (patch, sentence) in rows {
        let answer = patched_knative(patch);
        assert_eq!(message(&answer, "Ready", "Invalid"), *sentence, "{patch}");
    }
}

fn options(knative: Value) -> Value {
    at(&["spec", "serving", "scaleOptions", "knative"], knative)
}

fn ports(containers: Value) -> Value {
    at(&["spec", "serving", "template", "containers"], containers)
}

#[test]
fn annotations_for_knative() {
    let rows = [
        (
            options(json!({"a b": "c"})),
            "spec.serving.scaleOptions.knative: Invalid value: \"a b\": must be an annotation key: a name, with \
             or without a DNS prefix and '/'",
        ),
        (
            options(json!({"a": 1})),
            "spec.serving.scaleOptions.knative[a]: Invalid value: 1: must be a string",
        ),
        (
            options(json!("x")),
            "spec.serving.scaleOptions.knative: Invalid value: \"x\": must be an object",
        ),
        (
            options(many(257)),
            "spec.serving.scaleOptions.knative: Too many: 257: must have at most 256 items",
        ),
    ];
    problems(&rows);
    super::problems(&rows);
}

#[test]
fn bounds() {
    let annotations = |annotations: Value| serving(json!({"annotations": annotations}));
    problems(&[
        (
            annotations(json!({"autoscaling.knative.dev/min-scale": "few"})),
            "spec.serving.annotations[autoscaling.knative.dev/min-scale]: Invalid value: \"few\": must be a \
             whole number of at least 0",
        ),
        (
            annotations(json!({"autoscaling.knative.dev/maxScale": "-1"})),
            "spec.serving.annotations[autoscaling.knative.dev/maxScale]: Invalid value: \"-1\": must be a whole \
             number of at least 0",
        ),
        (
            options(json!({"autoscaling.knative.dev/minScale": "3000000000"})),
            "spec.serving.scaleOptions.knative[autoscaling.knative.dev/minScale]: Invalid value: \
             \"3000000000\": must be a whole number of at least 0",
        ),
        (
            serving(json!({"scaleOptions": {"minReplicas": 3, "maxReplicas": 2}})),
            "spec.serving.scaleOptions.minReplicas: Invalid value: 3: must not be greater than \
             spec.serving.scaleOptions.maxReplicas, which is 2",
        ),
        (
            serving(json!({
                "annotations": {"autoscaling.knative.dev/min-scale": "3"},
                "scaleOptions": {"knative": {"autoscaling.knative.dev/maxScale": "2"}},
            })),
            "spec.serving.annotations[autoscaling.knative.dev/min-scale]: Invalid value: 3: must not be greater \
             than spec.serving.scaleOptions.knative[autoscaling.knative.dev/maxScale], which is 2",
        ),
    ]);
    for fine in [
        json!({"minReplicas": 101}),
        json!({"knative": {"autoscaling.knative.dev/min-scale": "3", "autoscaling.knative.dev/max-scale": "0"}}),
    ] {
        let answer = patched_knative(&serving(json!({"scaleOptions": fine})));
        message(&answer, "Ready", "Creating");
    }
}

#[test]
fn a_knative_service_has_one_port() {
    problems(&[
        (
            ports(json!([{"name": "function", "ports": [{"containerPort": 9000}]}])),
            "spec.serving.template.containers[0].ports[0].containerPort: Invalid value: 9000: must be 8080, which \
             is spec.serving.triggers.http.port: a Knative Service has only one port",
        ),
        (
            ports(json!([{"name": "function", "ports": [{"containerPort": 8080}, {"containerPort": 9090}]}])),
            "spec.serving.template.containers[0].ports: Forbidden: a Knative Service has only one port, that \
             of the container \"function\"",
        ),
        (
            ports(json!([{"name": "other", "image": "x", "ports": [{"containerPort": 8080}]}])),
            "spec.serving.template.containers[0].ports: Forbidden: a Knative Service has only one port, that \
             of the container \"function\"",
        ),
        (
            serving(json!({"template": {"initContainers": [
                {"name": "first", "image": "x", "ports": [{"containerPort": 8080}]}]}})),
            "spec.serving.template.initContainers[0].ports: Forbidden: a Knative Service has only one port, \
             the one of the container \"function\"",
        ),
        (
            ports(json!([{"name": "function", "ports": [{"containerPort": 8080, "name": "web"}]}])),
            "spec.serving.template.containers[0].ports[0].name: Unsupported value: \"web\": supported values: \
             \"h2c\", \"http1\"",
        ),
        (
            serving(json!({"template": {"restartPolicy": "Always"}})),
            "spec.serving.template.restartPolicy: Forbidden: Knative does not support this field",
        ),
        (
            serving(json!({"template": {"restartPolicy": "Never"}})),
            "spec.serving.template.restartPolicy: Forbidden: Knative does not support this field",
        ),
    ]);
}

#[test]
fn paths_of_every_type_are_fine_without_the_interceptor() {
    let paths = json!([{"path": {"type": "Exact", "value": "/a"}},
        {"path": {"type": "RegularExpression", "value": "[a-z]+"}}]);
    let patch = super::http(json!({"route": {"rules": [{"matches": paths}]}}));
    let answer = patched_knative(&patch);
    assert_eq!(
        message(&answer, "Normalized", "Warnings"),
        "spec.serving.triggers.http.route.rules: is not used: there is neither HTTPRoute nor Ingress, and Knative \
         has a host name of its own"
    );
    assert_eq!(answer["status"]["route"]["paths"][1]["type"], "RegularExpression");
    assert_eq!(
        answer["status"]["addresses"],
        json!([{"type": "Internal", "value": "http://hello.demo.svc.cluster.local/"}])
    );
}

#[test]
fn what_does_not_count_is_said() {
    let one = |key: &str, value: &str, options: Value| {
        let mut patch = serving(json!({"annotations": {key: value}}));
        patch["spec"]["serving"]["scaleOptions"] = options;
        patch
    };
    for (patch, sentence) in [
        (
            one(
                "autoscaling.knative.dev/window",
                "60s",
                json!({"knative": {"autoscaling.knative.dev/window": "90s"}}),
            ),
            "spec.serving.scaleOptions.knative[autoscaling.knative.dev/window]: is not used: \
             spec.serving.annotations has it too",
        ),
        (
            one(
                "autoscaling.knative.dev/minScale",
                "1",
                json!({"knative": {"autoscaling.knative.dev/min-scale": "2"}}),
            ),
            "spec.serving.scaleOptions.knative[autoscaling.knative.dev/min-scale]: is not used: \
             spec.serving.annotations has it too",
        ),
        (
            one(
                "autoscaling.knative.dev/max-scale",
                "9",
                json!({"maxReplicas": 5}),
            ),
            "spec.serving.annotations[autoscaling.knative.dev/max-scale]: is not used: \
             spec.serving.scaleOptions.maxReplicas is 5",
        ),
        (
            serving(
                json!({"scaleOptions": {"minReplicas": 1, "knative": {"autoscaling.knative.dev/minScale": "2"}}}),
            ),
            "spec.serving.scaleOptions.knative[autoscaling.knative.dev/minScale]: is not used: \
             spec.serving.scaleOptions.minReplicas is 1",
        ),
        (
            one("autoscaling.knative.dev/container-concurrency", "many", json!({})),
            "spec.serving.annotations[autoscaling.knative.dev/container-concurrency]: does not set \
             containerConcurrency: it is no whole number from 0 to 1000",
        ),
        (
            options(json!({"autoscaling.knative.dev/container-concurrency": "1001"})),
            "spec.serving.scaleOptions.knative[autoscaling.knative.dev/container-concurrency]: does not set \
             containerConcurrency: it is no whole number from 0 to 1000",
        ),
        (
            serving(json!({"scaleOptions": {"keda": {"httpScaledObject": {"targetPendingRequests": 5}}}})),
            "spec.serving.scaleOptions.keda.httpScaledObject: only its bounds are used: the engine is knative, \
             not keda",
        ),
        (
            serving(json!({"annotations": {"openfunction.io/scaling-metric": "requestRate"}})),
            "spec.serving.annotations[openfunction.io/scaling-metric]: is not used: the engine is knative, not \
             keda",
        ),
        (
            serving(json!({"annotations": {"openfunction.io/readiness-timeout": "5s"}})),
            "spec.serving.annotations[openfunction.io/readiness-timeout]: is not used: the engine is knative, not \
             keda",
        ),
    ] {
        let answer = patched_knative(&patch);
        assert_eq!(message(&answer, "Normalized", "Warnings"), sentence, "{patch}");
        assert_eq!(answer["children"].as_array().unwrap().len(), 1, "{patch}");
    }
    let same = one(
        "autoscaling.knative.dev/max-scale",
        "5",
        json!({"maxReplicas": 5}),
    );
    message(&patched_knative(&same), "Normalized", "AsWritten");
}

#[test]
fn concurrency_becomes_a_field() {
    let key = "autoscaling.knative.dev/container-concurrency";
    for (text, number) in [
        ("0", json!(0)),
        ("1000", json!(1000)),
        ("1001", Value::Null),
        ("1.5", Value::Null),
    ] {
        let answer = patched_knative(&options(json!({key: text})));
        let template = &answer["children"][0]["spec"]["template"];
        assert_eq!(template["spec"]["containerConcurrency"], number, "{text}");
        assert_eq!(template["metadata"]["annotations"][key], text);
    }
}

#[test]
fn options_for_knative_are_not_used_elsewhere() {
    let answer = patched(&options(json!({"autoscaling.knative.dev/minScale": "few"})));
    assert_eq!(
        message(&answer, "Normalized", "Warnings"),
        "spec.serving.scaleOptions.knative: is not used: the engine is keda, not knative"
    );
    let mut without_http = options(json!({"autoscaling.knative.dev/minScale": "1"}));
    without_http["spec"]["serving"]["triggers"] =
        json!({"http": null, "dapr": [{"name": "a", "type": "bindings.x"}]});
    without_http["spec"]["serving"]["annotations"] = json!({"openfunction.io/app-protocol": "grpc"});
    let warnings = message(&patched(&without_http), "Normalized", "Warnings");
    for sentence in [
        "spec.serving.scaleOptions.knative: is not used: the engine is async, not knative",
        "spec.serving.annotations[openfunction.io/app-protocol]: is not used: there is no http trigger",
    ] {
        assert!(warnings.contains(sentence), "{warnings}");
    }
}
