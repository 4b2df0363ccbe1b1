//! Children of a namespaced parent live where it lives. One elsewhere is created and collected
//! as garbage at every sync, as no owner may be in another namespace.
//!
//! Of a cluster-scoped parent's children only the API server knows whether they have one.

use super::Asked;
use super::answer::Answer;
use super::refusal::Broken;
use crate::contract::json::quote;

pub(super) fn check(answer: &Answer<'_>, asked: &Asked<'_>) -> Result<(), Broken> {
    let Some(own) = asked.parent.namespace.as_deref() else {
        return Ok(());
    };
    for child in &answer.children {
        if let Some(namespace) = child.namespace.as_deref()
            && namespace != own
        {
            let (other, own, parent) = (quote(namespace), quote(own), asked.parent);
            return Err(Broken::below(
                child.metadata,
                "namespace",
                format!(
                    "is {other}, but the parent {parent} lives in {own}: a child of a namespaced parent must be in \
                     its namespace or name none"
                ),
            ));
        }
    }
    Ok(())
}
