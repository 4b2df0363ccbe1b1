//! Tracing: the Function's own, or that of v1beta1's annotation, over that of all Functions.
//! What is turned off is not there.

use super::read::strings;
use crate::formats::notes::Notes;
use crate::formats::sorted::Strings;
use crate::formats::written::{Written, quoted};
use crate::function::documents::Documents;
use crate::function::types::{Exporter, Provider, Tracing};
use crate::function::validate::common::MAX_ENTRIES;

pub(super) fn normalize<'a>(
    written: &Written<'_, 'a>,
    documents: &'a Documents<'a>,
    notes: &mut Notes,
) -> Option<Tracing<'a>> {
    let is_own = written.object(notes).is_some();
    let annotated = documents.tracing.as_ref();
    if let (true, Some(annotated)) = (is_own, annotated) {
        notes.warn(&annotated.at(), "is not used: spec.serving.tracing is set");
    }
    let own = if is_own {
        tracing(written, notes)
    } else {
        annotated.and_then(|document| document.read(notes, of_document))
    };
    if own.as_ref().is_some_and(|own| !own.enabled) {
        return None;
    }
    let global = documents.global_tracing.as_ref();
    let global = global.and_then(|document| document.read(notes, of_document));
    match (own, global) {
        (Some(own), Some(global)) => Some(own.over(global)),
        (Some(own), None) => Some(own),
        (None, global) => global.filter(|global| global.enabled),
    }
}

/// The tracing of a text, which may turn it off and say no more.
fn of_document<'a>(written: &Written<'_, 'a>, notes: &mut Notes) -> Option<Tracing<'a>> {
    written.object(notes)?;
    let is_off = written.field("enabled").flag(&mut Notes::default()) == Some(false);
    if is_off && !written.field("provider").is_present() {
        return Some(Tracing::default());
    }
    tracing(written, notes)
}

fn tracing<'a>(written: &Written<'_, 'a>, notes: &mut Notes) -> Option<Tracing<'a>> {
    written.object(notes)?;
    let enabled = written.field("enabled").flag(notes);
    if enabled.is_none() {
        notes.required(&written.field("enabled").at, "true or false");
    }
    let provider = match written.field("provider").if_object(notes) {
        Some(written) => provider(&written, notes),
        None => {
            notes.required(&written.field("provider").at, "the tracing provider");
            Provider::default()
        }
    };
    Some(Tracing {
        enabled: enabled.unwrap_or_default(),
        provider,
        tags: entries(&written.field("tags"), notes),
        baggage: entries(&written.field("baggage"), notes),
    })
}

/// Tags or baggage.
fn entries<'a>(written: &Written<'_, 'a>, notes: &mut Notes) -> Strings<'a> {
    let entries = strings(*written, notes);
    notes.at_most(&written.at, entries.len(), MAX_ENTRIES);
    entries
}

impl Tracing<'_> {
    /// These, and what they do not say from others, field by field.
    fn over(mut self, global: Self) -> Self {
        let (own, provider) = (&mut self.provider, global.provider);
        own.oap_server = own.oap_server.or(provider.oap_server);
        match (&mut own.exporter, provider.exporter) {
            (Some(own), Some(global)) => {
                own.headers = own.headers.or(global.headers);
                own.compression = own.compression.or(global.compression);
                own.timeout = own.timeout.or(global.timeout);
                own.protocol = own.protocol.or(global.protocol);
            }
            (own, global) => *own = own.take().or(global),
        }
        let mut tags = global.tags;
        tags.extend(&self.tags);
        let mut baggage = global.baggage;
        baggage.extend(&self.baggage);
        Tracing {
            tags,
            baggage,
            ..self
        }
    }
}

fn provider<'a>(written: &Written<'_, 'a>, notes: &mut Notes) -> Provider<'a> {
    Provider {
        name: provider_name(&written.field("name"), notes),
        oap_server: written.field("oapServer").non_empty(notes),
        exporter: written
            .field("exporter")
            .if_object(notes)
            .map(|written| exporter(&written, notes)),
    }
}

/// Functions refuse to start with any other.
fn provider_name<'a>(written: &Written<'_, 'a>, notes: &mut Notes) -> &'a str {
    let name = written.required("skywalking or opentelemetry", notes);
    let known = ["opentelemetry", "skywalking"];
    if !name.is_empty() && !known.contains(&name) {
        notes.unsupported(&written.at, quoted(name), &known);
    }
    name
}

fn exporter<'a>(written: &Written<'_, 'a>, notes: &mut Notes) -> Exporter<'a> {
    Exporter {
        name: written.field("name").required("the exporter", notes),
        endpoint: written
            .field("endpoint")
            .required("the address that traces are sent to", notes),
        headers: written.field("headers").non_empty(notes),
        compression: written.field("compression").non_empty(notes),
        timeout: written.field("timeout").non_empty(notes),
        protocol: written.field("protocol").non_empty(notes),
    }
}
