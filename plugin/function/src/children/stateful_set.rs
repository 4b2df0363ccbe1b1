//! The StatefulSet that runs an async function, and the headless Service that gives each of its
//! pods a name in the cluster's DNS.

use super::child::Child;
use super::plan::{FUNCTION_ROLE, Plan};
use super::{deployment, service};
use crate::json::{Json, Object};
use crate::kinds;
use crate::notes::Notes;

pub(super) fn build<'a>(plan: &'a Plan<'a>, template: Object<'a>, notes: &mut Notes) -> Child<'a> {
    let spec = Object::of([("serviceName", plan.names.headless.as_str().into())]);
    deployment::replicated(plan, &kinds::STATEFUL_SET, spec, template, notes)
}

/// A StatefulSet only names its Service and never makes it.
pub(super) fn service<'a>(plan: &'a Plan<'a>) -> Child<'a> {
    let port = service::port("function", plan.port(), plan.port());
    let spec = Json::object([
        ("clusterIP", "None".into()),
        ("ports", Json::List(vec![Json::Object(port)])),
        ("selector", plan.selector(FUNCTION_ROLE)),
        ("type", "ClusterIP".into()),
    ]);
    let metadata = plan.metadata(&plan.names.headless, FUNCTION_ROLE);
    Child::new(&kinds::SERVICE, metadata, [("spec", spec)])
}
