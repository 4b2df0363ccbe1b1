//! `triggers.http.route` → hosts and paths.

use std::borrow::Cow;

use super::read::texts;
use crate::formats::json::{Json, Object};
use crate::formats::notes::{Notes, Path};
use crate::formats::syntax;
use crate::formats::written::{Written, quoted, shown};
use crate::function::rules;
use crate::function::types::{GatewayRef, Http, PathMatch, PathType};

/// OpenFunction installs this Gateway.
pub(crate) const DEFAULT_GATEWAY: &str = "openfunction";

pub(super) fn normalize<'a>(http: &mut Http<'a>, route: &Written<'_, 'a>, notes: &mut Notes) {
    route.object(notes);
    http.gateway = gateway(&route.field("gatewayRef"), notes);
    // OpenFunction's webhook drops empty lists: they mean the same as none.
    let hosts = texts(&route.field("hostnames"), notes);
    http.hostnames = (!hosts.is_empty()).then(|| hosts.into_iter().map(lower_case).collect());
    let mut rules = Vec::new();
    for rule in route.field("rules").elements(notes) {
        if let Some(found) = rule.object(notes) {
            read_rule(found, &rule.at, &mut http.paths, notes);
            rules::check_rule(&rule, notes);
            let matches = rule.field("matches");
            // A match of the wrong shape has been told of.
            for found in matches.elements(&mut Notes::default()) {
                if found.object(&mut Notes::default()).is_some() {
                    rules::check_match(&found, notes);
                }
            }
            rules.push(found);
        }
    }
    http.rules = Some(rules).filter(|rules| !rules.is_empty());
}

fn lower_case(host: &str) -> Cow<'_, str> {
    if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Cow::Owned(host.to_ascii_lowercase());
    }
    Cow::Borrowed(host)
}

fn gateway<'a>(written: &Written<'_, 'a>, notes: &mut Notes) -> GatewayRef<'a> {
    if written.object(notes).is_none() {
        return GatewayRef {
            name: DEFAULT_GATEWAY,
            namespace: DEFAULT_GATEWAY,
        };
    }
    GatewayRef {
        name: written.field("name").required("an OpenFunction Gateway", notes),
        namespace: written
            .field("namespace")
            .required("the namespace of the Gateway", notes),
    }
}

fn read_rule<'a>(rule: &'a Object<'a>, at: &Path<'_>, paths: &mut Vec<PathMatch<'a>>, notes: &mut Notes) {
    if rule.get("backendRefs").is_some_and(|value| !value.is_unset()) {
        notes.warn(
            &at.field("backendRefs"),
            "is not used: requests go to the function's own Service",
        );
    }
    let at = at.field("matches");
    match rule.get("matches") {
        None | Some(Json::Null) => paths.push(PathMatch::prefix("/")),
        Some(Json::List(matches)) if matches.is_empty() => paths.push(PathMatch::prefix("/")),
        Some(Json::List(matches)) => {
            for (index, found) in matches.iter().enumerate() {
                paths.extend(read_match(found, &at.index(index), notes));
            }
            notes.at_most(&at, matches.len(), 8);
        }
        Some(other) => notes.invalid(&at, shown(other), "must be a list"),
    }
}

fn read_match<'a>(found: &'a Json<'a>, at: &Path<'_>, notes: &mut Notes) -> Option<PathMatch<'a>> {
    let Json::Object(found) = found else {
        notes.invalid(at, shown(found), "must be an object");
        return None;
    };
    let at = at.field("path");
    let path = match found.get("path") {
        None | Some(Json::Null) => return Some(PathMatch::prefix("/")),
        Some(Json::Object(path)) => path,
        Some(other) => {
            notes.invalid(&at, shown(other), "must be an object");
            return None;
        }
    };
    let r#type = match path.get("type") {
        None | Some(Json::Null) => PathType::PathPrefix,
        Some(Json::Text(word)) => match &**word {
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
        None | Some(Json::Null) => "/",
        Some(Json::Text(value)) => value,
        Some(other) => {
            notes.invalid(&at.field("value"), shown(other), "must be a string");
            return None;
        }
    };
    if value.chars().nth(1024).is_some() {
        notes.invalid(
            &at.field("value"),
            quoted(value),
            "must have at most 1024 characters",
        );
        return None;
    }
    if r#type != PathType::RegularExpression && !value.starts_with('/') {
        notes.invalid(&at.field("value"), quoted(value), "must start with /");
    } else if r#type != PathType::RegularExpression && !syntax::is_path(value) {
        notes.invalid(
            &at.field("value"),
            quoted(value),
            "must be a path as URLs have it, without \"//\", \"/./\", \"/../\" and \"%2f\"",
        );
    }
    Some(PathMatch { r#type, value })
}
