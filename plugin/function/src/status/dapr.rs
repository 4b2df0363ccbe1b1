//! What Dapr is asked for. Pods are not observed, and so no sidecar is.

use std::borrow::Cow;

use super::finding::{Finding, Truth};
use super::workload;
use crate::formats::json::Json;
use crate::formats::names;
use crate::function::dapr;
use crate::function::types::Mode;
use crate::kinds::{self, Kind};
use crate::plan::decisions::Plan;

/// What is known of Dapr and the function's components.
pub(super) fn find<'a>(plan: &'a Plan<'a>, withheld: &[&'static Kind]) -> Option<Finding<'a>> {
    if plan.dapr == Mode::Off {
        return None;
    }
    let components = plan.serving.components();
    let defined: Vec<String> = components
        .map(|(group, key, _)| names::component(plan.function.name, group, key))
        .collect();
    let existing = dapr::existing(plan.serving);
    let wrong = undeclared(&defined, withheld)
        .or_else(|| missing(plan, &defined))
        .or_else(|| not_usable(plan, &existing))
        .or_else(|| blocking(plan));
    if wrong.is_some() {
        return wrong;
    }
    let mut found = match plan.dapr {
        Mode::Standalone => proxy(plan),
        Mode::Sidecar | Mode::Off => Finding::new(
            Truth::Unknown,
            "SidecarRequested",
            "pods are annotated for Dapr's injector; this plugin does not observe whether the injector runs"
                .to_owned(),
        ),
    };
    let how = if plan.related.declares(&kinds::COMPONENT) {
        "existing ones"
    } else {
        "existing ones, which are not looked for"
    };
    for (what, names) in [("Components", defined.join(", ")), (how, existing.join(", "))] {
        if !names.is_empty() {
            found.message = [&found.message, "; ", what, ": ", &names].concat();
        }
    }
    Some(found)
}

/// What makes a function unready: without its proxy, in standalone mode, it has no Dapr.
pub(super) fn blocking<'a>(plan: &'a Plan<'a>) -> Option<Finding<'a>> {
    if plan.dapr != Mode::Standalone {
        return None;
    }
    Some(proxy(plan)).filter(|finding| finding.truth == Truth::False)
}

fn proxy<'a>(plan: &'a Plan<'a>) -> Finding<'a> {
    let (kind, name) = (&kinds::DEPLOYMENT, &plan.names.proxy);
    match plan.observed.find(kind, name) {
        Some(object) => workload::deployment(&format!("{} {}", kind.kind, object.name), object, "").0,
        None => Finding::not_there(plan.function, kind.kind, name),
    }
}

fn undeclared<'a>(defined: &[String], withheld: &[&'static Kind]) -> Option<Finding<'a>> {
    if defined.is_empty() || !withheld.contains(&&kinds::COMPONENT) {
        return None;
    }
    let message = format!(
        "Dapr Components are not made, because the controller does not declare their kind: make {} by hand, or \
         add {} to spec.childResources of the CompositeController",
        defined.join(", "),
        kinds::COMPONENT.described()
    );
    Some(Finding::new(Truth::False, "ComponentsNotDeclared", message))
}

fn missing<'a>(plan: &Plan<'_>, defined: &[String]) -> Option<Finding<'a>> {
    let mut defined = defined.iter();
    let missing = defined.find(|name| plan.observed.find(&kinds::COMPONENT, name).is_none())?;
    Some(Finding::not_there(plan.function, "Component", missing))
}

/// Existing Components that are not there, or that this function's app-id does not see.
fn not_usable<'a>(plan: &Plan<'_>, existing: &[Cow<'_, str>]) -> Option<Finding<'a>> {
    if !plan.related.declares(&kinds::COMPONENT) {
        return None;
    }
    let (namespace, id) = (plan.function.namespace, &*plan.app_id);
    let (mut absent, mut hidden) = (Vec::new(), Vec::new());
    for name in existing {
        match dapr::find(plan.related, namespace, name) {
            None => absent.push(&**name),
            Some(component) => {
                let scopes = component.get("scopes").and_then(Json::as_list);
                let mut scopes = scopes.unwrap_or_default().iter();
                if scopes.len() > 0 && !scopes.any(|scope| scope.as_text() == Some(id)) {
                    hidden.push(&**name);
                }
            }
        }
    }
    let (reason, message) = if !absent.is_empty() {
        let message = format!(
            "no Dapr Component {} is in namespace {namespace}: create it, or define it in spec.serving",
            absent.join(", ")
        );
        ("ComponentNotFound", message)
    } else if !hidden.is_empty() {
        let message = format!(
            "Dapr Component {} has scopes without {id}, which is this function's app-id: add it there",
            hidden.join(", ")
        );
        ("ComponentNotInScope", message)
    } else {
        return None;
    };
    Some(Finding::new(Truth::False, reason, message))
}
