//! The bridge: a Service with the function's own name that leads to the interceptor, so that
//! callers in the cluster wake the function too.
//!
//! An ExternalName Service is DNS alone and maps no port: callers use the interceptor's port.
//! It is written twice, because some ingress controllers dial `port` and others `targetPort`.

use k8s_openapi::api::core::v1::{ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::Plan;
use crate::api::workload::Service;

pub(super) fn build<'a>(plan: &'a Plan<'a>) -> Service<'a> {
    let interceptor = &plan.settings.interceptor;
    let port = i32::from(interceptor.port);
    Service {
        api_version: "v1",
        kind: "Service",
        metadata: plan.metadata(&plan.names.bridge, "bridge"),
        spec: ServiceSpec {
            type_: Some("ExternalName".to_owned()),
            external_name: Some(format!(
                "{}.{}.svc.{}",
                interceptor.service, interceptor.namespace, plan.settings.cluster_domain
            )),
            ports: Some(vec![ServicePort {
                name: Some("http".to_owned()),
                port,
                protocol: Some("TCP".to_owned()),
                target_port: Some(IntOrString::Int(port)),
                ..ServicePort::default()
            }]),
            ..ServiceSpec::default()
        },
    }
}
