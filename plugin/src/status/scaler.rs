//! Whether the function scales.

use super::{Finding, Truth};
use crate::children::{Names, Plan};
use crate::engine::Engine;
use crate::kinds;
use crate::request::{Children, Object};

/// What is known of the scaler that the engine makes.
pub(super) fn find<'a>(plan: &'a Plan<'a>) -> Option<Finding<'a>> {
    if plan.engine != Engine::Keda {
        return None;
    }
    let (kind, name) = (&kinds::HTTP_SCALED_OBJECT, &plan.names.scaler);
    let found = plan.observed.find(kind, name);
    Some(found.map_or_else(|| Finding::not_there(kind.kind, name), http_scaled_object))
}

/// What is known of whatever scaler there is.
pub(super) fn any<'a>(names: &Names, observed: &Children<'a>) -> Option<Finding<'a>> {
    let found = observed.find(&kinds::HTTP_SCALED_OBJECT, &names.scaler);
    found.map(http_scaled_object)
}

/// The HTTPScaledObject's state. The add-on calls it ready whatever happens to the ScaledObject
/// that it makes from it, so that the best that can be said without reading that one is
/// "unknown".
fn http_scaled_object<'a>(scaler: &Object<'a>) -> Finding<'a> {
    let name = format!("HTTPScaledObject {}", scaler.name);
    if let Some(failure) = scaler.with_status("Ready", "False") {
        return Finding::told(failure, "NotReady", &name);
    }
    Finding::new(
        Truth::Unknown,
        "ScaledObjectNotRead",
        format!(
            "{name} is there; whether KEDA accepts the ScaledObject that the HTTP add-on \
             makes from it is not read by this version"
        ),
    )
}
