//! `tracing` → canonical.

use super::{non_empty, strings, text};
use crate::api::field::Field;
use crate::api::function as written;
use crate::function::{Exporter, Provider, Tracing};
use crate::notes::{Notes, Path};

pub(super) fn normalize(field: Field<written::Tracing>, at: &Path<'_>, notes: &mut Notes) -> Option<Tracing> {
    let tracing = notes.take(field, at)?;
    let enabled = notes.take(tracing.enabled, &at.field("enabled"));
    if enabled.is_none() {
        notes.required(&at.field("enabled"), "true or false");
    }
    let provider_at = at.field("provider");
    let provider = match notes.take(tracing.provider, &provider_at) {
        Some(written) => provider(written, &provider_at, notes),
        None => {
            notes.required(&provider_at, "who collects the traces");
            Provider::default()
        }
    };
    Some(Tracing {
        enabled: enabled.unwrap_or_default(),
        provider,
        tags: strings(tracing.tags, &at.field("tags"), notes),
        baggage: strings(tracing.baggage, &at.field("baggage"), notes),
    })
}

fn provider(written: written::Provider, at: &Path<'_>, notes: &mut Notes) -> Provider {
    let exporter_at = at.field("exporter");
    Provider {
        name: text(
            written.name,
            &at.field("name"),
            "skywalking or opentelemetry",
            notes,
        ),
        oap_server: non_empty(notes.take(written.oap_server, &at.field("oapServer"))),
        exporter: notes
            .take(written.exporter, &exporter_at)
            .map(|written| exporter(written, &exporter_at, notes)),
    }
}

fn exporter(written: written::Exporter, at: &Path<'_>, notes: &mut Notes) -> Exporter {
    Exporter {
        name: text(written.name, &at.field("name"), "the exporter", notes),
        endpoint: text(
            written.endpoint,
            &at.field("endpoint"),
            "where traces are sent",
            notes,
        ),
        headers: non_empty(notes.take(written.headers, &at.field("headers"))),
        compression: non_empty(notes.take(written.compression, &at.field("compression"))),
        timeout: non_empty(notes.take(written.timeout, &at.field("timeout"))),
        protocol: non_empty(notes.take(written.protocol, &at.field("protocol"))),
    }
}
