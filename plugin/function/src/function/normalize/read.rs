//! Readings that several parts of a Function need.

use std::borrow::Cow;

use crate::formats::duration::Duration;
use crate::formats::json::Json;
use crate::formats::notes::Notes;
use crate::formats::sorted::Strings;
use crate::formats::written::{Written, quoted};

/// `{name: …}`. To OpenFunction, which reads `{}` and an empty name alike, both name nothing; without a name
/// and with other fields it is a problem.
pub(super) fn secret<'a>(written: &Written<'_, 'a>, what: &str, notes: &mut Notes) -> Option<&'a str> {
    let object = written.object(notes)?;
    let name = written.field("name");
    let found = name.text(notes);
    let is_empty = object.iter().all(|(_, value)| matches!(value, Json::Null));
    if found.is_none() && !is_empty {
        notes.required(&name.at, what);
    }
    found.filter(|name| !name.is_empty())
}

/// A string map; what is no string in it is a problem.
pub(super) fn strings<'a>(written: Written<'_, 'a>, notes: &mut Notes) -> Strings<'a> {
    let mut all = Strings::default();
    for (key, value) in written.members(notes) {
        if let Some(text) = element(&value, notes) {
            all.insert(key, Cow::Borrowed(text));
        }
    }
    all
}

/// A duration that is not negative.
pub(super) fn duration(written: &Written<'_, '_>, notes: &mut Notes) -> Option<Duration> {
    let text = written.text(notes)?;
    let duration = Duration::parse(text).filter(|duration| !duration.is_negative());
    if duration.is_none() {
        notes.invalid(
            &written.at,
            quoted(text),
            "must be a duration that is not negative, such as 90s, 10m or 1h30m",
        );
    }
    duration
}

/// A list of strings; what is no string in it is a problem.
pub(super) fn texts<'a>(written: &Written<'_, 'a>, notes: &mut Notes) -> Vec<&'a str> {
    let elements = written.elements(notes);
    elements.filter_map(|text| element(&text, notes)).collect()
}

/// A string where `null` is none.
pub(super) fn element<'a>(written: &Written<'_, 'a>, notes: &mut Notes) -> Option<&'a str> {
    if !written.is_present() {
        notes.invalid(&written.at, "null", "must be a string");
    }
    written.text(notes)
}
