//! `tracing` → canonical.

use super::strings;
use crate::function::{Exporter, Provider, Tracing};
use crate::notes::Notes;
use crate::written::Written;

pub(super) fn normalize<'a>(written: &Written<'_, 'a>, notes: &mut Notes) -> Option<Tracing<'a>> {
    written.object(notes)?;
    let enabled = written.field("enabled").flag(notes);
    if enabled.is_none() {
        notes.required(&written.field("enabled").at, "true or false");
    }
    let provider = match written.field("provider").if_object(notes) {
        Some(written) => provider(&written, notes),
        None => {
            notes.required(&written.field("provider").at, "who collects the traces");
            Provider::default()
        }
    };
    Some(Tracing {
        enabled: enabled.unwrap_or_default(),
        provider,
        tags: strings(written.field("tags"), notes),
        baggage: strings(written.field("baggage"), notes),
    })
}

fn provider<'a>(written: &Written<'_, 'a>, notes: &mut Notes) -> Provider<'a> {
    Provider {
        name: written
            .field("name")
            .required("skywalking or opentelemetry", notes),
        oap_server: written.field("oapServer").non_empty(notes),
        exporter: written
            .field("exporter")
            .if_object(notes)
            .map(|written| exporter(&written, notes)),
    }
}

fn exporter<'a>(written: &Written<'_, 'a>, notes: &mut Notes) -> Exporter<'a> {
    Exporter {
        name: written.field("name").required("the exporter", notes),
        endpoint: written.field("endpoint").required("where traces are sent", notes),
        headers: written.field("headers").non_empty(notes),
        compression: written.field("compression").non_empty(notes),
        timeout: written.field("timeout").non_empty(notes),
        protocol: written.field("protocol").non_empty(notes),
    }
}
