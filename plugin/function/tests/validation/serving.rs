//! Words, params, labels, annotations, hooks and tracing.

use serde_json::json;

use super::{many, problems, serving};

#[test]
fn words() {
    problems(&[
        (
            serving(json!({"workloadType": "DaemonSet"})),
            "spec.serving.workloadType: Unsupported value: \"DaemonSet\": supported values: \"Deployment\", \
             \"Job\", \"StatefulSet\"",
        ),
        (
            serving(json!({"hooks": {"policy": "Prepend"}})),
            "spec.serving.hooks.policy: Unsupported value: \"Prepend\": supported values: \"Append\", \
             \"Override\"",
        ),
        (
            serving(json!({"hooks": {"pre": [1]}})),
            "spec.serving.hooks.pre[0]: Invalid value: 1: must be a string",
        ),
        (
            serving(json!({"hooks": {"post": vec!["h"; 65]}})),
            "spec.serving.hooks.post: Too many: 65: must have at most 64 items",
        ),
        (
            serving(json!({"tracing": {"provider": {"name": "skywalking"}}})),
            "spec.serving.tracing.enabled: Required value: true or false",
        ),
        (
            serving(json!({"tracing": {"enabled": true}})),
            "spec.serving.tracing.provider: Required value: the tracing provider",
        ),
        (
            serving(json!({"tracing": {"enabled": true, "provider": {}}})),
            "spec.serving.tracing.provider.name: Required value: skywalking or opentelemetry",
        ),
        (
            serving(
                json!({"tracing": {"enabled": true, "provider": {"name": "skywalking", "exporter": {"name": "y"}}}}),
            ),
            "spec.serving.tracing.provider.exporter.endpoint: Required value: the address that traces are sent to",
        ),
        (
            serving(
                json!({"tracing": {"enabled": true, "provider": {"name": "skywalking", "exporter": {"endpoint": "y"}}}}),
            ),
            "spec.serving.tracing.provider.exporter.name: Required value: the exporter",
        ),
        (
            serving(json!({"tracing": {"enabled": "yes", "provider": {"name": "skywalking"}}})),
            "spec.serving.tracing.enabled: Invalid value: \"yes\": must be true or false",
        ),
    ]);
}

#[test]
fn params_labels_and_annotations() {
    const LABEL: &str = "must be a label value: at most 63 letters, digits, '-', '_' or '.', with a letter or \
                         digit at both ends";
    problems(&[
        (
            serving(json!({"params": {"1A": "x"}})),
            "spec.serving.params: Invalid value: \"1A\": must be the name of an environment variable: letters, \
             digits, '_', '-' or '.', not starting with a digit",
        ),
        (
            serving(json!({"params": {"A": 1}})),
            "spec.serving.params[A]: Invalid value: 1: must be a string",
        ),
        (
            serving(json!({"params": many(257)})),
            "spec.serving.params: Too many: 257: must have at most 256 items",
        ),
        (
            serving(json!({"labels": {"a": 1}})),
            "spec.serving.labels[a]: Invalid value: 1: must be a string",
        ),
        (
            serving(json!({"labels": {"a": "x y"}})),
            &format!("spec.serving.labels[a]: Invalid value: \"x y\": {LABEL}"),
        ),
        (
            serving(json!({"labels": {"a/b/c": "x"}})),
            "spec.serving.labels: Invalid value: \"a/b/c\": must be a label key: a name, with or without a DNS \
             prefix and '/'",
        ),
        (
            serving(json!({"labels": {"controller-uid": "x"}})),
            "spec.serving.labels[controller-uid]: Forbidden: Metacontroller finds its objects by this label",
        ),
        (
            serving(json!({"labels": many(257)})),
            "spec.serving.labels: Too many: 257: must have at most 256 items",
        ),
        (
            serving(json!({"annotations": {"a b": "x"}})),
            "spec.serving.annotations: Invalid value: \"a b\": must be an annotation key: a name, with or \
             without a DNS prefix and '/'",
        ),
        (
            serving(json!({"annotations": {"a": true}})),
            "spec.serving.annotations[a]: Invalid value: true: must be a string",
        ),
        (
            serving(json!({"annotations": many(257)})),
            "spec.serving.annotations: Too many: 257: must have at most 256 items",
        ),
    ]);
}
