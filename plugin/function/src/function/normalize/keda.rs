//! KEDA's own sections of `scaleOptions.keda` → the form in which KEDA stores them.
//!
//! What a section may hold is a table ([`table`] and [`http`]): its fields are checked by KEDA's rules
//! and by those of the autoscaler that KEDA makes of them, and written as Go writes them. A field that
//! no table has passes through, with a warning: newer versions of KEDA have more.

mod http;
mod rule;
mod table;

use std::borrow::Cow;

use http::HTTP_SCALED_OBJECT;
use rule::{Field, NO_LIMIT, Rule};
use table::{DEDUCTION, PERCENTAGE, SCALED_JOB, SCALED_OBJECT, TRIGGER};

use super::read::element;
use super::template;
use crate::formats::duration;
use crate::formats::json::{Json, Object};
use crate::formats::notes::Notes;
use crate::formats::quantity;
use crate::formats::written::{Written, quoted};
use crate::function::fields;

/// Names are compared with each other.
const MAX_TRIGGERS: usize = 64;
/// Of a field that no table has: a newer KEDA may.
const PASSED: &str = "passed to KEDA unchanged";

/// `keda.httpScaledObject` but for what is written elsewhere, as the add-on stores it.
pub(super) fn http_scaled_object<'a>(written: &Written<'_, 'a>, notes: &mut Notes) -> Object<'a> {
    object(written, HTTP_SCALED_OBJECT, notes).unwrap_or_default()
}

/// `keda.scaledObject` but for its bounds and triggers.
pub(super) fn scaled_object<'a>(written: &Written<'_, 'a>, notes: &mut Notes) -> Object<'a> {
    object(written, SCALED_OBJECT, notes).unwrap_or_default()
}

/// `keda.scaledJob` but for its maximum and triggers.
pub(super) fn scaled_job<'a>(written: &Written<'_, 'a>, notes: &mut Notes) -> Object<'a> {
    let options = object(written, SCALED_JOB, notes).unwrap_or_default();
    let strategy = written.field("scalingStrategy");
    let found = options.get("scalingStrategy");
    if found.and_then(|found| found.get("strategy")?.as_text()) == Some("custom") {
        for name in [DEDUCTION, PERCENTAGE] {
            if found.is_some_and(|found| found.get(name).is_none()) {
                notes.required(&strategy.field(name).at, "the strategy custom needs it");
            }
        }
    }
    options
}

/// `keda.triggers`.
pub(super) fn triggers<'a>(written: &Written<'_, 'a>, notes: &mut Notes) -> Vec<Json<'a>> {
    let elements = written.elements(notes);
    notes.at_most(&written.at, elements.len(), MAX_TRIGGERS);
    let mut all: Vec<Json<'a>> = Vec::new();
    for trigger in elements.take(MAX_TRIGGERS) {
        let Some(read) = element_section(&trigger, TRIGGER, notes) else {
            continue;
        };
        if let Some(name) = read.get("name").and_then(Json::as_text)
            && all
                .iter()
                .any(|earlier| earlier.get("name").and_then(Json::as_text) == Some(name))
        {
            notes.duplicate(&trigger.field("name").at, quoted(name));
        }
        all.push(read);
    }
    all
}

/// An element of a list, where `null` is none.
fn element_section<'a>(written: &Written<'_, 'a>, fields: &[Field], notes: &mut Notes) -> Option<Json<'a>> {
    if !written.is_present() {
        notes.invalid(&written.at, "null", "must be an object");
    }
    section(written, fields, notes)
}

/// A section that is there: its own fields, and others as they are.
fn section<'a>(written: &Written<'_, 'a>, fields: &[Field], notes: &mut Notes) -> Option<Json<'a>> {
    object(written, fields, notes).map(Json::Object)
}

fn object<'a>(written: &Written<'_, 'a>, fields: &[Field], notes: &mut Notes) -> Option<Object<'a>> {
    let mut section = Object::new();
    for (key, value) in written.object(notes)?.iter() {
        let field = fields.iter().find(|field| field.name == key);
        if field.is_none() && !matches!(value, Json::Null) {
            let known = &mut fields.iter().map(|field| field.name);
            fields::unknown(&written.at.field(key), key, known, PASSED, notes);
        }
        if field.is_none_or(|field| matches!(field.rule, Rule::Any)) {
            section.insert(key, value.clone());
        }
    }
    template::store(&mut section, &written.at, notes);
    read(written, fields, &mut section, notes);
    Some(section)
}

/// Reads the fields of a section.
fn read<'a>(written: &Written<'_, 'a>, fields: &[Field], into: &mut Object<'a>, notes: &mut Notes) {
    for field in fields {
        let below = written.field(field.name);
        match value(&below, &field.rule, notes) {
            Some(value) => into.insert(field.name, value),
            None if !field.needed.is_empty() => notes.required(&below.at, field.needed),
            None => {}
        }
    }
}

fn value<'a>(written: &Written<'_, 'a>, rule: &Rule, notes: &mut Notes) -> Option<Json<'a>> {
    match rule {
        Rule::Number(least, most) => number(written, *least, *most, notes).map(Json::from),
        Rule::Word(words) => {
            let word = written.non_empty(notes)?;
            if !words.contains(&word) {
                notes.unsupported(&written.at, quoted(word), words);
            }
            Some(word.into())
        }
        Rule::Text => written.non_empty(notes).map(Json::from),
        Rule::Fraction => fraction(written, notes),
        Rule::Flag => written.flag(notes).filter(|flag| *flag).map(Json::from),
        Rule::Texts => {
            let elements = written.elements(notes);
            let texts: Vec<Json<'a>> = elements
                .filter_map(|text| element(&text, notes).map(Json::from))
                .collect();
            (!texts.is_empty()).then_some(Json::List(texts))
        }
        Rule::Strings => {
            written.object(notes)?;
            let members = written.members(notes);
            let texts = members.filter_map(|(key, text)| Some((key, Json::from(element(&text, notes)?))));
            Some(Json::Object(texts.collect()))
        }
        Rule::Quantity => quantity(written, notes),
        Rule::Duration => duration(written, notes),
        Rule::Any | Rule::Elsewhere => None,
        Rule::Unused(why) => {
            if written.is_present() {
                notes.warn(&written.at, format_args!("is not used: {why}"));
            }
            None
        }
        Rule::Section(fields) => section(written, fields, notes),
        Rule::Sections(fields) => {
            let elements = written.elements(notes);
            let sections: Vec<Json<'a>> = elements
                .filter_map(|element| element_section(&element, fields, notes))
                .collect();
            (!sections.is_empty()).then_some(Json::List(sections))
        }
    }
}

/// A quantity as the API server stores it.
fn quantity<'a>(written: &Written<'_, 'a>, notes: &mut Notes) -> Option<Json<'a>> {
    let mut quantity = written.found()?.clone();
    template::store_quantity(&mut quantity, quantity::MILLI, &written.at, notes);
    Some(quantity)
}

/// A duration as Go writes it. Empty is none.
fn duration<'a>(written: &Written<'_, 'a>, notes: &mut Notes) -> Option<Json<'a>> {
    let text = written.non_empty(notes)?;
    let stored = duration::canonical(text);
    if stored.is_none() {
        notes.invalid(
            &written.at,
            quoted(text),
            "must be a duration, such as 30s or 1m30s",
        );
    }
    stored.map(Json::from)
}

/// A number in a range. One outside of it is a problem and still there.
fn number(written: &Written<'_, '_>, least: i32, most: i32, notes: &mut Notes) -> Option<i32> {
    let number = written.number(notes)?;
    if number < least && most == NO_LIMIT {
        notes.invalid(&written.at, number, format_args!("must be at least {least}"));
    } else if !(least..=most).contains(&number) {
        let why = format_args!("must be between {least} and {most}");
        notes.invalid(&written.at, number, why);
    }
    Some(number)
}

/// A fraction as KEDA reads it. OpenFunction lets percentages pass, of which KEDA then makes
/// nothing: it scales by another strategy.
fn fraction<'a>(written: &Written<'_, 'a>, notes: &mut Notes) -> Option<Json<'a>> {
    let text = written.non_empty(notes)?;
    let (number, is_percent) = match text.strip_suffix('%') {
        Some(number) => (number.trim_end_matches(' '), true),
        None => (text, false),
    };
    let (whole, rest) = number.split_once('.').unwrap_or((number, ""));
    let is_number =
        whole.len() + rest.len() > 0 && whole.bytes().chain(rest.bytes()).all(|b| b.is_ascii_digit());
    if !is_number {
        notes.invalid(
            &written.at,
            quoted(text),
            "must be a fraction such as 0.5, or 50%",
        );
    }
    if !is_number || !is_percent {
        return Some(text.into());
    }
    // Two digits further to the left.
    let digits = format!("{whole:0>3}");
    let (whole, hundredths) = digits.split_at_checked(digits.len().saturating_sub(2))?;
    let fraction = [whole, ".", hundredths, rest].concat();
    notes.warn(
        &written.at,
        format_args!("{} is read as {fraction}", quoted(text)),
    );
    Some(Json::Text(Cow::Owned(fraction)))
}
