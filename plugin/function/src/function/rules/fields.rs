//! The fields of an object in a rule, held against the table.

use super::shape::{Absent, Field, Shape};
use crate::formats::json::{Json, Object};
use crate::formats::notes::{Notes, Path};
use crate::formats::written::{Written, quoted, wrong_shape};

/// Checks the fields of an object that is there.
pub(super) fn fields(object: &Written<'_, '_>, fields: &[Field], notes: &mut Notes) {
    for field in fields {
        one(object, field, notes);
    }
    let all = object.object(&mut Notes::default());
    for (key, value) in all.into_iter().flat_map(Object::iter) {
        let known = fields.iter().find(|field| field.name == key);
        if known.is_none_or(|field| matches!(field.shape, Shape::Any)) && !ELSEWHERE.contains(&key) {
            numbers(value, &object.at.field(key), notes);
        }
    }
}

/// Fields of a rule that are checked by themselves, or not used.
const ELSEWHERE: [&str; 3] = ["backendRefs", "filters", "matches"];

/// What passes through must be what Go can read.
fn numbers(value: &Json<'_>, at: &Path<'_>, notes: &mut Notes) {
    match value {
        Json::Number(_) if value.in_go().is_none() => {
            wrong_shape(at, value, "a whole number of at most 64 bits", notes);
        }
        Json::List(list) => {
            for (index, element) in list.iter().enumerate() {
                numbers(element, &at.index(index), notes);
            }
        }
        Json::Object(object) => {
            for (key, member) in object.iter() {
                numbers(member, &at.field(key), notes);
            }
        }
        _ => {}
    }
}

pub(super) fn one(object: &Written<'_, '_>, field: &Field, notes: &mut Notes) {
    let value = object.field(field.name);
    if value.is_present() {
        check(&value, &field.shape, notes);
    } else if let Absent::Wrong(what) = field.absent {
        notes.required(&value.at, what);
    }
}

fn check(value: &Written<'_, '_>, shape: &Shape, notes: &mut Notes) {
    match shape {
        Shape::Any => {}
        Shape::Text(rule, must) => {
            if let Some(text) = value.text(notes).filter(|text| !rule(text)) {
                notes.invalid(&value.at, quoted(text), must);
            }
        }
        Shape::Word(known) => {
            if let Some(text) = value.text(notes).filter(|text| !known.contains(text)) {
                notes.unsupported(&value.at, quoted(text), known);
            }
        }
        Shape::Whole(from, to) => {
            if let Some(number) = value
                .number(notes)
                .filter(|number| !(*from..=*to).contains(number))
            {
                notes.invalid(&value.at, number, format_args!("must be between {from} and {to}"));
            }
        }
        Shape::Code(known) => {
            if let Some(number) = value.number(notes).filter(|number| !known.contains(number)) {
                let known: Vec<String> = known.iter().map(i32::to_string).collect();
                let why = format_args!("must be one of {}", known.join(", "));
                notes.invalid(&value.at, number, why);
            }
        }
        Shape::List { of, most, key } => list(value, of, *most, *key, notes),
        Shape::Object(known) => {
            if value.object(notes).is_some() {
                fields(value, known, notes);
            }
        }
    }
}

fn list(value: &Written<'_, '_>, of: &Shape, most: usize, key: Option<&str>, notes: &mut Notes) {
    let elements = value.elements(notes);
    notes.at_most(&value.at, elements.len(), most);
    let mut seen: Vec<String> = Vec::new();
    for element in elements.take(most) {
        if !element.is_present() {
            notes.invalid(&element.at, "null", "must not be null");
            continue;
        }
        check(&element, of, notes);
        let Some(key) = key else {
            continue;
        };
        // Without a field the elements are the keys themselves. A wrong shape has been told of.
        let mut told = Notes::default();
        let named = element.field(key);
        let named = if key.is_empty() { &element } else { &named };
        let Some(name) = named.text(&mut told) else {
            continue;
        };
        // The names of headers are the same in upper and lower case.
        let lower = name.to_ascii_lowercase();
        if seen.contains(&lower) {
            notes.duplicate(&named.at, quoted(name));
        } else {
            seen.push(lower);
        }
    }
}
