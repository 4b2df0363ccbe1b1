//! What leads to the function from outside the cluster: an HTTPRoute or an Ingress.

use super::child::Child;
use super::{http_route, ingress};
use crate::formats::notes::Notes;
use crate::kinds;
use crate::plan::decisions::Plan;
use crate::plan::unused;

/// Nothing for a function without a host name, and nothing while it is not known where to.
pub(super) fn build<'a>(plan: &'a Plan<'a>, notes: &mut Notes) -> Option<Child<'a>> {
    let exposure = plan.exposure.as_ref()?;
    unused::warn(plan, exposure, notes);
    let kind = exposure.by.filter(|_| exposure.problem.is_none())?;
    if plan.hosts.as_ref()?.external().is_empty() {
        return None;
    }
    if *kind == kinds::HTTP_ROUTE {
        return http_route::build(plan, notes);
    }
    ingress::build(plan, notes)
}
