//! What the table of rules is made of.

use crate::formats::json::Json;

/// What a value may be.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    /// Anything, or what is checked elsewhere.
    Any,
    /// A text for which a rule holds, and what it must be.
    Text(fn(&str) -> bool, &'static str),
    /// One of these.
    Word(&'static [&'static str]),
    /// A whole number between two.
    Whole(i32, i32),
    /// One of these whole numbers.
    Code(&'static [i32]),
    /// At most so many; where there is a key, each with another.
    List {
        of: &'static Shape,
        most: usize,
        key: Option<&'static str>,
    },
    Object(&'static [Field]),
}

/// A field of an object.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    pub(super) absent: Absent,
}

/// What it means that a field is not there.
#[derive(Clone, Copy)]
pub(super) enum Absent {
    Fine,
    /// It must be there: what it is for.
    Wrong(&'static str),
    /// The API server writes this.
    Text(&'static str),
    Whole(i32),
}

/// Of what filter a rule's filter is, as the Gateway API and a field say it.
pub(super) const FILTERS: [(&str, &str); 8] = [
    ("CORS", "cors"),
    ("ExtensionRef", "extensionRef"),
    ("ExternalAuth", "externalAuth"),
    ("RequestHeaderModifier", "requestHeaderModifier"),
    ("RequestMirror", "requestMirror"),
    ("RequestRedirect", "requestRedirect"),
    ("ResponseHeaderModifier", "responseHeaderModifier"),
    ("URLRewrite", "urlRewrite"),
];

/// Of what type a filter is.
pub(super) fn type_of<'a>(filter: &'a Json<'_>) -> &'a str {
    filter.get("type").and_then(Json::as_text).unwrap_or_default()
}
