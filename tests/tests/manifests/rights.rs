//! Metacontroller may do what the controllers tell it to, and no more.

use std::collections::BTreeSet;

use metawasm_tests::root;
use serde_json::{Map, Value, json};

use crate::kustomize::{Kubectl, Objects};

/// API group, resource, verb.
type Right = (String, String, String);

const READ: &[&str] = &["get", "list", "watch"];
const OWN: &[&str] = &["get", "list", "watch", "create", "update", "patch", "delete"];

#[derive(Default)]
struct Rights(BTreeSet<Right>);

impl Rights {
    fn add(&mut self, api_version: &str, resource: &str, verbs: &[&str]) {
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        for verb in verbs {
            self.0
                .insert((group.to_owned(), resource.to_owned(), (*verb).to_owned()));
        }
    }
}

/// What the ClusterRoles give that are bound to Metacontroller's ServiceAccount.
fn granted(objects: &Objects) -> Rights {
    let mut rights = Rights::default();
    let account = json!({"kind": "ServiceAccount", "name": "metacontroller", "namespace": "metacontroller"});
    for binding in objects.of_kind("ClusterRoleBinding") {
        assert_eq!(binding["subjects"], json!([account]));
        let role = objects.get("ClusterRole", binding["roleRef"]["name"].as_str().unwrap());
        // The component metacontroller-rbac is for Metacontroller's own objects.
        if role["metadata"]["name"] == "metawasm-metacontroller" {
            continue;
        }
        for rule in role["rules"].as_array().unwrap() {
            let list = |key: &str| -> Vec<&str> {
                let list = rule[key].as_array().unwrap().iter();
                list.map(|item| item.as_str().unwrap()).collect()
            };
            for group in list("apiGroups") {
                for resource in list("resources") {
                    rights.add(&format!("{group}/v1"), resource, &list("verbs"));
                }
            }
        }
    }
    rights
}

/// What Metacontroller does by these controllers.
fn needed(objects: &Objects) -> Rights {
    let mut rights = Rights::default();
    for controller in objects.controllers() {
        let spec = &controller["spec"];
        let is_composite = controller["kind"] == "CompositeController";
        let text = |object: &Value, key: &str| object[key].as_str().unwrap().to_owned();
        let list = |key: &str| spec[key].as_array().cloned().unwrap_or_default();
        let parents = if is_composite {
            vec![spec["parentResource"].clone()]
        } else {
            list("resources")
        };
        for parent in parents {
            let (version, resource) = (text(&parent, "apiVersion"), text(&parent, "resource"));
            rights.add(&version, &resource, READ);
            // Children block the deletion of their parent.
            rights.add(&version, &format!("{resource}/finalizers"), &["update"]);
            if is_composite {
                rights.add(&version, &resource, &["update"]);
                rights.add(&version, &format!("{resource}/status"), &["update"]);
            }
        }
        for child in [list("childResources"), list("attachments")].concat() {
            rights.add(&text(&child, "apiVersion"), &text(&child, "resource"), OWN);
        }
        for hook in spec["hooks"].as_object().unwrap().values() {
            if hook["webhook"].pointer("/caBundle/secretRef").is_some() {
                rights.add("v1", "secrets", READ);
            }
        }
    }
    for (version, resource) in asked_for(objects) {
        rights.add(&version, &resource, READ);
    }
    rights
}

/// What the Function plugin asks for by customize: of every example, under this controller and these settings.
fn asked_for(objects: &Objects) -> BTreeSet<(String, String)> {
    let controller = objects.get("CompositeController", "function");
    let settings = settings(objects).to_string();
    let mut all = BTreeSet::new();
    for function in examples() {
        let request = json!({"controller": controller, "parent": function}).to_string();
        let answer = metawasm_function::customize(&request, &settings).unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        for rule in answer["relatedResources"].as_array().unwrap() {
            let text = |key: &str| rule[key].as_str().unwrap().to_owned();
            all.insert((text("apiVersion"), text("resource")));
        }
    }
    all
}

/// Every Function in the examples.
fn examples() -> Vec<Value> {
    let mut all = Vec::new();
    for folder in ["examples", "examples/seed"] {
        for entry in std::fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "yaml") {
                let text = std::fs::read_to_string(&path).unwrap();
                let objects: Vec<Value> = serde_saphyr::from_multiple(&text).unwrap();
                all.extend(objects.into_iter().filter(|object| object["kind"] == "Function"));
            }
        }
    }
    // As they are in a cluster.
    for function in &mut all {
        function["metadata"]["namespace"] = json!("default");
        function["metadata"]["uid"] = json!("8d3e4c55-2f1b-4f0e-9a53-1de2a2a3f001");
    }
    assert!(all.len() > 10);
    all
}

/// The settings of the Function plugin: those of the configuration, and the flags over them.
fn settings(objects: &Objects) -> Value {
    let config: Value = serde_saphyr::from_str(objects.config()).unwrap();
    let mut settings = config.pointer("/plugins/0/settings").unwrap().clone();
    for arg in objects.args() {
        let Some(setting) = arg.strip_prefix("--set=function.") else {
            continue;
        };
        let (path, value) = setting.split_once('=').unwrap();
        let mut place = &mut settings;
        for key in path.split('.') {
            let members = place.as_object_mut().unwrap();
            place = members.entry(key).or_insert_with(|| Value::Object(Map::new()));
        }
        *place = serde_saphyr::from_str(value).unwrap();
    }
    settings
}

#[test]
fn metacontroller_may_do_what_it_is_told_to_and_no_more() {
    let Some(kubectl) = Kubectl::find() else { return };
    for (name, objects) in kubectl.all() {
        let (granted, needed) = (granted(objects).0, needed(objects).0);
        let missing: Vec<&Right> = needed.difference(&granted).collect();
        let idle: Vec<&Right> = granted.difference(&needed).collect();
        assert!(
            missing.is_empty() && idle.is_empty(),
            "{name}: Metacontroller may not {missing:?}, and may without need {idle:?}"
        );
    }
}

/// So that the test above sees whatever customize may ask for.
#[test]
fn the_examples_ask_for_every_kind_that_customize_can() {
    let Some(kubectl) = Kubectl::find() else { return };
    let (_, everything) = kubectl.all().last().unwrap();
    let asked = asked_for(everything);
    let mut sources = Vec::new();
    sources_below(&root().join("plugin/function/src"), &mut sources);
    let calls = sources.iter().map(|text| text.matches("all.add(").count());
    // One of them is for the names of children (checkNames), each of its own kind.
    assert_eq!(
        calls.sum::<usize>(),
        5,
        "the plugin asks at another place too: let an example do so"
    );
    for (version, resource) in [
        ("v1", "configmaps"),
        ("keda.sh/v1alpha1", "scaledobjects"),
        ("dapr.io/v1alpha1", "components"),
        ("networking.openfunction.io/v1alpha1", "gateways"),
        ("apps/v1", "deployments"),
    ] {
        let kind = (version.to_owned(), resource.to_owned());
        assert!(asked.contains(&kind), "{kind:?} is not in {asked:?}");
    }
}

fn sources_below(folder: &std::path::Path, all: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources_below(&path, all);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            all.push(std::fs::read_to_string(path).unwrap());
        }
    }
}

/// Who edits a namespace may edit its Functions, and who views it may view them.
#[test]
fn people_have_rights_by_those_that_they_have_in_a_namespace() {
    let Some(kubectl) = Kubectl::find() else { return };
    let base = kubectl.base();
    for (role, to, verbs) in [
        ("metawasm-functions-edit", vec!["admin", "edit"], "create"),
        ("metawasm-functions-view", vec!["admin", "edit", "view"], "list"),
    ] {
        let role = base.get("ClusterRole", role);
        let labels = role["metadata"]["labels"].as_object().unwrap();
        let aggregated: Vec<&str> = labels
            .iter()
            .filter(|(_, value)| **value == "true")
            .filter_map(|(key, _)| key.strip_prefix("rbac.authorization.k8s.io/aggregate-to-"))
            .collect();
        assert_eq!(aggregated, to);
        for rule in role["rules"].as_array().unwrap() {
            assert_eq!(rule["apiGroups"], json!(["core.openfunction.io"]));
            assert!(rule["verbs"].as_array().unwrap().contains(&json!(verbs)));
        }
    }
}
