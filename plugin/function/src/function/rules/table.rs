//! What is known of a rule's parts.
//!
//! Source: Gateway API 1.3, `config/crd/*/gateway.networking.k8s.io_httproutes.yaml`.

use super::shape::{Absent, Field, Shape};
use crate::formats::syntax;

/// A rule, but for `matches`, `filters` and `backendRefs`.
pub(super) static RULE: &[Field] = &[
    optional("name", SUBDOMAIN),
    optional("retry", Shape::Object(RETRY)),
    optional("sessionPersistence", Shape::Object(SESSION)),
    optional("timeouts", Shape::Object(TIMEOUTS)),
];

/// A match; its path has a check of its own.
pub(super) static MATCH: &[Field] = &[
    optional("headers", list(&Shape::Object(HEADER_MATCH), 16, Some("name"))),
    optional(
        "method",
        Shape::Word(&[
            "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE",
        ]),
    ),
    optional("path", Shape::Object(PATH)),
    optional("queryParams", list(&Shape::Object(QUERY_MATCH), 16, Some("name"))),
];

/// A filter; its type says which of its fields is there.
pub(super) static FILTER: &[Field] = &[
    optional("cors", Shape::Object(CORS)),
    optional("extensionRef", Shape::Object(EXTENSION)),
    optional("externalAuth", Shape::Object(&[])),
    optional("requestHeaderModifier", Shape::Object(MODIFIER)),
    optional("requestMirror", Shape::Object(MIRROR)),
    optional("requestRedirect", Shape::Object(REDIRECT)),
    optional("responseHeaderModifier", Shape::Object(MODIFIER)),
    optional("urlRewrite", Shape::Object(REWRITE)),
];

/// One more is the plugin's own: the Host header for Knative.
pub(super) const MAX_FILTERS: usize = 15;
const MAX_SET: usize = 15;

const PATH: &[Field] = &[
    defaulted("type", Shape::Any, Absent::Text("PathPrefix")),
    defaulted("value", Shape::Any, Absent::Text("/")),
];

const HEADER_MATCH: &[Field] = &[
    required("name", HEADER_NAME, "the header to match"),
    defaulted("type", EXACT_OR_NOT, Absent::Text("Exact")),
    required("value", HEADER_VALUE, "what the header must be"),
];

const QUERY_MATCH: &[Field] = &[
    required("name", HEADER_NAME, "the parameter to match"),
    defaulted("type", EXACT_OR_NOT, Absent::Text("Exact")),
    required("value", QUERY_VALUE, "what the parameter must be"),
];

const MODIFIER: &[Field] = &[
    optional("add", list(&Shape::Object(HEADER), 16, Some("name"))),
    optional("remove", list(&HEADER_NAME, 16, Some(""))),
    optional("set", list(&Shape::Object(HEADER), MAX_SET, Some("name"))),
];

const HEADER: &[Field] = &[
    required("name", HEADER_NAME, "the header"),
    required("value", HEADER_VALUE, "the header's value"),
];

const MIRROR: &[Field] = &[
    Field {
        name: "backendRef",
        shape: Shape::Object(&[
            defaulted("group", Shape::Any, Absent::Text("")),
            defaulted("kind", Shape::Any, Absent::Text("Service")),
            required("name", SUBDOMAIN, "where requests are mirrored to"),
            optional("namespace", LABEL),
            optional("port", PORT),
        ]),
        absent: Absent::Wrong("where requests are mirrored to"),
    },
    optional(
        "fraction",
        Shape::Object(&[
            defaulted("denominator", Shape::Whole(1, i32::MAX), Absent::Whole(100)),
            required("numerator", Shape::Whole(0, i32::MAX), "how many of them"),
        ]),
    ),
    optional("percent", Shape::Whole(0, 100)),
];

const REDIRECT: &[Field] = &[
    optional("hostname", HOST),
    optional("path", Shape::Object(NEW_PATH)),
    optional("port", PORT),
    optional("scheme", Shape::Word(&["http", "https"])),
    defaulted(
        "statusCode",
        Shape::Code(&[301, 302, 303, 307, 308]),
        Absent::Whole(302),
    ),
];

const REWRITE: &[Field] = &[
    optional("hostname", HOST),
    optional("path", Shape::Object(NEW_PATH)),
];

const NEW_PATH: &[Field] = &[
    optional("replaceFullPath", LENGTH),
    optional("replacePrefixMatch", LENGTH),
    required(
        "type",
        Shape::Word(&["ReplaceFullPath", "ReplacePrefixMatch"]),
        "what is replaced",
    ),
];

const EXTENSION: &[Field] = &[
    required("group", SUBDOMAIN, "the API group of the filter"),
    required("kind", LENGTH, "the kind of the filter"),
    required("name", SUBDOMAIN, "the filter"),
];

const CORS: &[Field] = &[defaulted("maxAge", Shape::Whole(1, i32::MAX), Absent::Whole(5))];

const SESSION: &[Field] = &[
    optional("absoluteTimeout", DURATION),
    optional(
        "cookieConfig",
        Shape::Object(&[defaulted(
            "lifetimeType",
            Shape::Word(&["Permanent", "Session"]),
            Absent::Text("Session"),
        )]),
    ),
    optional("idleTimeout", DURATION),
    defaulted("type", Shape::Word(&["Cookie", "Header"]), Absent::Text("Cookie")),
];

const RETRY: &[Field] = &[
    optional("attempts", Shape::Whole(0, i32::MAX)),
    optional("backoff", DURATION),
    optional("codes", list(&Shape::Whole(400, 599), 64, None)),
];

const TIMEOUTS: &[Field] = &[
    optional("backendRequest", DURATION),
    optional("request", DURATION),
];

const SUBDOMAIN: Shape = Shape::Text(
    syntax::is_subdomain,
    "must be lower-case letters, digits, '-' or '.', starting and ending with a letter or digit",
);
const LABEL: Shape = Shape::Text(syntax::is_label, "must be the name of a namespace");
const HOST: Shape = Shape::Text(is_precise_host, "must be a host name, without '*'");
const HEADER_NAME: Shape = Shape::Text(
    is_header_name,
    "must be the name of a header: at most 256 letters, digits and any of !#$%&'*+-.^_`|~",
);
const HEADER_VALUE: Shape = Shape::Text(is_header_value, "must have 1 to 4096 characters");
const QUERY_VALUE: Shape = Shape::Text(is_query_value, "must have 1 to 1024 characters");
const LENGTH: Shape = Shape::Text(is_short, "must have at most 1024 characters");
const DURATION: Shape = Shape::Text(is_duration, "must be a duration, such as 500ms or 1m30s");
const EXACT_OR_NOT: Shape = Shape::Word(&["Exact", "RegularExpression"]);
const PORT: Shape = Shape::Whole(1, 65535);

const fn optional(name: &'static str, shape: Shape) -> Field {
    defaulted(name, shape, Absent::Fine)
}

const fn required(name: &'static str, shape: Shape, what: &'static str) -> Field {
    defaulted(name, shape, Absent::Wrong(what))
}

const fn defaulted(name: &'static str, shape: Shape, absent: Absent) -> Field {
    Field { name, shape, absent }
}

const fn list(of: &'static Shape, most: usize, key: Option<&'static str>) -> Shape {
    Shape::List { of, most, key }
}

fn is_precise_host(text: &str) -> bool {
    syntax::is_host(text) && !text.starts_with('*')
}

fn is_header_name(text: &str) -> bool {
    (1..=256).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

fn is_header_value(text: &str) -> bool {
    !text.is_empty() && text.chars().nth(4096).is_none()
}

fn is_query_value(text: &str) -> bool {
    !text.is_empty() && is_short(text)
}

fn is_short(text: &str) -> bool {
    text.chars().nth(1024).is_none()
}

/// `([0-9]{1,5}(h|m|s|ms)){1,4}`
fn is_duration(text: &str) -> bool {
    let mut rest = text;
    let mut parts = 0;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = rest.split_at(digits);
        let units = ["ms", "h", "m", "s"];
        let Some(after) = units.iter().find_map(|word| unit.strip_prefix(word)) else {
            return false;
        };
        if !(1..=5).contains(&number.len()) {
            return false;
        }
        rest = after;
        parts += 1;
    }
    (1..=4).contains(&parts)
}
