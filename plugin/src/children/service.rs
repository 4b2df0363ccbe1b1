//! The Service of the function's pods: where the interceptor forwards to.

use k8s_openapi::api::core::v1::{ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::Plan;
use crate::api::workload::Service;

/// The Service's own port, whatever the function listens on.
pub(super) const PORT: i32 = 80;

pub(super) fn build<'a>(plan: &'a Plan<'a>) -> Service<'a> {
    // Validated to be at most 65535.
    let target = i32::try_from(plan.http.port).unwrap_or(PORT);
    Service {
        api_version: "v1",
        kind: "Service",
        metadata: plan.metadata(&plan.names.service, "function"),
        spec: ServiceSpec {
            type_: Some("ClusterIP".to_owned()),
            selector: Some(plan.selector("function")),
            ports: Some(vec![ServicePort {
                name: Some("http".to_owned()),
                port: PORT,
                protocol: Some("TCP".to_owned()),
                target_port: Some(IntOrString::Int(target)),
                ..ServicePort::default()
            }]),
            ..ServiceSpec::default()
        },
    }
}
