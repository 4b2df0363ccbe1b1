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
use super::pod::variable;
use super::{pod, service};
use crate::formats::json::{Json, Object};
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

pub(super) fn build<'a>(plan: &'a Plan<'a>) -> Child<'a> {
    let (target, port) = target(plan);
    let metadata = plan.metadata_of_pods(&plan.names.proxy, ROLE);
    let template = Json::object([
        (
            "metadata",
            Json::object([
                ("annotations", Json::Object(dapr::proxy_annotations(plan, port))),
                ("labels", Json::Object(metadata.labels.clone())),
            ]),
        ),
        ("spec", Json::Object(pod_spec(plan, target, port))),
    ]);
    let spec = Json::object([
        ("replicas", 1.into()),
        ("selector", Json::object([("matchLabels", plan.selector(ROLE))])),
        ("template", template),
    ]);
    Child::new(&kinds::DEPLOYMENT, metadata, [("spec", spec)])
}

/// The Service by which the proxy finds an async function, which has no other. Without an address
/// of its own unless it is called by http: the proxy spreads gRPC calls over the pods itself.
pub(super) fn service<'a>(plan: &'a Plan<'a>) -> Child<'a> {
    let port = service::port("http", DEFAULT_PORT, DEFAULT_PORT);
    let mut spec = Object::of([
        ("ports", Json::List(vec![Json::Object(port)])),
        ("selector", plan.selector(FUNCTION_ROLE)),
        ("type", "ClusterIP".into()),
    ]);
    let http = plan.protocol == "http";
    if !http {
        spec.insert("clusterIP", "None".into());
    }
    let role = if http { PROXIED_HTTP } else { PROXIED };
    let metadata = plan.metadata(&plan.names.bridge, role);
    Child::new(&kinds::SERVICE, metadata, [("spec", Json::Object(spec))])
}

/// The Service that leads to the function, and its port.
fn target<'a>(plan: &'a Plan<'a>) -> (&'a str, i64) {
    match plan.engine {
        Engine::Async => (&plan.names.bridge, DEFAULT_PORT),
        Engine::Keda => (&plan.names.bridge, i64::from(plan.settings.interceptor.port)),
        Engine::Knative => (&plan.names.workload, KNATIVE_PORT),
    }
}

fn pod_spec<'a>(plan: &'a Plan<'a>, target: &str, port: i64) -> Object<'a> {
    let container = Json::object([
        ("env", Json::List(environment(plan, target, port))),
        ("image", plan.settings.dapr_proxy.image.as_str().into()),
        ("imagePullPolicy", "IfNotPresent".into()),
        ("name", ROLE.into()),
        (
            "ports",
            Json::List(vec![Json::object([
                ("containerPort", port.into()),
                ("name", PORT_NAME.into()),
                ("protocol", "TCP".into()),
            ])]),
        ),
    ]);
    let mut spec = Object::of([("containers", Json::List(vec![container]))]);
    if let Some(secret) = plan.function.pull_secret {
        let secrets = vec![Json::object([("name", secret.into())])];
        spec.insert("imagePullSecrets", Json::List(secrets));
    }
    if port < FIRST_UNPRIVILEGED {
        let allowed = Json::object([
            ("name", "net.ipv4.ip_unprivileged_port_start".into()),
            ("value", port.to_string().into()),
        ]);
        let context = Json::object([("sysctls", Json::List(vec![allowed]))]);
        spec.insert("securityContext", context);
    }
    spec
}

fn environment<'a>(plan: &'a Plan<'a>, target: &str, port: i64) -> Vec<Json<'a>> {
    vec![
        variable("APP_PROTOCOL", plan.protocol),
        variable("FUNC_CONTEXT", context::v1beta1_of_proxy(plan, target, port)),
        variable("FUNC_CONTEXT_V1BETA2", context::v1beta2(plan)),
        pod::pod_name(),
        variable("POD_NAMESPACE", plan.function.namespace),
    ]
}
