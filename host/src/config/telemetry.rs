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
    /// A level (`off`, `error`, `warn`, `info`, `debug`, `trace`), or a list such as `info,guest=debug`; `guest` is what plugins log.
    #[serde(default, deserialize_with = "filter")]
    #[schemars(extend("default" = "info", "flag" = "--log", "env" = "METAWASM_LOG"))]
    filter: Option<String>,
    /// How lines look: for people, or one JSON object a line.
    #[schemars(extend("default" = "text", "flag" = "--log-format", "env" = "METAWASM_LOG_FORMAT"))]
    format: Option<LogFormat>,
}

/// `traces`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TracesEntry {
    /// A collector of OTLP over HTTP, `http://HOST:PORT`; without one, nothing is exported.
    #[serde(default, deserialize_with = "endpoint")]
    #[schemars(with = "Option<String>", extend("flag" = "--traces", "env" = "METAWASM_TRACES"))]
    endpoint: Option<Endpoint>,
    /// The share of requests without a `traceparent` that are exported, 0 to 1. One with it is exported when its caller says so.
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

/// A filter of the log, as a flag or the file has it.
///
/// # Errors
///
/// What is no filter.
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

/// A collector, as a flag or the file names it.
///
/// # Errors
///
/// What is no endpoint, and any in a build that exports no traces.
pub(crate) fn parse_endpoint(text: &str) -> Result<Endpoint, String> {
    if cfg!(not(feature = "otlp")) {
        return Err("this metawasm was built without the feature `otlp` and exports no traces".to_owned());
    }
    text.parse()
        .map_err(|error: crate::telemetry::BadEndpoint| error.to_string())
}
