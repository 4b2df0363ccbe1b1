//! The http trigger, its route, and how it scales.

use serde_json::{Value, json};

use super::{http, keda, problems, serving};

#[test]
fn http_trigger() {
    problems(&[
        (
            http(json!({"port": 70000})),
            "spec.serving.triggers.http.port: Invalid value: 70000: must be between 1 and 65535",
        ),
        (
            http(json!({"port": -1})),
            "spec.serving.triggers.http.port: Invalid value: -1: must be between 1 and 65535",
        ),
        (
            http(json!({"port": "70000"})),
            "spec.serving.triggers.http.port: Invalid value: 70000: must be between 1 and 65535",
        ),
        (
            http(json!({"port": "eighty"})),
            "spec.serving.triggers.http.port: Invalid value: \"eighty\": must be a number from 1 to 65535",
        ),
        (
            http(json!({"port": ""})),
            "spec.serving.triggers.http.port: Invalid value: \"\": must be a number from 1 to 65535",
        ),
        (
            http(json!({"port": 80.5})),
            "spec.serving.triggers.http.port: Invalid value: 80.5: must be a whole number of at most 64 bits",
        ),
        (
            http(json!({"port": 99_999_999_999_999_999_999.0})),
            "spec.serving.triggers.http.port: Invalid value: 100000000000000000000: must be a whole number \
             of at most 64 bits",
        ),
        (
            http(json!({"engine": "istio"})),
            "spec.serving.triggers.http.engine: Unsupported value: \"istio\": supported values: \"keda\", \
             \"knative\"",
        ),
        (
            http(json!({"engine": true})),
            "spec.serving.triggers.http.engine: Invalid value: true: must be a string",
        ),
        (
            serving(json!({"triggers": "http"})),
            "spec.serving.triggers: Invalid value: \"http\": must be an object",
        ),
        (
            serving(json!({"triggers": {"http": "yes"}})),
            "spec.serving.triggers.http: Invalid value: \"yes\": must be an object",
        ),
    ]);
}

#[test]
fn route() {
    let hosts = |hosts: Value| http(json!({"route": {"hostnames": hosts}}));
    let path = |path: Value| http(json!({"route": {"rules": [{"matches": [{"path": path}]}]}}));
    let rule = |rule: Value| http(json!({"route": {"rules": [rule]}}));
    let at = "spec.serving.triggers.http.route";
    let rows = [
        (
            hosts(json!(["a.b", "a_b"])),
            ".hostnames[1]: Invalid value: \"a_b\": must be a host name; it may start with '*.'",
        ),
        (
            hosts(json!(["http://a.b"])),
            ".hostnames[0]: Invalid value: \"http://a.b\": must be a host name; it may start with '*.'",
        ),
        (
            hosts(json!([""])),
            ".hostnames[0]: Invalid value: \"\": must be a host name; it may start with '*.'",
        ),
        (
            hosts(json!([7])),
            ".hostnames[0]: Invalid value: 7: must be a string",
        ),
        (
            hosts(json!([null])),
            ".hostnames[0]: Invalid value: null: must be a string",
        ),
        (
            hosts(json!("a.b")),
            ".hostnames: Invalid value: \"a.b\": must be a list",
        ),
        (
            hosts(json!(vec!["a.b"; 17])),
            ".hostnames: Too many: 17: must have at most 16 items",
        ),
        (
            http(json!({"route": {"rules": vec![json!({}); 17]}})),
            ".rules: Too many: 17: must have at most 16 items",
        ),
        (
            rule(json!({"matches": vec![json!({}); 9]})),
            ".rules[0].matches: Too many: 9: must have at most 8 items",
        ),
        (
            rule(json!("x")),
            ".rules[0]: Invalid value: \"x\": must be an object",
        ),
        (
            rule(json!({"matches": {}})),
            ".rules[0].matches: Invalid value: an object: must be a list",
        ),
        (
            rule(json!({"matches": [7]})),
            ".rules[0].matches[0]: Invalid value: 7: must be an object",
        ),
        (
            path(json!("/")),
            ".rules[0].matches[0].path: Invalid value: \"/\": must be an object",
        ),
        (
            path(json!({"value": ""})),
            ".rules[0].matches[0].path.value: Invalid value: \"\": must start with /",
        ),
        (
            path(json!({"value": "cart"})),
            ".rules[0].matches[0].path.value: Invalid value: \"cart\": must start with /",
        ),
        (
            path(json!({"value": 1})),
            ".rules[0].matches[0].path.value: Invalid value: 1: must be a string",
        ),
        (
            path(json!({"type": "Glob", "value": "/"})),
            ".rules[0].matches[0].path.type: Unsupported value: \"Glob\": supported values: \"Exact\", \
             \"PathPrefix\", \"RegularExpression\"",
        ),
        (
            path(json!({"type": 1, "value": "/"})),
            ".rules[0].matches[0].path.type: Invalid value: 1: must be a string",
        ),
        (
            path(json!({"type": "RegularExpression", "value": "/.*"})),
            ".rules[0].matches[0].path.type: Invalid value: \"RegularExpression\": the HTTP add-on's \
             interceptor has no regular expressions; use PathPrefix",
        ),
        (
            http(json!({"route": {"gatewayRef": {"name": "g"}}})),
            ".gatewayRef.namespace: Required value: the namespace of the Gateway",
        ),
        (
            http(json!({"route": {"gatewayRef": {"namespace": "g"}}})),
            ".gatewayRef.name: Required value: an OpenFunction Gateway",
        ),
    ];
    let rows = rows.map(|(patch, sentence)| (patch, format!("{at}{sentence}")));
    for (patch, sentence) in rows {
        problems(&[(patch, &sentence)]);
    }
}

#[test]
fn scaling() {
    let options = |patch: Value| serving(json!({"scaleOptions": patch}));
    problems(&[
        (
            options(json!({"minReplicas": -1})),
            "spec.serving.scaleOptions.minReplicas: Invalid value: -1: must be at least 0",
        ),
        (
            options(json!({"maxReplicas": 0})),
            "spec.serving.scaleOptions.maxReplicas: Invalid value: 0: must be at least 1",
        ),
        (
            options(json!({"minReplicas": 3, "maxReplicas": 2})),
            "spec.serving.scaleOptions.minReplicas: Invalid value: 3: must not be greater than maxReplicas, \
             which is 2",
        ),
        (
            options(json!({"minReplicas": 101})),
            "spec.serving.scaleOptions.minReplicas: Invalid value: 101: must not be greater than maxReplicas, \
             which is 100 when it is not set",
        ),
        (
            options(json!({"maxReplicas": 3_000_000_000_u32})),
            "spec.serving.scaleOptions.maxReplicas: Invalid value: 3000000000: must be a whole number of at \
             most 32 bits",
        ),
        (
            options(json!({"maxReplicas": "10"})),
            "spec.serving.scaleOptions.maxReplicas: Invalid value: \"10\": must be a whole number of at most \
             32 bits",
        ),
        (
            keda(json!({"httpScaledObject": {}, "scaledObject": {}})),
            "spec.serving.scaleOptions.keda: Forbidden: only one of httpScaledObject, scaledObject and \
             scaledJob may be set",
        ),
        (
            keda(json!({"httpScaledObject": {"targetPendingRequests": 0}})),
            "spec.serving.scaleOptions.keda.httpScaledObject.targetPendingRequests: Invalid value: 0: must be \
             at least 1",
        ),
        (
            keda(json!({"httpScaledObject": {"cooldownPeriod": -1}})),
            "spec.serving.scaleOptions.keda.httpScaledObject.cooldownPeriod: Invalid value: -1: must be at \
             least 0",
        ),
        (
            keda(json!({"httpScaledObject": {"minReplicaCount": -2}})),
            "spec.serving.scaleOptions.keda.httpScaledObject.minReplicaCount: Invalid value: -2: must be at \
             least 0",
        ),
        (
            keda(json!({"httpScaledObject": {"maxReplicaCount": 0}})),
            "spec.serving.scaleOptions.keda.httpScaledObject.maxReplicaCount: Invalid value: 0: must be at \
             least 1",
        ),
        (
            keda(json!({"httpScaledObject": {"minReplicaCount": 4, "maxReplicaCount": 3}})),
            "spec.serving.scaleOptions.keda.httpScaledObject.minReplicaCount: Invalid value: 4: must not be \
             greater than maxReplicaCount, which is 3",
        ),
        (
            keda(json!({"scaledObject": {"minReplicaCount": 4, "maxReplicaCount": 3}})),
            "spec.serving.scaleOptions.keda.scaledObject.minReplicaCount: Invalid value: 4: must not be greater \
             than maxReplicaCount, which is 3",
        ),
        (
            keda(json!({"httpScaledObject": {"minReplicaCount": 101}})),
            "spec.serving.scaleOptions.keda.httpScaledObject.minReplicaCount: Invalid value: 101: must not be \
             greater than maxReplicaCount, which is 100 when it is not set",
        ),
        (
            options(json!({"minReplicas": 4, "keda": {"httpScaledObject": {"maxReplicaCount": 3}}})),
            "spec.serving.scaleOptions.minReplicas: Invalid value: 4: must not be greater than \
             maxReplicaCount, which is 3",
        ),
        (
            options(json!({"maxReplicas": 3, "keda": {"httpScaledObject": {"minReplicaCount": 4}}})),
            "spec.serving.scaleOptions.keda.httpScaledObject.minReplicaCount: Invalid value: 4: must not be \
             greater than maxReplicas, which is 3",
        ),
        (
            keda(json!({"scaledObject": {"pollingInterval": 0}})),
            "spec.serving.scaleOptions.keda.scaledObject.pollingInterval: Invalid value: 0: must be at least 1",
        ),
        (
            keda(json!({"scaledObject": {"cooldownPeriod": -5}})),
            "spec.serving.scaleOptions.keda.scaledObject.cooldownPeriod: Invalid value: -5: must be at least 0",
        ),
        (
            keda(json!({"scaledJob": {"restartPolicy": "Always"}})),
            "spec.serving.scaleOptions.keda.scaledJob.restartPolicy: Unsupported value: \"Always\": supported \
             values: \"Never\", \"OnFailure\"",
        ),
        (
            keda(json!({"scaledJob": {"failedJobsHistoryLimit": -1}})),
            "spec.serving.scaleOptions.keda.scaledJob.failedJobsHistoryLimit: Invalid value: -1: must be at \
             least 0",
        ),
        (
            keda(json!({"triggers": "kafka"})),
            "spec.serving.scaleOptions.keda.triggers: Invalid value: \"kafka\": must be a list",
        ),
    ]);
}
