//! The body of an export: `ExportTraceServiceRequest` of opentelemetry-proto, in its JSON form (ids in
//! hexadecimal, 64-bit numbers as strings).

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::{Ids, Span};
use crate::telemetry::traceparent::SpanId;

/// `SPAN_KIND_INTERNAL`, `SPAN_KIND_SERVER`, `STATUS_CODE_ERROR`.
const INTERNAL: u8 = 1;
const SERVER: u8 = 2;
const ERROR: u8 = 2;

pub(super) fn write(batch: &[Span], origin: (Instant, SystemTime), ids: &Ids) -> Vec<u8> {
    let spans: Vec<Value> = batch.iter().flat_map(|span| spans(span, origin, ids)).collect();
    let version = env!("CARGO_PKG_VERSION");
    let body = json!({"resourceSpans": [{
        "resource": {"attributes": [text("service.name", "metawasm"), text("service.version", version)]},
        "scopeSpans": [{"scope": {"name": "metawasm", "version": version}, "spans": spans}],
    }]});
    body.to_string().into_bytes()
}

/// Returns the span of a request, and the spans of its steps. The steps follow each other without gaps. The last one ends
/// with the request, except for the time to write the answer.
fn spans(span: &Span, origin: (Instant, SystemTime), ids: &Ids) -> Vec<Value> {
    let nanos = |at: Instant| nanos(at, origin);
    let trace = span.sampled.trace.to_string();
    let mut attributes = vec![
        text("http.request.method", "POST"),
        text("metawasm.plugin", &span.plugin),
        text("metawasm.hook", &span.hook),
        text("metawasm.outcome", span.outcome),
    ];
    if let Some(status) = span.status {
        attributes.push(json!({
            "key": "http.response.status_code",
            "value": {"intValue": status.to_string()},
        }));
    }
    let status = match &span.error {
        Some(error) => json!({"code": ERROR, "message": error}),
        None => json!({}),
    };
    let request = json!({
        "traceId": trace,
        "spanId": span.sampled.span.to_string(),
        // Without one, an empty text: what the field has where nothing is set.
        "parentSpanId": span.sampled.parent.map(|parent| parent.to_string()).unwrap_or_default(),
        "name": format!("POST /{}/{}", span.plugin, span.hook),
        "kind": SERVER,
        "startTimeUnixNano": nanos(span.start),
        "endTimeUnixNano": nanos(span.end),
        "attributes": attributes,
        "status": status,
    });
    let mut all = vec![request];
    let mut end = span.end;
    for (name, time) in [("review", span.review), ("run", span.run), ("queue", span.queue)] {
        let Some(time) = time else { continue };
        let start = before(end, time).max(span.start);
        all.push(json!({
            "traceId": trace,
            "spanId": SpanId(ids.next()).to_string(),
            "parentSpanId": span.sampled.span.to_string(),
            "name": name,
            "kind": INTERNAL,
            "startTimeUnixNano": nanos(start),
            "endTimeUnixNano": nanos(end),
            "status": {},
        }));
        end = start;
    }
    all
}

fn text(key: &str, value: &str) -> Value {
    json!({"key": key, "value": {"stringValue": value}})
}

fn before(end: Instant, time: Duration) -> Instant {
    end.checked_sub(time).unwrap_or(end)
}

/// Converts a moment to Unix time in nanoseconds.
fn nanos(at: Instant, (instant, day): (Instant, SystemTime)) -> String {
    let day = match at.checked_duration_since(instant) {
        Some(after) => day + after,
        None => day - instant.duration_since(at),
    };
    let since = day.duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_nanos().to_string()
}
