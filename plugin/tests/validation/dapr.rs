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
            mode("standalone"),
            "spec.serving.annotations[openfunction.io/dapr-service-mode]: Forbidden: this version does not have \
             the standalone mode (a proxy Deployment); use sidecar",
        ),
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
             so that its type must be written here",
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
             \"a\", so that its type must be written here",
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
             digits or '-', with a letter or digit at both ends",
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
                "spec.serving.outputs: Too many: 65: must have at most 64 items; {}; and 33 more",
                (1..32)
                    .map(|index| format!("spec.serving.outputs[{index}].dapr: Duplicate value: \"a\""))
                    .collect::<Vec<_>>()
                    .join("; ")
            ),
        ),
    ]);
}

#[test]
fn standalone_is_no_mistake_where_dapr_is_off() {
    let annotations = json!({"openfunction.io/dapr-service-mode": "standalone"});
    let answer = patched(&serving(json!({"annotations": annotations})));
    message(&answer, "Ready", "Creating");
}
