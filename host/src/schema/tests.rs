//! Children against the schemas of their kinds.

use std::path::{Path, PathBuf};

use metawasm_contract::Scope;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// Findings as sentences.
fn said(schemas: &Schemas, child: &Value) -> Vec<String> {
    let findings = schemas.check(&child.to_string(), 50);
    assert_eq!(findings.more(), 0, "{child}");
    findings.list().iter().map(ToString::to_string).collect()
}

fn said_of(child: &Value) -> Vec<String> {
    said(&Schemas::default(), child)
}

fn deployment() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "d", "labels": {"a": "b"}},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"a": "b"}},
            "strategy": {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 1}},
            "template": {
                "metadata": {"labels": {"a": "b"}},
                "spec": {"containers": [{
                    "name": "c", "image": "i", "ports": [{"containerPort": 80}],
                    "env": [{"name": "A", "value": "1"}, {"name": "B", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],
                    "resources": {"limits": {"cpu": "1", "memory": 1024}, "requests": {"cpu": 0.5}},
                    "livenessProbe": {"httpGet": {"port": "http"}, "periodSeconds": 3},
                    "securityContext": {"runAsNonRoot": true},
                }], "nodeSelector": {"a": "b"}},
            },
        },
    })
}

/// Calls with each object and list of a value, and its pointer.
#[allow(clippy::needless_pass_by_value, reason = "cases are written as values")]
fn places(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            found.push(at.clone());
            for (key, value) in members {
                places(value, format!("{at}/{key}"), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                places(item, format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn what_kubernetes_knows_has_no_findings() {
    for child in [
        deployment(),
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"a": "1"}, "binaryData": {"a": "AQI="}}),
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "data": {"a": ""}, "stringData": {"a": "x"}, "type": "Opaque"}),
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "a"},
            "spec": {"rules": [{"host": "h", "http": {"paths": [{"pathType": "Exact", "backend": {"service": {"name": "s", "port": {"number": 80}}}}]}}]}}),
        json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "a"},
            "spec": {"maxReplicas": 3, "scaleTargetRef": {"kind": "Deployment", "name": "d"}}}),
        json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "a"},
            "spec": {"group": "g", "scope": "Namespaced", "names": {"kind": "K", "plural": "ks"}, "versions": [{
                "name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": {"properties": {"a": {"type": "array", "items": {"type": "string"}, "default": [1]}}}}}]}}),
        // Not known, and so not checked.
        json!({"apiVersion": "a.io/v1", "kind": "Deployment", "metadata": {"name": "a"}, "spce": 1}),
        json!({"apiVersion": "apps/v2", "kind": "Deployment", "metadata": {"name": "a"}, "spce": 1}),
        json!("x"),
        json!({}),
    ] {
        assert_eq!(said_of(&child), Vec::<String>::new(), "{child}");
    }
}

#[test]
fn each_mistake_is_named_with_its_place_and_what_is_right() {
    let config_map = |rest: Value| {
        let mut child = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}});
        child
            .as_object_mut()
            .unwrap()
            .extend(rest.as_object().unwrap().clone());
        child
    };
    let spec = |pointer: &str, value: Value| {
        let mut child = deployment();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        child.pointer_mut(parent).unwrap()[key] = value;
        child
    };
    let table = [
        (
            spec("/spec/repicas", json!(1)),
            "/spec/repicas: unknown field `repicas`; did you mean `replicas`?",
        ),
        (
            spec("/spce", json!({})),
            "/spce: unknown field `spce`; did you mean `spec`?",
        ),
        (
            spec("/metadata/label", json!({})),
            "/metadata/label: unknown field `label`; did you mean `labels`?",
        ),
        (
            spec("/spec/template/annotations", json!({})),
            "/spec/template/annotations: unknown field `annotations`; known: metadata, spec",
        ),
        (
            spec("/spec/replicas", json!("1")),
            "/spec/replicas: is a string; expected a whole number, without quotes",
        ),
        (
            spec("/spec/replicas", json!(1.5)),
            "/spec/replicas: is a number; expected a whole number",
        ),
        (
            spec("/spec/paused", json!("yes")),
            "/spec/paused: is a string; expected true or false, without quotes",
        ),
        (
            spec("/spec/template", json!([])),
            "/spec/template: is a list; expected an object",
        ),
        (
            spec("/spec/strategy/rollingUpdate/maxSurge", json!(true)),
            "/spec/strategy/rollingUpdate/maxSurge: is a boolean; expected a whole number or a string",
        ),
        (
            spec("/spec/template/spec/containers", json!({"name": "c"})),
            "/spec/template/spec/containers: is an object; expected a list",
        ),
        (
            spec("/spec/template/spec/nodeSelector/a", json!(true)),
            "/spec/template/spec/nodeSelector/a: is a boolean; expected a string, in quotes",
        ),
        (
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": {"template": {}}}),
            "/spec/selector: is missing; it is required",
        ),
        (
            config_map(json!({"data": {"a": 1}})),
            "/data/a: is a number; expected a string, in quotes",
        ),
        (
            config_map(json!({"binaryData": {"a": "a b"}})),
            "/binaryData/a: is not base64; encode the value",
        ),
        (
            config_map(json!({"data": ["a"]})),
            "/data: is a list; expected an object",
        ),
        (
            config_map(json!({"spec": {}})),
            "/spec: unknown field `spec`; known: apiVersion, binaryData, data, immutable, kind, metadata",
        ),
    ];
    for (child, sentence) in table {
        assert_eq!(said_of(&child), [sentence], "{child}");
    }
}

#[test]
fn all_mistakes_are_told_at_once_and_not_more_than_asked_for() {
    let mut child = deployment();
    for n in 0..30 {
        child["spec"][format!("x{n}")] = json!(n);
    }
    child["spec"]["replicas"] = json!("x");
    let findings = Schemas::default().check(&child.to_string(), 20);
    assert_eq!((findings.list().len(), findings.more()), (20, 11));
    let long =
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "x".repeat(1 << 20): 1});
    let sentence = said_of(&long).remove(0);
    assert!(sentence.len() < 700, "{}", sentence.len());
}

#[test]
fn an_unknown_field_is_found_wherever_no_map_is() {
    const MAPS: [&str; 5] = ["labels", "matchLabels", "nodeSelector", "limits", "requests"];
    let child = deployment();
    let mut all = Vec::new();
    places(&child, String::new(), &mut all);
    assert!(all.len() > 20, "{all:?}");
    for place in all {
        let mut wrong = child.clone();
        wrong.pointer_mut(&place).unwrap()["zzzzzz"] = json!("1");
        let said = said_of(&wrong);
        let last = place.rsplit('/').next().unwrap_or_default();
        if MAPS.contains(&last) {
            assert_eq!(said.len(), 0, "{place}: {said:?}");
        } else {
            let start = format!("{place}/zzzzzz: unknown field");
            assert!(
                said.len() == 1 && said[0].starts_with(&start),
                "{place}: {said:?}"
            );
        }
    }
}

proptest! {
    /// A value of another type is found wherever it is put.
    #[test]
    fn another_type_is_found_anywhere(at in any::<prop::sample::Index>()) {
        let child = deployment();
        let mut all = Vec::new();
        places(&child, String::new(), &mut all);
        let place = at.get(&all);
        if !place.is_empty() {
            let mut wrong = child.clone();
            *wrong.pointer_mut(place).unwrap() = json!(true);
            prop_assert_eq!(said_of(&wrong).len(), 1, "{}", place);
        }
    }

    /// Nothing panics on what is almost a child.
    #[test]
    fn a_broken_child_is_read(at in any::<prop::sample::Index>(), byte in 0x20..0x7f_u8) {
        let mut text = deployment().to_string().into_bytes();
        let at = at.index(text.len());
        text[at] = byte;
        Schemas::default().check(std::str::from_utf8(&text).unwrap(), 20);
    }
}

#[test]
fn every_type_of_the_table_is_known() {
    let known = [
        "string",
        "bytes",
        "integer",
        "number",
        "boolean",
        "int-or-string",
        "quantity",
        "any",
    ];
    let lines = || kubernetes::TEXT.lines().filter(|line| !line.starts_with('#'));
    let names: Vec<&str> = lines()
        .filter(|line| !line.starts_with(' ') && !line.starts_with("kind "))
        .collect();
    for line in lines().filter(|line| line.starts_with(' ') || line.starts_with("kind ")) {
        let of = line.rsplit(' ').next().unwrap().trim_start_matches(['[', '{']);
        assert!(known.contains(&of) || names.contains(&of), "{line}");
    }
    for (api_version, kind, _) in kubernetes::kinds() {
        let child = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "a"}, "zzzzzz": 1});
        let said = said_of(&child);
        assert!(
            said.iter().any(|line| line.starts_with("/zzzzzz: unknown field")),
            "{kind}: {said:?}"
        );
    }
}

fn from_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

#[allow(clippy::needless_pass_by_value, reason = "cases are written as values")]
fn crd(schema: Value) -> Schemas {
    let crd = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "things.a.io"},
        "spec": {"group": "a.io", "scope": "Cluster", "names": {"kind": "Thing", "plural": "things"},
            "versions": [{"name": "v1", "schema": {"openAPIV3Schema": schema}}]}});
    let folder = tempfile(&crd.to_string());
    let schemas = Schemas::with_crds(std::slice::from_ref(&folder)).unwrap();
    std::fs::remove_dir_all(folder).unwrap();
    schemas
}

/// A folder of its own with a folder in it that has one file.
fn tempfile(text: &str) -> PathBuf {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!(
        "metawasm-crds-{}-{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    );
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(folder.join("inner")).unwrap();
    std::fs::write(folder.join("inner/crd.yaml"), text).unwrap();
    std::fs::write(folder.join("README.md"), "no YAML: [").unwrap();
    folder
}

#[test]
fn a_crd_says_what_its_kind_has() {
    let schema = json!({"type": "object", "required": ["spec"], "properties": {
        "apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"},
        "spec": {"type": "object", "required": ["size", "color"], "properties": {
            "size": {"type": "integer"},
            "color": {"type": "string", "enum": ["red", "green"], "default": "red"},
            "port": {"x-kubernetes-int-or-string": true},
            "open": {"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": {"a": {"type": "string"}}},
            "any": {"x-kubernetes-preserve-unknown-fields": true},
            "map": {"type": "object", "additionalProperties": {"type": "string"}},
            "list": {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "boolean"}}}},
            "empty": {"type": "object"},
            "ratio": {"type": "number"},
            "template": {"type": "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true},
        }},
    }});
    let schemas = crd(schema);
    assert_eq!(schemas.scopes().get("a.io", "Thing"), Some(Scope::Cluster));
    let thing = |spec: Value| json!({"apiVersion": "a.io/v1", "kind": "Thing", "metadata": {"name": "t"}, "spec": spec});
    let good = json!({"size": 1, "port": "http", "open": {"a": "x", "b": 1}, "any": [1, {"a": 2}], "map": {"x": "y"},
        "list": [{"a": true}, {}], "empty": {}, "ratio": 1, "template": {"apiVersion": "v1", "kind": "X", "metadata": {}, "z": 1}});
    assert_eq!(said(&schemas, &thing(good)), Vec::<String>::new());
    for (spec, sentence) in [
        (json!({}), "/spec/size: is missing; it is required"),
        (
            json!({"size": 1, "colour": "red"}),
            "/spec/colour: unknown field `colour`; did you mean `color`?",
        ),
        (
            json!({"size": 1, "color": "blue"}),
            "/spec/color: is \"blue\"; allowed: red, green",
        ),
        (
            json!({"size": 1, "port": 1.5}),
            "/spec/port: is a number; expected a whole number or a string",
        ),
        (
            json!({"size": 1, "open": {"a": 1}}),
            "/spec/open/a: is a number; expected a string, in quotes",
        ),
        (
            json!({"size": 1, "map": {"a": 1}}),
            "/spec/map/a: is a number; expected a string, in quotes",
        ),
        (
            json!({"size": 1, "list": [{"a": true}, {"b": 1}]}),
            "/spec/list/1/b: unknown field `b`; known: a",
        ),
        (
            json!({"size": 1, "empty": {"a": 1}}),
            "/spec/empty/a: unknown field `a`; no field is known here",
        ),
        (
            json!({"size": 1, "template": {"metadata": {"nam": "x"}}}),
            "/spec/template/metadata/nam: unknown field `nam`; did you mean `name`?",
        ),
    ] {
        assert_eq!(said(&schemas, &thing(spec.clone())), [sentence], "{spec}");
    }
    let mut of_a_version_that_is_not_there = thing(json!({"x": 1}));
    of_a_version_that_is_not_there["apiVersion"] = json!("a.io/v2");
    assert_eq!(
        said(&schemas, &of_a_version_that_is_not_there),
        Vec::<String>::new()
    );
}

#[test]
fn paths_without_a_crd_are_told() {
    let no = |path: &str| {
        Schemas::with_crds(&[from_repository(path)])
            .unwrap_err()
            .to_string()
    };
    assert!(no("not-there").starts_with("cannot read "), "{}", no("not-there"));
    let cargo = no("metacontroller/base");
    assert!(
        cargo.starts_with("no CustomResourceDefinition (apiextensions.k8s.io/v1) in "),
        "{cargo}"
    );
    let readme = no("README.md");
    assert!(readme.contains("README.md"), "{readme}");
}

#[test]
fn other_crds_have_another_digest() {
    let digest = |paths: &[&str]| {
        let paths: Vec<PathBuf> = paths.iter().map(|path| from_repository(path)).collect();
        Schemas::with_crds(&paths).unwrap().digest()
    };
    let function = digest(&["metacontroller/crd/function.yaml"]);
    assert_eq!(function, digest(&["metacontroller/crd"]));
    assert_ne!(function, digest(&[]));
    assert_ne!(function, digest(&["metacontroller/crd", "tests/e2e/crds"]));
}

/// The Function plugin's answers to its golden cases, all kinds that Kubernetes or a CRD of the repository has.
#[test]
fn what_the_function_plugin_answers_matches() {
    let crds = ["tests/e2e/crds", "metacontroller/crd"].map(from_repository);
    let schemas = Schemas::with_crds(&crds).unwrap();
    let mut checked = std::collections::BTreeMap::<String, usize>::new();
    let mut wrong = Vec::new();
    for case in std::fs::read_dir(from_repository("plugin/function/tests/golden")).unwrap() {
        let path = case.unwrap().path().join("answer.snap");
        let text = std::fs::read_to_string(&path).unwrap();
        let (_, answer) = text.trim_start_matches("---").split_once("\n---\n").unwrap();
        let answer: Value = serde_saphyr::from_str(answer).unwrap();
        for child in answer["children"].as_array().unwrap() {
            // An HTTP add-on before 0.8 has another CRD than the repository's.
            let is_old = child.pointer("/spec/scaleTargetRef/deployment").is_some()
                && child["kind"] == "HTTPScaledObject";
            if is_old {
                continue;
            }
            wrong.extend(
                said(&schemas, child)
                    .iter()
                    .map(|line| format!("{}: {line}", path.display())),
            );
            let (api_version, kind) = (
                child["apiVersion"].as_str().unwrap(),
                child["kind"].as_str().unwrap(),
            );
            if schemas.shape(api_version, kind).is_some() {
                *checked.entry(kind.to_owned()).or_default() += 1;
            }
        }
    }
    // Some cases make up a field, to show that it passes through, or an object that somebody broke.
    wrong.retain(|line| {
        !line.contains("aFieldOfAnotherKubernetes") && !line.contains("/golden/invalid_with_")
    });
    assert_eq!(wrong, Vec::<String>::new());
    for kind in ["Deployment", "StatefulSet", "Service", "HTTPScaledObject"] {
        assert!(
            checked.get(kind).is_some_and(|count| *count > 2),
            "{kind}: {checked:?}"
        );
    }
}

#[test]
fn children_are_found_in_an_answer() {
    let answer =
        r#" {"status": {"children": [1]}, "children" : [ {"a": [1, "]"]} , {} ], "resyncAfterSeconds": 1} "#;
    assert_eq!(children(answer, "children"), [r#"{"a": [1, "]"]}"#, "{}"]);
    assert_eq!(children(r#"{"status":{}}"#, "children"), Vec::<&str>::new());
    assert_eq!(children(r#"{"children":[]}"#, "children"), Vec::<&str>::new());
    assert_eq!(children(r#"{"children":null}"#, "children"), Vec::<&str>::new());
    assert_eq!(children("[", "children"), Vec::<&str>::new());
}
