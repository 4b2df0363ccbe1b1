//! Holding a value against a shape.

use std::fmt;

use metawasm_contract::json::{Document, Kind, NodeId, pointer, quote, shorten};
use metawasm_formats::nearest::nearest;

use super::kubernetes;
use super::shape::{Fields, Shape};

/// Something in a child that does not match the schema of its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// JSON pointer, from the child on.
    pub pointer: String,
    /// What is wrong there, and what is right.
    pub message: String,
}

/// What does not match in a child.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    most: usize,
    list: Vec<Finding>,
    more: usize,
}

/// Bytes of a pointer.
const POINTER: usize = 250;
/// Names that a sentence lists.
const LISTED: usize = 8;

impl Findings {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            ..Self::default()
        }
    }

    /// The first ones.
    pub fn list(&self) -> &[Finding] {
        &self.list
    }

    /// How many there are besides.
    pub fn more(&self) -> usize {
        self.more
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty() && self.more == 0
    }

    fn add(&mut self, document: &Document<'_>, at: NodeId, message: impl FnOnce() -> String) {
        self.add_below(document, at, None, message);
    }

    /// A finding about a field that need not be there.
    fn add_below(
        &mut self,
        document: &Document<'_>,
        at: NodeId,
        field: Option<&str>,
        message: impl FnOnce() -> String,
    ) {
        if self.list.len() >= self.most {
            self.more += 1;
            return;
        }
        let mut path = document.pointer(at);
        if let Some(field) = field {
            pointer::push(&mut path, field);
        }
        self.list.push(Finding {
            pointer: shorten(&path, POINTER).into_owned(),
            message: message(),
        });
    }
}

/// Holds a value against a shape. Recursive: a document has at most 128 levels.
pub(super) fn check(document: &Document<'_>, at: NodeId, shape: &Shape, findings: &mut Findings) {
    let kind = document.kind(at);
    if kind == Kind::Null {
        return;
    }
    match shape {
        Shape::Any => {}
        Shape::Type(place) if kind == Kind::Object => {
            if let Some(fields) = kubernetes::fields(*place) {
                object(document, at, fields, findings);
            }
        }
        Shape::Object(fields) if kind == Kind::Object => object(document, at, fields, findings),
        Shape::Map(inside) if kind == Kind::Object => {
            for (_, value) in document.members(at) {
                check(document, value, inside, findings);
            }
        }
        Shape::List(inside) if kind == Kind::List => {
            for value in document.elements(at) {
                check(document, value, inside, findings);
            }
        }
        Shape::Words(words) if kind == Kind::String => {
            let text = document.text(at);
            if !words.iter().any(|word| **word == *text) {
                findings.add(document, at, || {
                    format!(
                        "is {}; allowed: {}",
                        quote(&text),
                        listed(words.iter().map(|word| &**word))
                    )
                });
            }
        }
        Shape::Base64 if kind == Kind::String => {
            if !is_base64(document.raw(at)) {
                findings.add(document, at, || "is not base64; encode the value".to_owned());
            }
        }
        shape if is_scalar(shape, kind) => {}
        shape => findings.add(document, at, || {
            let (expected, hint) = expected(shape, kind);
            format!("is {}; expected {expected}{hint}", kind.name())
        }),
    }
}

fn object(document: &Document<'_>, at: NodeId, fields: &Fields, findings: &mut Findings) {
    for (key, value) in document.members(at) {
        let name = document.text(key);
        match (fields.get(&name), &fields.others) {
            (Some(field), _) => check(document, value, &field.shape, findings),
            (None, Some(others)) => check(document, value, others, findings),
            (None, None) => findings.add(document, value, || unknown(&name, fields)),
        }
    }
    for field in fields.iter().filter(|field| field.required) {
        let found = document.get(at, &field.name);
        if found.is_none_or(|value| document.kind(value) == Kind::Null) {
            findings.add_below(document, at, Some(&field.name), || {
                "is missing; it is required".to_owned()
            });
        }
    }
}

fn unknown(name: &str, fields: &Fields) -> String {
    let said = shorten(name, 80);
    let known = || fields.iter().map(|field| &*field.name);
    match nearest(name, &mut known()) {
        Some(meant) => format!("unknown field `{said}`; did you mean `{meant}`?"),
        None if known().next().is_none() => format!("unknown field `{said}`; no field is known here"),
        None => format!("unknown field `{said}`; known: {}", listed(known())),
    }
}

/// The first names of many.
fn listed<'n>(names: impl Iterator<Item = &'n str> + Clone) -> String {
    let shown: Vec<_> = names.clone().take(LISTED).map(|name| shorten(name, 60)).collect();
    match names.count() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn is_scalar(shape: &Shape, kind: Kind) -> bool {
    match shape {
        Shape::Text => kind == Kind::String,
        Shape::Integer => kind == Kind::Integer,
        Shape::Number => matches!(kind, Kind::Integer | Kind::Float),
        Shape::Boolean => kind == Kind::Bool,
        Shape::IntOrString => matches!(kind, Kind::Integer | Kind::String),
        Shape::Quantity => matches!(kind, Kind::Integer | Kind::Float | Kind::String),
        _ => false,
    }
}

/// What a shape asks for, and how to mend a value of that kind.
fn expected(shape: &Shape, kind: Kind) -> (&'static str, &'static str) {
    let is_bare = matches!(kind, Kind::Integer | Kind::Float | Kind::Bool);
    let quotes = if is_bare { ", in quotes" } else { "" };
    let no_quotes = if kind == Kind::String {
        ", without quotes"
    } else {
        ""
    };
    match shape {
        Shape::Any => ("a value", ""),
        Shape::Text | Shape::Words(_) | Shape::Base64 => ("a string", quotes),
        Shape::Integer => ("a whole number", no_quotes),
        Shape::Number => ("a number", no_quotes),
        Shape::Boolean => ("true or false", no_quotes),
        Shape::IntOrString => ("a whole number or a string", ""),
        Shape::Quantity => ("a quantity such as \"100m\"", ""),
        Shape::List(_) => ("a list", ""),
        Shape::Map(_) | Shape::Object(_) | Shape::Type(_) => ("an object", ""),
    }
}

/// Whether a text is what Go's decoder reads as base64: padded, line breaks allowed.
fn is_base64(raw: &str) -> bool {
    if raw.contains('\\') {
        // Line breaks, as a rule; what else may be escaped is not worth a look.
        return true;
    }
    let digits = raw.trim_end_matches('=');
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    raw.len().is_multiple_of(4) && raw.len() - digits.len() <= 2 && digits.bytes().all(is_digit)
}

/// `/spec/repicas: unknown field …`.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.pointer, self.message)
    }
}
