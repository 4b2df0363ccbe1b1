//! Valid Functions of all shapes, with everything that people write: each is accepted by a plugin
//! that has all runtimes. Some of what is in them is read with a warning.
//!
//! A Function is put together of fragments, each of which is there or not and knows what the others
//! may be: patches of `spec`, merged in their order.

mod dapr;
mod pods;
mod scale;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

/// Which runtime a Function is made for; the fragments depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runtime {
    /// An http function on KEDA's HTTP add-on.
    Keda,
    /// An http function on Knative, which it names.
    Knative,
    /// An http function that names no engine: the installation's default.
    Default,
    /// A function that Dapr calls.
    Async,
}

/// All runtimes.
pub(crate) const RUNTIMES: [Runtime; 4] = [Runtime::Keda, Runtime::Knative, Runtime::Default, Runtime::Async];

/// Any Function, on KEDA more often than not.
pub(crate) fn function() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => function_on(Runtime::Keda),
        1 => function_on(Runtime::Knative),
        1 => function_on(Runtime::Default),
        2 => function_on(Runtime::Async),
    ]
}

/// A Function for one runtime. Its name is `fn` more often than not.
pub(crate) fn function_on(runtime: Runtime) -> impl Strategy<Value = Value> {
    (name(), metadata(), spec(runtime)).prop_map(|(name, metadata, spec)| {
        let mut function = json!({
            "apiVersion": "core.openfunction.io/v1beta2",
            "kind": "Function",
            "metadata": metadata,
            "spec": spec,
        });
        function["metadata"]["name"] = json!(name);
        function
    })
}

fn name() -> impl Strategy<Value = String> {
    let long = "a-name-that-is-valid-for-a-function-and-too-long-for-the-labels-of-most-kinds";
    prop_oneof![
        6 => Just("fn"),
        1 => Just("7.with.dots"),
        1 => Just("one-svc"),
        1 => Just(long),
    ]
    .prop_map(str::to_owned)
}

fn metadata() -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => Just(json!({"namespace": "demo"})),
        1 => Just(json!({"namespace": "demo", "labels": {"team": "a"}, "annotations": {"note": "x"}})),
        1 => Just(json!({"namespace": "demo", "annotations": {"module.wasm.image/variant": "compat"}})),
    ]
}

/// `spec`, as patches of it that are merged.
fn spec(runtime: Runtime) -> impl Strategy<Value = Value> {
    let fragments = vec![
        Just(json!({"image": "example.com/functions/fn:v1", "serving": {}})).boxed(),
        triggers(runtime),
        dapr::fragment(runtime),
        scale::fragment(runtime),
        pods::fragment(runtime),
        often(1, rare()),
        often(1, image()),
        often(1, texts()),
        often(1, hooks()),
        often(1, tracing()),
    ];
    fragments.prop_map(|fragments| {
        let mut spec = json!({});
        for fragment in fragments {
            merge(&mut spec, fragment);
        }
        spec
    })
}

/// A fragment in `in_four` cases of four.
fn often(in_four: u32, fragment: impl Strategy<Value = Value> + 'static) -> BoxedStrategy<Value> {
    prop_oneof![
        4 - in_four => Just(json!({})),
        in_four => fragment,
    ]
    .boxed()
}

/// One of some values.
fn one(values: &[Value]) -> BoxedStrategy<Value> {
    select(values.to_vec()).boxed()
}

/// Some of a list, in their order.
fn some(values: &[Value]) -> BoxedStrategy<Value> {
    let most = values.len();
    subsequence(values.to_vec(), 0..=most)
        .prop_map(Value::Array)
        .boxed()
}

/// At least one of a list, in their order.
fn any_of(values: &[Value]) -> BoxedStrategy<Value> {
    let most = values.len();
    subsequence(values.to_vec(), 1..=most)
        .prop_map(Value::Array)
        .boxed()
}

/// Some of an object's members.
fn part(object: &Value) -> BoxedStrategy<Value> {
    let members: Vec<(String, Value)> = object.as_object().unwrap().clone().into_iter().collect();
    let most = members.len();
    subsequence(members, 0..=most)
        .prop_map(|members| members.into_iter().collect())
        .boxed()
}

/// Puts a patch over a value: objects are merged, all else is replaced.
fn merge(value: &mut Value, patch: Value) {
    match (value, patch) {
        (Value::Object(value), Value::Object(patch)) => {
            for (key, patch) in patch {
                merge(value.entry(key).or_insert(Value::Null), patch);
            }
        }
        (value, patch) => *value = patch,
    }
}

fn triggers(runtime: Runtime) -> BoxedStrategy<Value> {
    let engine = match runtime {
        Runtime::Async => return Just(json!({})).boxed(),
        Runtime::Keda => one(&[json!({"engine": "keda"})]),
        Runtime::Knative => one(&[json!({"engine": "knative"})]),
        Runtime::Default => one(&[json!({}), json!({"engine": null})]),
    };
    let port = one(&[
        json!({}),
        json!({"port": 9000}),
        json!({"port": "8081"}),
        json!({"port": 0}),
    ]);
    (engine, port, often(2, route()))
        .prop_map(|(mut http, port, route)| {
            merge(&mut http, port);
            merge(&mut http, route);
            json!({"serving": {"triggers": {"http": http}}})
        })
        .boxed()
}

fn route() -> impl Strategy<Value = Value> {
    let hosts = some(&[
        json!("a.example.com"),
        json!("B.example.com"),
        json!("*.example.org"),
        json!("a.example.com"),
    ]);
    let matches = some(&[
        json!({"path": {"type": "PathPrefix", "value": "/a"}}),
        json!({"path": {"value": "/"}}),
        json!({"path": {"type": "Exact", "value": "/b/c"}}),
        json!({"headers": [{"name": "x", "value": "y"}], "method": "GET"}),
    ]);
    let rule = (matches, often(1, rule_extras())).prop_map(|(matches, mut rule)| {
        rule["matches"] = matches;
        rule
    });
    let rules = prop::collection::vec(rule, 0..3).prop_map(Value::Array);
    let gateway = json!({"gatewayRef": {"name": "gate", "namespace": "ways"}});
    (hosts, rules, part(&gateway)).prop_map(|(hosts, rules, mut route)| {
        route["hostnames"] = hosts;
        route["rules"] = rules;
        json!({"route": route})
    })
}

fn rule_extras() -> impl Strategy<Value = Value> {
    part(&json!({
        "backendRefs": [{"name": "other", "port": 80}],
        "filters": [{"type": "RequestHeaderModifier", "requestHeaderModifier": {"set": [{"name": "x", "value": "y"}]}}],
    }))
}

fn image() -> impl Strategy<Value = Value> {
    part(&json!({
        "version": "v1.2.0",
        "imageCredentials": {"name": "registry"},
        "workloadRuntime": "OCIContainer",
    }))
}

/// What few Functions have.
fn rare() -> impl Strategy<Value = Value> {
    prop_oneof![
        2 => Just(json!({"workloadRuntime": "WasmEdge"})),
        1 => build(),
        1 => Just(json!({"version": ""})),
        1 => Just(json!({"serving": {"timeout": "1m"}})),
    ]
}

fn build() -> impl Strategy<Value = Value> {
    let more = part(&json!({
        "builderCredentials": {"name": "builder"},
        "dockerfile": "Dockerfile",
        "env": {"FUNC_NAME": "Fn", "FUNC_CLEAR_SOURCE": "true"},
        "failedBuildsHistoryLimit": 2,
        "shipwright": {"strategy": {"name": "buildpacks", "kind": "ClusterBuildStrategy"},
            "params": [{"name": "p", "value": "x"}], "timeout": "20m"},
        "successfulBuildsHistoryLimit": 1,
        "timeout": "30m",
    }));
    more.prop_map(|mut build| {
        build["builder"] = json!("openfunction/builder-go:latest");
        build["srcRepo"] =
            json!({"url": "https://example.com/repo.git", "revision": "main", "sourceSubPath": "fn"});
        json!({"build": build, "imageCredentials": {"name": "registry"}})
    })
}

fn texts() -> impl Strategy<Value = Value> {
    let params = part(&json!({"A": "a", "EMPTY": "", "USER": "over", "MARKUP": "<a href=\"&\">"}));
    let labels = part(
        &json!({"team": "b", "openfunction.io/role": "mine", "app.kubernetes.io/version": "9", "empty": ""}),
    );
    let annotations = part(&json!({
        "dapr.io/app-id": "mine", "dapr.io/enabled": "true", "example.com/note": "", "prometheus.io/scrape": "true",
    }));
    (params, labels, annotations).prop_map(|(params, labels, annotations)| {
        json!({"serving": {"params": params, "labels": labels, "annotations": annotations}})
    })
}

fn hooks() -> impl Strategy<Value = Value> {
    part(&json!({"pre": ["a", "b"], "post": ["c"], "policy": "Override"}))
        .prop_map(|hooks| json!({"serving": {"hooks": hooks}}))
}

fn tracing() -> impl Strategy<Value = Value> {
    let provider = one(&[
        json!({"name": "skywalking", "oapServer": "oap:11800"}),
        json!({"name": "skywalking"}),
        json!({"name": "opentelemetry", "exporter": {"name": "otlp", "endpoint": "c:4317", "timeout": "10s"}}),
    ]);
    let more = part(&json!({"tags": {"func": "fn", "layer": "faas"}, "baggage": {"key": "sw8"}}));
    (provider, any::<bool>(), more).prop_map(|(provider, enabled, mut tracing)| {
        tracing["provider"] = provider;
        tracing["enabled"] = json!(enabled);
        json!({"serving": {"tracing": tracing}})
    })
}
