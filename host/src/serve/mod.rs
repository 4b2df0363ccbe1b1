//! The HTTP server: hook routes on one listener, admin routes on another.
//!
//! HTTP/1.1 in the clear. Metacontroller keeps at most two idle connections for each address,
//! so bursts open new ones: accepting is cheap and nothing is set up per connection.

mod admin;
mod asked;
mod body;
mod hooks;
mod listen;
mod respond;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;

use asked::Telemetry;
pub use respond::{LABELS, Verdict, verdict};

use crate::pipeline::Pipeline;
use crate::telemetry::{TraceOptions, Tracer};

/// How long the last traces may take to go out.
const LAST_TRACES: Duration = Duration::from_secs(2);

/// Where to listen, and what to put up with.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// Address of the hook routes.
    pub listen: SocketAddr,
    /// Address of the admin routes.
    pub admin: SocketAddr,
    /// Bytes of a request body at most.
    pub body: usize,
    /// How long running calls may take to finish after the signal to stop.
    pub grace: Duration,
    /// Whether and where traces of requests go.
    pub traces: TraceOptions,
}

/// What both listeners share.
#[derive(Clone)]
struct Shared {
    pipeline: Arc<Pipeline>,
    body: usize,
    /// Whether the server is draining.
    draining: watch::Receiver<bool>,
    telemetry: Telemetry,
}

/// Why the server could not start.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address} ({flag}): {error}")]
pub struct BindError {
    address: SocketAddr,
    flag: &'static str,
    error: std::io::Error,
}

/// A server with its sockets open, not yet answering.
pub struct Server {
    hooks: TcpListener,
    admin: TcpListener,
    options: ServeOptions,
    pipeline: Arc<Pipeline>,
}

impl Server {
    /// Opens both sockets.
    ///
    /// # Errors
    ///
    /// Names the address, and the flag that changes it.
    pub async fn bind(options: ServeOptions, pipeline: Arc<Pipeline>) -> Result<Self, BindError> {
        let hooks = bind(options.listen, "--listen").await?;
        let admin = bind(options.admin, "--admin").await?;
        Ok(Self {
            hooks,
            admin,
            options,
            pipeline,
        })
    }

    /// The addresses of hooks and admin, with the ports that the system chose where 0 was asked
    /// for.
    pub fn addresses(&self) -> (SocketAddr, SocketAddr) {
        let of = |listener: &TcpListener, asked| listener.local_addr().unwrap_or(asked);
        (
            of(&self.hooks, self.options.listen),
            of(&self.admin, self.options.admin),
        )
    }

    /// Serves until `stop` is done, then drains: not ready any more, calls that run are finished
    /// within the grace period, new connections are refused.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let (drain, draining) = watch::channel(false);
        let metrics = Arc::new(admin::metrics(&self.pipeline));
        let (tracer, exporter) = Tracer::start(&self.options.traces, &metrics).unzip();
        let exporter = exporter.map(|exporter| tokio::spawn(exporter.run()));
        let shared = Shared {
            pipeline: self.pipeline,
            body: self.options.body,
            draining: draining.clone(),
            telemetry: Telemetry { metrics, tracer },
        };
        let hooks = tokio::spawn(listen::serve(
            self.hooks,
            hooks::router(shared.clone()),
            draining.clone(),
            self.options.grace,
        ));
        // The admin routes outlive the hook routes, so that the drain can be watched.
        let (end, ended) = watch::channel(false);
        let admin = tokio::spawn(listen::serve(
            self.admin,
            admin::router(shared),
            ended,
            Duration::ZERO,
        ));
        stop.await;
        drain.send_replace(true);
        if hooks.await.is_err() {
            tracing::error!("the hook listener ended in a panic");
        }
        end.send_replace(true);
        admin.await.ok();
        // Those who trace are gone: the exporter sends what it has and ends. A connection that was cut off may
        // hold on to it, and a collector may hang.
        if let Some(exporter) = exporter {
            tokio::time::timeout(LAST_TRACES, exporter).await.ok();
        }
    }
}

async fn bind(address: SocketAddr, flag: &'static str) -> Result<TcpListener, BindError> {
    TcpListener::bind(address)
        .await
        .map_err(|error| BindError { address, flag, error })
}
