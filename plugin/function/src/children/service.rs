//! The Service of the function's pods: where the interceptor forwards to.

use super::child::Child;
use super::part::{Part, named};
use crate::formats::json::Object;
use crate::formats::typed::api;
use crate::function::conventions::FUNCTION_ROLE;
use crate::function::scaling::is_h2c;
use crate::kinds;
use crate::plan::decisions::Plan;

/// The Service's own port, whatever the function listens on.
pub(super) const PORT: i32 = 80;

api! {
    /// `ServiceSpec` of Kubernetes' `k8s.io/api/core/v1/types.go`, 1.36.
    struct ServiceSpec<'a> {
        "clusterIP" cluster_ip: Option<&'static str>,
        "externalName" external_name: Option<String>,
        "ports" ports: Vec<ServicePort<'a>>,
        "selector" selector: Option<Object<'a>>,
        "type" r#type: &'static str,
    }

    /// `ServicePort` of the same file.
    struct ServicePort<'a> {
        "appProtocol" app_protocol: Option<&'a str>,
        "name" name: &'a str,
        "port" port: i64,
        "protocol" protocol: &'a str,
        "targetPort" target_port: i64,
    }
}

pub(super) static PART: Part = Part {
    kind: &kinds::SERVICE,
    names: |plan| named(&plan.names.service),
    make: |plan, making| making.children.push(make(plan)),
};

fn make<'a>(plan: &'a Plan<'a>) -> Child<'a> {
    let mut port = port("http", PORT.into(), plan.port());
    // What the interceptor goes by.
    port.app_protocol = is_h2c(plan.serving).then_some("kubernetes.io/h2c");
    let spec = ServiceSpec {
        cluster_ip: None,
        external_name: None,
        ports: vec![port],
        selector: Some(plan.selector(FUNCTION_ROLE)),
        r#type: "ClusterIP",
    };
    let metadata = plan.metadata(&plan.names.service, FUNCTION_ROLE);
    Child::new(&kinds::SERVICE, metadata, spec)
}

/// A port of a Service, as it is stored.
pub(super) fn port<'a>(name: &'static str, port: i64, target: i64) -> ServicePort<'a> {
    ServicePort {
        app_protocol: None,
        name,
        port,
        protocol: "TCP",
        target_port: target,
    }
}
