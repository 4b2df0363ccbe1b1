//! Dapr Components: one for each of `bindings`, `pubsub` and `states` that has a spec.
//!
//! Only the function's own app-id sees them. Dapr's proxy has the same one.

use super::child::Child;
use super::part::{Making, Part};
use crate::formats::json::{Json, Object};
use crate::formats::names;
use crate::formats::typed::api;
use crate::kinds;
use crate::plan::decisions::Plan;

api! {
    /// `Component` of Dapr's `pkg/apis/components/v1alpha1/types.go`, 1.16, but for its metadata.
    struct Component<'a> {
        "scopes" scopes: Vec<&'a str>,
        "spec" spec: Json<'a>,
    }
}

pub(super) static PART: Part = Part {
    kind: &kinds::COMPONENT,
    names: |plan| {
        let all = plan.serving.components();
        all.map(|(group, key, _)| name(plan, group, key).into()).collect()
    },
    make,
};

fn name(plan: &Plan<'_>, group: &str, key: &str) -> String {
    names::component(plan.function.name, group, key)
}

fn make<'a>(plan: &'a Plan<'a>, making: &mut Making<'a, '_>) {
    for (group, key, spec) in plan.serving.components() {
        let mut metadata = plan.metadata("", "component");
        metadata.name = name(plan, group, key).into();
        let fields = component(&plan.app_id, spec);
        making
            .children
            .push(Child::with_fields(&kinds::COMPONENT, metadata, fields));
    }
}

fn component<'a>(app_id: &'a str, spec: &'a Object<'a>) -> Component<'a> {
    Component {
        scopes: vec![app_id],
        spec: Json::Known(spec),
    }
}
