//! What builds an image.

use serde_json::{Value, json};

use super::{merge, message, patched, problems, spec};

/// A build that is right but for what the patch does to it.
fn build(patch: &Value) -> Value {
    let mut build = json!({"builder": "b", "srcRepo": {"url": "https://example.com/a.git"}});
    merge(&mut build, patch);
    spec(json!({"build": build}))
}

fn source(patch: &Value) -> Value {
    build(&json!({"srcRepo": patch}))
}

fn shipwright(patch: &Value) -> Value {
    build(&json!({"shipwright": patch}))
}

fn params(params: &Value) -> Value {
    shipwright(&json!({"params": params}))
}

#[test]
fn what_builds() {
    problems(&[
        (
            spec(json!({"build": 7})),
            "spec.build: Invalid value: 7: must be an object",
        ),
        (
            build(&json!({"builder": null})),
            "spec.build.builder: Required value: the image that builds; only with a dockerfile it may be left out",
        ),
        (
            build(&json!({"builder": "", "dockerfile": ""})),
            "spec.build.builder: Required value: the image that builds; only with a dockerfile it may be left out",
        ),
        (
            build(&json!({"builder": 7})),
            "spec.build.builder: Invalid value: 7: must be a string",
        ),
        (
            build(&json!({"builder": "a b"})),
            "spec.build.builder: Invalid value: \"a b\": must not contain spaces",
        ),
        (
            build(&json!({"dockerfile": []})),
            "spec.build.dockerfile: Invalid value: a list: must be a string",
        ),
        (
            build(&json!({"builderCredentials": {"secret": "a"}})),
            "spec.build.builderCredentials.name: Required value: the Secret with which the builder is pulled",
        ),
        (
            shipwright(&json!(7)),
            "spec.build.shipwright: Invalid value: 7: must be an object",
        ),
        (
            shipwright(&json!({"strategy": {}})),
            "spec.build.shipwright.strategy.name: Required value: the strategy that makes the image",
        ),
        (
            shipwright(&json!({"strategy": {"name": "A"}})),
            "spec.build.shipwright.strategy.name: Invalid value: \"A\": must be the name of a strategy",
        ),
        (
            shipwright(&json!({"strategy": {"name": "a", "kind": "Task"}})),
            "spec.build.shipwright.strategy.kind: Unsupported value: \"Task\": supported values: \
             \"BuildStrategy\", \"ClusterBuildStrategy\"",
        ),
    ]);
}

#[test]
fn where_the_source_is() {
    problems(&[
        (
            source(&json!(null)),
            "spec.build.srcRepo: Required value: the location of the source",
        ),
        (
            source(&json!("u")),
            "spec.build.srcRepo: Invalid value: \"u\": must be an object",
        ),
        (
            source(&json!({"url": null})),
            "spec.build.srcRepo.url: Required value: a Git repository, where there is no bundleContainer",
        ),
        (
            source(&json!({"url": "a b"})),
            "spec.build.srcRepo.url: Invalid value: \"a b\": must not contain spaces",
        ),
        (
            source(&json!({"bundleContainer": {}})),
            "spec.build.srcRepo.bundleContainer.image: Required value: the image with the source",
        ),
        (
            source(&json!({"bundleContainer": {"image": "a b"}})),
            "spec.build.srcRepo.bundleContainer.image: Invalid value: \"a b\": must not contain spaces",
        ),
        (
            source(&json!({"revision": 7})),
            "spec.build.srcRepo.revision: Invalid value: 7: must be a string",
        ),
        (
            source(&json!({"sourceSubPath": 7})),
            "spec.build.srcRepo.sourceSubPath: Invalid value: 7: must be a string",
        ),
        (
            source(&json!({"credentials": {"secret": "a"}})),
            "spec.build.srcRepo.credentials.name: Required value: the Secret with which the source is fetched",
        ),
        (
            source(&json!({"credentials": {"name": "A"}})),
            "spec.build.srcRepo.credentials.name: Invalid value: \"A\": must be the name of a Secret",
        ),
    ]);
}

#[test]
fn durations_and_limits() {
    for (patch, at) in [
        (json!({"timeout": "-1m"}), "timeout"),
        (json!({"builderMaxAge": "-1m"}), "builderMaxAge"),
        (json!({"shipwright": {"timeout": "-1m"}}), "shipwright.timeout"),
    ] {
        let sentence = format!(
            "spec.build.{at}: Invalid value: \"-1m\": must be a duration that is not negative, such as 90s, 10m or 1h30m"
        );
        problems(&[(build(&patch), &sentence)]);
    }
    problems(&[
        (
            build(&json!({"timeout": "10"})),
            "spec.build.timeout: Invalid value: \"10\": must be a duration that is not negative, such as 90s, 10m \
             or 1h30m",
        ),
        (
            build(&json!({"timeout": 600})),
            "spec.build.timeout: Invalid value: 600: must be a string",
        ),
        (
            build(&json!({"successfulBuildsHistoryLimit": -1})),
            "spec.build.successfulBuildsHistoryLimit: Invalid value: -1: must be at least 0",
        ),
        (
            build(&json!({"failedBuildsHistoryLimit": -1})),
            "spec.build.failedBuildsHistoryLimit: Invalid value: -1: must be at least 0",
        ),
    ]);
}

#[test]
fn parameters() {
    problems(&[
        (
            params(&json!({"a": "b"})),
            "spec.build.shipwright.params: Invalid value: an object: must be a list",
        ),
        (
            params(&json!([null])),
            "spec.build.shipwright.params[0]: Invalid value: null: must be an object",
        ),
        (
            params(&json!([{"value": "v"}])),
            "spec.build.shipwright.params[0].name: Required value: a parameter of the strategy",
        ),
        (
            params(&json!([{"name": "a"}])),
            "spec.build.shipwright.params[0]: Required value: one of value, values, configMapValue and secretValue \
             must be set",
        ),
        (
            params(&json!([{"name": "a", "value": "v", "values": []}])),
            "spec.build.shipwright.params[0]: Forbidden: only one of value, values, configMapValue and secretValue \
             may be set",
        ),
        (
            params(&json!([{"name": "a", "value": 7}])),
            "spec.build.shipwright.params[0].value: Invalid value: 7: must be a string",
        ),
        (
            params(&json!([{"name": "a", "values": [{}]}])),
            "spec.build.shipwright.params[0].values[0]: Required value: one of value, configMapValue and \
             secretValue must be set",
        ),
        (
            params(&json!([{"name": "a", "values": ["v"]}])),
            "spec.build.shipwright.params[0].values[0]: Invalid value: \"v\": must be an object",
        ),
        (
            params(
                &json!([{"name": "a", "values": [{"value": "v", "secretValue": {"name": "n", "key": "k"}}]}]),
            ),
            "spec.build.shipwright.params[0].values[0]: Forbidden: only one of value, configMapValue and \
             secretValue may be set",
        ),
        (
            params(&json!([{"name": "a", "configMapValue": {}}])),
            "spec.build.shipwright.params[0].configMapValue.key: Required value: the key in it; \
             spec.build.shipwright.params[0].configMapValue.name: Required value: where the value is",
        ),
        (
            params(&json!([{"name": "a", "secretValue": {"name": "n", "key": "k", "format": 7}}])),
            "spec.build.shipwright.params[0].secretValue.format: Invalid value: 7: must be a string",
        ),
        (
            params(&json!([{"name": "a", "value": "1"}, {"name": "a", "value": "2"}])),
            "spec.build.shipwright.params[1].name: Duplicate value: \"a\"",
        ),
        (
            params(&json!([{"name": "builder-image", "value": "i"}])),
            "spec.build.shipwright.params[0]: Forbidden: builder-image is set by spec.build.builder",
        ),
        (
            build(
                &json!({"dockerfile": "D", "shipwright": {"params": [{"name": "dockerfile", "value": "i"}]}}),
            ),
            "spec.build.shipwright.params[0]: Forbidden: dockerfile is set by spec.build.dockerfile",
        ),
        (
            build(
                &json!({"env": {"A": "a"}, "shipwright": {"params": [{"name": "ENV_VARS", "value": "i"}]}}),
            ),
            "spec.build.shipwright.params[0]: Forbidden: ENV_VARS is set by spec.build.env",
        ),
    ]);
    let many: Vec<Value> = (0..257)
        .map(|index| json!({"name": format!("p{index}"), "value": ""}))
        .collect();
    problems(&[(
        params(&json!(many)),
        "spec.build.shipwright.params: Too many: 257: must have at most 256 items",
    )]);
}

#[test]
fn variables() {
    problems(&[
        (
            build(&json!({"env": {"1A": "a"}})),
            "spec.build.env: Invalid value: \"1A\": must be the name of an environment variable: letters, digits, \
             '_', '-' or '.', not starting with a digit",
        ),
        (
            build(&json!({"env": {"A": 1}})),
            "spec.build.env[A]: Invalid value: 1: must be a string",
        ),
        (
            build(&json!({"env": super::many(257)})),
            "spec.build.env: Too many: 257: must have at most 256 items",
        ),
    ]);
}

#[test]
fn what_is_not_used_is_said() {
    for (patch, sentence) in [
        (
            build(&json!({"builderMaxAge": "1h"})),
            "spec.build.builderMaxAge: is not used: successfulBuildsHistoryLimit and failedBuildsHistoryLimit \
             decide which builds are kept",
        ),
        (
            build(&json!({"builderCredentials": {"name": "pull"}})),
            "spec.build.builderCredentials: is not used: Shipwright's v1beta1 has no place for it; the nodes must \
             be able to pull the builder",
        ),
        (
            build(&json!({"timeout": "1m", "shipwright": {"timeout": "2m"}})),
            "spec.build.shipwright.timeout: is not used: spec.build.timeout decides",
        ),
        (
            source(&json!({"bundleContainer": {"image": "i"}})),
            "spec.build.srcRepo.url: is not used: the source is in bundleContainer.image",
        ),
        (
            source(&json!({"url": null, "bundleContainer": {"image": "i"}, "revision": "r"})),
            "spec.build.srcRepo.revision: is not used: the source is in bundleContainer.image",
        ),
        (
            build(&json!({"env": {"A": "a#b", "B": "b"}})),
            "spec.build.env[A]: OpenFunction's strategies end a value at its first '#', '=' or space",
        ),
    ] {
        assert_eq!(
            message(&patched(&patch), "Normalized", "Warnings"),
            sentence,
            "{patch}"
        );
    }
    let zero = build(&json!({"builderMaxAge": "0s", "timeout": "0", "env": {"A": ""}}));
    message(&patched(&zero), "Normalized", "AsWritten");
}
