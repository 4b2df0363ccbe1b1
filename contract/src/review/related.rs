//! The rules of a customize answer: which other objects the plugin wants to see.

use metawasm_json::{Document, Kind, NodeId, quote};

use super::context::ReviewContext;
use super::fields::unknown;
use super::look::is;
use super::look::present;
use super::selector;
use super::violation::Broken;
use crate::hook::{Hook, HookVersion};
use crate::object::{is_api_version, is_label};

const FIELDS: [&str; 6] = [
    "apiVersion",
    "resource",
    "labelSelector",
    "namespaceSelector",
    "namespace",
    "names",
];

pub(super) fn check(document: &Document<'_>, context: &ReviewContext<'_>) -> Result<(), Broken> {
    let rules = present(document, document.root(), "relatedResources");
    let (Hook::Customize, Some(rules)) = (context.hook, rules) else {
        return Ok(());
    };
    if document.kind(rules) != Kind::List {
        return Err(is(document, rules, "expected a list of rules"));
    }
    document
        .elements(rules)
        .try_for_each(|at| rule(document, at, context))
}

fn rule(document: &Document<'_>, at: NodeId, context: &ReviewContext<'_>) -> Result<(), Broken> {
    if document.kind(at) != Kind::Object {
        return Err(is(
            document,
            at,
            "expected a rule: an object with apiVersion and resource",
        ));
    }
    for (key, _) in document.members(at) {
        if !FIELDS.iter().any(|name| document.says(key, name)) {
            let unknown = unknown(&document.text(key), &FIELDS);
            return Err(Broken::at(
                key,
                format!("{unknown} A rule has {}", FIELDS.join(", ")),
            ));
        }
    }
    named(
        document,
        at,
        "apiVersion",
        is_api_version,
        "expected <group>/<version>, or v1",
    )?;
    named(
        document,
        at,
        "resource",
        is_label,
        "expected the lower-case plural of the kind, like \"configmaps\"",
    )?;
    for selector in ["labelSelector", "namespaceSelector"] {
        if let Some(value) = present(document, at, selector) {
            selector::check(document, value)?;
        }
    }
    let namespace = present(document, at, "namespace");
    if let Some(value) = namespace
        && document.kind(value) != Kind::String
    {
        return Err(is(document, value, "expected a string, or nothing"));
    }
    let names = present(document, at, "names");
    if let Some(names) = names {
        list_of_names(document, names)?;
    }
    let namespace = namespace.filter(|&value| !document.raw(value).is_empty());
    combination(
        document,
        at,
        names.filter(|&names| document.elements(names).next().is_some()),
        namespace,
    )?;
    if context.version == HookVersion::V1 {
        at_home(document, at, namespace, context)
    } else {
        Ok(())
    }
}

/// Which selections exclude each other.
fn combination(
    document: &Document<'_>,
    at: NodeId,
    names: Option<NodeId>,
    namespace: Option<NodeId>,
) -> Result<(), Broken> {
    for selector in ["labelSelector", "namespaceSelector"] {
        if names.is_some() && present(document, at, selector).is_some() {
            return Err(Broken::at(
                at,
                format!("has both names and {selector}: a rule selects by the one or the other"),
            ));
        }
    }
    if namespace.is_some() && present(document, at, "namespaceSelector").is_some() {
        return Err(Broken::at(
            at,
            "has both namespace and namespaceSelector: a rule selects by the one or the other",
        ));
    }
    Ok(())
}

/// A v1 hook of a namespaced parent sees nothing but the parent's namespace.
fn at_home(
    document: &Document<'_>,
    at: NodeId,
    namespace: Option<NodeId>,
    context: &ReviewContext<'_>,
) -> Result<(), Broken> {
    let Some(own) = context.parent.namespace.as_deref() else {
        return Ok(());
    };
    let parent = context.parent;
    if let Some(selector) = present(document, at, "namespaceSelector") {
        return Err(Broken::at(
            selector,
            format!(
                "not allowed: a v1 customize hook of a namespaced parent ({parent}) sees only its namespace; \
                 set the hook's version to v2"
            ),
        ));
    }
    if let Some(namespace) = namespace
        && !document.says(namespace, own)
    {
        let (other, own) = (quote(&document.text(namespace)), quote(own));
        return Err(Broken::at(
            namespace,
            format!(
                "is {other}, but the parent {parent} lives in {own}, and its v1 customize hook sees only that; set \
                 the hook's version to v2"
            ),
        ));
    }
    Ok(())
}

fn named(
    document: &Document<'_>,
    at: NodeId,
    key: &'static str,
    is_good: fn(&str) -> bool,
    expected: &str,
) -> Result<(), Broken> {
    let Some(value) = present(document, at, key) else {
        return Err(Broken::below(at, key, format!("is missing; {expected}")));
    };
    if document.kind(value) != Kind::String {
        return Err(is(document, value, expected));
    }
    let text = document.text(value);
    if is_good(&text) {
        Ok(())
    } else {
        Err(Broken::at(value, format!("is {}; {expected}", quote(&text))))
    }
}

fn list_of_names(document: &Document<'_>, names: NodeId) -> Result<(), Broken> {
    if document.kind(names) != Kind::List {
        return Err(is(document, names, "expected a list of names"));
    }
    for name in document.elements(names) {
        if document.kind(name) != Kind::String {
            return Err(is(document, name, "expected a name"));
        }
        if document.raw(name).is_empty() {
            return Err(Broken::at(name, "is empty; expected a name"));
        }
    }
    Ok(())
}
