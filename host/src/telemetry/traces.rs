//! Whether and where traces go.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, Instant};

use super::traceparent::{SpanId, TraceId};

/// Options for exporting traces.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceOptions {
    /// The collector; `None` disables the export.
    pub endpoint: Option<Endpoint>,
    /// The share of requests without a caller's trace that are exported, 0 to 1. A request with a caller's trace is
    /// exported if the caller samples it.
    pub sample: f64,
}

impl Default for TraceOptions {
    /// No endpoint; a share of 0.1.
    fn default() -> Self {
        Self {
            endpoint: None,
            sample: 0.1,
        }
    }
}

/// The base URL of an OTLP collector over HTTP: `http://collector:4318`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Host name or address, and port.
    pub(super) authority: String,
    /// The URL for spans.
    pub(super) path: String,
}

/// The identity of an exported request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sampled {
    /// The trace.
    pub trace: TraceId,
    /// The span of the request.
    pub span: SpanId,
    /// The caller's span.
    pub parent: Option<SpanId>,
}

/// An exported request: a span, and a child span for each step that it reached.
#[derive(Clone, Debug)]
pub struct Span {
    /// The plugin; empty if it does not exist.
    pub plugin: String,
    /// The hook; empty if it does not exist.
    pub hook: String,
    /// The identity of the request.
    pub sampled: Sampled,
    /// When its headers were read.
    pub start: Instant,
    /// When its answer was complete.
    pub end: Instant,
    /// Time in the queue.
    pub queue: Option<Duration>,
    /// Time in the sandbox.
    pub run: Option<Duration>,
    /// Time of the review.
    pub review: Option<Duration>,
    /// The outcome's label.
    pub outcome: &'static str,
    /// The status, if a response was sent.
    pub status: Option<u16>,
    /// The error message, if the host or the plugin failed.
    pub error: Option<String>,
}

/// An invalid endpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid traces endpoint {0:?}; expected http://HOST:PORT of an OTLP collector over HTTP")]
pub struct BadEndpoint(String);

impl FromStr for Endpoint {
    type Err = BadEndpoint;

    fn from_str(text: &str) -> Result<Self, BadEndpoint> {
        let bad = || BadEndpoint(text.to_owned());
        let url: hyper::Uri = text.parse().map_err(|_| bad())?;
        let authority = url.authority().ok_or_else(bad)?;
        let plain = url.scheme_str() == Some("http")
            && !authority.as_str().contains('@')
            && !authority.host().is_empty()
            && url.query().is_none();
        if !plain {
            return Err(bad());
        }
        let port = match authority.port() {
            Some(port) => port.as_u16(),
            // The text after the colon is not a port.
            None if authority.as_str() != authority.host() => return Err(bad()),
            None => 80,
        };
        Ok(Self {
            authority: format!("{}:{port}", authority.host()),
            path: format!("{}/v1/traces", url.path().trim_end_matches('/')),
        })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.authority, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_base_url_in_the_clear() {
        for (text, full) in [
            ("http://collector:4318", "http://collector:4318/v1/traces"),
            ("http://10.0.0.1:4318/", "http://10.0.0.1:4318/v1/traces"),
            ("http://[::1]:4318/otlp/", "http://[::1]:4318/otlp/v1/traces"),
            ("http://collector", "http://collector:80/v1/traces"),
        ] {
            assert_eq!(text.parse::<Endpoint>().unwrap().to_string(), full);
        }
        for text in [
            "",
            "collector:4318",
            "https://collector:4318",
            "http://",
            "http://a:b@collector:4318",
            "http://c:4318/?a=b",
            "http://c:99999",
        ] {
            assert!(text.parse::<Endpoint>().is_err(), "{text}");
        }
    }
}
