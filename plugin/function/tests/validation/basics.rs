//! Names, image, version, and several mistakes at once.

use serde_json::json;

use super::{function, message, patched, problems, spec};
use crate::support::{KINDS, parent, request, sync};

#[test]
fn the_function_without_changes_is_right() {
    let answer = patched(&json!({}));
    message(&answer, "Ready", "Creating");
    message(&answer, "Normalized", "AsWritten");
}

#[test]
fn metadata() {
    problems(&[
        (
            json!({"metadata": {"name": null}}),
            "metadata.name: Required value: a Function needs a name",
        ),
        (
            json!({"metadata": {"name": "Hello"}}),
            "metadata.name: Invalid value: \"Hello\": must be lower-case letters, digits, '-' or '.', \
             starting and ending with a letter or digit",
        ),
        (
            json!({"metadata": {"name": 7}}),
            "metadata.name: Invalid value: 7: must be a string",
        ),
        (
            json!({"metadata": {"namespace": null}}),
            "metadata.namespace: Required value: a Function needs a namespace",
        ),
        (
            json!({"metadata": {"namespace": "a.b"}}),
            "metadata.namespace: Invalid value: \"a.b\": must be the name of a namespace",
        ),
    ]);
}

#[test]
fn image_version_and_credentials() {
    problems(&[
        (
            spec(json!({"image": null})),
            "spec.image: Required value: the image to run",
        ),
        (
            spec(json!({"image": ""})),
            "spec.image: Required value: the image to run",
        ),
        (
            spec(json!({"image": 7})),
            "spec.image: Invalid value: 7: must be a string",
        ),
        (
            spec(json!({"image": "a b"})),
            "spec.image: Invalid value: \"a b\": must not contain spaces",
        ),
        (
            spec(json!({"version": "v1+build"})),
            "spec.version: Invalid value: \"v1+build\": must be a label value: at most 63 letters, digits, \
             '-', '_' or '.', starting and ending with a letter or digit",
        ),
        (
            spec(json!({"version": 2})),
            "spec.version: Invalid value: 2: must be a string",
        ),
        (
            spec(json!({"imageCredentials": {"secret": "registry"}})),
            "spec.imageCredentials.name: Required value: the Secret with which the image is pulled",
        ),
        (
            spec(json!({"imageCredentials": {"name": "A"}})),
            "spec.imageCredentials.name: Invalid value: \"A\": must be the name of a Secret",
        ),
        (
            spec(json!({"imageCredentials": "secret"})),
            "spec.imageCredentials: Invalid value: \"secret\": must be an object",
        ),
        (
            spec(json!({"serving": null})),
            "spec.serving: Required value: at least one of spec.build and spec.serving must be set",
        ),
        (
            spec(json!({"serving": []})),
            "spec.serving: Invalid value: a list: must be an object",
        ),
    ]);
}

#[test]
fn names_that_make_a_host_too_long() {
    let mut function = parent(function());
    function["metadata"]["name"] = json!("a".repeat(60));
    function["metadata"]["namespace"] = json!("b".repeat(63));
    let settings = json!({"clusterDomain": "c".repeat(130)});
    let answer = sync(&request(&function, &KINDS, &[]), &settings);
    assert_eq!(
        message(&answer, "Ready", "Invalid"),
        format!(
            "metadata.name: Invalid value: \"{}\": makes a host name of more than 253 characters, with the \
             namespace and the cluster's domain",
            "a".repeat(60)
        )
    );
}

#[test]
fn everything_is_said_at_once() {
    let patch = spec(json!({
        "image": 7,
        "serving": {
            "triggers": {"http": {"port": "eighty", "route": {"hostnames": ["a_b"]}}},
            "labels": {"a": 1},
            "template": "x",
        },
    }));
    assert_eq!(
        message(&patched(&patch), "Ready", "Invalid"),
        "spec.image: Invalid value: 7: must be a string; \
         spec.serving.labels[a]: Invalid value: 1: must be a string; \
         spec.serving.template: Invalid value: \"x\": must be an object; \
         spec.serving.triggers.http.port: Invalid value: \"eighty\": must be a number from 1 to 65535; \
         spec.serving.triggers.http.route.hostnames[0]: Invalid value: \"a_b\": must be a host name, with or \
         without '*.' in front"
    );
}
