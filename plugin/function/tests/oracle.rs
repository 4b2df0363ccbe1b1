//! Kubernetes' own types (`k8s-openapi`) as the oracle for the children of golden answers and for the table of kinds.
//!
//! The types are strict here: every field of a child must survive a round trip through its type, so that a misspelt
//! field, or one with a wrong type, fails with its place.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests fails as a test does"
)]

mod support;

use std::collections::BTreeSet;

use k8s_openapi::Resource;
use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::batch::v1::{Job, JobSpec};
use k8s_openapi::api::core::v1::{ConfigMap, PodSpec, Service};
use k8s_openapi::api::networking::v1::Ingress;
use metawasm_function::kinds::{self, Kind, Origin};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use support::golden;

/// The constants of a Kubernetes type, and what is wrong with a value of it.
struct Oracle {
    api_version: &'static str,
    kind: &'static str,
    resource: &'static str,
    faults: fn(&Value) -> Vec<String>,
}

impl Oracle {
    const fn of<T: Resource + DeserializeOwned + Serialize>() -> Self {
        Self {
            api_version: T::API_VERSION,
            kind: T::KIND,
            resource: T::URL_PATH_SEGMENT,
            faults: faults::<T>,
        }
    }

    fn find(api_version: &Value, kind: &Value) -> Option<&'static Self> {
        KUBERNETES
            .iter()
            .find(|oracle| oracle.api_version == api_version && oracle.kind == kind)
    }
}

const KUBERNETES: &[Oracle] = &[
    Oracle::of::<ConfigMap>(),
    Oracle::of::<Deployment>(),
    Oracle::of::<Ingress>(),
    Oracle::of::<Job>(),
    Oracle::of::<Service>(),
    Oracle::of::<StatefulSet>(),
];

/// Parts of others' kinds that have a type of Kubernetes: kind, JSON pointer, and what is wrong with a value.
type Part = (&'static str, &'static str, fn(&Value) -> Vec<String>);
const PARTS: &[Part] = &[
    ("ScaledJob", "/spec/jobTargetRef", faults::<JobSpec>),
    ("Service", "/spec/template/spec", of_revision),
];

/// The pods of Knative's Service have two fields more.
fn of_revision(spec: &Value) -> Vec<String> {
    let mut spec = spec.clone();
    let fields = spec.as_object_mut().unwrap();
    fields.retain(|name, _| !["containerConcurrency", "timeoutSeconds"].contains(&name.as_str()));
    faults::<PodSpec>(&spec)
}

/// What a type makes of a value otherwise than it is there, each with a JSON pointer.
fn faults<T: DeserializeOwned + Serialize>(value: &Value) -> Vec<String> {
    match serde_json::from_value::<T>(value.clone()) {
        Ok(typed) => {
            let mut lost = Vec::new();
            compare(value, &serde_json::to_value(typed).unwrap(), "", &mut lost);
            lost
        }
        Err(error) => vec![format!("{}: {error}", misfit::<T>(value))],
    }
}

/// Notes every part of `written` that `read` lacks or has otherwise. What `read` has besides are defaults.
fn compare(written: &Value, read: &Value, at: &str, lost: &mut Vec<String>) {
    match (written, read) {
        (Value::Object(written), Value::Object(read)) => {
            for (name, value) in written {
                let at = format!("{at}/{}", escaped(name));
                match read.get(name) {
                    Some(read) => compare(value, read, &at, lost),
                    None => lost.push(format!("{at}: unknown field")),
                }
            }
        }
        (Value::Array(written), Value::Array(read)) if written.len() == read.len() => {
            for (index, (value, read)) in written.iter().zip(read).enumerate() {
                compare(value, read, &format!("{at}/{index}"), lost);
            }
        }
        _ if written == read => {}
        _ => lost.push(format!("{at}: {written} is read as {read}")),
    }
}

/// The JSON pointer of the innermost part without which the value fits the type.
fn misfit<T: DeserializeOwned>(value: &Value) -> String {
    let fits = |value: &Value| serde_json::from_value::<T>(value.clone()).is_ok();
    let mut at = String::new();
    while let Some(next) = below(value, &at)
        .into_iter()
        .find(|pointer| fits(&without(value, pointer)))
    {
        at = next;
    }
    at
}

/// The value without the member or element at a pointer.
fn without(value: &Value, pointer: &str) -> Value {
    let mut value = value.clone();
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    match value.pointer_mut(parent).unwrap() {
        Value::Object(object) => object.retain(|name, _| escaped(name) != last),
        Value::Array(list) => drop(list.remove(last.parse().unwrap())),
        _ => unreachable!("a pointer to a part has an object or a list above it"),
    }
    value
}

/// The pointers of the members of what is at a pointer.
fn below(value: &Value, at: &str) -> Vec<String> {
    match value.pointer(at) {
        Some(Value::Object(object)) => object
            .keys()
            .map(|name| format!("{at}/{}", escaped(name)))
            .collect(),
        Some(Value::Array(list)) => (0..list.len()).map(|index| format!("{at}/{index}")).collect(),
        _ => Vec::new(),
    }
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Every child in the golden answers, with the name of its case.
fn golden_children() -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for case in support::cases() {
        let text = std::fs::read_to_string(golden(&case).join("answer.snap")).unwrap();
        let (_, answer) = text.strip_prefix("---\n").unwrap().split_once("\n---\n").unwrap();
        let answer: Value = serde_saphyr::from_str(answer).unwrap();
        let children = answer["children"].as_array().unwrap().iter();
        all.extend(children.map(|child| (case.clone(), child.clone())));
    }
    all
}

/// What is wrong with a child; nothing if Kubernetes has no type for any part of it.
fn of_child(child: &Value) -> Option<Vec<String>> {
    if let Some(oracle) = Oracle::find(&child["apiVersion"], &child["kind"]) {
        return Some((oracle.faults)(child));
    }
    let (_, pointer, faults) = PARTS.iter().find(|(kind, ..)| *kind == child["kind"])?;
    let found = faults(child.pointer(pointer)?);
    Some(
        found
            .into_iter()
            .map(|fault| format!("{pointer}{fault}"))
            .collect(),
    )
}

/// An invalid Function keeps its children as they are in the cluster, whatever is in them.
const REPEATED: &str = "invalid_with_children: Service of v1 hello: /spec/anything: unknown field";

#[test]
fn every_golden_child_fits_its_type() {
    let mut checked = BTreeSet::new();
    let mut wrong = Vec::new();
    for (case, child) in golden_children() {
        let Some(found) = of_child(&child) else { continue };
        let text = |pointer| child.pointer(pointer).and_then(Value::as_str).unwrap();
        let kind = format!("{} of {}", text("/kind"), text("/apiVersion"));
        let name = text("/metadata/name");
        wrong.extend(
            found
                .iter()
                .map(|fault| format!("{case}: {kind} {name}: {fault}")),
        );
        checked.insert(kind);
    }
    wrong.retain(|fault| fault != REPEATED);
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    // Every kind was there to be checked.
    assert_eq!(
        Vec::from_iter(checked),
        [
            "Deployment of apps/v1",
            "Ingress of networking.k8s.io/v1",
            "Job of batch/v1",
            "ScaledJob of keda.sh/v1alpha1",
            "Service of serving.knative.dev/v1",
            "Service of v1",
            "StatefulSet of apps/v1",
        ]
    );
}

#[test]
fn the_table_of_kinds_says_what_kubernetes_says() {
    let all = || [kinds::ALL, kinds::READ].into_iter().flatten();
    let of_kubernetes: Vec<&&Kind> = all().filter(|kind| kind.origin == Origin::Kubernetes).collect();
    for kind in &of_kubernetes {
        let oracle = Oracle::find(&json!(kind.api_version), &json!(kind.kind))
            .unwrap_or_else(|| panic!("Kubernetes has no {} of {}", kind.kind, kind.api_version));
        assert_eq!(kind.resource, oracle.resource, "{}", kind.kind);
    }
    assert_eq!(of_kubernetes.len(), KUBERNETES.len());
}

fn service() -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "hello", "annotations": {"a/b": "c"}},
        "spec": {"ports": [{"port": 80, "targetPort": "http"}], "selector": {}},
    })
}

#[test]
fn a_child_as_it_should_be_has_no_faults() {
    assert_eq!(faults::<Service>(&service()), Vec::<String>::new());
}

#[test]
fn a_misspelt_field_is_caught() {
    let mut child = service();
    child["spec"]["ports"][0]["tragetPort"] = json!("http");
    assert_eq!(
        faults::<Service>(&child),
        ["/spec/ports/0/tragetPort: unknown field"]
    );
    child["specs"] = json!({});
    assert_eq!(faults::<Service>(&child).len(), 2);
}

#[test]
fn a_field_of_the_wrong_type_is_caught() {
    let mut child = service();
    child["spec"]["ports"][0]["port"] = json!("80");
    let found = faults::<Service>(&child);
    assert!(
        found[0].starts_with("/spec/ports/0/port: invalid type: string"),
        "{found:?}"
    );
    let mut child = service();
    child["metadata"]["annotations"]["a/b"] = json!(1);
    let found = faults::<Service>(&child);
    assert!(found[0].starts_with("/metadata/annotations/a~1b: "), "{found:?}");
}
