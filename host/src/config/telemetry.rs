//! `log` and `traces`.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, Error};

use super::bounds;
use crate::telemetry::{Endpoint, FilterError, LogFormat, LogOptions, TraceOptions, check_filter};

/// `log`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct LogEntry {
    /// Level (`off`, `error`, `warn`, `info`, `debug`, `trace`), or a list such as `info,guest=debug`. `guest` is the log of plugins.
    #[serde(default, deserialize_with = "filter")]
    #[schemars(extend("default" = "info", "flag" = "--log", "env" = "METAWASM_LOG"))]
    filter: Option<String>,
    /// Format of the lines: `text` for people, or `json` with one object per line.
    #[schemars(extend("default" = "text", "flag" = "--log-format", "env" = "METAWASM_LOG_FORMAT"))]
    format: Option<LogFormat>,
}

/// `traces`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TracesEntry {
    /// OTLP collector over HTTP, `http://HOST:PORT`. Default: traces are not exported.
    #[serde(default, deserialize_with = "endpoint")]
    #[schemars(with = "Option<String>", extend("flag" = "--traces", "env" = "METAWASM_TRACES"))]
    endpoint: Option<Endpoint>,
    /// Share of requests without a `traceparent` that are exported, 0 to 1. A request with one is exported if its caller samples it.
    #[serde(default, deserialize_with = "share")]
    #[schemars(extend("default" = 0.1))]
    sample: Option<f64>,
}

impl LogEntry {
    pub(super) fn decode(self) -> LogOptions {
        let default = LogOptions::default();
        LogOptions {
            filter: self.filter.unwrap_or(default.filter),
            format: self.format.unwrap_or(default.format),
        }
    }
}

impl TracesEntry {
    pub(super) fn decode(self) -> TraceOptions {
        let default = TraceOptions::default();
        TraceOptions {
            endpoint: self.endpoint,
            sample: self.sample.unwrap_or(default.sample),
        }
    }
}

fn filter<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    text.map(|text| parse_filter(&text).map_err(D::Error::custom))
        .transpose()
}

/// Parses a log filter of a flag or the file.
///
/// # Errors
///
/// If the filter is invalid.
pub(crate) fn parse_filter(text: &str) -> Result<String, FilterError> {
    check_filter(text).map(|()| text.to_owned())
}

fn endpoint<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Endpoint>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    text.map(|text| parse_endpoint(&text).map_err(D::Error::custom))
        .transpose()
}

fn share<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    bounds::within(from, 0.0..=1.0, "a share from 0 to 1")
}

/// Parses the URL of a collector of a flag or the file.
///
/// # Errors
///
/// If the URL is invalid, or this build cannot export traces.
pub(crate) fn parse_endpoint(text: &str) -> Result<Endpoint, String> {
    if cfg!(not(feature = "otlp")) {
        return Err("unsupported: metawasm was built without the feature `otlp`".to_owned());
    }
    text.parse()
        .map_err(|error: crate::telemetry::BadEndpoint| error.to_string())
}
