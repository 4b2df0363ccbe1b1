//! Dapr: what is asked for, what rolls pods, and what a function and its proxy are told.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests fails as a test does"
)]

mod support;

use metawasm_function::customize;
use proptest::prelude::*;
use serde_json::{Value, json};
use support::{KINDS, parent, request_with, sync};

const COMPONENT: &str = "Component.dapr.io/v1alpha1";
const HASH: &str = "openfunction.io/config-hash";

fn function(serving: &Value) -> Value {
    parent(json!({
        "metadata": {"name": "hello"},
        "spec": {"image": "example.com/hello:v1", "serving": serving},
    }))
}

/// An async function in standalone mode, with one component of its own and two existing ones.
fn subscriber() -> Value {
    function(&json!({
        "annotations": {"openfunction.io/dapr-service-mode": "standalone"},
        "triggers": {"dapr": [{"name": "kafka"}]},
        "outputs": [{"dapr": {"name": "notify", "type": "bindings.http"}}],
        "bindings": {"kafka": {"type": "bindings.kafka", "version": "v1"}},
        "states": {"cart": {}},
    }))
}

fn component(name: &str, spec: &Value) -> Value {
    json!({"apiVersion": "dapr.io/v1alpha1", "kind": "Component",
        "metadata": {"name": name, "namespace": "demo"}, "spec": spec})
}

fn store() -> Value {
    component("cart", &json!({"type": "state.redis", "version": "v1"}))
}

fn answer(function: &Value, related: &[Value], settings: &Value) -> Value {
    let kinds = [&KINDS[..], &[COMPONENT, "Service.serving.knative.dev/v1"]].concat();
    sync(&request_with(function, &kinds, &[], related), settings)
}

fn child<'a>(answer: &'a Value, kind: &str, name: &str) -> &'a Value {
    let mut children = answer["children"].as_array().unwrap().iter();
    let found = children.find(|child| child["kind"] == kind && child["metadata"]["name"] == name);
    found.unwrap_or_else(|| panic!("no {kind} {name}: {answer}"))
}

fn proxy(answer: &Value) -> &Value {
    &child(answer, "Deployment", "hello-dapr-proxy")["spec"]["template"]
}

fn variable(template: &Value, name: &str) -> Value {
    let mut all = template["spec"]["containers"][0]["env"]
        .as_array()
        .unwrap()
        .iter();
    all.find(|variable| variable["name"] == name).unwrap()["value"].clone()
}

fn context(template: &Value, name: &str) -> Value {
    serde_json::from_str(variable(template, name).as_str().unwrap()).unwrap()
}

fn asked(function: &Value, declared: &[Value]) -> Value {
    let request = json!({"controller": {"spec": {"childResources": declared}}, "parent": function});
    serde_json::from_str(&customize(&request.to_string(), "{}").unwrap()).unwrap()
}

fn declared() -> Vec<Value> {
    vec![json!({"apiVersion": "dapr.io/v1alpha1", "resource": "components"})]
}

#[test]
fn existing_components_are_asked_for_where_the_cluster_has_the_kind() {
    let wanted = json!({"apiVersion": "dapr.io/v1alpha1", "resource": "components", "namespace": "demo",
        "names": ["cart", "notify"]});
    let rules = asked(&subscriber(), &declared())["relatedResources"].clone();
    assert!(rules.as_array().unwrap().contains(&wanted), "{rules}");
    let other = json!({"apiVersion": "v1", "resource": "components"});
    let rules = asked(&subscriber(), &[other])["relatedResources"].clone();
    assert!(!rules.to_string().contains("dapr.io"), "{rules}");
}

#[test]
fn a_function_that_defines_all_its_components_asks_for_none() {
    let mut function = subscriber();
    function["spec"]["serving"]["outputs"] = json!(null);
    function["spec"]["serving"]["states"] = json!(null);
    let rules = asked(&function, &declared())["relatedResources"].clone();
    assert!(!rules.to_string().contains("dapr.io"), "{rules}");
}

#[test]
fn no_more_is_asked_for_than_a_valid_function_has() {
    let outputs = |count: usize| -> Value {
        (0..count)
            .map(|number| json!({"dapr": {"name": format!("n{number}"), "type": "bindings.x"}}))
            .collect()
    };
    let mut function = subscriber();
    function["spec"]["serving"]["outputs"] = outputs(64);
    let rules = asked(&function, &declared())["relatedResources"].clone();
    let mut rules = rules.as_array().unwrap().iter();
    let rule = rules.find(|rule| rule["resource"] == "components").unwrap();
    assert_eq!(rule["names"].as_array().unwrap().len(), 65);
    // Nothing is served with more of them, and nothing of it is looked at.
    function["spec"]["serving"]["outputs"] = outputs(5000);
    assert_eq!(asked(&function, &declared())["relatedResources"], json!([]));
    let mut odd = subscriber();
    odd["spec"]["serving"]["outputs"] =
        json!([{"dapr": {"name": "A B"}}, {"dapr": {"name": ""}}, {"dapr": 7}, null]);
    let rules = asked(&odd, &declared())["relatedResources"].clone();
    assert!(rules.to_string().contains(r#""names":["cart"]"#), "{rules}");
}

#[test]
fn an_existing_component_that_is_of_no_use_is_named() {
    let mut function = subscriber();
    let serving = &mut function["spec"]["serving"];
    serving["outputs"] = json!([{"dapr": {"name": "notify"}}]);
    let nothing = json!({"apiVersion": "dapr.io/v1alpha1", "kind": "Component"});
    let mut elsewhere = component("notify", &json!({"type": "bindings.http"}));
    elsewhere["metadata"]["namespace"] = json!("other");
    let mut stranger = component("notify", &json!({"type": "bindings.http"}));
    stranger["kind"] = json!("Configuration");
    let absent = "spec.serving.outputs[0].dapr.type: Required value: neither the Function nor its namespace has a \
                  Dapr component \"notify\"; define it, create it or write its type here";
    let without = "spec.serving.outputs[0].dapr.type: Required value: Dapr Component \"notify\" has no spec.type, \
                   so its type must be written here";
    for (related, sentence) in [
        (nothing, absent),
        (elsewhere, absent),
        (stranger, absent),
        (component("notify", &json!(null)), without),
        (component("notify", &json!({"type": 7})), without),
        (component("notify", &json!({"type": ""})), without),
        (
            component("notify", &json!({"type": "state.redis"})),
            "spec.serving.outputs[0].dapr.type: Invalid value: \"state.redis\": must be bindings.… or pubsub.…",
        ),
    ] {
        let answer = answer(&function, &[store(), related], &json!({}));
        let ready = &answer["status"]["conditions"][0];
        assert_eq!(ready["message"], sentence);
    }
    function["spec"]["serving"]["outputs"] = json!([]);
    for (related, sentence) in [
        (
            component("other", &json!({})),
            "spec.serving.states[cart].spec: Required value: there is no Dapr Component \"cart\" in the namespace; \
             define it here or create it",
        ),
        (
            component("cart", &json!({})),
            "spec.serving.states[cart].spec: Required value: Dapr Component \"cart\" has no spec.type",
        ),
        (
            component("cart", &json!({"type": "bindings.x"})),
            "spec.serving.states[cart]: Invalid value: \"bindings.x\": must be state.…; it is the type of Dapr \
             Component \"cart\"",
        ),
    ] {
        let answer = answer(&function, &[related], &json!({}));
        assert_eq!(answer["status"]["conditions"][0]["message"], sentence);
    }
}

#[test]
fn a_function_and_its_proxy_learn_where_the_other_is() {
    let mut function = subscriber();
    let serving = &mut function["spec"]["serving"];
    serving["annotations"]["dapr.io/app-protocol"] = json!("http");
    for (engine, port, name) in [("keda", 8081, "hello"), ("knative", 80, "hello")] {
        function["spec"]["serving"]["triggers"]["http"] = json!({"engine": engine, "port": 9000});
        let settings = json!({"interceptor": {"port": 8081}});
        let answer = answer(&function, &[store()], &settings);
        let proxy = proxy(&answer);
        let context = context(proxy, "FUNC_CONTEXT");
        assert_eq!(context["name"], name);
        assert_eq!(context["port"], port.to_string());
        assert_eq!(context["runtime"], "Async");
        let annotations = &proxy["metadata"]["annotations"];
        assert_eq!(annotations["dapr.io/app-port"], port.to_string());
        let spec = &proxy["spec"];
        assert_eq!(spec["containers"][0]["ports"][0]["containerPort"], port);
        let allowed = json!({"sysctls": [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "80"}]});
        let context = (port == 80).then_some(&allowed);
        assert_eq!(spec.get("securityContext"), context);
    }
    function["spec"]["serving"]["triggers"]["http"] = json!({"engine": "keda"});
    function["spec"]["serving"]["annotations"]["dapr.io/app-id"] = json!("mine");
    let answer = answer(&function, &[store()], &json!({"clusterDomain": "a.example"}));
    let template = &child(&answer, "Deployment", "hello")["spec"]["template"];
    for name in ["DAPR_HOST", "DAPR_SIDECAR_IP"] {
        assert_eq!(variable(template, name), "mine-dapr.demo.svc.a.example");
    }
    assert_eq!(context(template, "FUNC_CONTEXT")["runtime"], "Knative");
    let scopes = &child(&answer, "Component", "hello-bindings-kafka")["scopes"];
    assert_eq!(*scopes, json!(["mine"]));
}

/// A Service needs a name with a letter in front and without dots; the proxy must call that name.
#[test]
fn the_proxy_calls_the_name_that_the_service_has() {
    let mut function = subscriber();
    function["metadata"]["name"] = json!("7.up");
    let answer = answer(&function, &[store()], &json!({}));
    let mut children = answer["children"].as_array().unwrap().iter();
    let template = children
        .find(|child| child["metadata"]["labels"]["openfunction.io/role"] == "dapr-proxy")
        .map(|child| &child["spec"]["template"])
        .unwrap();
    let name = context(template, "FUNC_CONTEXT")["name"].clone();
    let service = child(&answer, "Service", name.as_str().unwrap());
    assert_eq!(service["spec"]["clusterIP"], "None");
}

/// An API server refuses to change whether a Service has an address; another role says that the
/// Service is another one.
#[test]
fn a_service_with_an_address_has_another_role() {
    let mut function = subscriber();
    let service = |function: &Value| {
        let answer = answer(function, &[store()], &json!({}));
        let service = child(&answer, "Service", "hello");
        let role = service["metadata"]["labels"]["openfunction.io/role"].clone();
        (role, service["spec"].get("clusterIP").cloned())
    };
    assert_eq!(service(&function), (json!("proxied"), Some(json!("None"))));
    function["spec"]["serving"]["annotations"]["dapr.io/app-protocol"] = json!("http");
    assert_eq!(service(&function), (json!("proxied-http"), None));
}

/// The example of OpenFunction's documentation of an async function with an input and an output.
#[test]
fn the_context_is_that_of_openfunction() {
    let mut function = parent(json!({"metadata": {"name": "hello"}, "spec": {
    "version": "v2.0.0", "image": "x", "serving": {
        "annotations": {"openfunction.io/dapr-service-mode": "standalone"},
        "triggers": {"dapr": [{"name": "kafka-receiver", "type": "bindings.kafka"}]},
        "outputs": [{"dapr": {"name": "notification-manager", "operation": "post", "type": "bindings.http"}}],
        "bindings": {
            "kafka-receiver": {"type": "bindings.kafka", "version": "v1"},
            "notification-manager": {"type": "bindings.http", "version": "v1"}},
    }}}));
    let one = answer(&function, &[], &json!({}));
    assert_eq!(
        context(proxy(&one), "FUNC_CONTEXT"),
        json!({
            "name": "hello", "version": "v2.0.0", "runtime": "Async", "port": "8080",
            "inputs": {"kafka-receiver": {"uri": "kafka-receiver",
                "componentName": "hello-bindings-kafka-receiver", "componentType": "bindings.kafka"}},
            "outputs": {"notification-manager": {"uri": "notification-manager", "operation": "post",
                "componentName": "hello-bindings-notification-manager", "componentType": "bindings.http"}},
        })
    );
    assert_eq!(
        context(proxy(&one), "FUNC_CONTEXT_V1BETA2"),
        json!({
            "name": "hello", "version": "v2.0.0",
            "triggers": {"dapr": [{"name": "hello-bindings-kafka-receiver", "type": "bindings.kafka"}]},
            "outputs": {"notification-manager": {"operation": "post",
                "componentName": "hello-bindings-notification-manager", "componentType": "bindings.http"}},
        })
    );
    let serving = &mut function["spec"]["serving"];
    serving["outputs"] = json!([
        {"dapr": {"name": "events", "type": "pubsub.kafka", "topic": "a"}},
        {"dapr": {"name": "events", "type": "pubsub.kafka", "topic": "b", "outputName": "second"}},
    ]);
    let two = answer(&function, &[], &json!({}));
    let outputs = |uri: &str| {
        json!({"events": {"componentName": "events", "componentType": "pubsub.kafka", uri: "a"},
            "second": {"componentName": "events", "componentType": "pubsub.kafka", uri: "b"}})
    };
    assert_eq!(context(proxy(&two), "FUNC_CONTEXT")["outputs"], outputs("uri"));
    assert_eq!(
        context(proxy(&two), "FUNC_CONTEXT_V1BETA2")["outputs"],
        outputs("topic")
    );
}

#[test]
fn without_a_component_nothing_is_hashed() {
    let serving = json!({"triggers": {"dapr": [{"name": "a", "type": "bindings.x"}]},
        "annotations": {"openfunction.io/dapr-service-mode": "standalone"}});
    let answer = answer(&function(&serving), &[], &json!({}));
    assert_eq!(proxy(&answer)["metadata"]["annotations"].get(HASH), None);
}

/// Keys of different parts make different names, whatever the keys.
#[test]
fn a_key_may_be_in_every_part() {
    let spec = |group: &str| json!({"type": format!("{group}.x"), "version": "v1"});
    let keys = ["a", "bindings-a", "pubsub-a", "state-a", "a-bindings-a"];
    let all = |group: &str| -> Value { keys.iter().map(|key| ((*key).to_owned(), spec(group))).collect() };
    let states: Value = keys
        .iter()
        .map(|key| ((*key).to_owned(), json!({"spec": spec("state")})))
        .collect();
    let serving = json!({"triggers": {"http": {"engine": "keda"}}, "bindings": all("bindings"),
        "pubsub": all("pubsub"), "states": states});
    // Every answer is checked to have each name once.
    let answer = answer(&function(&serving), &[], &json!({}));
    let children = answer["children"].as_array().unwrap().iter();
    assert_eq!(children.filter(|child| child["kind"] == "Component").count(), 15);
}

fn spec_of_a_component() -> impl Strategy<Value = Value> {
    let settings = prop::collection::btree_map("[ab]", 0..2, 0..3);
    (settings, 1..3).prop_map(|(settings, version)| {
        let settings: Vec<Value> = settings
            .iter()
            .map(|(name, value)| json!({"name": name, "value": value}))
            .collect();
        json!({"type": "bindings.http", "version": format!("v{version}"), "metadata": settings})
    })
}

/// The components of a function: its own, an existing one that it uses, and a stranger's.
fn components() -> impl Strategy<Value = [Value; 3]> {
    [
        spec_of_a_component(),
        spec_of_a_component(),
        spec_of_a_component(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pods_roll_when_and_only_when_a_component_that_they_use_changes(one in components(), two in components(),
        standalone in any::<bool>(), noise in any::<u8>()) {
        let hash = |specs: &[Value; 3], noise: u8| {
            let mut function = subscriber();
            let serving = &mut function["spec"]["serving"];
            serving["bindings"]["kafka"] = specs[0].clone();
            serving["annotations"]["openfunction.io/dapr-service-mode"] =
                json!(if standalone { "standalone" } else { "sidecar" });
            serving["triggers"]["http"] = json!({"engine": "keda"});
            serving["params"] = json!({"NOISE": noise.to_string()});
            let mut used = component("notify", &specs[1]);
            used["status"] = json!({"noise": noise});
            used["metadata"]["generation"] = json!(noise);
            let answer = answer(&function, &[store(), used, component("stranger", &specs[2])], &json!({}));
            let own = child(&answer, "Deployment", "hello")["spec"]["template"]["metadata"]["annotations"].clone();
            if standalone {
                assert_eq!(own.get(HASH), None);
                return proxy(&answer)["metadata"]["annotations"][HASH].clone();
            }
            own[HASH].clone()
        };
        let (first, second) = (hash(&one, 0), hash(&two, noise));
        prop_assert_eq!(first.as_str().unwrap().len(), 16);
        prop_assert_eq!(first == second, one[..2] == two[..2], "{} {}", first, second);
        let same = [one[0].clone(), one[1].clone(), two[2].clone()];
        prop_assert_eq!(hash(&same, noise), first);
    }
}
