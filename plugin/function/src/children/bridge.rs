//! The bridge: a Service with the function's own name that leads to the interceptor, so that
//! callers in the cluster wake the function too.
//!
//! An ExternalName Service is DNS alone and maps no port: callers use the interceptor's port.
//! It is written twice, because some ingress controllers dial `port` and others `targetPort`.

use super::child::Child;
use super::part::{Part, named};
use super::service::{self, ServiceSpec};
use crate::function::conventions::BRIDGE_ROLE;
use crate::kinds;
use crate::plan::decisions::Plan;

pub(super) static PART: Part = Part {
    kind: &kinds::SERVICE,
    names: |plan| named(&plan.names.bridge),
    make: |plan, making| making.children.push(make(plan)),
};

fn make<'a>(plan: &'a Plan<'a>) -> Child<'a> {
    let interceptor = &plan.settings.interceptor;
    let number = i64::from(interceptor.port);
    let host = format!(
        "{}.{}.svc.{}",
        interceptor.service, interceptor.namespace, plan.settings.cluster_domain
    );
    let spec = ServiceSpec {
        cluster_ip: None,
        external_name: Some(host),
        ports: vec![service::port("http", number, number)],
        selector: None,
        r#type: "ExternalName",
    };
    Child::new(
        &kinds::SERVICE,
        plan.metadata(&plan.names.bridge, BRIDGE_ROLE),
        spec,
    )
}
