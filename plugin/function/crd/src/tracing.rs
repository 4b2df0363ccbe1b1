//! `spec.serving.tracing`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// Tracing of the function.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Tracing {
    /// Whether it is on.
    pub enabled: bool,
    /// Who takes the traces.
    pub provider: Provider,
    /// Tags for each trace.
    #[schemars(extend("maxProperties" = 256))]
    pub tags: Option<BTreeMap<String, String>>,
    /// Baggage for each trace.
    #[schemars(extend("maxProperties" = 256))]
    pub baggage: Option<BTreeMap<String, String>>,
}

/// Who takes the traces.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Provider {
    /// skywalking or opentelemetry.
    #[schemars(length(min = 1))]
    pub name: String,
    /// SkyWalking's server, as host:port.
    pub oap_server: Option<String>,
    /// OpenTelemetry's exporter.
    pub exporter: Option<Exporter>,
}

/// OpenTelemetry's exporter.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Exporter {
    /// Such as jaeger, zipkin or otlp.
    #[schemars(length(min = 1))]
    pub name: String,
    /// Where to send traces.
    #[schemars(length(min = 1))]
    pub endpoint: String,
    /// Headers to send along.
    pub headers: Option<String>,
    /// Compression to use.
    pub compression: Option<String>,
    /// How long sending may take.
    pub timeout: Option<String>,
    /// The protocol to use.
    pub protocol: Option<String>,
}
