//! Names of children: what their kinds allow, what others derive from them, and how children refer
//! to each other.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests fails as a test does"
)]

mod support;

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};
use support::{ALL_KINDS, applied, parent, request, sync};

/// How a name must look.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    /// Letters, digits and dashes; starts with a letter (RFC 1035).
    Service,
    /// Letters, digits and dashes (RFC 1123).
    Label,
    /// Labels with dots between them.
    Subdomain,
}

type Limit = (&'static str, usize, Form, &'static [(&'static str, usize)]);

/// Kinds, how long their names may be, how they look, and what is derived from them: each name or
/// label of others as `<name>` with what surrounds it, and its own limit.
const LIMITS: &[Limit] = &[
    // Pods of a Deployment have names that Kubernetes cuts; the Service that leads to them has not.
    ("Deployment.apps/v1", 63, Form::Label, &[]),
    // The label controller-revision-hash, and statefulset.kubernetes.io/pod-name.
    (
        "StatefulSet.apps/v1",
        52,
        Form::Label,
        &[("<name>-0123456789", 63), ("<name>-99999", 63)],
    ),
    // The label batch.kubernetes.io/job-name.
    ("Job.batch/v1", 63, Form::Label, &[("<name>", 63)]),
    // The label kubernetes.io/service-name.
    ("Service.v1", 63, Form::Service, &[("<name>", 63)]),
    ("Ingress.networking.k8s.io/v1", 253, Form::Subdomain, &[]),
    (
        "HTTPRoute.gateway.networking.k8s.io/v1",
        253,
        Form::Subdomain,
        &[],
    ),
    // The HorizontalPodAutoscaler of the ScaledObject with the same name; a label before 0.7.
    (
        "HTTPScaledObject.http.keda.sh/v1alpha1",
        54,
        Form::Label,
        &[("keda-hpa-<name>", 63), ("kedahttp-<name>", 63)],
    ),
    (
        "InterceptorRoute.http.keda.sh/v1beta1",
        54,
        Form::Label,
        &[("keda-hpa-<name>", 63)],
    ),
    (
        "ScaledObject.keda.sh/v1alpha1",
        54,
        Form::Label,
        &[("keda-hpa-<name>", 63)],
    ),
    // The label scaledjob.keda.sh/name; its Jobs have names that Kubernetes cuts.
    ("ScaledJob.keda.sh/v1alpha1", 54, Form::Label, &[("<name>", 63)]),
    // The label serving.knative.dev/service. Revisions have names that Knative cuts.
    (
        "Service.serving.knative.dev/v1",
        63,
        Form::Service,
        &[("<name>", 63)],
    ),
    ("Component.dapr.io/v1alpha1", 253, Form::Subdomain, &[]),
    // The labels build.shipwright.io/name and buildrun.shipwright.io/name.
    ("Build.shipwright.io/v1beta1", 63, Form::Label, &[("<name>", 63)]),
    (
        "BuildRun.shipwright.io/v1beta1",
        63,
        Form::Label,
        &[("<name>", 63)],
    ),
];

fn is_label(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    !text.is_empty() && text.bytes().all(inner) && !text.starts_with('-') && !text.ends_with('-')
}

fn fits(name: &str, form: Form) -> bool {
    match form {
        Form::Service => is_label(name) && name.starts_with(|c: char| c.is_ascii_lowercase()),
        Form::Label => is_label(name),
        Form::Subdomain => name.split('.').all(is_label),
    }
}

/// Functions of every runtime, with the settings that each needs.
fn functions(name: &str) -> Vec<(Value, Value)> {
    let function = |serving: Value| {
        parent(
            json!({"metadata": {"name": name}, "spec": {"image": "example.com/hello:v1", "serving": serving}}),
        )
    };
    let component = json!({"type": "bindings.kafka", "version": "v1"});
    let http = |engine: &str| {
        function(json!({
            "annotations": {"openfunction.io/dapr-service-mode": "standalone"},
            "bindings": {"orders": component},
            "outputs": [{"dapr": {"name": "orders", "operation": "create"}}],
            "triggers": {"http": {"engine": engine, "route": {"hostnames": ["a.example.com"]}}},
        }))
    };
    let events = |workload: &str, triggers: Value| {
        function(json!({
            "annotations": {"openfunction.io/enable-dapr": "false"},
            "triggers": {"dapr": [{"name": "orders", "type": "bindings.kafka"}]},
            "scaleOptions": {"keda": {"triggers": triggers}},
            "workloadType": workload,
        }))
    };
    let redis = || json!([{"type": "redis", "metadata": {"address": "redis:6379", "listName": "l"}}]);
    let gateway = json!({"gateway": {"name": "g", "namespace": "n"}});
    let mut built = http("keda");
    built["spec"]["build"] = json!({"builder": "b", "srcRepo": {"url": "u"}});
    vec![
        (http("keda"), json!({"exposure": {"by": "ingress"}})),
        (http("keda"), json!({"exposure": gateway, "httpAddon": "0.5"})),
        (http("keda"), json!({"exposure": gateway, "httpAddon": "0.7"})),
        (
            http("keda"),
            json!({"exposure": gateway, "httpAddon": "interceptor-route"}),
        ),
        (http("knative"), json!({"exposure": {"by": "ingress"}})),
        (events("Deployment", redis()), json!({})),
        (events("StatefulSet", redis()), json!({})),
        (events("Job", redis()), json!({})),
        (events("Job", json!([])), json!({})),
        (built, json!({})),
    ]
}

/// The children of a Function, and of one that is built also its BuildRun, which comes later.
fn children(function: &Value, settings: &Value) -> Vec<Value> {
    let answer = sync(&request(function, &ALL_KINDS, &[]), settings);
    let mut observed = applied(&answer);
    for build in observed.iter_mut().filter(|child| child["kind"] == "Build") {
        build["status"] = json!({"registered": "True"});
    }
    let answer = sync(&request(function, &ALL_KINDS, &observed), settings);
    let children = answer["children"].as_array().unwrap();
    assert!(!children.is_empty(), "{answer}");
    children.clone()
}

fn kind(child: &Value) -> String {
    format!(
        "{}.{}",
        child["kind"].as_str().unwrap(),
        child["apiVersion"].as_str().unwrap()
    )
}

fn name(child: &Value) -> &str {
    child["metadata"]["name"].as_str().unwrap()
}

/// The names in an object by which it refers to other children, with their kinds.
fn references(child: &Value) -> Vec<(String, String)> {
    let text = |pointer: &str| child.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let mut all = Vec::new();
    let mut add = |kind: &str, pointer: &str| {
        all.extend(text(pointer).map(|name| (kind.to_owned(), name)));
    };
    match child["kind"].as_str().unwrap() {
        "ScaledObject" => {
            let target = text("/spec/scaleTargetRef/kind").unwrap();
            add(&format!("{target}.apps/v1"), "/spec/scaleTargetRef/name");
            let route = "/spec/triggers/0/metadata/interceptorRoute";
            add("InterceptorRoute.http.keda.sh/v1beta1", route);
        }
        "HTTPScaledObject" => {
            add("Deployment.apps/v1", "/spec/scaleTargetRef/name");
            add("Deployment.apps/v1", "/spec/scaleTargetRef/deployment");
            add("Service.v1", "/spec/scaleTargetRef/service");
        }
        "InterceptorRoute" => add("Service.v1", "/spec/target/service"),
        "StatefulSet" => add("Service.v1", "/spec/serviceName"),
        "Ingress" => add("Service.v1", "/spec/rules/0/http/paths/0/backend/service/name"),
        "BuildRun" => add("Build.shipwright.io/v1beta1", "/spec/build/name"),
        _ => {}
    }
    all
}

fn check(function: &str) {
    for (parent, settings) in functions(function) {
        let all = children(&parent, &settings);
        assert_eq!(all, children(&parent, &settings), "not stable");
        for child in &all {
            let (kind, name) = (kind(child), name(child));
            let limit = LIMITS.iter().find(|(known, ..)| *known == kind);
            let (_, most, form, derived) = limit.unwrap_or_else(|| panic!("{kind} has no limit"));
            assert!(name.len() <= *most && fits(name, *form), "{kind} {name}");
            for (pattern, most) in *derived {
                let derived = pattern.replace("<name>", name);
                assert!(derived.len() <= *most, "{kind} {name} makes {derived}");
            }
            for value in child["metadata"]["labels"].as_object().unwrap().values() {
                assert!(value.as_str().unwrap().len() <= 63, "{kind} {name}: {value}");
            }
            let annotations = child.pointer("/spec/template/metadata/annotations");
            if let Some(id) = annotations.and_then(|all| all["dapr.io/app-id"].as_str()) {
                let service = format!("{id}-dapr");
                assert!(service.len() <= 63 && fits(&service, Form::Service), "{service}");
            }
            for (of, wanted) in references(child) {
                // Knative makes the Service of its own with the name of its object.
                let of_knative = "Service.serving.knative.dev/v1";
                let is_there = |found: &Value| {
                    let is_of =
                        self::kind(found) == of || (of == "Service.v1" && self::kind(found) == of_knative);
                    is_of && self::name(found) == wanted
                };
                assert!(all.iter().any(is_there), "{kind} {name} refers to {of} {wanted}");
            }
        }
    }
}

#[test]
fn every_kind_has_names_of_every_length() {
    for length in 1..=253 {
        let dotted: String = (0..length)
            .map(|index| {
                if index % 9 == 8 && index + 1 < length {
                    '.'
                } else {
                    'a'
                }
            })
            .collect();
        check(&dotted);
    }
    for length in (1..=63).chain([100, 253]) {
        check(&"a".repeat(length));
        check(&format!("1{}", "b".repeat(length - 1)));
    }
}

fn identities(function: &str) -> BTreeSet<(String, String)> {
    let all = functions(function).into_iter();
    all.flat_map(|(function, settings)| children(&function, &settings))
        .map(|child| (kind(&child), name(&child).to_owned()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn names_fit_whatever_the_function_is_called(function in "[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?){0,4}") {
        check(&function);
    }

    #[test]
    fn functions_with_different_names_share_no_child(start in "[a-z]{40,60}", a in "[a-z]{1,30}", b in "[a-z]{1,30}") {
        prop_assume!(a != b);
        let (one, other) = (format!("{start}{a}"), format!("{start}{b}"));
        let shared: Vec<_> = identities(&one).intersection(&identities(&other)).cloned().collect();
        prop_assert_eq!(shared, []);
    }
}

#[test]
fn a_scaler_with_the_name_of_an_earlier_release_goes_before_the_new_one_comes() {
    let function = "a".repeat(60);
    for (parent, settings) in functions(&function) {
        let answer = sync(&request(&parent, &ALL_KINDS, &[]), &settings);
        let mut observed = applied(&answer);
        let scalers = ["HTTPScaledObject", "ScaledJob", "ScaledObject"];
        let scaler = |child: &Value| scalers.contains(&child["kind"].as_str().unwrap());
        let Some(old) = observed.iter_mut().find(|child| scaler(child)) else {
            continue;
        };
        old["metadata"]["name"] = json!(function);
        let kind = old["kind"].as_str().unwrap().to_owned();
        let answer = sync(&request(&parent, &ALL_KINDS, &observed), &settings);
        let children = answer["children"].as_array().unwrap();
        assert!(!children.iter().any(scaler), "{kind}: {children:?}");
        let ready = &answer["status"]["conditions"][0];
        assert_eq!(ready["reason"], "Moving", "{ready}");
        let until = format!("waits until {kind} {function} is gone");
        assert!(ready["message"].as_str().unwrap().contains(&until), "{ready}");
        observed.retain(|child| child["kind"] != kind);
        let answer = sync(&request(&parent, &ALL_KINDS, &observed), &settings);
        assert!(answer["children"].as_array().unwrap().iter().any(scaler));
    }
}
