//! The Deployment: the user's pod spec with the function's image, port and environment in it.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use serde_json::{Map, Value, json};

use super::Plan;
use crate::api::field::quoted;
use crate::api::workload::{API_VERSION, Deployment, DeploymentSpec, KIND, PodTemplate};
use crate::context;
use crate::dapr;
use crate::notes::{Notes, Path};

/// The container that runs the function.
pub(crate) const CONTAINER: &str = "function";
const ROLE: &str = "function";
const PORT_NAME: &str = "function-port";
/// The container runtime of WasmEdge images.
const WASM_RUNTIME_CLASS: &str = "openfunction-crun";
const WASM_VARIANT: &str = "module.wasm.image/variant";

type Object = Map<String, Value>;

pub(super) fn build(plan: &Plan<'_>, template: Object, notes: &mut Notes) -> Deployment {
    let metadata = plan.with_user_labels(plan.metadata(&plan.names.workload, ROLE), ROLE);
    let mut annotations = dapr::pod_annotations(plan.function, plan.serving, plan.http.port);
    if let Some(variant) = &plan.function.wasm_variant {
        annotations
            .entry(WASM_VARIANT.to_owned())
            .or_insert_with(|| variant.clone());
    }
    Deployment {
        api_version: API_VERSION,
        kind: KIND,
        spec: DeploymentSpec {
            selector: LabelSelector {
                match_labels: Some(plan.selector(ROLE)),
                ..LabelSelector::default()
            },
            template: PodTemplate {
                metadata: ObjectMeta {
                    annotations: Some(annotations),
                    labels: metadata.labels.clone(),
                    ..ObjectMeta::default()
                },
                spec: pod_spec(plan, template, notes),
            },
        },
        metadata,
    }
}

fn pod_spec(plan: &Plan<'_>, mut spec: Object, notes: &mut Notes) -> Object {
    let mut containers = list(spec.remove("containers"));
    let is_ours = |container: &Value| container.get("name").and_then(Value::as_str) == Some(CONTAINER);
    let index = containers.iter().rposition(is_ours).unwrap_or(containers.len());
    if index == containers.len() {
        containers.push(json!({"name": CONTAINER, "imagePullPolicy": "IfNotPresent"}));
    }
    if let Some(container) = containers.get_mut(index).and_then(Value::as_object_mut) {
        fill_container(plan, container, index, notes);
    }
    spec.insert("containers".to_owned(), containers.into());
    if let Some(secret) = &plan.function.pull_secret {
        let mut secrets = list(spec.remove("imagePullSecrets"));
        let known = |found: &Value| found.get("name").and_then(Value::as_str) == Some(secret);
        if !secrets.iter().any(known) {
            secrets.push(json!({"name": secret}));
        }
        spec.insert("imagePullSecrets".to_owned(), secrets.into());
    }
    if plan.function.wasm_variant.is_some() {
        spec.entry("runtimeClassName")
            .or_insert_with(|| WASM_RUNTIME_CLASS.into());
    }
    spec
}

fn fill_container(plan: &Plan<'_>, container: &mut Object, index: usize, notes: &mut Notes) {
    container.insert("image".to_owned(), plan.function.image.clone().into());
    let ports = with_port(list(container.remove("ports")), plan.http.port);
    container.insert("ports".to_owned(), ports.into());
    let containers = Path::root("spec.serving.template.containers");
    let at = containers.index(index);
    let env = with_environment(plan, list(container.remove("env")), &at.field("env"), notes);
    container.insert("env".to_owned(), env.into());
}

/// A port that is declared already is left as it is: Metacontroller merges by number alone.
fn with_port(mut ports: Vec<Value>, port: i64) -> Vec<Value> {
    let has = |key: &str, value: &Value| ports.iter().any(|found| found.get(key) == Some(value));
    if has("containerPort", &port.into()) {
        return ports;
    }
    let mut ours = json!({"containerPort": port, "protocol": "TCP"});
    if !has("name", &PORT_NAME.into())
        && let Some(ours) = ours.as_object_mut()
    {
        ours.insert("name".to_owned(), PORT_NAME.into());
    }
    ports.push(ours);
    ports
}

/// The user's variables, then ours, each name once. The order matters: a variable may refer to
/// those before it.
fn with_environment(plan: &Plan<'_>, user: Vec<Value>, at: &Path<'_>, notes: &mut Notes) -> Vec<Value> {
    let mut before = environment(plan);
    let after = before.split_off(before.len().saturating_sub(AFTER_PARAMS));
    let reserved = |name: &str| before.iter().chain(&after).any(|ours| is_named(ours, name));
    let mut all: Vec<Value> = Vec::with_capacity(user.len() + plan.serving.params.len() + 9);
    for (index, variable) in user.into_iter().enumerate() {
        let name = name_of(&variable).to_owned();
        if reserved(&name) {
            notes.warn(
                &at.index(index),
                format_args!("is not used: {name} is set for the function"),
            );
            continue;
        }
        if let Some(earlier) = all.iter().position(|earlier| is_named(earlier, &name)) {
            notes.warn(
                &at.index(index),
                format_args!("replaces an earlier {}", quoted(&name)),
            );
            all.remove(earlier);
        }
        all.push(variable);
    }
    let params = Path::root("spec.serving.params");
    let mut from_params = Vec::with_capacity(plan.serving.params.len());
    for (name, value) in &plan.serving.params {
        if reserved(name) {
            notes.warn(&params.key(name), "is not used: it is set for the function");
        } else if all.iter().any(|found| is_named(found, name)) {
            notes.warn(
                &params.key(name),
                "is not used: the container's env has the same name",
            );
        } else {
            from_params.push(variable(name, value));
        }
    }
    all.extend(before);
    all.extend(from_params);
    all.extend(after);
    all
}

/// `POD_NAME` and `POD_NAMESPACE` stand behind the params.
const AFTER_PARAMS: usize = 2;

/// What every function is told.
fn environment(plan: &Plan<'_>) -> Vec<Value> {
    let mut all = vec![variable("APP_PROTOCOL", dapr::protocol(plan.serving))];
    let tracing = plan.serving.tracing.as_ref().filter(|tracing| tracing.enabled);
    if let Some(tracing) = tracing
        && tracing.provider.name == "skywalking"
        && let Some(server) = &tracing.provider.oap_server
    {
        all.push(variable("SW_AGENT_COLLECTOR_BACKEND_SERVICES", server));
        all.push(variable("SW_AGENT_NAME", &plan.function.name));
        all.push(variable("SW_AGENT_NAMESPACE", &plan.function.namespace));
        all.push(variable("SW_AGENT_KEEP_TRACING", "true"));
    }
    let v1beta1 = context::v1beta1(plan.function, plan.serving, plan.http);
    all.push(variable("FUNC_CONTEXT", &v1beta1));
    let v1beta2 = context::v1beta2(plan.function, plan.serving, plan.http);
    all.push(variable("FUNC_CONTEXT_V1BETA2", &v1beta2));
    all.push(json!({
        "name": "POD_NAME",
        "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}},
    }));
    all.push(variable("POD_NAMESPACE", &plan.function.namespace));
    all
}

/// A variable in stored form: an empty value is none.
fn variable(name: &str, value: &str) -> Value {
    if value.is_empty() {
        return json!({"name": name});
    }
    json!({"name": name, "value": value})
}

fn name_of(variable: &Value) -> &str {
    variable.get("name").and_then(Value::as_str).unwrap_or_default()
}

fn is_named(variable: &Value, name: &str) -> bool {
    name_of(variable) == name
}

/// Validated to be a list where it is there.
fn list(value: Option<Value>) -> Vec<Value> {
    match value {
        Some(Value::Array(list)) => list,
        _ => Vec::new(),
    }
}
