//! Dapr Components: one for each of `bindings`, `pubsub` and `states` that has a spec.
//!
//! Only the function's own app-id sees them. Dapr's proxy has the same one.

use std::borrow::Cow;

use super::child::Child;
use crate::formats::json::Json;
use crate::formats::names;
use crate::kinds;
use crate::plan::decisions::Plan;

pub(super) fn build<'a>(plan: &'a Plan<'a>) -> Vec<Child<'a>> {
    let components = plan.serving.components();
    components
        .map(|(group, key, spec)| {
            let mut metadata = plan.metadata("", "component");
            metadata.name = Cow::Owned(names::component(plan.function.name, group, key));
            let scopes = vec![(&*plan.app_id).into()];
            Child::new(
                &kinds::COMPONENT,
                metadata,
                [("scopes", Json::List(scopes)), ("spec", Json::Known(spec))],
            )
        })
        .collect()
}
