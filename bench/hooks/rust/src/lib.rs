//! A Function as a Deployment, a Service, and a Dapr Component for each of its states; and its status.

mod request;

use std::collections::BTreeMap;

use metawasm_plugin::{CompositeAnswer, CompositeRequest, Result, Value, json};

use crate::request::{Function, Observed, Settings};

metawasm_plugin::export!(describe: describe, sync: sync);

type Labels = BTreeMap<String, String>;

fn describe() -> Value {
    json!({
        "name": "workload",
        "version": env!("CARGO_PKG_VERSION"),
        "parent": {"apiVersion": "core.openfunction.io/v1beta2", "kind": "Function", "resource": "functions"},
        "children": [
            {"apiVersion": "apps/v1", "kind": "Deployment", "resource": "deployments"},
            {"apiVersion": "v1", "kind": "Service", "resource": "services"},
            {"apiVersion": "dapr.io/v1alpha1", "kind": "Component", "resource": "components"},
        ],
    })
}

fn sync(request: CompositeRequest<Function, Observed>, _: Settings) -> Result<CompositeAnswer> {
    let function = &request.parent;
    let labels = make_labels(function);
    let port = function.spec.serving.triggers.http.port.unwrap_or(8080);
    Ok(CompositeAnswer::new()
        .status(make_status(&request))
        .child(make_deployment(function, &labels, port))
        .child(make_service(function, &labels, port))
        .children(make_components(function, &labels)))
}

fn make_labels(function: &Function) -> Labels {
    let mut labels = function.metadata.labels.clone();
    labels.insert(
        "app.kubernetes.io/name".to_owned(),
        function.metadata.name.clone(),
    );
    if let Some(version) = &function.spec.version {
        labels.insert("app.kubernetes.io/version".to_owned(), version.clone());
    }
    labels
}

fn make_deployment(function: &Function, labels: &Labels, port: u16) -> Value {
    let name = &function.metadata.name;
    let serving = &function.spec.serving;
    let container = serving.template.containers.first();
    let mut env: Vec<Value> = container
        .map(|container| container.env.clone())
        .unwrap_or_default();
    env.push(json!({"name": "FUNCTION_NAME", "value": name}));
    env.push(json!({"name": "PORT", "value": port.to_string()}));
    let scale = &serving.scale_options;
    let replicas = scale
        .min_replicas
        .unwrap_or(1)
        .min(scale.max_replicas.unwrap_or(10));
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "replicas": replicas.max(1),
            "selector": {"matchLabels": {"app.kubernetes.io/name": name}},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "containers": [{
                        "name": container.and_then(|container| container.name.as_deref()).unwrap_or("function"),
                        "image": function.spec.image,
                        "imagePullPolicy": container
                            .and_then(|container| container.image_pull_policy.as_deref())
                            .unwrap_or("IfNotPresent"),
                        "ports": [{"name": "http", "containerPort": port}],
                        "env": env,
                    }],
                },
            },
        },
    })
}

fn make_service(function: &Function, labels: &Labels, port: u16) -> Value {
    let name = &function.metadata.name;
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "selector": {"app.kubernetes.io/name": name},
            "ports": [{"name": "http", "port": 80, "targetPort": port}],
        },
    })
}

fn make_components(function: &Function, labels: &Labels) -> impl Iterator<Item = Value> {
    function
        .spec
        .serving
        .states
        .iter()
        .map(move |(state, component)| {
            json!({
                "apiVersion": "dapr.io/v1alpha1",
                "kind": "Component",
                "metadata": {"name": format!("{}-{state}", function.metadata.name), "labels": labels},
                "spec": component.spec,
            })
        })
}

fn make_status(request: &CompositeRequest<Function, Observed>) -> Value {
    let metadata = &request.parent.metadata;
    let key = format!("{}/{}", metadata.namespace, metadata.name);
    let deployment = request.children.get("apps/v1", "Deployment", &key);
    let children = request
        .children
        .iter()
        .filter(|child| child.metadata.deletion_timestamp.is_none());
    let state = match deployment {
        Some(deployment) if deployment.status.is_available() => "Running",
        Some(_) => "Starting",
        None => "Pending",
    };
    json!({
        "observedGeneration": metadata.generation,
        "children": children.count(),
        "readyReplicas": deployment.map_or(0, |deployment| deployment.status.ready_replicas),
        "state": state,
    })
}
