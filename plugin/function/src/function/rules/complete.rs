//! A rule in the form in which the API server stores it.

use super::shape::{Absent, Field, Shape, type_of};
use super::table;
use crate::formats::json::{Json, Object};

/// A rule with its matches and filters, and without `backendRefs`.
pub(crate) fn stored_rule<'a>(rule: &'a Object<'a>) -> Object<'a> {
    let mut stored = object(rule, table::RULE);
    stored.remove("backendRefs");
    for (key, fields) in [("filters", table::FILTER), ("matches", table::MATCH)] {
        let list = rule.get(key).and_then(Json::as_list).unwrap_or_default();
        let objects = list.iter().filter_map(Json::as_object);
        let mut all: Vec<Json<'a>> = objects.map(|found| Json::Object(object(found, fields))).collect();
        if key == "matches" {
            for found in all.iter_mut().filter_map(Json::as_object_mut) {
                found.insert_default("path", path("/"));
            }
            if all.is_empty() {
                all.push(stored_match("/"));
            }
        }
        if !all.is_empty() {
            stored.insert(key, Json::List(all));
        }
    }
    stored
}

/// A stored rule in parts, each of which has a path once: Metacontroller merges a list whose items all have a `path` by
/// it, and of two matches with one path it would lose one. Requests match any of the parts as they match the rule. A name
/// stays with the first part, since names are unique in a route.
pub(crate) fn parts(mut rule: Object<'_>) -> Vec<Object<'_>> {
    let matches = match rule.remove("matches") {
        Some(Json::List(matches)) => matches,
        // A stored rule has a list.
        _ => Vec::new(),
    };
    let mut parts: Vec<Vec<Json<'_>>> = Vec::new();
    for found in matches {
        let lacks = |part: &&mut Vec<Json<'_>>| !part.iter().any(|other| path_of(other) == path_of(&found));
        match parts.iter_mut().find(lacks) {
            Some(part) => part.push(found),
            None => parts.push(vec![found]),
        }
    }
    let parts = parts.into_iter().enumerate().map(|(index, matches)| {
        let mut part = rule.clone();
        if index > 0 {
            part.remove("name");
        }
        part.insert("matches", Json::List(matches));
        part
    });
    parts.collect()
}

/// Type and value of a stored match's path.
fn path_of<'v>(found: &'v Json<'_>) -> [Option<&'v str>; 2] {
    let path = found.get("path");
    ["type", "value"].map(|key| path.and_then(|path| path.get(key)?.as_text()))
}

/// A match of everything below a path.
pub(crate) fn stored_match(prefix: &str) -> Json<'_> {
    Json::object([("path", path(prefix))])
}

fn path(prefix: &str) -> Json<'_> {
    Json::object([("type", "PathPrefix".into()), ("value", prefix.into())])
}

/// Whether a rule sends its requests elsewhere: the Gateway API takes no backend then.
pub(crate) fn is_redirect(rule: &Object<'_>) -> bool {
    let filters = rule.get("filters").and_then(Json::as_list).unwrap_or_default();
    filters.iter().any(|filter| type_of(filter) == "RequestRedirect")
}

/// What a rule's URLRewrite replaces paths by, as a prefix.
pub(crate) fn replaced_path<'a>(rule: &'a Object<'a>) -> Option<&'a str> {
    let path = filter(rule, "URLRewrite", "urlRewrite")?.get("path")?;
    let new = path
        .get("replaceFullPath")
        .or_else(|| path.get("replacePrefixMatch"))?;
    let new = new.as_text()?;
    Some(if new.starts_with('/') { new } else { "/" })
}

/// The host name that a rule's filters give to its requests, if they do.
pub(crate) fn replaced_host<'a>(rule: &'a Object<'a>) -> Option<&'a str> {
    let rewrite = filter(rule, "URLRewrite", "urlRewrite");
    if let Some(host) = rewrite.and_then(|rewrite| rewrite.get("hostname")?.as_text()) {
        return Some(host);
    }
    let modifier = filter(rule, "RequestHeaderModifier", "requestHeaderModifier")?;
    let lists = ["set", "add"].into_iter();
    let mut headers = lists.filter_map(|key| modifier.get(key)?.as_list()).flatten();
    let host = headers.find(|header| {
        let name = header.get("name").and_then(Json::as_text);
        name.is_some_and(|name| name.eq_ignore_ascii_case("host"))
    });
    host?.get("value")?.as_text()
}

/// What a rule's filter of a type holds.
fn filter<'a>(rule: &'a Object<'a>, of: &str, member: &str) -> Option<&'a Json<'a>> {
    let mut filters = rule.get("filters")?.as_list()?.iter();
    filters.find(|filter| type_of(filter) == of)?.get(member)
}

fn object<'a>(found: &'a Object<'a>, fields: &[Field]) -> Object<'a> {
    let mut all = Object::new();
    for (key, value) in found.iter() {
        let field = fields.iter().find(|field| field.name == key);
        let shape = field.map_or(Shape::Any, |field| field.shape);
        if let Some(stored) = stored(value, &shape) {
            all.insert(key, stored);
        }
    }
    for field in fields {
        let value = match field.absent {
            Absent::Text(text) => text.into(),
            Absent::Whole(number) => number.into(),
            Absent::Fine | Absent::Wrong(_) => continue,
        };
        all.insert_default(field.name, value);
    }
    all
}

/// A value as it is stored; nothing for a null or an empty list.
fn stored<'a>(value: &'a Json<'a>, shape: &Shape) -> Option<Json<'a>> {
    Some(match (value, shape) {
        (Json::Null, _) => return None,
        (Json::Text(text), _) => Json::from(&**text),
        // What Go does not hold has been refused.
        (Json::Number(_), _) => value.in_go()?,
        (Json::Object(found), Shape::Object(fields)) => Json::Object(object(found, fields)),
        (Json::Object(found), _) => Json::Object(object(found, &[])),
        (Json::Known(found), _) => Json::Known(found),
        (Json::List(list), _) => {
            let of = match shape {
                Shape::List { of, .. } => *of,
                _ => &Shape::Any,
            };
            let all: Vec<Json<'a>> = list.iter().filter_map(|element| stored(element, of)).collect();
            if all.is_empty() {
                return None;
            }
            Json::List(all)
        }
        (Json::Flag(flag), _) => Json::Flag(*flag),
        (Json::Unread(raw), _) => Json::Unread(raw),
    })
}
