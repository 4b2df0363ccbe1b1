//! What KEDA's webhook and its scalers refuse.

use serde_json::{Value, json};

use super::super::{keda, merge, message, patched, serving};
use super::{invalid, row};

/// An async function with these triggers, and `options` beside them.
fn scaled(triggers: Value, options: Value) -> Value {
    let mut patch = serving(json!({
        "triggers": {"http": null, "dapr": [{"name": "orders", "topic": "placed"}]},
        "pubsub": {"orders": {"type": "pubsub.redis", "version": "v1"}},
        "template": {"containers": [{"name": "function", "resources": {"limits": {"cpu": "1", "memory": "1Gi"}}}]},
    }));
    patch["spec"]["serving"]["scaleOptions"] = json!({"keda": {"triggers": triggers}});
    merge(&mut patch, &options);
    patch
}

fn scaled_object(options: Value) -> Value {
    keda(json!({"scaledObject": options}))
}

#[test]
fn keda_refuses_these_triggers() {
    let cpu = |metric: &str, value: &str| {
        let mut trigger = json!({"type": "cpu", "metadata": {"value": value}});
        if !metric.is_empty() {
            trigger["metricType"] = json!(metric);
        }
        trigger
    };
    let mut old = cpu("Utilization", "60");
    old["metadata"]["type"] = json!("Utilization");
    let cron = json!({"timezone": "UTC", "start": "0 8 * * *", "end": "0 18 * * *", "desiredReplicas": "3"});
    let mut rows = Vec::new();
    let mut add = |source: &'static str, trigger: Value, path: &str, sentence: &str| {
        let path = format!("scaleOptions.keda.triggers[0].{path}");
        rows.push(row(source, scaled(json!([trigger]), json!({})), &path, sentence));
    };
    let (scaler, types) = ("cpu_memory_scaler.go", "scaletriggers_types.go");
    let resources = "supported values: \"AverageValue\", \"Utilization\"";
    add(
        types,
        json!({"type": "cron", "metadata": cron, "useCachedMetrics": true}),
        "useCachedMetrics",
        "Forbidden: KEDA caches no metrics of the scaler cron",
    );
    add(
        scaler,
        cpu("", "60"),
        "metricType",
        "Required value: AverageValue or Utilization, for the scalers cpu and memory",
    );
    add(
        scaler,
        cpu("Value", "60"),
        "metricType",
        &format!("Unsupported value: \"Value\": {resources}"),
    );
    add(
        scaler,
        old,
        "metadata.type",
        "Forbidden: metricType is set; KEDA takes only one of them",
    );
    add(
        scaler,
        cpu("Utilization", "60m"),
        "metadata.value",
        "Invalid value: \"60m\": must be a whole number, in percent of the request",
    );
    add(
        scaler,
        cpu("AverageValue", "much"),
        "metadata.value",
        "Invalid value: \"much\": must be a quantity, such as 500m or 64Mi",
    );
    add(
        "scaler.go",
        json!({"type": "redis", "metricType": "Utilization", "metadata": {"listName": "l"}}),
        "metricType",
        "Unsupported value: \"Utilization\": supported values: \"AverageValue\", \"Value\"",
    );
    for (name, keys) in [
        ("aws-sqs-queue", &["awsRegion", "queueURL"][..]),
        ("azure-queue", &["queueName"]),
        ("cron", &["desiredReplicas", "end", "start", "timezone"]),
        ("external", &["scalerAddress"]),
        ("external-push", &["scalerAddress"]),
        ("graphite", &["query", "queryTime", "serverAddress"]),
        ("kafka", &["bootstrapServers", "consumerGroup"]),
        ("kubernetes-workload", &["podSelector"]),
        ("loki", &["query", "serverAddress", "threshold"]),
        ("prometheus", &["query", "serverAddress", "threshold"]),
        ("rabbitmq", &["queueName"]),
        ("redis", &["listName"]),
    ] {
        for missing in keys {
            let mut metadata = json!({});
            for key in keys.iter().filter(|key| *key != missing) {
                metadata[*key] = json!("x");
            }
            add(
                "pkg/scalers",
                json!({"type": name, "metadata": metadata}),
                &format!("metadata.{missing}"),
                &format!("Required value: the scaler {name} needs it"),
            );
        }
    }
    invalid(rows, patched);
    for fine in [
        json!({"type": "kafka", "metadata": {"bootstrapServersFromEnv": "A", "consumerGroup": "g"}}),
        json!({"type": "kafka", "metadata": {}, "authenticationRef": {"name": "a"}}),
        json!({"type": "a-scaler-of-tomorrow", "metadata": {}}),
        json!({"type": "memory", "metadata": {"type": "AverageValue", "value": "64Mi"}}),
    ] {
        message(&patched(&scaled(json!([fine]), json!({}))), "Ready", "Creating");
    }
}

#[test]
fn keda_refuses_these_scaled_objects() {
    let redis = json!({"type": "redis", "name": "a", "metadata": {"listName": "l"}});
    let mut by_value = redis.clone();
    by_value["metricType"] = json!("Value");
    let cpu = json!({"type": "cpu", "metricType": "Utilization", "metadata": {"value": "60"}});
    let fallback = json!({"fallback": {"failureThreshold": 3, "replicas": 2}});
    let modifiers = |modifiers: Value| json!({"advanced": {"scalingModifiers": modifiers}});
    let mut by_formula = modifiers(json!({"formula": "a", "target": "5", "metricType": "Value"}));
    merge(&mut by_formula, &fallback);
    let only = "Forbidden: KEDA allows it only with a trigger other than cpu and memory whose metricType is \
                AverageValue";
    let (types, hook) = ("scaledobject_types.go", "scaledobject_webhook.go");
    let long = "a".repeat(64);
    let mut rows = Vec::new();
    let mut add = |source: &'static str, triggers: Value, options: Value, path: &str, sentence: &str| {
        let path = format!("scaleOptions.keda.scaledObject.{path}");
        rows.push(row(
            source,
            scaled(triggers, scaled_object(options)),
            &path,
            sentence,
        ));
    };
    add(types, json!([cpu]), fallback.clone(), "fallback", only);
    add(types, json!([by_value]), fallback.clone(), "fallback", only);
    add(
        types,
        json!([redis]),
        by_formula,
        "fallback",
        "Forbidden: KEDA allows it only where advanced.scalingModifiers.metricType is AverageValue",
    );
    add(
        types,
        json!([redis]),
        json!({"idleReplicaCount": 1}),
        "idleReplicaCount",
        "Invalid value: 1: must be less than the minimum of replicas, which is 1",
    );
    add(
        hook,
        json!([redis]),
        json!({"advanced": {"horizontalPodAutoscalerConfig": {"name": long}}}),
        "advanced.horizontalPodAutoscalerConfig.name",
        &format!(
            "Invalid value: {long:?}: must have at most 63 lower-case letters, digits, '-' or '.', with a letter or \
             digit at both ends"
        ),
    );
    for (formula, path, sentence) in [
        (
            json!({"target": "5"}),
            "formula",
            "Required value: the formula over the metrics of the triggers",
        ),
        (
            json!({"formula": "a"}),
            "target",
            "Required value: the value of the formula for each replica",
        ),
        (
            json!({"formula": "a", "target": "0"}),
            "target",
            "Invalid value: \"0\": must be a number greater than 0",
        ),
        (
            json!({"formula": "a", "target": "5", "metricType": "Utilization"}),
            "metricType",
            "Unsupported value: \"Utilization\": supported values: \"AverageValue\", \"Value\"",
        ),
        (
            json!({"formula": "max([a, b]) + 1", "target": "5"}),
            "formula",
            "Invalid value: \"b\": must be the name of a trigger other than cpu and memory",
        ),
    ] {
        let path = format!("advanced.scalingModifiers.{path}");
        add(hook, json!([redis]), modifiers(formula), &path, sentence);
    }
    invalid(rows, patched);
    for formula in [
        "a * 2.5",
        "a > 10 ? a : 1",
        "float(a) + min(a, 3e2)",
        "let x = a; x { y }",
    ] {
        let options = scaled_object(modifiers(json!({"formula": formula, "target": "0.5"})));
        message(&patched(&scaled(json!([redis]), options)), "Ready", "Creating");
    }
    let both = scaled(json!([cpu, redis]), scaled_object(fallback));
    message(&patched(&both), "Ready", "Creating");
}
