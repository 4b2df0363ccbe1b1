//! Requests of three sizes, for benchmarks: one recorded, and two made of it; and requests of other Functions.
//!
//! What makes real requests big is what surrounds the Function's spec: the API server's
//! `managedFields` name every field of an object once more, Metacontroller's last-applied
//! annotation has the whole child as a text, and each Dapr component is a child of its own.

use serde_json::{Map, Value, json};

use crate::{fixture, root};

/// Environment variables and Dapr components of the Function in [`large`].
const VARIABLES: usize = 70;
const COMPONENTS: usize = 40;

const LAST_APPLIED: &str = "metacontroller.k8s.io/last-applied-configuration";
const SINCE: &str = "2026-11-24T07:20:52Z";

/// About 2 KB: the first sync of a recorded Function, without children, without customize, and
/// from an API server that keeps no `managedFields`. Smaller ones hardly exist.
pub fn small() -> Vec<u8> {
    let mut request = parsed("composite-v2-sync-first.body");
    without_bookkeeping(&mut request);
    request["related"] = json!({});
    written(&request)
}

/// About 20 KB: a recorded sync of a Function that runs, the exact bytes.
pub fn recorded() -> Vec<u8> {
    fixture("composite-v2-sync-ready.body")
}

/// About 200 KB: the recorded Function with many environment variables and Dapr components,
/// settled: the children that are observed are those that the plugin asks for, as an API server
/// stores them.
pub fn large() -> Vec<u8> {
    let mut request = parsed("composite-v2-sync-ready.body");
    let serving = &mut request["parent"]["spec"]["serving"];
    serving["template"]["containers"][0]["env"] = (0..VARIABLES).map(variable).collect();
    let components = (0..COMPONENTS).map(|n| (format!("store-{n:02}"), component(n)));
    serving["states"] = Value::Object(components.collect());
    let entry = managed("kubectl-create", &json!({"spec": request["parent"]["spec"]}));
    request["parent"]["metadata"]["managedFields"] = json!([entry]);
    let declared = json!({
        "apiVersion": "dapr.io/v1alpha1", "resource": "components", "updateStrategy": {"method": "InPlace"},
    });
    let kinds = request["controller"]["spec"]["childResources"].as_array_mut();
    kinds.expect("a list").push(declared);
    let mut children = request["children"].take();
    for group in children.as_object_mut().expect("groups").values_mut() {
        *group = json!({});
    }
    children["Component.dapr.io/v1alpha1"] = json!({});
    request["children"] = children;
    settle(&mut request);
    written(&request)
}

/// A Function of `examples/` in the place of the recorded one: its first sync, and a sync when its children exist.
pub fn example(file: &str) -> [Vec<u8>; 2] {
    let path = root().join("examples").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let function: Value = serde_saphyr::from_str(&text).expect("an example is YAML");
    let mut request = parsed("composite-v2-sync-first.body");
    for member in ["spec", "apiVersion"] {
        request["parent"][member] = function[member].clone();
    }
    request["parent"]["metadata"]["name"] = function["metadata"]["name"].clone();
    for child in asked(&request)["children"].as_array().expect("children") {
        request["children"][place(child).0] = json!({});
    }
    let first = written(&request);
    settle(&mut request);
    [first, written(&request)]
}

/// The names of the files in `examples/` with a Function, sorted.
pub fn examples() -> Vec<String> {
    let files = std::fs::read_dir(root().join("examples")).expect("the examples");
    let mut names: Vec<String> = files
        .filter_map(|file| file.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".yaml"))
        .collect();
    names.sort();
    names
}

/// Adds the children that the plugin asks for, as an API server stores them, and the status.
fn settle(request: &mut Value) {
    // Twice: what exists changes what is asked for, once.
    for _ in 0..2 {
        let mut answer = asked(request);
        for child in answer["children"].as_array_mut().expect("children") {
            let (group, key) = place(child);
            request["children"][group][key] = stored(child, &request["parent"]);
        }
        request["parent"]["status"] = answer["status"].take();
    }
}

fn asked(request: &Value) -> Value {
    let answer = metawasm_function::sync(&request.to_string(), "{}").expect("an answer");
    serde_json::from_str(&answer).expect("JSON")
}

fn variable(n: usize) -> Value {
    match n % 3 {
        0 => json!({"name": format!("FEATURE_{n:02}"), "value": format!("enabled;rollout={n}%")}),
        1 => {
            json!({"name": format!("UPSTREAM_{n:02}_URL"), "value": format!("http://backend-{n}.shop.svc.cluster.local:8080/")})
        }
        _ => {
            let key = json!({"name": "hello-credentials", "key": format!("token-{n:02}")});
            json!({"name": format!("TOKEN_{n:02}"), "valueFrom": {"secretKeyRef": key}})
        }
    }
}

fn component(n: usize) -> Value {
    let metadata = json!([
        {"name": "redisHost", "value": format!("redis-{n}.shop.svc.cluster.local:6379")},
        {"name": "keyPrefix", "value": "none"},
        {"name": "enableTLS", "value": "true"},
        {"name": "redisPassword", "secretKeyRef": {"name": "redis", "key": "password"}},
    ]);
    json!({"spec": {"type": "state.redis", "version": "v1", "metadata": metadata}})
}

/// The keys under which a request of version v2 has an object of the recorded namespace.
fn place(object: &Value) -> (String, String) {
    let text = |pointer| object.pointer(pointer).and_then(Value::as_str).expect("a text");
    let group = format!("{}.{}", text("/kind"), text("/apiVersion"));
    (group, format!("cap2/{}", text("/metadata/name")))
}

/// A child as it is observed after it was applied.
fn stored(child: &Value, parent: &Value) -> Value {
    let mut applied = child.clone();
    applied["metadata"]["namespace"] = json!("cap2");
    applied["metadata"]["labels"]["controller-uid"] = parent["metadata"]["uid"].clone();
    let mut object = applied.clone();
    object["metadata"]["annotations"][LAST_APPLIED] = json!(applied.to_string());
    object["metadata"]["ownerReferences"] = json!([{
        "apiVersion": parent["apiVersion"], "kind": parent["kind"], "name": parent["metadata"]["name"],
        "uid": parent["metadata"]["uid"], "controller": true, "blockOwnerDeletion": true,
    }]);
    let mut entries = vec![managed("metacontroller", &object)];
    if child["kind"] == "Deployment" {
        let status =
            parsed("composite-v2-sync-ready.body")["children"]["Deployment.apps/v1"]["cap2/hello"]["status"]
                .take();
        entries.push(managed("kube-controller-manager", &json!({"status": status})));
        object["status"] = status;
        object["spec"]["replicas"] = json!(1);
    }
    let metadata = object["metadata"].as_object_mut().expect("an object");
    metadata.insert("managedFields".to_owned(), Value::Array(entries));
    metadata.insert("creationTimestamp".to_owned(), json!(SINCE));
    metadata.insert("generation".to_owned(), json!(2));
    metadata.insert("resourceVersion".to_owned(), json!("3958"));
    metadata.insert("uid".to_owned(), json!("c99b4dbb-2e32-4d2e-8b7b-113b9a5403ac"));
    object
}

/// The entry that an API server keeps for whoever wrote these fields.
fn managed(manager: &str, object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(object) = object.as_object_mut() {
        object.remove("apiVersion");
        object.remove("kind");
    }
    json!({
        "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": fields(&object), "manager": manager,
        "operation": "Update", "time": SINCE,
    })
}

fn fields(value: &Value) -> Value {
    let mut all = Map::from_iter([(".".to_owned(), json!({}))]);
    match value {
        Value::Object(members) => {
            all.extend(
                members
                    .iter()
                    .map(|(key, member)| (format!("f:{key}"), fields(member))),
            );
        }
        Value::Array(elements) => {
            for element in elements.iter().filter(|element| element["name"].is_string()) {
                all.insert(format!("k:{}", json!({"name": element["name"]})), fields(element));
            }
        }
        _ => {}
    }
    // Where nothing is below, the name of the field says all.
    if all.len() == 1 {
        all.clear();
    }
    Value::Object(all)
}

/// Takes out what the API server and kubectl keep for themselves.
fn without_bookkeeping(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.remove("managedFields");
            members.remove("kubectl.kubernetes.io/last-applied-configuration");
            members.values_mut().for_each(without_bookkeeping);
        }
        Value::Array(elements) => elements.iter_mut().for_each(without_bookkeeping),
        _ => {}
    }
}

fn parsed(name: &str) -> Value {
    serde_json::from_slice(&fixture(name)).expect("a fixture is JSON")
}

fn written(request: &Value) -> Vec<u8> {
    request.to_string().into_bytes()
}
