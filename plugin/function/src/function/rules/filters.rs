//! A rule's filters: which may be there, and which together.

use super::fields::fields;
use super::shape::FILTERS;
use super::table::{FILTER, MAX_FILTERS};
use crate::formats::notes::Notes;
use crate::formats::written::{Written, quoted};

/// Any number of these may be in a rule; of any other one.
const REPEATED: [&str; 2] = ["ExtensionRef", "RequestMirror"];
/// Where a path is replaced.
const REPLACING: [&str; 2] = ["RequestRedirect", "URLRewrite"];

pub(super) fn check(rule: &Written<'_, '_>, notes: &mut Notes) {
    let filters = rule.field("filters");
    let elements = filters.elements(notes);
    notes.at_most(&filters.at, elements.len(), MAX_FILTERS);
    let mut seen: Vec<&str> = Vec::new();
    for filter in elements.take(MAX_FILTERS) {
        if !filter.is_present() {
            notes.invalid(&filter.at, "null", "must be an object");
            continue;
        }
        if filter.object(notes).is_none() {
            continue;
        }
        let at = filter.field("type");
        let does = at.required("what the filter does", notes);
        if does.is_empty() {
            continue;
        }
        let Some((_, member)) = FILTERS.iter().find(|(known, _)| *known == does) else {
            notes.unsupported(&at.at, quoted(does), &FILTERS.map(|(known, _)| known));
            continue;
        };
        if seen.contains(&does) && !REPEATED.contains(&does) {
            notes.forbidden(&filter.at, format_args!("a rule has at most one {does} filter"));
        }
        seen.push(does);
        fields(&filter, FILTER, notes);
        let value = filter.field(member);
        if !value.is_present() {
            notes.required(&value.at, format_args!("what the {does} filter does"));
        }
        for (_, other) in FILTERS.iter().filter(|(_, other)| other != member) {
            let other = filter.field(other);
            if other.is_present() {
                notes.forbidden(&other.at, format_args!("the filter's type is {does}"));
            }
        }
        if does == "RequestMirror" {
            mirror(&value, notes);
        }
        if REPLACING.contains(&does) {
            replaced_path(rule, &value.field("path"), notes);
        }
    }
    if REPLACING.iter().all(|both| seen.contains(both)) {
        notes.forbidden(
            &filters.at,
            "a rule has either a RequestRedirect or a URLRewrite filter",
        );
    }
}

fn mirror(mirror: &Written<'_, '_>, notes: &mut Notes) {
    let backend = mirror.field("backendRef");
    let kind = backend.field("kind").non_empty(notes).unwrap_or("Service");
    let port = backend.field("port");
    if backend.is_present() && kind == "Service" && !port.is_present() {
        notes.required(&port.at, "mirroring to a Service needs a port");
    }
    if mirror.field("percent").is_present() && mirror.field("fraction").is_present() {
        notes.forbidden(&mirror.field("fraction").at, "percent is set");
    }
    let fraction = mirror.field("fraction");
    let told = &mut Notes::default();
    let of = fraction.field("denominator").number(told).unwrap_or(100);
    let numerator = fraction.field("numerator");
    if let Some(part) = numerator.number(told).filter(|part| *part > of) {
        let why = format_args!("must not be greater than the denominator, which is {of}");
        notes.invalid(&numerator.at, part, why);
    }
}

/// The new path is in the field that its type names, and a prefix can be replaced only where
/// there is one.
fn replaced_path(rule: &Written<'_, '_>, path: &Written<'_, '_>, notes: &mut Notes) {
    let does = path.field("type");
    let Some(does) = does.text(&mut Notes::default()) else {
        return;
    };
    let (named, other) = match does {
        "ReplaceFullPath" => ("replaceFullPath", "replacePrefixMatch"),
        "ReplacePrefixMatch" => ("replacePrefixMatch", "replaceFullPath"),
        _ => return,
    };
    if !path.field(named).is_present() {
        notes.required(&path.field(named).at, "what the path is replaced by");
    }
    if path.field(other).is_present() {
        notes.forbidden(&path.field(other).at, format_args!("the type is {does}"));
    }
    if named != "replacePrefixMatch" {
        return;
    }
    let matches = rule.object(&mut Notes::default());
    let matches = matches.and_then(|rule| rule.get("matches")?.as_list());
    let one_prefix = match matches.unwrap_or_default() {
        [] => true,
        [one] => {
            let path = one.get("path").and_then(|path| path.get("type")?.as_text());
            path.is_none_or(|found| found == "PathPrefix")
        }
        _ => false,
    };
    if !one_prefix {
        notes.forbidden(
            &path.at,
            "a prefix can be replaced only in a rule with exactly one match, a PathPrefix",
        );
    }
}
