//! The Knative Service: it runs the function, scales it and leads to it.
//!
//! Source: `pkg/apis/serving/v1` of knative/serving. The revision's name is Knative's own choice:
//! a name of ours would have to change with every edit of the template.

use super::child::Child;
use super::pod;
use crate::formats::json::{Json, Object};
use crate::formats::notes::Notes;
use crate::function::conventions::FUNCTION_ROLE;
use crate::function::knative;
use crate::kinds;
use crate::plan::decisions::Plan;

pub(super) fn build<'a>(plan: &'a Plan<'a>, template: Object<'a>, notes: &mut Notes) -> Child<'a> {
    let mut template = pod::template(plan, template, notes);
    let spec = template.get_mut("spec").and_then(Json::as_object_mut);
    if let (Some(spec), Some(concurrency)) = (spec, knative::concurrency(plan.serving)) {
        spec.insert("containerConcurrency", concurrency.into());
    }
    let metadata = plan.metadata_of_pods(plan.names.of_workload(&kinds::KNATIVE_SERVICE), FUNCTION_ROLE);
    let spec = Json::object([("template", template)]);
    Child::new(&kinds::KNATIVE_SERVICE, metadata, [("spec", spec)])
}
