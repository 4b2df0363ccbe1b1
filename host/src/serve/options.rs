//! Where to listen, and what to put up with.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::auth::AuthFiles;
use super::recording::{MaskOptions, RecordOptions};
use super::table::Bounds;
use super::tls::TlsFiles;
use crate::telemetry::TraceOptions;

/// How often certificates and secrets are looked at for new ones.
pub(super) const RELOAD: Duration = Duration::from_secs(1);

/// Where to listen, and what to put up with.
#[derive(Clone, Debug, PartialEq)]
pub struct ServeOptions {
    /// Address of the hook routes.
    pub listen: SocketAddr,
    /// Address of the admin routes.
    pub admin: SocketAddr,
    /// Bytes of a request body at most.
    pub body: usize,
    /// How long running calls may take to finish after the signal to stop.
    pub grace: Duration,
    /// Certificate and key of the hook routes; without them, plain HTTP.
    pub tls: Option<TlsFiles>,
    /// Whether hooks may be served without TLS to other machines.
    pub plain: bool,
    /// Who may call a hook; anybody without.
    pub auth: AuthFiles,
    /// Bounds of the hooks' connections.
    pub connections: ConnectionOptions,
    /// Whether and where traces of requests go.
    pub traces: TraceOptions,
    /// Where requests are recorded, if they are.
    pub record: Option<RecordOptions>,
    /// Whether the admin routes have a page for browsers.
    pub page: bool,
    /// What the page masks in sentences, besides the names that recordings mask.
    pub mask: MaskOptions,
}

/// Bounds of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionOptions {
    /// Connections at most.
    pub most: usize,
    /// Bytes of all request bodies that are being read or answered.
    pub bodies: usize,
    /// Time of a TLS handshake, and of a request's head from its first byte.
    pub head: Duration,
    /// Time of a request's body.
    pub body: Duration,
    /// How long a connection may wait for its next request. Metacontroller's end after 90 s.
    pub idle: Duration,
}

impl Default for ServeOptions {
    /// On loopback: 8080, and 8081 for the admin routes.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            admin: SocketAddr::from((Ipv4Addr::LOCALHOST, 8081)),
            body: 8 << 20,
            grace: Duration::from_secs(20),
            tls: None,
            plain: false,
            auth: AuthFiles::default(),
            connections: ConnectionOptions::default(),
            traces: TraceOptions::default(),
            record: None,
            page: true,
            mask: MaskOptions::default(),
        }
    }
}

impl Default for ConnectionOptions {
    fn default() -> Self {
        Self {
            most: 1024,
            bodies: 256 << 20,
            head: Duration::from_secs(10),
            body: Duration::from_secs(10),
            idle: Duration::from_secs(120),
        }
    }
}

impl ConnectionOptions {
    /// Those of the admin routes: a probe and a scraper or two.
    pub(super) const ADMIN: Self = Self {
        most: 64,
        bodies: 1 << 20,
        head: Duration::from_secs(10),
        body: Duration::from_secs(10),
        idle: Duration::from_secs(120),
    };

    pub(super) fn bounds(self) -> Bounds {
        Bounds {
            most: self.most,
            head: self.head,
            idle: self.idle,
        }
    }
}
