//! Dapr triggers, inputs, outputs and components.

use serde_json::{Value, json};

use super::{http, message, patched, problems, serving};

#[test]
fn dapr() {
    let trigger = |item: Value| serving(json!({"triggers": {"dapr": [item]}}));
    let output = |item: Value| serving(json!({"outputs": [item]}));
    let mode = |mode: &str| {
        serving(
            json!({"annotations": {"openfunction.io/dapr-service-mode": mode, "openfunction.io/enable-dapr": "true"}}),
        )
    };
    problems(&[
        (
            mode("both"),
            "spec.serving.annotations[openfunction.io/dapr-service-mode]: Unsupported value: \"both\": supported \
             values: \"sidecar\", \"standalone\"",
        ),
        (
            trigger(json!({"type": "pubsub.redis"})),
            "spec.serving.triggers.dapr[0].name: Required value: the Dapr component",
        ),
        (
            trigger(json!({"name": "orders"})),
            "spec.serving.triggers.dapr[0].type: Required value: the Function defines no component \"orders\", \
             so its type must be written here",
        ),
        (
            trigger(json!({"name": "orders", "type": "kafka"})),
            "spec.serving.triggers.dapr[0].type: Invalid value: \"kafka\": must be bindings.… or pubsub.…",
        ),
        (
            trigger(json!({"name": "A B", "type": "pubsub.redis"})),
            "spec.serving.triggers.dapr[0].name: Invalid value: \"A B\": must be the name of a Dapr component",
        ),
        (
            trigger(json!("orders")),
            "spec.serving.triggers.dapr[0]: Invalid value: \"orders\": must be an object",
        ),
        (
            serving(json!({"triggers": {"dapr": [
                {"name": "a", "type": "pubsub.x"}, {"name": "a", "type": "pubsub.x"}]}})),
            "spec.serving.triggers.dapr[1]: Duplicate value: \"a\"",
        ),
        (
            serving(json!({"triggers": {"inputs": [{"dapr": 7}]}})),
            "spec.serving.triggers.inputs[0].dapr: Invalid value: 7: must be an object",
        ),
        (
            http(json!({"inputs": [{"name": "a"}]})),
            "spec.serving.triggers.http.inputs[0].type: Required value: the Function defines no component \
             \"a\", so its type must be written here",
        ),
        (
            output(json!({"dapr": {"type": "bindings.http"}})),
            "spec.serving.outputs[0].dapr.name: Required value: the Dapr component",
        ),
        (
            output(json!({"dapr": {"name": "a", "type": "state.redis"}})),
            "spec.serving.outputs[0].dapr.type: Invalid value: \"state.redis\": must be bindings.… or pubsub.…",
        ),
        (
            output(json!({"dapr": {"name": "a", "type": "bindings.http", "metadata": {"k": 1}}})),
            "spec.serving.outputs[0].dapr.metadata[k]: Invalid value: 1: must be a string",
        ),
        (
            output(json!({"component": "", "name": "x"})),
            "spec.serving.outputs[0].component: Required value: the Dapr component",
        ),
        (
            serving(json!({"bindings": {"A": {"type": "bindings.http", "version": "v1"}}})),
            "spec.serving.bindings: Invalid value: \"A\": must be a DNS label: at most 63 lower-case letters, \
             digits or '-', starting and ending with a letter or digit",
        ),
        (
            serving(json!({"bindings": {"a": {"version": "v1"}}})),
            "spec.serving.bindings[a].type: Required value: the type of the component, such as bindings.kafka",
        ),
        (
            serving(json!({"pubsub": {"a": {"type": "pubsub.redis"}}})),
            "spec.serving.pubsub[a].version: Required value: the version of the component, such as v1",
        ),
        (
            serving(json!({"pubsub": {"a": {"type": "bindings.kafka", "version": "v1"}}})),
            "spec.serving.pubsub[a].type: Invalid value: \"bindings.kafka\": must be pubsub.…",
        ),
        (
            serving(
                json!({"bindings": {"a": {"type": "bindings.x", "version": "v1", "metadata": [{"value": 1}]}}}),
            ),
            "spec.serving.bindings[a].metadata[0].name: Required value: the name of a setting of the component",
        ),
        (
            serving(json!({"states": {"a": {"spec": {"type": "state.redis"}}}})),
            "spec.serving.states[a].spec.version: Required value: the version of the component, such as v1",
        ),
        (
            serving(json!({"states": {"a": {"spec": {"type": "pubsub.redis", "version": "v1"}}}})),
            "spec.serving.states[a].spec.type: Invalid value: \"pubsub.redis\": must be state.…",
        ),
        (
            serving(json!({"outputs": vec![json!({"dapr": {"name": "a", "type": "bindings.x"}}); 65]})),
            &format!(
                "spec.serving.outputs: Too many: 65: must have at most 64 items; {}; and 32 more",
                (1..32)
                    .map(|index| format!("spec.serving.outputs[{index}].dapr: Duplicate value: \"a\""))
                    .collect::<Vec<_>>()
                    .join("; ")
            ),
        ),
    ]);
}

#[test]
fn annotations() {
    let annotation = |key: &str, value: &str| serving(json!({"annotations": {key: value}}));
    let id = |shown: &str| {
        format!(
            "spec.serving.annotations[dapr.io/app-id]: Invalid value: {shown:?}: must be a DNS label of at most 58 \
             characters: Dapr makes a Service of it and '-dapr'"
        )
    };
    let long = "a".repeat(59);
    problems(&[
        (annotation("dapr.io/app-id", "A"), &id("A")),
        (annotation("dapr.io/app-id", "a.b"), &id("a.b")),
        (annotation("dapr.io/app-id", ""), &id("")),
        (annotation("dapr.io/app-id", &long), &id(&long)),
        (
            annotation("dapr.io/app-protocol", "tcp"),
            "spec.serving.annotations[dapr.io/app-protocol]: Unsupported value: \"tcp\": supported values: \
             \"grpc\", \"grpcs\", \"h2c\", \"http\", \"https\"",
        ),
        (
            serving(json!({"annotations": {"dapr.io/app-protocol": "h2c",
                "openfunction.io/enable-dapr": "true", "openfunction.io/dapr-service-mode": "standalone"}})),
            "spec.serving.annotations[dapr.io/app-protocol]: Unsupported value: \"h2c\": supported values: \
             \"grpc\", \"http\"",
        ),
    ]);
    for protocol in ["grpc", "grpcs", "h2c", "http", "https"] {
        let answer = patched(&annotation("dapr.io/app-protocol", protocol));
        message(&answer, "Ready", "Creating");
    }
    message(
        &patched(&annotation("dapr.io/app-id", &"a".repeat(58))),
        "Ready",
        "Creating",
    );
}

#[test]
fn settings_of_components() {
    let component = |patch: Value| {
        let mut component = json!({"type": "bindings.x", "version": "v1"});
        super::merge(&mut component, &patch);
        serving(json!({"bindings": {"a": component}}))
    };
    let setting = |setting: Value| component(json!({"metadata": [setting]}));
    let one = "the value of a setting is in one of value, secretKeyRef and envRef";
    let secret = json!({"name": "s", "key": "k"});
    problems(&[
        (
            component(json!({"metadata": [{"name": "a"}, {"name": "b"}, {"name": "a"}]})),
            "spec.serving.bindings[a].metadata[2].name: Duplicate value: \"a\"",
        ),
        (
            component(json!({"metadata": {"a": "b"}})),
            "spec.serving.bindings[a].metadata: Invalid value: an object: must be a list",
        ),
        (
            component(json!({"metadata": [7]})),
            "spec.serving.bindings[a].metadata[0]: Invalid value: 7: must be an object; \
             spec.serving.bindings[a].metadata[0].name: Required value: the name of a setting of the component",
        ),
        (
            component(json!({"ignoreErrors": "true"})),
            "spec.serving.bindings[a].ignoreErrors: Invalid value: \"true\": must be true or false",
        ),
        (
            component(json!({"initTimeout": 5})),
            "spec.serving.bindings[a].initTimeout: Invalid value: 5: must be a string",
        ),
        (
            setting(json!({"name": "n", "value": 0, "secretKeyRef": secret})),
            &format!("spec.serving.bindings[a].metadata[0].secretKeyRef: Forbidden: {one}"),
        ),
        (
            setting(json!({"name": "n", "secretKeyRef": secret, "envRef": "E"})),
            &format!("spec.serving.bindings[a].metadata[0].envRef: Forbidden: {one}"),
        ),
        (
            setting(json!({"name": "n", "secretKeyRef": {"key": "k"}})),
            "spec.serving.bindings[a].metadata[0].secretKeyRef.name: Required value: the Secret with the value of \
             a setting",
        ),
        (
            setting(json!({"name": "n", "secretKeyRef": "s"})),
            "spec.serving.bindings[a].metadata[0].secretKeyRef: Invalid value: \"s\": must be an object",
        ),
        (
            setting(json!({"name": "n", "envRef": 1})),
            "spec.serving.bindings[a].metadata[0].envRef: Invalid value: 1: must be a string",
        ),
        (
            setting(json!({"name": "n", "value": [1, null]})),
            "spec.serving.bindings[a].metadata[0].value[1]: Invalid value: null: must not be null",
        ),
        (
            setting(json!({"name": "n", "value": {"x": 1e20}})),
            "spec.serving.bindings[a].metadata[0].value[x]: Invalid value: 100000000000000000000: must be a whole \
             number of at most 64 bits",
        ),
    ]);
}

/// A Function whose names are cut, and two keys whose whole names have one hash.
#[test]
fn two_components_of_one_name_are_a_mistake() {
    let function = "f".repeat(240);
    let hash = |key: &str| {
        let name = format!("{function}-bindings-{key}");
        name.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        })
    };
    let mut seen = std::collections::HashMap::new();
    let (one, two) = (0..)
        .find_map(|number| {
            let key = format!("key-{number}");
            let earlier = seen.insert(hash(&key), key.clone());
            earlier.map(|earlier| (earlier, key))
        })
        .unwrap();
    let component = json!({"type": "bindings.x", "version": "v1"});
    let name = format!("{}-{:08x}", "f".repeat(240) + "-bin", hash(&one));
    assert_eq!(name.len(), 253);
    let mut keys = [one, two];
    keys.sort();
    let shown: String = name.chars().take(64).collect();
    let function = serving(
        json!({"triggers": {"http": null, "dapr": [{"name": "x", "type": "bindings.x"}]},
        "bindings": {&keys[0]: component, &keys[1]: component}}),
    );
    let mut patch = json!({"metadata": {"name": "f".repeat(240)}});
    super::merge(&mut patch, &function);
    problems(&[(
        patch,
        &format!(
            "spec.serving.bindings[{}]: Duplicate value: \"{shown}…\"",
            keys[1]
        ),
    )]);
}

#[test]
fn an_unused_mode_is_no_mistake() {
    let annotations = json!({"openfunction.io/dapr-service-mode": "standalone"});
    let answer = patched(&serving(json!({"annotations": annotations})));
    message(&answer, "Ready", "Creating");
}
