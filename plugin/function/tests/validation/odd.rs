//! What nobody writes on purpose: each has a sentence or a sound answer.

use metawasm_function::{Failure, sync as hook};
use serde_json::{Value, json};

use crate::support::{KINDS, parent, request, request_with, sync};
use crate::{at, function, http, message, patched, problems, serving, spec};

fn deep(levels: usize) -> Value {
    (0..levels).fold(json!("x"), |value, _| json!({"a": value}))
}

fn template(patch: Value) -> Value {
    at(&["spec", "serving", "template"], patch)
}

#[test]
fn odd_names_have_children_with_good_ones() {
    let long = ["a".repeat(63), "b".repeat(63), "c".repeat(63), "d".repeat(61)].join(".");
    assert_eq!(long.len(), 253);
    for name in ["1st", "a.b.c", "1.2", &long] {
        let answer = patched(&at(&["metadata", "name"], json!(name)));
        message(&answer, "Ready", "Creating");
        let children = answer["children"].as_array().unwrap();
        assert_eq!(children.len(), 4);
        for child in children {
            let name = child["metadata"]["name"].as_str().unwrap();
            assert!(name.len() <= 63 && !name.contains('.'), "{name}");
        }
    }
    let rule = "must be lower-case letters, digits, '-' or '.', starting and ending with a letter or digit";
    for name in ["é", "ſt", "函数", "a\u{0}", "a..b", &"a".repeat(254)] {
        let answer = patched(&at(&["metadata", "name"], json!(name)));
        let said = message(&answer, "Ready", "Invalid");
        assert!(
            said.starts_with("metadata.name: Invalid value: ") && said.contains(rule),
            "{said}"
        );
    }
}

#[test]
fn too_many_of_anything() {
    let containers = |list: &str| {
        let all = (0..1000).map(|index| json!({"name": format!("c{index}"), "image": "x"}));
        template(json!({list: all.collect::<Vec<_>>()}))
    };
    let ports = (1..=1000).map(|port| json!({"containerPort": port}));
    let ports = json!([{"name": "function", "ports": ports.collect::<Vec<_>>()}]);
    let hosts: Vec<String> = (0..10_000).map(|index| format!("h{index}.example.com")).collect();
    let named = |count| -> Vec<Value> {
        (0..count)
            .map(|index| json!({"name": format!("a{index}"), "type": "bindings.x"}))
            .collect()
    };
    let history = |key: &str| spec(json!({"build": {"builder": "b", "srcRepo": {"url": "u"}, key: 257}}));
    problems(&[
        (
            history("successfulBuildsHistoryLimit"),
            "spec.build.successfulBuildsHistoryLimit: Invalid value: 257: must be at most 256",
        ),
        (
            history("failedBuildsHistoryLimit"),
            "spec.build.failedBuildsHistoryLimit: Invalid value: 257: must be at most 256",
        ),
        (
            containers("containers"),
            "spec.serving.template.containers: Too many: 1000: must have at most 32 items",
        ),
        (
            containers("initContainers"),
            "spec.serving.template.initContainers: Too many: 1000: must have at most 32 items",
        ),
        (
            template(json!({"containers": ports})),
            "spec.serving.template.containers[0].ports: Too many: 1000: must have at most 256 items",
        ),
        (
            http(json!({"route": {"hostnames": hosts}})),
            "spec.serving.triggers.http.route.hostnames: Too many: 10000: must have at most 16 items",
        ),
        (
            serving(json!({"triggers": {"dapr": named(1000)}})),
            "spec.serving.triggers.dapr: Too many: 1000: must have at most 64 items",
        ),
        (
            serving(json!({"triggers": {"inputs": named(1000)}})),
            "spec.serving.triggers.inputs: Too many: 1000: must have at most 64 items",
        ),
        (
            serving(json!({"outputs": named(1000)})),
            "spec.serving.outputs: Too many: 1000: must have at most 64 items",
        ),
    ]);
}

#[test]
fn addresses_that_are_long_together() {
    let hosts: Vec<String> = (0..16).map(|index| format!("h{index}.example.com")).collect();
    let rules: Vec<Value> = (0..16)
        .map(|index| json!({"matches": [{"path": {"value": format!("/{index}{}", "a".repeat(1000))}}]}))
        .collect();
    problems(&[(
        http(json!({"route": {"hostnames": hosts, "rules": rules}})),
        "spec.serving.triggers.http.route: Invalid value: 16 host names and 16 matches: must make addresses of \
         at most 65536 characters in all",
    )]);
}

#[test]
fn deep_values() {
    let newer = template(json!({"aFieldOfAnotherKubernetes": deep(100)}));
    let answer = super::patched_with(&newer, &json!({"extraPodFields": ["aFieldOfAnotherKubernetes"]}));
    message(&answer, "Ready", "Creating");
    let found = answer["children"][0]["spec"]["template"]["spec"]["aFieldOfAnotherKubernetes"].clone();
    assert_eq!(found, deep(100));
    problems(&[
        (
            serving(json!({"labels": {"a": deep(100)}})),
            "spec.serving.labels[a]: Invalid value: an object: must be a string",
        ),
        (
            spec(json!({"image": deep(100)})),
            "spec.image: Invalid value: an object: must be a string",
        ),
    ]);
}

/// JSON that is deeper than it is read is no request.
#[test]
fn a_request_that_is_too_deep() {
    let mut function = parent(function());
    function["spec"]["x"] = deep(130);
    let request = request(&function, &KINDS, &[]).to_string();
    let Err(Failure::Internal(reason)) = hook(&request, "{}") else {
        panic!("it is read")
    };
    assert!(
        reason.starts_with("invalid request: line 1, column ")
            && reason.ends_with(": objects and lists are nested deeper than 128"),
        "{reason}"
    );
}

#[test]
fn numbers_beyond_64_bits() {
    let huge: Value = serde_json::from_str("18446744073709551616").unwrap();
    problems(&[
        (
            serving(json!({"scaleOptions": {"minReplicas": huge}})),
            "spec.serving.scaleOptions.minReplicas: Invalid value: 18446744073709552000: must be a whole number of at most 32 bits",
        ),
        (
            template(json!({"containers": [{"name": "function", "ports": [{"containerPort": u64::MAX}]}]})),
            "spec.serving.template.containers[0].ports[0].containerPort: Invalid value: 18446744073709551615: must \
             be a whole number of at most 64 bits",
        ),
        (
            template(
                json!({"containers": [{"name": "function", "resources": {"limits": {"cpu": deep(3)}}}]}),
            ),
            "spec.serving.template.containers[0].resources.limits[cpu]: Invalid value: an object: must be a \
             quantity, such as 500m, 2 or 64Mi",
        ),
    ]);
}

#[test]
fn an_observed_child_without_metadata() {
    let mut request = request(&parent(function()), &KINDS, &[]);
    request["children"]["Deployment.apps/v1"]["demo/hello"] =
        json!({"apiVersion": "apps/v1", "kind": "Deployment"});
    let answer = sync(&request, &json!({}));
    let ready = message(&answer, "Ready", "Creating");
    assert!(ready.contains("Deployment hello"), "{ready}");
    request["parent"]["spec"]["image"] = json!("");
    let failure = hook(&request.to_string(), "{}").unwrap_err();
    assert_eq!(
        failure,
        Failure::Invalid(
            "spec.image: Required value: the image to run; no child changes, because Deployment has no \
             last-applied configuration"
                .to_owned()
        )
    );
}

#[test]
fn a_related_object_of_the_wrong_kind() {
    let parent = parent(function());
    let wrong =
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "hello", "namespace": "demo"}});
    let mut request = request_with(
        &parent,
        &KINDS,
        &[],
        &[json!({"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject"})],
    );
    let without = sync(&request, &json!({}));
    request["related"]["ScaledObject.keda.sh/v1alpha1"]["demo/hello"] = wrong;
    assert_eq!(sync(&request, &json!({})), without);
}
