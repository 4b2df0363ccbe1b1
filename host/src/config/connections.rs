//! Limits for connections.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::Deserializer;

use super::bounds;
use crate::serve::ConnectionOptions;

/// `connections`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ConnectionsEntry {
    /// Maximum number of open connections, 1 to 100000. At the limit, the longest idle connection is closed for a new one.
    /// If none is idle, a connection whose request body does not arrive is closed.
    #[serde(default, deserialize_with = "most")]
    #[schemars(extend("default" = 1024))]
    most: Option<u32>,
    /// Maximum memory for all request bodies that are being read or answered, 1Mi to 64Gi. A body takes memory as it
    /// arrives. At the limit, slow bodies get 408, then bodies of the client that uses most memory get 429.
    #[serde(default, deserialize_with = "bodies")]
    #[schemars(with = "Option<crate::units::Size>", extend("default" = "256Mi"))]
    bodies: Option<usize>,
    /// Maximum duration of a TLS handshake, and of the headers of a request from their first byte, 100ms to 1h.
    #[serde(default, deserialize_with = "time")]
    #[schemars(with = "Option<crate::units::Span>", extend("default" = "10s"))]
    head: Option<Duration>,
    /// Maximum duration of receiving a request body, 100ms to 1h.
    #[serde(default, deserialize_with = "time")]
    #[schemars(with = "Option<crate::units::Span>", extend("default" = "10s"))]
    body: Option<Duration>,
    /// Maximum idle time of a connection between requests, 100ms to 1h. Metacontroller closes its connections after 90s.
    #[serde(default, deserialize_with = "time")]
    #[schemars(with = "Option<crate::units::Span>", extend("default" = "2m"))]
    idle: Option<Duration>,
}

impl ConnectionsEntry {
    /// Converts the entry, with defaults for absent fields.
    pub(super) fn decode(self) -> ConnectionOptions {
        let default = ConnectionOptions::default();
        ConnectionOptions {
            most: self.most.map_or(default.most, |most| most as usize),
            bodies: self.bodies.unwrap_or(default.bodies),
            head: self.head.unwrap_or(default.head),
            body: self.body.unwrap_or(default.body),
            idle: self.idle.unwrap_or(default.idle),
        }
    }
}

fn most<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u32>, D::Error> {
    let most = bounds::within(from, 1..=100_000_u64, "a number from 1 to 100000")?;
    Ok(most.and_then(|most| u32::try_from(most).ok()))
}

fn bodies<'de, D: Deserializer<'de>>(from: D) -> Result<Option<usize>, D::Error> {
    bounds::size(from, 1 << 20..=64 << 30, "a size from 1Mi to 64Gi")
}

fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    bounds::duration(
        from,
        Duration::from_millis(100)..=Duration::from_secs(3600),
        "a duration from 100ms to 1h",
    )
}
