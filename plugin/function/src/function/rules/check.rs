//! What the API server would refuse in a rule.

use super::fields::{fields, one};
use super::{filters, table};
use crate::formats::duration::Duration;
use crate::formats::notes::Notes;
use crate::formats::written::{Written, quoted};

/// Checks a rule, but for its matches.
pub(crate) fn check_rule(rule: &Written<'_, '_>, notes: &mut Notes) {
    fields(rule, table::RULE, notes);
    timeouts(&rule.field("timeouts"), notes);
    session(&rule.field("sessionPersistence"), notes);
    filters::check(rule, notes);
}

/// A request cannot end before the calls that it is made of. Wrong shapes have been told of.
fn timeouts(timeouts: &Written<'_, '_>, notes: &mut Notes) {
    let (request, backend) = (timeouts.field("request"), timeouts.field("backendRequest"));
    let length = |written: &Written<'_, '_>| {
        let text = written.text(&mut Notes::default())?;
        Some(Duration::parse(text)?.nanoseconds())
    };
    if let (Some(most), Some(found)) = (length(&request), length(&backend))
        && most != 0
        && found > most
    {
        let found = backend.text(&mut Notes::default()).unwrap_or_default();
        notes.invalid(
            &backend.at,
            quoted(found),
            "must not be longer than timeouts.request",
        );
    }
}

fn session(session: &Written<'_, '_>, notes: &mut Notes) {
    let told = &mut Notes::default();
    let cookie = session.field("cookieConfig");
    let is_permanent = cookie.field("lifetimeType").text(told) == Some("Permanent");
    let timeout = session.field("absoluteTimeout");
    if is_permanent && !timeout.is_present() {
        notes.required(&timeout.at, "how long a cookie with the lifetime Permanent lasts");
    }
    if cookie.is_present() && session.field("type").text(told) == Some("Header") {
        notes.forbidden(&cookie.at, "the type is Header");
    }
}

/// Checks a match, but for its path.
pub(crate) fn check_match(found: &Written<'_, '_>, notes: &mut Notes) {
    for field in table::MATCH.iter().filter(|field| field.name != "path") {
        one(found, field, notes);
    }
}
