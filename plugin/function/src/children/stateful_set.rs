//! The StatefulSet that runs an async function, and the headless Service that gives each of its
//! pods a name in the cluster's DNS.

use super::child::Child;
use super::{deployment, service};
use crate::formats::json::{Json, Object};
use crate::formats::notes::Notes;
use crate::function::conventions::FUNCTION_ROLE;
use crate::kinds;
use crate::plan::decisions::Plan;

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
