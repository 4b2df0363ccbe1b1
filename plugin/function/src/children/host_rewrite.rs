//! The host name by which a rule's backend knows its requests, merged into the user's filters: the
//! Gateway API takes one filter of a type.

use crate::formats::json::{Json, Object};
use crate::formats::notes::{Notes, Path};
use crate::formats::typed::api;
use crate::function::settings::HostRewrite;

api! {
    /// `HTTPHeader` of the Gateway API's `apis/v1/httproute_types.go`, 1.3.
    struct HttpHeader<'a> {
        "name" name: &'a str,
        "value" value: String,
    }
}

/// Makes a rule's requests be for `host`.
pub(super) fn set(rule: &mut Object<'_>, host: &str, how: HostRewrite, at: &Path<'_>, notes: &mut Notes) {
    match how {
        HostRewrite::UrlRewrite => {
            let rewrite = filter(rule, "URLRewrite", "urlRewrite");
            let Some(rewrite) = rewrite else { return };
            if rewrite.contains("hostname") {
                warn(at, notes);
            }
            rewrite.insert("hostname", host.to_owned().into());
        }
        HostRewrite::Header => {
            let modifier = filter(rule, "RequestHeaderModifier", "requestHeaderModifier");
            let Some(modifier) = modifier else { return };
            if without_host(modifier) {
                warn(at, notes);
            }
            let header = Json::from(HttpHeader {
                name: "Host",
                value: host.to_owned(),
            });
            match modifier.get_mut("set").and_then(Json::as_list_mut) {
                Some(set) => set.push(header),
                None => modifier.insert("set", Json::List(vec![header])),
            }
        }
    }
}

#[cold]
fn warn(at: &Path<'_>, notes: &mut Notes) {
    notes.warn(
        &at.field("filters"),
        "the host name that a filter sets is not used: Knative routes requests by the revision's own host name",
    );
}

/// What a filter of a type holds; made where there is none.
fn filter<'f, 'a>(
    rule: &'f mut Object<'a>,
    r#type: &'static str,
    member: &'static str,
) -> Option<&'f mut Object<'a>> {
    rule.insert_default("filters", Json::List(Vec::new()));
    let filters = rule.get_mut("filters")?.as_list_mut()?;
    let of_type = |filter: &Json<'_>| filter.get("type").and_then(Json::as_text) == Some(r#type);
    let index = filters.iter().position(of_type).unwrap_or_else(|| {
        let empty = Json::Object(Object::new());
        filters.push(Json::object([("type", r#type.into()), (member, empty)]));
        filters.len() - 1
    });
    filters.get_mut(index)?.get_mut(member)?.as_object_mut()
}

/// Takes the host out of a header modifier, and says whether it was there.
fn without_host(modifier: &mut Object<'_>) -> bool {
    let mut found = false;
    for key in ["add", "remove", "set"] {
        let Some(list) = modifier.get_mut(key).and_then(Json::as_list_mut) else {
            continue;
        };
        let before = list.len();
        list.retain(|header| {
            let name = header.get("name").unwrap_or(header);
            !name
                .as_text()
                .is_some_and(|name| name.eq_ignore_ascii_case("host"))
        });
        found |= list.len() < before;
        if list.is_empty() {
            modifier.remove(key);
        }
    }
    found
}
