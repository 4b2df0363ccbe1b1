//! Children of a namespaced parent live where it lives. One elsewhere, or in no namespace, is created and
//! collected as garbage at every sync, as no owner may be in another namespace.
//!
//! A namespaced child of a cluster-scoped parent names its namespace: without one its create fails for ever.
//! A cluster-scoped child names none: Metacontroller finds it under another key than it asked for, and
//! deletes and creates it at every sync.

use metawasm_json::{quote, shorten};

use super::answer::Answer;
use super::context::ReviewContext;
use super::shape::Child;
use super::violation::Broken;
use crate::object::group_of;
use crate::scope::{Scope, of_kubernetes};

/// What is wrong with where a child lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Misplaced {
    /// In another namespace than its namespaced parent.
    Elsewhere,
    /// Cluster-scoped, with a namespaced parent.
    BelowNamespaced,
    /// Cluster-scoped, with a namespace.
    NotNamespaced,
    /// Without a namespace, with a cluster-scoped parent. The scope is known, or not.
    NoNamespace { known: bool },
}

pub(super) fn check(answer: &Answer<'_>, context: &ReviewContext<'_>) -> Result<(), Broken> {
    for child in &answer.children {
        let namespace = child.namespace.as_deref();
        if let Some(how) = misplaced(context, &child.api_version, &child.kind, namespace) {
            return Err(broken(how, child, context));
        }
    }
    Ok(())
}

/// Whether a child may be where it is.
pub(super) fn is_placed(
    context: &ReviewContext<'_>,
    api_version: &str,
    kind: &str,
    namespace: Option<&str>,
) -> bool {
    misplaced(context, api_version, kind, namespace).is_none()
}

fn misplaced(
    context: &ReviewContext<'_>,
    api_version: &str,
    kind: &str,
    namespace: Option<&str>,
) -> Option<Misplaced> {
    let own = context.parent.namespace.as_deref();
    match (own, scope(context, api_version, kind), namespace) {
        (Some(_), Some(Scope::Cluster), _) => Some(Misplaced::BelowNamespaced),
        (Some(own), _, Some(namespace)) if namespace != own => Some(Misplaced::Elsewhere),
        (Some(_), _, _) => None,
        (None, Some(Scope::Cluster), Some(_)) => Some(Misplaced::NotNamespaced),
        (None, Some(Scope::Cluster), None) => None,
        (None, scope, None) => Some(Misplaced::NoNamespace {
            known: scope.is_some(),
        }),
        (None, _, Some(_)) => None,
    }
}

/// Where objects of a kind live: as Kubernetes says, then the CRDs, then the plugin.
fn scope(context: &ReviewContext<'_>, api_version: &str, kind: &str) -> Option<Scope> {
    let group = group_of(api_version);
    let others = || {
        context
            .scopes
            .into_iter()
            .flatten()
            .find_map(|scopes| scopes.get(group, kind))
    };
    of_kubernetes(group, kind).or_else(others)
}

#[cold]
fn broken(how: Misplaced, child: &Child<'_>, context: &ReviewContext<'_>) -> Broken {
    let parent = context.parent;
    let kind = shorten(&child.kind, 80);
    let said = child.namespace.as_deref().map(quote).unwrap_or_default();
    let at = |message: String| Broken::below(child.metadata, "namespace", message);
    match how {
        Misplaced::Elsewhere => {
            let own = quote(parent.namespace.as_deref().unwrap_or_default());
            at(format!(
                "is {said}, but the parent {parent} lives in {own}: a child of a namespaced parent must be in its \
                 namespace or name none"
            ))
        }
        Misplaced::BelowNamespaced => Broken::at(
            child.at,
            format!(
                "is a cluster-scoped {kind}, but the parent {parent} is namespaced: the garbage collector deletes it at \
                 once, since no cluster-scoped object may have a namespaced owner; use a cluster-scoped parent"
            ),
        ),
        Misplaced::NotNamespaced => at(format!(
            "is {said}, but {kind} is cluster-scoped: Metacontroller would delete and create it at every sync; omit it"
        )),
        Misplaced::NoNamespace { known: true } => at(format!(
            "is missing; {kind} is namespaced and the parent {parent} is cluster-scoped, so the child must name its \
             namespace"
        )),
        Misplaced::NoNamespace { known: false } => at(format!(
            "is missing; the parent {parent} is cluster-scoped, so a child must name its namespace. If {kind} is \
             cluster-scoped too, say so: `\"scope\": \"Cluster\"` for the kind in the plugin's describe, or its CRD in \
             `crds`"
        )),
    }
}
