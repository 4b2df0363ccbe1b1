//! The function's pods: the user's pod spec with the function's image, port and environment in it.
//!
//! The template is used as `normalize` has left it: a typed pod spec would drop the fields of a newer
//! Kubernetes that the setting `extraPodFields` names.

use std::borrow::Cow;

use super::context;
use super::part::Making;
use super::pod_types::{
    Container, ContainerPort, FunctionContainer, LocalObjectReference, PodMeta, PodTemplateSpec, pod_name,
    variable,
};
use crate::formats::json::{Json, Object};
use crate::formats::notes::{Notes, Path};
use crate::formats::sorted::Sorted;
use crate::formats::typed::Fields;
use crate::formats::written::quoted;
use crate::function::conventions::{CONTAINER, FUNCTION_ROLE, PORT_NAME, WASM_VARIANT};
use crate::function::normalize::ACCOUNTS;
use crate::function::scaling::is_h2c;
use crate::function::types::Engine;
use crate::plan::dapr;
use crate::plan::decisions::Plan;
use crate::plan::knative;

/// The container runtime of WasmEdge images.
const WASM_RUNTIME_CLASS: &str = "openfunction-crun";

/// The pod template of a workload: `metadata` and `spec`.
pub(super) fn template<'a>(plan: &'a Plan<'a>, making: &mut Making<'a, '_>) -> Json<'a> {
    let template = std::mem::take(&mut making.template);
    Json::from(PodTemplateSpec {
        metadata: metadata(plan),
        spec: Json::Object(pod_spec(plan, template, making.notes)),
    })
}

/// The pods' own metadata.
fn metadata<'a>(plan: &'a Plan<'a>) -> PodMeta<'a> {
    let labels = plan.metadata_of_pods(&plan.names.workload, FUNCTION_ROLE).labels;
    let mut annotations = match plan.engine {
        Engine::Knative => knative::annotations(plan),
        Engine::Keda | Engine::Async => dapr::pod_annotations(plan),
    };
    if let Some(variant) = plan.function.wasm_variant {
        annotations.insert_default(WASM_VARIANT, variant.into());
    }
    PodMeta { annotations, labels }
}

fn pod_spec<'a>(plan: &'a Plan<'a>, mut spec: Object<'a>, notes: &mut Notes) -> Object<'a> {
    let mut containers = list(spec.remove("containers"));
    let index = containers
        .iter()
        .rposition(|container| is_named(container, CONTAINER))
        .unwrap_or(containers.len());
    if index == containers.len() {
        containers.push(Json::from(Container {
            env: None,
            image: None,
            image_pull_policy: "IfNotPresent",
            name: CONTAINER,
            ports: None,
        }));
    }
    if let Some(container) = containers.get_mut(index).and_then(Json::as_object_mut) {
        fill_container(plan, container, index, notes);
    }
    spec.insert("containers", Json::List(containers));
    if let Some(secrets) = spec.get_mut("imagePullSecrets").and_then(Json::as_list_mut) {
        keep_first(secrets);
    }
    if let Some(secret) = plan.function.pull_secret {
        let mut secrets = list(spec.remove("imagePullSecrets"));
        if !secrets.iter().any(|found| is_named(found, secret)) {
            secrets.push(LocalObjectReference { name: secret }.into());
        }
        spec.insert("imagePullSecrets", Json::List(secrets));
    }
    if plan.function.wasm_variant.is_some() {
        spec.insert_default("runtimeClassName", WASM_RUNTIME_CLASS.into());
    }
    // What the API server alone has written it never takes away. Knative refuses the second name.
    let [name, other] = ACCOUNTS;
    if plan.engine != Engine::Knative
        && let Some(account) = spec.get(name).cloned()
    {
        spec.insert(other, account);
    }
    spec
}

fn fill_container<'a>(plan: &'a Plan<'a>, container: &mut Object<'a>, index: usize, notes: &mut Notes) {
    let ports = with_port(list(container.remove("ports")), plan);
    let containers = Path::root("spec.serving.template.containers");
    let at = containers.index(index);
    let env = with_environment(plan, list(container.remove("env")), &at.field("env"), notes);
    FunctionContainer {
        env,
        image: &plan.image,
        ports,
    }
    .write(container);
}

/// A port that is declared already is left as it is: Metacontroller merges by number alone.
fn with_port<'a>(mut ports: Vec<Json<'a>>, plan: &Plan<'_>) -> Vec<Json<'a>> {
    let port = plan.port();
    let is_declared = |found: &Json<'_>| match found.get("containerPort") {
        Some(Json::Number(number)) => number.as_i64() == Some(port),
        _ => false,
    };
    if ports.iter().any(is_declared) {
        return ports;
    }
    let is_named_already = ports.iter().any(|found| is_named(found, PORT_NAME));
    let (name, protocol) = match plan.engine {
        // To Knative a port's name is its protocol.
        Engine::Knative => (is_h2c(plan.serving).then_some("h2c"), None),
        Engine::Keda | Engine::Async => ((!is_named_already).then_some(PORT_NAME), Some("TCP")),
    };
    let ours = ContainerPort {
        container_port: port,
        name,
        protocol,
    };
    ports.push(ours.into());
    ports
}

/// The user's variables, then ours, each name once. The order matters: a variable may refer to
/// those before it. So one of ours stands where the user has written one of its name.
fn with_environment<'a>(
    plan: &'a Plan<'a>,
    user: Vec<Json<'a>>,
    at: &Path<'_>,
    notes: &mut Notes,
) -> Vec<Json<'a>> {
    let before = environment(plan);
    let after = environment_after_params(plan);
    let reserved = |name: &str| before.iter().chain(&after).find(|ours| is_named(ours, name));
    let mut all: Vec<Json<'a>> = Vec::with_capacity(user.len() + plan.serving.params.len() + 9);
    // The names of all.
    let mut names: Sorted<'a, ()> = Sorted::with_capacity(user.len());
    for (index, variable) in user.into_iter().enumerate() {
        let name = match variable.get("name") {
            Some(Json::Text(name)) => name.clone(),
            _ => Cow::Borrowed(""),
        };
        let is_there = names.contains(&name);
        if let Some(ours) = reserved(&name) {
            notes.warn(
                &at.index(index),
                format_args!("is not used: {name} is set for the function"),
            );
            if !is_there {
                all.push(ours.clone());
                names.insert(name, ());
            }
            continue;
        }
        if is_there {
            notes.warn(
                &at.index(index),
                format_args!("replaces an earlier {}", quoted(&name)),
            );
            all.retain(|earlier| !is_named(earlier, &name));
        } else {
            names.insert(name, ());
        }
        all.push(variable);
    }
    let params = Path::root("spec.serving.params");
    let mut from_params = Vec::with_capacity(plan.serving.params.len());
    for (name, value) in plan.serving.params.iter() {
        if reserved(name).is_some() {
            notes.warn(&params.key(name), "is not used: it is set for the function");
        } else if names.contains(name) {
            notes.warn(
                &params.key(name),
                "is not used: the container's env has the same name",
            );
        } else {
            from_params.push(variable(name, &**value));
        }
    }
    let ours = before.into_iter().chain(from_params).chain(after);
    all.extend(ours.filter(|variable| !names.contains(name_of(variable))));
    all
}

/// What every function is told.
fn environment<'a>(plan: &'a Plan<'a>) -> Vec<Json<'a>> {
    let mut all = vec![variable("APP_PROTOCOL", plan.protocol)];
    let tracing = plan.serving.tracing.as_ref().filter(|tracing| tracing.enabled);
    if let Some(tracing) = tracing
        && tracing.provider.name == "skywalking"
        && let Some(server) = tracing.provider.oap_server
    {
        all.push(variable("SW_AGENT_COLLECTOR_BACKEND_SERVICES", server));
        all.push(variable("SW_AGENT_NAME", plan.function.name));
        all.push(variable("SW_AGENT_NAMESPACE", plan.function.namespace));
        all.push(variable("SW_AGENT_KEEP_TRACING", "true"));
    }
    all.push(variable("FUNC_CONTEXT", context::v1beta1(plan)));
    all.push(variable("FUNC_CONTEXT_V1BETA2", context::v1beta2(plan)));
    if plan.engine == Engine::Async {
        all.extend(of_dapr(plan));
    }
    all
}

/// What stands behind the params.
fn environment_after_params<'a>(plan: &'a Plan<'a>) -> Vec<Json<'a>> {
    let mut all = vec![pod_name(), variable("POD_NAMESPACE", plan.function.namespace)];
    if plan.engine != Engine::Async {
        all.extend(of_dapr(plan));
    }
    all
}

/// What the function is told about Dapr in standalone mode.
fn of_dapr<'a>(plan: &'a Plan<'a>) -> Vec<Json<'a>> {
    let Some(host) = dapr::host(plan) else {
        return Vec::new();
    };
    vec![
        variable("DAPR_HOST", host.clone()),
        variable("DAPR_SIDECAR_IP", host),
    ]
}

fn name_of<'v>(variable: &'v Json<'_>) -> &'v str {
    variable.get("name").and_then(Json::as_text).unwrap_or_default()
}

fn is_named(variable: &Json<'_>, name: &str) -> bool {
    name_of(variable) == name
}

/// Each name once: server-side apply refuses a list that has one twice.
fn keep_first(named: &mut Vec<Json<'_>>) {
    for index in (1..named.len()).rev() {
        let name = named.get(index).map(name_of).unwrap_or_default();
        if named.iter().take(index).any(|earlier| is_named(earlier, name)) {
            named.remove(index);
        }
    }
}

/// Validated to be a list where it is there.
fn list(value: Option<Json<'_>>) -> Vec<Json<'_>> {
    match value {
        Some(Json::List(list)) => list,
        _ => Vec::new(),
    }
}
