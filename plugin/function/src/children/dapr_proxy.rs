//! Dapr's proxy, in standalone mode: a Deployment whose pods have the sidecar that the function's
//! own pods lack, so that those can go to zero while events are waited for.
//!
//! The proxy calls the function by the name in its `FUNC_CONTEXT`, in the function's namespace and
//! in the domain `cluster.local`, on the port that it listens on itself. So its context differs
//! from the function's: the name is that of a Service which leads to the function and wakes it, and
//! the port is that Service's.
//!
//! Source: OpenFunction's dapr-proxy, `main.go` and `pkg/utils`.

use super::child::Child;
use super::context;
use super::deployment::DeploymentSpec;
use super::part::{Part, named};
use super::pod_types::{
    Container, ContainerPort, LocalObjectReference, PodMeta, PodSecurityContext, PodSpec, PodTemplateSpec,
    Sysctl, pod_name, variable,
};
use super::service::{self, ServiceSpec};
use crate::formats::json::Json;
use crate::function::conventions::{DEFAULT_PORT, FUNCTION_ROLE, PORT_NAME};
use crate::function::types::Engine;
use crate::kinds;
use crate::plan::dapr;
use crate::plan::decisions::Plan;

const ROLE: &str = "dapr-proxy";
/// What the Service of an async function is to it. Whether a Service has an address of its own
/// cannot be changed, so that the two kinds have a name each; neither is that of a bridge.
const PROXIED: &str = "proxied";
const PROXIED_HTTP: &str = "proxied-http";
/// Where a Knative Service is reached in the cluster.
const KNATIVE_PORT: i64 = 80;
/// Ports below are for the superuser, which the proxy is not.
const FIRST_UNPRIVILEGED: i64 = 1024;

/// The proxy itself.
pub(super) static PART: Part = Part {
    kind: &kinds::DEPLOYMENT,
    names: |plan| named(&plan.names.proxy),
    make: |plan, making| making.children.push(make(plan)),
};

/// The Service by which the proxy finds an async function, which has no other. Without an address
/// of its own unless it is called by http: the proxy spreads gRPC calls over the pods itself.
pub(super) static SERVICE: Part = Part {
    kind: &kinds::SERVICE,
    names: |plan| named(&plan.names.bridge),
    make: |plan, making| making.children.push(service(plan)),
};

fn make<'a>(plan: &'a Plan<'a>) -> Child<'a> {
    let (target, port) = target(plan);
    let metadata = plan.metadata_of_pods(&plan.names.proxy, ROLE);
    let template = PodTemplateSpec {
        metadata: PodMeta {
            annotations: dapr::proxy_annotations(plan, port),
            labels: metadata.labels.clone(),
        },
        spec: pod_spec(plan, target, port).into(),
    };
    let spec = DeploymentSpec {
        replicas: Some(1),
        selector: plan.label_selector(ROLE),
        template: template.into(),
    };
    Child::new(&kinds::DEPLOYMENT, metadata, spec)
}

fn service<'a>(plan: &'a Plan<'a>) -> Child<'a> {
    let is_http = plan.protocol == "http";
    let spec = ServiceSpec {
        cluster_ip: (!is_http).then_some("None"),
        external_name: None,
        ports: vec![service::port("http", DEFAULT_PORT, DEFAULT_PORT)],
        selector: Some(plan.selector(FUNCTION_ROLE)),
        r#type: "ClusterIP",
    };
    let role = if is_http { PROXIED_HTTP } else { PROXIED };
    Child::new(&kinds::SERVICE, plan.metadata(&plan.names.bridge, role), spec)
}

/// The Service that leads to the function, and its port.
fn target<'a>(plan: &'a Plan<'a>) -> (&'a str, i64) {
    match plan.engine {
        Engine::Async => (&plan.names.bridge, DEFAULT_PORT),
        Engine::Keda => (&plan.names.bridge, i64::from(plan.settings.interceptor.port)),
        Engine::Knative => (&plan.names.workload, KNATIVE_PORT),
    }
}

fn pod_spec<'a>(plan: &'a Plan<'a>, target: &str, port: i64) -> PodSpec<'a> {
    let container = Container {
        env: Some(environment(plan, target, port)),
        image: Some(&plan.settings.dapr_proxy.image),
        image_pull_policy: "IfNotPresent",
        name: ROLE,
        ports: Some(vec![ContainerPort {
            container_port: port,
            name: Some(PORT_NAME),
            protocol: Some("TCP"),
        }]),
    };
    let allowed = (port < FIRST_UNPRIVILEGED).then(|| Sysctl {
        name: "net.ipv4.ip_unprivileged_port_start",
        value: port.to_string(),
    });
    PodSpec {
        containers: vec![container],
        image_pull_secrets: plan
            .function
            .pull_secret
            .map(|name| vec![LocalObjectReference { name }]),
        security_context: allowed.map(|sysctl| PodSecurityContext {
            sysctls: vec![sysctl],
        }),
    }
}

fn environment<'a>(plan: &'a Plan<'a>, target: &str, port: i64) -> Vec<Json<'a>> {
    vec![
        variable("APP_PROTOCOL", plan.protocol),
        variable("FUNC_CONTEXT", context::v1beta1_of_proxy(plan, target, port)),
        variable("FUNC_CONTEXT_V1BETA2", context::v1beta2(plan)),
        pod_name(),
        variable("POD_NAMESPACE", plan.function.namespace),
    ]
}
