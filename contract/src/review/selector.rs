//! A label selector.

use metawasm_json::{Document, Kind, NodeId, quote};

use super::fields::unknown;
use super::look::is;
use super::look::present;
use super::shape::strings;
use super::violation::Broken;

/// Refuses what the API machinery would.
pub(super) fn check(document: &Document<'_>, selector: NodeId) -> Result<(), Broken> {
    known(
        document,
        selector,
        "a selector",
        &["matchLabels", "matchExpressions"],
    )?;
    if let Some(labels) = present(document, selector, "matchLabels") {
        strings(document, labels)?;
    }
    let Some(expressions) = present(document, selector, "matchExpressions") else {
        return Ok(());
    };
    if document.kind(expressions) != Kind::List {
        return Err(is(document, expressions, "expected a list of expressions"));
    }
    document
        .elements(expressions)
        .try_for_each(|at| expression(document, at))
}

fn expression(document: &Document<'_>, at: NodeId) -> Result<(), Broken> {
    known(document, at, "an expression", &["key", "operator", "values"])?;
    match present(document, at, "key") {
        Some(key) if document.kind(key) == Kind::String && !document.raw(key).is_empty() => {}
        _ => return Err(Broken::below(at, "key", "must be the key of a label")),
    }
    let values = present(document, at, "values");
    if let Some(values) = values {
        if document.kind(values) != Kind::List {
            return Err(is(document, values, "expected a list of strings"));
        }
        if let Some(value) = document
            .elements(values)
            .find(|&value| document.kind(value) != Kind::String)
        {
            return Err(is(document, value, "expected a string, in quotes"));
        }
    }
    let any = values.is_some_and(|values| document.elements(values).next().is_some());
    let operator = present(document, at, "operator")
        .map(|operator| document.text(operator))
        .unwrap_or_default();
    match &*operator {
        "In" | "NotIn" if any => Ok(()),
        "In" | "NotIn" => Err(Broken::below(
            at,
            "values",
            format!("must not be empty with {operator}"),
        )),
        "Exists" | "DoesNotExist" if any => Err(Broken::below(
            at,
            "values",
            format!("must be empty with {operator}"),
        )),
        "Exists" | "DoesNotExist" => Ok(()),
        other => Err(Broken::below(
            at,
            "operator",
            format!("is {}; expected In, NotIn, Exists or DoesNotExist", quote(other)),
        )),
    }
}

fn known(document: &Document<'_>, at: NodeId, what: &str, fields: &[&str]) -> Result<(), Broken> {
    if document.kind(at) != Kind::Object {
        return Err(is(
            document,
            at,
            &format!("expected {what}: an object with {}", fields.join(", ")),
        ));
    }
    match document
        .members(at)
        .find(|&(key, _)| !fields.iter().any(|name| document.says(key, name)))
    {
        None => Ok(()),
        Some((key, _)) => {
            let unknown = unknown(&document.text(key), fields);
            Err(Broken::at(
                key,
                format!("{unknown} Expected {what} with {}", fields.join(", ")),
            ))
        }
    }
}
