//! The Deployment that runs the function, and what a StatefulSet has in common with it.

use super::child::Child;
use super::{pod, replicas};
use crate::formats::json::{Json, Object};
use crate::formats::notes::Notes;
use crate::function::conventions::FUNCTION_ROLE;
use crate::kinds;
use crate::kinds::Kind;
use crate::plan::decisions::Plan;

pub(super) fn build<'a>(plan: &'a Plan<'a>, template: Object<'a>, notes: &mut Notes) -> Child<'a> {
    replicated(plan, &kinds::DEPLOYMENT, Object::new(), template, notes)
}

/// A workload of replicas that are selected by their labels; `spec` is what else its kind has.
pub(super) fn replicated<'a>(
    plan: &'a Plan<'a>,
    kind: &'static Kind,
    mut spec: Object<'a>,
    template: Object<'a>,
    notes: &mut Notes,
) -> Child<'a> {
    let mut metadata = plan.metadata_of_pods(plan.workload_name(), FUNCTION_ROLE);
    let selector = Json::object([("matchLabels", plan.selector(FUNCTION_ROLE))]);
    spec.insert("selector", selector);
    spec.insert("template", pod::template(plan, template, notes));
    replicas::fill(plan, kind, &mut metadata, &mut spec);
    Child::new(kind, metadata, [("spec", Json::Object(spec))])
}
