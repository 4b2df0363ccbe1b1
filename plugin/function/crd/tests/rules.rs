//! What an API server refuses at once, with what it says, and what it does not refuse.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by a panic"
)]
#![allow(
    clippy::needless_pass_by_value,
    reason = "a table is read more easily without a `&` in each row"
)]

mod support;

use serde_json::{Value, json};
use support::{admission, refusal, schema};

const LABEL: &str =
    "at most 63 lower-case letters, digits or '-', starting and ending with a letter or digit";
const VALUE: &str = "must be a label value: at most 63 letters, digits, '-', '_' or '.', starting and ending with a letter or digit";

fn function(serving: &Value) -> Value {
    json!({
        "apiVersion": "core.openfunction.io/v1beta2",
        "kind": "Function",
        "metadata": {"name": "hello"},
        "spec": {"image": "example.com/hello:v1", "serving": serving},
    })
}

fn wrong(function: &Value) -> Vec<String> {
    admission::wrong(&schema(), function, "")
}

/// Each is refused with exactly this sentence, by the plugin as well.
fn refused(rows: &[(Value, &str)]) {
    for (serving, sentence) in rows {
        let function = function(serving);
        assert_eq!(wrong(&function), [*sentence], "{serving}");
        assert!(refusal(&function).is_some(), "the plugin accepts {serving}");
    }
}

/// Each is admitted, and the plugin accepts it.
fn admitted(rows: &[Value]) {
    for serving in rows {
        let function = function(serving);
        assert_eq!(wrong(&function), [""; 0], "{serving}");
        assert_eq!(refusal(&function), None, "{serving}");
    }
}

fn http(http: Value) -> Value {
    json!({"triggers": {"http": http}})
}

fn many(count: usize, item: impl Fn(usize) -> Value) -> Value {
    (0..count).map(item).collect()
}

fn map(count: usize, value: &Value) -> Value {
    let members = (0..count).map(|index| (format!("k{index}"), value.clone()));
    Value::Object(members.collect())
}

#[test]
fn the_spec() {
    let spec = |patch: Value| {
        let mut function = function(&json!({}));
        for (key, value) in patch.as_object().unwrap() {
            function["spec"][key] = value.clone();
        }
        function
    };
    for (patch, sentence) in [
        (
            json!({"image": ""}),
            ".spec.image: must have at least 1 characters",
        ),
        (json!({"image": "a b"}), ".spec.image: must not contain spaces"),
        (json!({"image": "a\n"}), ".spec.image: must not contain spaces"),
        (json!({"version": "v 1"}), &format!(".spec.version: {VALUE}")),
        (
            json!({"imageCredentials": {"name": "A"}}),
            ".spec.imageCredentials.name: must be the name of a Secret",
        ),
    ] {
        let function = spec(patch);
        assert_eq!(wrong(&function), [sentence], "{function}");
        assert!(refusal(&function).is_some(), "the plugin accepts {function}");
    }
    let neither = json!({"metadata": {"name": "hello"}, "spec": {"image": "i"}});
    assert_eq!(
        wrong(&neither),
        [".spec: at least one of build and serving must be set"]
    );
    assert!(refusal(&neither).is_some());
    for patch in [
        json!({"version": ""}),
        json!({"imageCredentials": {}}),
        json!({"imageCredentials": {"name": ""}}),
        json!({"port": 9000, "route": {"hostnames": ["a.example.com"]}}),
        json!({"workloadRuntime": "wasmedge"}),
        json!({"build": {"dockerfile": "Dockerfile", "srcRepo": {"url": "https://example.com/source"}}}),
    ] {
        let function = spec(patch);
        assert_eq!(wrong(&function), [""; 0], "{function}");
        assert_eq!(refusal(&function), None, "{function}");
    }
    assert_eq!(wrong(&json!({"metadata": {}})), [": spec is required"]);
}

#[test]
fn what_only_a_build_has() {
    let build = |mut build: Value| {
        if build.get("srcRepo").is_none() {
            build["srcRepo"] = json!({"url": "https://example.com/source"});
        }
        json!({"spec": {"image": "i", "build": build}})
    };
    for (part, sentence) in [
        (
            json!({"failedBuildsHistoryLimit": -1}),
            ".spec.build.failedBuildsHistoryLimit: must be at least 0",
        ),
        (
            json!({"shipwright": {"strategy": {"name": "a", "kind": "Strategy"}}}),
            ".spec.build.shipwright.strategy.kind: must be one of [\"\",\"BuildStrategy\",\"ClusterBuildStrategy\"]",
        ),
        (
            json!({"srcRepo": {"bundleContainer": {}}}),
            ".spec.build.srcRepo.bundleContainer: image is required",
        ),
    ] {
        assert_eq!(wrong(&build(part)), [sentence]);
    }
}

#[test]
fn ports() {
    const AT: &str = ".spec.serving.triggers.http.port: must be a number from 1 to 65535";
    for port in [
        json!(-1),
        json!(65536),
        json!(""),
        json!("http"),
        json!("65536"),
        json!("99999999999999999999"),
        json!("-1"),
        json!("8080 "),
    ] {
        refused(&[(http(json!({"port": port})), AT)]);
    }
    for port in [
        json!(0),
        json!(1),
        json!(65535),
        json!("0"),
        json!("-0"),
        json!("+1"),
        json!("08080"),
        json!("65535"),
    ] {
        admitted(&[http(json!({"port": port}))]);
    }
}

#[test]
fn http_triggers() {
    let route = |route: Value| http(json!({"route": route}));
    let path = |path: Value| route(json!({"rules": [{"matches": [{"path": path}]}]}));
    refused(&[
        (
            http(json!({"engine": "Keda"})),
            ".spec.serving.triggers.http.engine: must be one of [\"\",\"keda\",\"knative\"]",
        ),
        (
            route(json!({"gatewayRef": {"name": "a"}})),
            ".spec.serving.triggers.http.route.gatewayRef: namespace is required",
        ),
        (
            route(json!({"hostnames": ["a.*.b"]})),
            ".spec.serving.triggers.http.route.hostnames[0]: must be a host name; it may start with '*.'",
        ),
        (
            route(json!({"hostnames": many(17, |index| json!(format!("h{index}")))})),
            ".spec.serving.triggers.http.route.hostnames: must have at most 16 items",
        ),
        (
            route(json!({"rules": many(17, |_| json!({}))})),
            ".spec.serving.triggers.http.route.rules: must have at most 16 items",
        ),
        (
            route(json!({"rules": [{"matches": many(9, |_| json!({}))}]})),
            ".spec.serving.triggers.http.route.rules[0].matches: must have at most 8 items",
        ),
        (
            path(json!({"type": "Prefix"})),
            ".spec.serving.triggers.http.route.rules[0].matches[0].path.type: \
             must be one of [\"Exact\",\"PathPrefix\",\"RegularExpression\"]",
        ),
        (
            path(json!({"value": "a"})),
            ".spec.serving.triggers.http.route.rules[0].matches[0].path: value must start with /",
        ),
    ]);
    admitted(&[
        http(json!({"engine": ""})),
        route(json!({"hostnames": [], "rules": []})),
        route(json!({"hostnames": ["A.Example.com", "*.b", "a"]})),
        path(json!({"type": "Exact", "value": "/a"})),
        route(
            json!({"rules": [{"filters": [{"type": "URLRewrite", "urlRewrite": {"hostname": "a"}}], "backendRefs": [{"name": "a", "port": 1}]}]}),
        ),
    ]);
}

#[test]
fn dapr() {
    const NAME: &str = "name must be the name of a Dapr component";
    let inputs = |input: Value| json!({"triggers": {"inputs": [input]}});
    let outputs = |output: Value| json!({"outputs": [output]});
    let component = |version: Value| json!({"type": "bindings.x", "version": version});
    refused(&[
        (
            inputs(json!({})),
            &format!(".spec.serving.triggers.inputs[0]: {NAME}"),
        ),
        (
            inputs(json!({"name": "A", "type": "bindings.x"})),
            &format!(".spec.serving.triggers.inputs[0]: {NAME}"),
        ),
        (
            inputs(json!({"dapr": {"type": "bindings.x"}})),
            ".spec.serving.triggers.inputs[0].dapr: name is required",
        ),
        (
            inputs(json!({"dap": {"name": "a_b", "type": "bindings.x"}})),
            ".spec.serving.triggers.inputs[0].dap.name: must be the name of a Dapr component",
        ),
        (
            inputs(json!({"name": "a", "type": "bindings."})),
            ".spec.serving.triggers.inputs[0].type: must be bindings.… or pubsub.… or state.…",
        ),
        (
            json!({"triggers": {"dapr": many(65, |index| json!({"name": format!("n{index}"), "type": "bindings.x"}))}}),
            ".spec.serving.triggers.dapr: must have at most 64 items",
        ),
        (
            outputs(json!({"component": "", "name": "a", "type": "bindings.x"})),
            ".spec.serving.outputs[0]: component, or name without it, must be the name of a Dapr component",
        ),
        (
            outputs(json!({"dapr": {"name": "a", "type": "state.x"}})),
            ".spec.serving.outputs[0].dapr.type: must be bindings.… or pubsub.…",
        ),
        (
            outputs(json!({"dapr": {"name": "a", "type": "bindings.x", "metadata": map(65, &json!(""))}})),
            ".spec.serving.outputs[0].dapr.metadata: must have at most 64 properties",
        ),
        (
            json!({"bindings": {"a": {"type": "bindings.x"}}}),
            ".spec.serving.bindings.a: version is required",
        ),
        (
            json!({"bindings": {"a": component(json!(""))}}),
            ".spec.serving.bindings.a.version: must have at least 1 characters",
        ),
        (
            json!({"bindings": {"a_b": component(json!("v1"))}}),
            &format!(".spec.serving.bindings: each name must be a DNS label: {LABEL}"),
        ),
        (
            json!({"pubsub": {"a": component(json!("v1"))}}),
            ".spec.serving.pubsub: the type of each must be pubsub.…",
        ),
        (
            json!({"bindings": {"a": {"type": "pubsub.x", "version": "v1"}}}),
            ".spec.serving.bindings: the type of each must be bindings.…",
        ),
        (
            json!({"states": {"a": {"spec": component(json!("v1"))}}}),
            ".spec.serving.states: the type of each must be state.…",
        ),
        (
            json!({"states": {"A": {"spec": {"type": "state.x", "version": "v1"}}}}),
            &format!(".spec.serving.states: each name must be a DNS label: {LABEL}"),
        ),
        (
            json!({"bindings": {"a": {"type": "bindings.x", "version": "v1", "metadata": [{"value": 1}]}}}),
            ".spec.serving.bindings.a.metadata[0]: name is required",
        ),
        (
            json!({"annotations": {"openfunction.io/dapr-service-mode": "proxy"}}),
            ".spec.serving.annotations: openfunction.io/dapr-service-mode must be sidecar or standalone",
        ),
    ]);
    admitted(&[
        inputs(json!({"name": "a.b", "type": "state.x"})),
        inputs(json!({"dap": {"name": "a", "type": "binding.x", "topic": ""}})),
        json!({"triggers": {"dapr": [{"name": "a", "type": "state.x"}], "http": {}}}),
        outputs(json!({"component": "a", "name": "Any Name", "type": "pubsub.x"})),
        outputs(json!({"name": "a", "type": "bindings.x", "params": {"a": "b"}})),
        json!({"bindings": {"a": {"type": "binding.x", "version": "v1", "metadata": [
            {"name": "n", "value": 1}, {"name": "m", "value": {"a": [true]}}, {"name": "l"},
        ]}}}),
        json!({"states": {"A_b": {}}}),
        json!({"bindings": {"a": component(json!("v1"))}, "outputs": [{"dapr": {"name": "a", "type": ""}}]}),
    ]);
}

#[test]
fn scaling() {
    const AT: &str = ".spec.serving.scaleOptions";
    const BOUNDS: &str = "the fewest replicas must not be more than the most";
    let scale = |options: Value| json!({"scaleOptions": options});
    let keda = |options: Value| json!({"scaleOptions": {"keda": options}});
    for options in [
        json!({"minReplicas": 3, "maxReplicas": 2}),
        json!({"maxReplicas": 2, "keda": {"httpScaledObject": {"minReplicaCount": 3}}}),
        json!({"minReplicas": 3, "maxReplicas": 9, "keda": {"httpScaledObject": {"maxReplicaCount": 2}}}),
        json!({"minReplicas": 3, "maxReplicas": 9, "keda": {"scaledObject": {"maxReplicaCount": 2}}}),
    ] {
        refused(&[(scale(options), &format!("{AT}: {BOUNDS}"))]);
    }
    refused(&[
        (
            scale(json!({"minReplicas": -1})),
            &format!("{AT}.minReplicas: must be at least 0"),
        ),
        (
            scale(json!({"maxReplicas": 0})),
            &format!("{AT}.maxReplicas: must be at least 1"),
        ),
        (
            keda(json!({"httpScaledObject": {}, "scaledJob": {}})),
            &format!("{AT}.keda: only one of httpScaledObject, scaledObject and scaledJob may be set"),
        ),
        (
            keda(json!({"httpScaledObject": {"targetPendingRequests": 0}})),
            &format!("{AT}.keda.httpScaledObject.targetPendingRequests: must be at least 1"),
        ),
        (
            keda(json!({"scaledObject": {"cooldownPeriod": -1}})),
            &format!("{AT}.keda.scaledObject.cooldownPeriod: must be at least 0"),
        ),
        (
            keda(json!({"scaledJob": {"restartPolicy": "Always"}})),
            &format!("{AT}.keda.scaledJob.restartPolicy: must be one of [\"\",\"OnFailure\",\"Never\"]"),
        ),
    ]);
    let strategy = function(&keda(
        json!({"scaledJob": {"scalingStrategy": {"strategy": "lazy"}}}),
    ));
    assert_eq!(
        wrong(&strategy),
        [format!(
            "{AT}.keda.scaledJob.scalingStrategy.strategy: \
             must be one of [\"\",\"default\",\"custom\",\"accurate\",\"eager\"]"
        )]
    );
    let trigger = function(&keda(json!({"triggers": [{"metadata": {}}]})));
    assert_eq!(
        wrong(&trigger),
        [format!("{AT}.keda.triggers[0]: type is required")]
    );
    admitted(&[
        scale(json!({"minReplicas": 0, "maxReplicas": 1})),
        scale(json!({"minReplicas": 100})),
        scale(
            json!({"minReplicas": 9, "maxReplicas": 2, "keda": {"httpScaledObject": {"minReplicaCount": 1}}}),
        ),
        scale(json!({"minReplicas": 9, "maxReplicas": 2, "keda": {"scaledObject": {"maxReplicaCount": 9}}})),
        keda(
            json!({"scaledJob": {"restartPolicy": "", "scalingStrategy": {"strategy": "eager", "other": [1]}}}),
        ),
        keda(json!({"scaledObject": {"advanced": {"horizontalPodAutoscalerConfig": {"name": "a"}}}})),
    ]);
}

#[test]
fn what_pods_get() {
    refused(&[
        (
            json!({"params": {"1A": ""}}),
            ".spec.serving.params: each must be the name of an environment variable: letters, digits, '_', '-' or '.', \
             not starting with a digit",
        ),
        (
            json!({"params": map(257, &json!(""))}),
            ".spec.serving.params: must have at most 256 properties",
        ),
        (
            json!({"labels": {"a": "b c"}}),
            &format!(".spec.serving.labels.a: {VALUE}"),
        ),
        (
            json!({"labels": {"A.b/c": ""}}),
            ".spec.serving.labels: each must have a label key: a name with an optional DNS prefix and '/'",
        ),
        (
            json!({"labels": {"controller-uid": "a"}}),
            ".spec.serving.labels: controller-uid is not allowed: Metacontroller finds its objects by this label",
        ),
        (
            json!({"annotations": {"a/b/c": ""}}),
            ".spec.serving.annotations: each must have an annotation key: a name with an optional DNS prefix and '/'",
        ),
        (
            json!({"template": {"containers": [{"image": "i"}]}}),
            ".spec.serving.template.containers[0]: name is required",
        ),
        (
            json!({"template": {"containers": [{"name": "A", "image": "i"}]}}),
            &format!(".spec.serving.template.containers[0].name: must be a DNS label: {LABEL}"),
        ),
        (
            json!({"template": {"initContainers": [{"name": "a", "image": "i"}, {"name": "a", "image": "i"}]}}),
            ".spec.serving.template.initContainers: name \"a\" is there twice",
        ),
        (
            json!({"hooks": {"pre": many(65, |_| json!("a"))}}),
            ".spec.serving.hooks.pre: must have at most 64 items",
        ),
        (
            json!({"hooks": {"policy": "Prepend"}}),
            ".spec.serving.hooks.policy: must be one of [\"\",\"Append\",\"Override\"]",
        ),
        (
            json!({"workloadType": "DaemonSet"}),
            ".spec.serving.workloadType: must be one of [\"\",\"Deployment\",\"StatefulSet\",\"Job\"]",
        ),
        (
            json!({"tracing": {"enabled": true}}),
            ".spec.serving.tracing: provider is required",
        ),
        (
            json!({"tracing": {"enabled": true, "provider": {"name": "a", "exporter": {"name": "b"}}}}),
            ".spec.serving.tracing.provider.exporter: endpoint is required",
        ),
    ]);
    admitted(&[
        json!({"params": {"A.b-c_1": ""}, "labels": {"a.b/C_d": ""}, "annotations": {"A.b/C": ""}}),
        json!({"labels": {"a": "x".repeat(63)}, "workloadType": "", "hooks": {"policy": "", "pre": []}}),
        json!({"template": {"nodeSelector": {"a": "b"}, "containers": []}}),
        json!({"template": {"containers": [{"name": "function", "anyField": {"of": ["any", 1]}}]}}),
        json!({"tracing": {"enabled": false, "provider": {"name": "skywalking", "oapServer": ""}, "tags": {}}}),
    ]);
}
