//! What leads to the function from outside the cluster: an HTTPRoute or an Ingress.

use super::part::Part;
use super::{http_route, ingress};
use crate::kinds;
use crate::plan::decisions::Plan;

/// Nothing for a function without a host name, and nothing while the exposure has a problem.
pub(super) fn part(plan: &Plan<'_>) -> Option<&'static Part> {
    let exposure = plan.exposure.as_ref()?;
    let kind = exposure.by.filter(|_| exposure.problem.is_none())?;
    if plan.hosts.as_ref()?.external().is_empty() {
        return None;
    }
    Some(if *kind == kinds::HTTP_ROUTE {
        &http_route::PART
    } else {
        &ingress::PART
    })
}
