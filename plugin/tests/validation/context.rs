//! Hooks and tracing, and the annotations that v1beta1 had for them.

use serde_json::json;

use super::{problems, serving};

#[test]
fn providers_are_known() {
    problems(&[(
        serving(json!({"tracing": {"enabled": true, "provider": {"name": "zipkin"}}})),
        "spec.serving.tracing.provider.name: Unsupported value: \"zipkin\": supported values: \"opentelemetry\", \
         \"skywalking\"",
    )]);
}

#[test]
fn annotations_are_yaml() {
    let annotation = |key: &str, text: &str| json!({"metadata": {"annotations": {key: text}}});
    problems(&[
        (
            annotation("plugins", "pre:\n- a\n b: c\n"),
            "metadata.annotations[plugins]: Invalid value: line 3 is indented otherwise than the lines before it",
        ),
        (
            annotation("plugins", "- a\n"),
            "metadata.annotations[plugins]: Invalid value: a list: must be an object",
        ),
        (
            annotation("plugins", "pre: a\n"),
            "metadata.annotations[plugins].pre: Invalid value: \"a\": must be a list",
        ),
        (
            annotation("plugins", "order: [a, 1]\n"),
            "metadata.annotations[plugins].order[1]: Invalid value: 1: must be a string",
        ),
        (
            annotation("plugins.tracing", "enabled: true\n"),
            "metadata.annotations[plugins.tracing].provider: Required value: who collects the traces",
        ),
        (
            annotation("plugins.tracing", "enabled: true\nprovider: {name: x\n"),
            "metadata.annotations[plugins.tracing]: Invalid value: line 2 has brackets that are not read here: \
             write it as a block or as JSON",
        ),
    ]);
}
