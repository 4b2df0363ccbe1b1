//! The chart and the kustomize manifests are the same, but for what is undone here: each says by its own means what the
//! host is told, and each marks its objects.

use std::collections::{BTreeMap, BTreeSet};

use metawasm_tests::kustomize::{Kubectl, folder, names};
use metawasm_tests::root;
use serde_json::{Map, Value, json};

use crate::Chart;
use crate::difference::difference;

/// An overlay, and the values that stand for it.
const SAME: &[(&str, &[&str])] = &[
    ("alerts", &["prometheusRule.enabled=true"]),
    ("dapr", &["kinds.dapr=true"]),
    ("dashboard", &["grafanaDashboard.enabled=true"]),
    ("finalize", &["finalize=true"]),
    ("gateway-api", &["kinds.gatewayApi=true"]),
    ("ingress", &["kinds.ingress=true"]),
    ("interceptor-port-80", &["interceptor.port80Service=helm"]),
    (
        "interceptor-port-80-kustomize",
        &["interceptor.port80Service=kustomize"],
    ),
    ("interceptor-route", &["kinds.interceptorRoute=true"]),
    ("knative", &["kinds.knative=true"]),
    ("metacontroller-rbac", &["rbac.metacontroller=true"]),
    ("openfunction-gateways", &["kinds.openfunctionGateways=true"]),
    ("server-side-apply", &["serverSideApply=true"]),
    ("servicemonitor", &["serviceMonitor.enabled=true"]),
    ("shipwright", &["kinds.shipwright=true"]),
    ("tls", &["tls.enabled=true", "tls.existingSecret=metawasm-tls"]),
];

/// The two of which a cluster has one.
const NOT_TOGETHER: &str = "interceptor-port-80-kustomize";

#[test]
fn every_overlay_has_its_values() {
    let known: BTreeSet<_> = SAME.iter().map(|(overlay, _)| (*overlay).to_owned()).collect();
    assert_eq!(known, names("overlays").into_iter().collect());
}

#[test]
fn the_default_is_the_base() {
    let (Some(chart), Some(kubectl)) = (Chart::new(), Kubectl::find()) else {
        return;
    };
    let base = kubectl.render(&folder("base")).unwrap();
    assert_same("base", base, chart.render(&[]));
}

#[test]
fn each_value_is_its_overlay() {
    let (Some(chart), Some(kubectl)) = (Chart::new(), Kubectl::find()) else {
        return;
    };
    for (overlay, values) in SAME {
        let rendered = kubectl.render(&folder("overlays").join(overlay)).unwrap();
        assert_same(overlay, rendered, chart.render(values));
    }
}

#[test]
fn all_values_are_all_components() {
    let (Some(chart), Some(kubectl)) = (Chart::new(), Kubectl::find()) else {
        return;
    };
    let chosen = SAME.iter().filter(|(overlay, _)| *overlay != NOT_TOGETHER);
    let components: Vec<&str> = chosen.clone().map(|(overlay, _)| *overlay).collect();
    let values: Vec<&str> = chosen.flat_map(|(_, values)| *values).copied().collect();
    assert_same(
        "all",
        kubectl.combined(&components).unwrap(),
        chart.render(&values),
    );
}

/// The test above sees a value that makes a difference.
#[test]
fn a_difference_is_seen() {
    let (Some(chart), Some(kubectl)) = (Chart::new(), Kubectl::find()) else {
        return;
    };
    let base = of_kustomize(kubectl.render(&folder("base")).unwrap());
    for value in [
        "settings.checkNames=true",
        "controller.timeout=11s",
        "config.memo.size=1Mi",
        "resources.limits.memory=1Gi",
        "rbac.create=false",
        "interceptor.port=81",
        "metacontroller.namespace=other",
        "extraArgs[0]=--log=debug",
    ] {
        let other = of_the_chart(chart.render(&[value]));
        assert_ne!(difference(&base, &other), "", "{value}");
    }
}

fn assert_same(what: &str, kustomize: Vec<Value>, chart: Vec<Value>) {
    let differences = difference(&of_kustomize(kustomize), &of_the_chart(chart));
    assert!(
        differences.is_empty(),
        "{what}: kustomize (-) and the chart (+) differ:\n{differences}"
    );
}

/// What kustomize renders, without its own means.
fn of_kustomize(mut objects: Vec<Value>) -> Vec<Value> {
    // helm makes the namespace, if asked, before it looks at the chart.
    objects.retain(|object| object["kind"] != "Namespace");
    let mut told = Vec::new();
    for object in &mut objects {
        // By these one component sees another.
        remove(object, "annotations", |key| key.starts_with("metawasm/"));
        if let Some(args) = object.pointer_mut("/spec/template/spec/containers/0/args") {
            let (flags, rest) = args
                .as_array()
                .unwrap()
                .iter()
                .cloned()
                .partition(|arg| told_by(arg.as_str().unwrap()).is_some());
            told = flags;
            *args = Value::Array(rest);
        }
        // A hash of its content is in the name of the configuration's ConfigMap.
        if object.pointer("/data/metawasm.yaml").is_some() {
            object["metadata"]["name"] = json!("metawasm");
        }
        let volumes = object.pointer_mut("/spec/template/spec/volumes");
        for volume in volumes.and_then(Value::as_array_mut).into_iter().flatten() {
            if volume["name"] == "config" {
                volume["configMap"]["name"] = json!("metawasm");
            }
        }
    }
    for object in &mut objects {
        configure(object, &told);
        order(object);
    }
    objects
}

/// What the chart renders, without its own means.
fn of_the_chart(mut objects: Vec<Value>) -> Vec<Value> {
    for object in &mut objects {
        remove(object, "labels", |key| {
            [
                "app.kubernetes.io/instance",
                "app.kubernetes.io/managed-by",
                "app.kubernetes.io/version",
                "helm.sh/chart",
            ]
            .contains(&key)
        });
        // The CRD that `cargo xtask crd` makes says nothing about who installs it.
        if object["kind"] == "CustomResourceDefinition" {
            remove(object, "labels", |_| true);
            remove(object, "annotations", |key| key == "helm.sh/resource-policy");
        }
        // The ConfigMap has no hash in its name; this rolls the pods.
        if let Some(template) = object.pointer_mut("/spec/template") {
            remove(template, "annotations", |key| key == "checksum/config");
        }
        configure(object, &[]);
        order(object);
    }
    objects
}

fn remove(object: &mut Value, map: &str, which: impl Fn(&str) -> bool) {
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else {
        return;
    };
    if let Some(entries) = metadata.get_mut(map).and_then(Value::as_object_mut) {
        entries.retain(|key, _| !which(key));
        if entries.is_empty() {
            metadata.remove(map);
        }
    }
}

/// The plugin, the path and the value of a flag that stands for the configuration.
fn told_by(flag: &str) -> Option<(&str, &str, &str)> {
    if let Some(plugin) = flag.strip_prefix("--plugin=") {
        let (name, source) = plugin.split_once('=').unwrap();
        return Some((name, "", source));
    }
    let (place, value) = flag.strip_prefix("--set=")?.split_once('=').unwrap();
    let (plugin, path) = place.split_once('.').unwrap();
    Some((plugin, path, value))
}

/// Reads the host's configuration, with what flags say over it and the plugins' own defaults below it.
fn configure(object: &mut Value, told: &[Value]) {
    let Some(file) = object.pointer_mut("/data/metawasm.yaml") else {
        return;
    };
    let mut config: Value = serde_saphyr::from_str(file.as_str().unwrap()).unwrap();
    let plugins = config["plugins"].as_array_mut().unwrap();
    let flags: Vec<_> = told
        .iter()
        .map(|flag| told_by(flag.as_str().unwrap()).unwrap())
        .collect();
    for (name, _, source) in flags.iter().filter(|(_, path, _)| path.is_empty()) {
        plugins.push(json!({"name": name, "source": source, "settings": {}}));
    }
    for (name, path, value) in flags.iter().filter(|(_, path, _)| !path.is_empty()) {
        let plugin = plugins.iter_mut().find(|plugin| plugin["name"] == *name);
        let mut place = &mut plugin.unwrap()["settings"];
        for key in path.split('.') {
            place = place
                .as_object_mut()
                .unwrap()
                .entry(key)
                .or_insert_with(|| Value::Object(Map::new()));
        }
        *place = serde_saphyr::from_str(value).unwrap();
    }
    for plugin in plugins {
        let described = match plugin["name"].as_str().unwrap() {
            "function" => "plugin/function/src/hooks/describe.json",
            "grants" => "plugin/grants/src/describe.json",
            other => panic!("the plugin {other}"),
        };
        let described = std::fs::read_to_string(root().join(described)).unwrap();
        let described: Value = serde_json::from_str(&described).unwrap();
        fill(&described["settings"], &mut plugin["settings"]);
    }
    *file = config;
}

/// What the schema says where the settings say nothing.
fn fill(schema: &Value, settings: &mut Value) {
    for (key, field) in schema["properties"].as_object().into_iter().flatten() {
        let place = settings.as_object_mut().unwrap().entry(key);
        fill(field, place.or_insert_with(|| field["default"].clone()));
    }
}

/// Lists whose order means nothing, in one order; rights one by one.
fn order(object: &mut Value) {
    for list in [
        "/spec/childResources",
        "/spec/template/spec/volumes",
        "/spec/template/spec/containers/0/volumeMounts",
    ] {
        if let Some(list) = object.pointer_mut(list).and_then(Value::as_array_mut) {
            list.sort_by_key(Value::to_string);
        }
    }
    let Some(rules) = object.get_mut("rules") else {
        return;
    };
    let mut rights: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let list = |rule: &Value, key: &str| -> Vec<String> {
        let list = rule[key].as_array().unwrap().iter();
        list.map(|item| item.as_str().unwrap().to_owned()).collect()
    };
    for rule in rules.as_array().unwrap() {
        for group in list(rule, "apiGroups") {
            for resource in list(rule, "resources") {
                let verbs = rights.entry(format!("{group}/{resource}")).or_default();
                verbs.extend(list(rule, "verbs"));
            }
        }
    }
    *rules = json!(rights);
}
