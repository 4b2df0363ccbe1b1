//! `triggers.http.route` → hosts and paths.

use serde_json::{Map, Value};

use super::{text, texts};
use crate::api::field::{Field, quoted, shown};
use crate::api::function as written;
use crate::function::{GatewayRef, Http, PathMatch, PathType};
use crate::notes::{Notes, Path};

/// OpenFunction installs this Gateway.
const DEFAULT_GATEWAY: &str = "openfunction";

/// What the interceptor cannot do; each is the Gateway API's own field.
const NOT_USED_IN_RULES: [(&str, &str); 2] = [
    (
        "backendRefs",
        "is not used: requests go to the function's own Service",
    ),
    (
        "filters",
        "is not used: the HTTP add-on's interceptor has no filters",
    ),
];
const NOT_USED_IN_MATCHES: [&str; 3] = ["headers", "method", "queryParams"];

pub(super) fn normalize(http: &mut Http, field: Field<written::Route>, at: &Path<'_>, notes: &mut Notes) {
    let route = notes.take(field, at).unwrap_or_default();
    http.gateway = gateway(route.gateway_ref, &at.field("gatewayRef"), notes);
    // OpenFunction's webhook drops empty lists: they mean the same as none.
    http.hostnames = texts(route.hostnames, &at.field("hostnames"), notes).filter(|hosts| !hosts.is_empty());
    for host in http.hostnames.iter_mut().flatten() {
        host.make_ascii_lowercase();
    }
    let at = at.field("rules");
    let mut rules = Vec::new();
    for (index, rule) in notes
        .take(route.rules, &at)
        .unwrap_or_default()
        .into_iter()
        .enumerate()
    {
        if let Some(rule) = notes.take(rule, &at.index(index)) {
            read_rule(&rule, &at.index(index), &mut http.paths, notes);
            rules.push(rule);
        }
    }
    http.rules = Some(rules).filter(|rules| !rules.is_empty());
}

fn gateway(field: Field<written::Named>, at: &Path<'_>, notes: &mut Notes) -> GatewayRef {
    match notes.take(field, at) {
        Some(named) => GatewayRef {
            name: text(named.name, &at.field("name"), "an OpenFunction Gateway", notes),
            namespace: text(
                named.namespace,
                &at.field("namespace"),
                "the namespace of the Gateway",
                notes,
            ),
        },
        None => GatewayRef {
            name: DEFAULT_GATEWAY.to_owned(),
            namespace: DEFAULT_GATEWAY.to_owned(),
        },
    }
}

fn read_rule(rule: &Map<String, Value>, at: &Path<'_>, paths: &mut Vec<PathMatch>, notes: &mut Notes) {
    for (name, why) in NOT_USED_IN_RULES {
        if rule.get(name).is_some_and(|value| !is_empty(value)) {
            notes.warn(&at.field(name), why);
        }
    }
    let at = at.field("matches");
    match rule.get("matches") {
        None | Some(Value::Null) => paths.push(PathMatch::everything()),
        Some(Value::Array(matches)) if matches.is_empty() => paths.push(PathMatch::everything()),
        Some(Value::Array(matches)) => {
            for (index, found) in matches.iter().enumerate() {
                paths.extend(read_match(found, &at.index(index), notes));
            }
            notes.at_most(&at, matches.len(), 8);
        }
        Some(other) => notes.invalid(&at, shown(other), "must be a list"),
    }
}

fn read_match(found: &Value, at: &Path<'_>, notes: &mut Notes) -> Option<PathMatch> {
    let Value::Object(found) = found else {
        notes.invalid(at, shown(found), "must be an object");
        return None;
    };
    for name in NOT_USED_IN_MATCHES {
        if found.get(name).is_some_and(|value| !is_empty(value)) {
            notes.warn(
                &at.field(name),
                "is not used: the HTTP add-on's interceptor matches host and path alone",
            );
        }
    }
    let at = at.field("path");
    let path = match found.get("path") {
        None | Some(Value::Null) => return Some(PathMatch::everything()),
        Some(Value::Object(path)) => path,
        Some(other) => {
            notes.invalid(&at, shown(other), "must be an object");
            return None;
        }
    };
    let r#type = match path.get("type") {
        None | Some(Value::Null) => PathType::PathPrefix,
        Some(Value::String(word)) => match word.as_str() {
            "PathPrefix" => PathType::PathPrefix,
            "Exact" => PathType::Exact,
            "RegularExpression" => PathType::RegularExpression,
            _ => {
                let known = ["Exact", "PathPrefix", "RegularExpression"];
                notes.unsupported(&at.field("type"), quoted(word), &known);
                return None;
            }
        },
        Some(other) => {
            notes.invalid(&at.field("type"), shown(other), "must be a string");
            return None;
        }
    };
    let value = match path.get("value") {
        None | Some(Value::Null) => "/".to_owned(),
        Some(Value::String(value)) => value.clone(),
        Some(other) => {
            notes.invalid(&at.field("value"), shown(other), "must be a string");
            return None;
        }
    };
    if r#type == PathType::RegularExpression {
        notes.invalid(
            &at.field("type"),
            "\"RegularExpression\"",
            "the HTTP add-on's interceptor has no regular expressions; use PathPrefix",
        );
    } else if !value.starts_with('/') {
        notes.invalid(&at.field("value"), quoted(&value), "must start with /");
    } else if r#type == PathType::Exact {
        notes.warn(
            &at,
            format_args!(
                "Exact {} is read as PathPrefix: the HTTP add-on's interceptor has prefixes alone",
                quoted(&value)
            ),
        );
    }
    Some(PathMatch { r#type, value })
}

impl PathMatch {
    /// What a rule without matches matches.
    fn everything() -> Self {
        PathMatch {
            r#type: PathType::PathPrefix,
            value: "/".to_owned(),
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}
