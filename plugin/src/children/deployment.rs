//! The Deployment that runs the function.

use super::child::Child;
use super::plan::{FUNCTION_ROLE, Plan};
use super::{pod, replicas};
use crate::json::{Json, Object};
use crate::kinds;
use crate::notes::Notes;

pub(super) fn build<'a>(plan: &'a Plan<'a>, template: Object<'a>, notes: &mut Notes) -> Child<'a> {
    let mut metadata = plan.metadata_of_pods(&plan.names.workload, FUNCTION_ROLE);
    let mut spec = Object::of([
        (
            "selector",
            Json::object([("matchLabels", plan.selector(FUNCTION_ROLE))]),
        ),
        ("template", pod::template(plan, template, notes)),
    ]);
    replicas::fill(plan, &kinds::DEPLOYMENT, &mut metadata, &mut spec);
    Child::new(&kinds::DEPLOYMENT, metadata, [("spec", Json::Object(spec))])
}
