//! The bridge: a Service with the function's own name that leads to the interceptor, so that
//! callers in the cluster wake the function too.
//!
//! An ExternalName Service is DNS alone and maps no port: callers use the interceptor's port.
//! It is written twice, because some ingress controllers dial `port` and others `targetPort`.

use super::child::Child;
use super::service;
use crate::formats::json::Json;
use crate::function::conventions::BRIDGE_ROLE;
use crate::kinds;
use crate::plan::decisions::Plan;

pub(super) fn build<'a>(plan: &'a Plan<'a>) -> Child<'a> {
    let interceptor = &plan.settings.interceptor;
    let number = i64::from(interceptor.port);
    let port = service::port("http", number, number);
    let host = format!(
        "{}.{}.svc.{}",
        interceptor.service, interceptor.namespace, plan.settings.cluster_domain
    );
    let spec = Json::object([
        ("externalName", host.into()),
        ("ports", Json::List(vec![Json::Object(port)])),
        ("type", "ExternalName".into()),
    ]);
    Child::new(
        &kinds::SERVICE,
        plan.metadata(&plan.names.bridge, BRIDGE_ROLE),
        [("spec", spec)],
    )
}
