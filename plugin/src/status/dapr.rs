//! What Dapr is asked for; pods are not observed.

use super::{Finding, Truth};
use crate::children::Plan;
use crate::dapr::Mode;
use crate::kinds::Kind;

/// What is known of Dapr and the function's components.
pub(super) fn find<'a>(plan: &'a Plan<'a>, _withheld: &[&'static Kind]) -> Option<Finding<'a>> {
    if plan.dapr == Mode::Off {
        return None;
    }
    let serving = plan.serving;
    let states = serving
        .states
        .iter()
        .filter(|(_, state)| state.defined)
        .map(|(key, _)| key);
    let defined: Vec<&str> = serving
        .bindings
        .keys()
        .chain(serving.pubsub.keys())
        .chain(states)
        .collect();
    if defined.is_empty() {
        let message = "pods are annotated for Dapr's injector; whether it runs is not observed".to_owned();
        return Some(Finding::new(Truth::Unknown, "SidecarRequested", message));
    }
    let message = format!(
        "this version does not create Dapr Components: {} must be made by hand, with the names in FUNC_CONTEXT",
        defined.join(", ")
    );
    Some(Finding::new(Truth::False, "ComponentsNotCreated", message))
}
