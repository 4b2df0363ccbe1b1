//! The pod template.

use serde_json::{Value, json};

use super::{problems, serving};

#[test]
fn template() {
    let template = |patch: Value| serving(json!({"template": patch}));
    let containers = |list: Value| serving(json!({"template": {"containers": list}}));
    let at = "spec.serving.template";
    let rows = [
        (
            serving(json!({"template": "x"})),
            ": Invalid value: \"x\": must be an object",
        ),
        (
            containers(json!("function")),
            ".containers: Invalid value: \"function\": must be a list",
        ),
        (
            containers(json!(["function"])),
            ".containers[0]: Invalid value: \"function\": must be an object",
        ),
        (
            containers(json!([null])),
            ".containers[0]: Invalid value: null: must not be null",
        ),
        (
            containers(json!([{"image": "x"}])),
            ".containers[0].name: Required value: every container has a name",
        ),
        (
            containers(json!([{"name": "A", "image": "x"}])),
            ".containers[0].name: Invalid value: \"A\": must be a DNS label: at most 63 lower-case letters, \
             digits or '-', with a letter or digit at both ends",
        ),
        (
            containers(json!([{"name": "function"}, {"name": "function"}])),
            ".containers[1].name: Duplicate value: \"function\"",
        ),
        (
            template(
                json!({"containers": [{"name": "a", "image": "x"}], "initContainers": [{"name": "a", "image": "x"}]}),
            ),
            ".initContainers[0].name: Duplicate value: \"a\"",
        ),
        (
            containers(json!([{"name": "sidecar"}])),
            ".containers[0].image: Required value: spec.image is that of the container \"function\" alone",
        ),
        (
            containers(json!([{"name": "function", "image": 7}])),
            ".containers[0].image: Invalid value: 7: must be a string",
        ),
        (
            template(json!({"initContainers": [{"name": "setup"}]})),
            ".initContainers[0].image: Required value: spec.image is that of the container \"function\" alone",
        ),
        (
            containers(json!([{"name": "function", "env": {"A": "x"}}])),
            ".containers[0].env: Invalid value: an object: must be a list",
        ),
        (
            containers(json!([{"name": "function", "env": [{"value": "x"}]}])),
            ".containers[0].env[0].name: Required value: every variable has a name",
        ),
        (
            containers(json!([{"name": "function", "env": [{"name": "A=B", "value": "x"}]}])),
            ".containers[0].env[0].name: Invalid value: \"A=B\": must be the name of an environment variable: \
             letters, digits, '_', '-' or '.', with no digit in front",
        ),
        (
            containers(json!([{"name": "function", "env": [{"name": "A", "value": 1}]}])),
            ".containers[0].env[0].value: Invalid value: 1: must be a string",
        ),
        (
            containers(json!([{"name": "function", "ports": [{"name": "x"}]}])),
            ".containers[0].ports[0].containerPort: Required value: the number of the port",
        ),
        (
            containers(json!([{"name": "function", "ports": [{"containerPort": 0}]}])),
            ".containers[0].ports[0].containerPort: Invalid value: 0: must be between 1 and 65535",
        ),
        (
            containers(json!([{"name": "function", "ports": [{"containerPort": "80"}]}])),
            ".containers[0].ports[0].containerPort: Invalid value: \"80\": must be a whole number",
        ),
        (
            containers(json!([{"name": "function", "ports": [
                {"containerPort": 53, "protocol": "TCP"}, {"containerPort": 53, "protocol": "UDP"}]}])),
            ".containers[0].ports[1].containerPort: Duplicate value: 53",
        ),
        (
            containers(json!([{"name": "function", "ports": [
                {"containerPort": 1, "name": "a"}, {"containerPort": 2, "name": "a"}]}])),
            ".containers[0].ports[1].name: Duplicate value: \"a\"",
        ),
        (
            containers(json!([{"name": "function", "resources": {"limits": {"cpu": "fast"}}}])),
            ".containers[0].resources.limits[cpu]: Invalid value: \"fast\": must be a quantity, such as 500m, \
             2 or 64Mi",
        ),
        (
            template(json!({"restartPolicy": "Never"})),
            ".restartPolicy: Unsupported value: \"Never\": supported values: \"Always\"",
        ),
        (
            template(json!({"restartPolicy": 1})),
            ".restartPolicy: Invalid value: 1: must be a string",
        ),
        (
            template(json!({"imagePullSecrets": ["a"]})),
            ".imagePullSecrets[0]: Invalid value: \"a\": must be an object",
        ),
        (
            containers(Value::Array(
                (0..33)
                    .map(|index| json!({"name": format!("c{index}"), "image": "x"}))
                    .collect(),
            )),
            ".containers: Too many: 33: must have at most 32 items",
        ),
    ];
    let rows = rows.map(|(patch, sentence)| (patch, format!("{at}{sentence}")));
    for (patch, sentence) in rows {
        problems(&[(patch, &sentence)]);
    }
}
