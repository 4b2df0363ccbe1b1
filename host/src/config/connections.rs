//! Bounds of connections.

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
    /// Connections that may be open, 1 to 100000. When all are, the idlest makes room for a new one; when none is idle, one
    /// whose request body does not arrive.
    #[serde(default, deserialize_with = "most")]
    #[schemars(extend("default" = 1024))]
    most: Option<u32>,
    /// Room for all request bodies that are being read or answered, 1Mi to 64Gi. A body takes room as it arrives. When room
    /// is short, slow bodies give way and get 408; then bodies of the client with the most room get 429.
    #[serde(default, deserialize_with = "bodies")]
    #[schemars(with = "Option<crate::units::Size>", extend("default" = "256Mi"))]
    bodies: Option<usize>,
    /// Time of a TLS handshake, and of a request's head from its first byte, 100ms to 1h.
    #[serde(default, deserialize_with = "time")]
    #[schemars(with = "Option<crate::units::Span>", extend("default" = "10s"))]
    head: Option<Duration>,
    /// Time in which a request's body must arrive, 100ms to 1h.
    #[serde(default, deserialize_with = "time")]
    #[schemars(with = "Option<crate::units::Span>", extend("default" = "10s"))]
    body: Option<Duration>,
    /// How long a connection may wait for its next request, 100ms to 1h. Metacontroller ends its own after 90s.
    #[serde(default, deserialize_with = "time")]
    #[schemars(with = "Option<crate::units::Span>", extend("default" = "2m"))]
    idle: Option<Duration>,
}

impl ConnectionsEntry {
    /// What is not written has its default.
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
