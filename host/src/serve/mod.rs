//! The HTTP server: hook routes on one listener, admin routes on another.
//!
//! The hooks are served over TLS where there is a certificate ([`tls`]), HTTP/1.1 and h2, and without TLS,
//! HTTP/1.1, where that is asked for. Metacontroller keeps at most two idle connections for each address, so
//! bursts open new ones: accepting is cheap and waits for nobody. A client costs what it is allowed to:
//! connections are bounded ([`table`]), a request's head and body in size and time ([`connection`], [`body`]),
//! and all bodies together in size ([`budget`]).

mod activity;
mod admin;
mod auth;
mod body;
mod budget;
mod connection;
mod files;
mod framing;
mod hooks;
mod incidents;
mod listen;
mod options;
mod page;
mod record;
mod recording;
mod rejection;
mod respond;
mod secrets;
mod stats;
mod table;
mod tls;
mod verdict;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::{Notify, watch};

pub use auth::{AuthError, AuthFiles, SecretError};
use files::Reloads;
pub use files::{FileError, FileReason};
pub use options::{ConnectionOptions, ServeOptions};
use record::Telemetry;
pub use recording::{FolderError, MaskOptions, RecordOptions};
use recording::{RecordCounts, Recorder};
pub use secrets::{Secrets, SecretsError};
pub use stats::Stats;
pub use tls::{TlsError, TlsFiles};
pub use verdict::{LABELS, Verdict, verdict};

use crate::pipeline::Pipeline;
use crate::rollout::Control;
use crate::telemetry::Tracer;
use listen::Listener;

/// How long the last traces may take to go out.
const LAST_TRACES: Duration = Duration::from_secs(2);

/// What the admin routes show.
#[derive(Clone)]
struct Shared {
    pipeline: Arc<Pipeline>,
    /// Whether the server is draining.
    draining: watch::Receiver<bool>,
    telemetry: Telemetry,
    counts: Arc<Counts>,
    /// Whom to ask for a reload; nobody where the plugins stay what they are.
    control: Option<Arc<Control>>,
}

/// What is counted elsewhere, for those who ask for metrics.
struct Counts {
    hooks: Arc<Stats>,
    admin: Arc<Stats>,
    /// By section of the configuration.
    reloads: Vec<(&'static str, Arc<Reloads>)>,
    /// Of recorded requests.
    recorded: Option<Arc<RecordCounts>>,
    /// Of the certificate, in seconds since 1970.
    not_after: Option<Arc<AtomicU64>>,
}

/// Why the server could not start.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// An address cannot be opened.
    #[error("cannot listen on {address} ({flag}): {error}")]
    Address {
        /// The address.
        address: SocketAddr,
        /// The flag that changes it.
        flag: &'static str,
        /// The system's reason.
        error: std::io::Error,
    },
    /// Requests cannot be recorded.
    #[error("`record`: {0}")]
    Record(#[from] FolderError),
}

/// A server with its sockets open, not yet answering.
pub struct Server {
    hooks: TcpListener,
    admin: TcpListener,
    options: ServeOptions,
    secrets: Secrets,
    pipeline: Arc<Pipeline>,
    stats: Arc<Stats>,
    look: Arc<Notify>,
    recorder: Option<Recorder>,
    control: Option<Arc<Control>>,
}

impl Server {
    /// Opens both sockets.
    ///
    /// # Errors
    ///
    /// Names the address, and the flag that changes it.
    pub async fn bind(
        options: ServeOptions,
        secrets: Secrets,
        pipeline: Arc<Pipeline>,
    ) -> Result<Self, BindError> {
        let hooks = bind(options.listen, "--listen")?;
        let admin = bind(options.admin, "--admin")?;
        let recorder = options.record.as_ref().map(Recorder::start).transpose()?;
        Ok(Self {
            recorder,
            hooks,
            admin,
            stats: Arc::new(Stats::new(options.connections.bodies, options.body)),
            options,
            secrets,
            pipeline,
            look: Arc::default(),
            control: None,
        })
    }

    /// The same with admin routes that reload, promote and roll back.
    #[must_use]
    pub fn controlled_by(mut self, control: Arc<Control>) -> Self {
        self.control = Some(control);
        self
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

    /// What is counted of the hooks' connections.
    pub fn stats(&self) -> Arc<Stats> {
        self.stats.clone()
    }

    /// Has the files of certificates and secrets looked at when it is notified, and not only every second.
    pub fn look_at_files(&self) -> Arc<Notify> {
        self.look.clone()
    }

    /// Serves until `stop` is done, then drains: not ready any more, calls that run are finished within the
    /// grace period, new ones are told to try again.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let (drain, draining) = watch::channel(false);
        let drained = Arc::new(AtomicBool::new(false));
        let metrics = Arc::new(admin::metrics(&self.pipeline));
        let (tracer, exporter) = Tracer::start(&self.options.traces, &metrics).unzip();
        let exporter = exporter.map(|exporter| tokio::spawn(exporter.run()));
        let incidents = self.options.page.then(Arc::default);
        let telemetry = Telemetry {
            metrics,
            tracer,
            lines: Arc::default(),
            incidents: incidents.clone(),
        };
        let stats = Arc::new(Stats::new(ConnectionOptions::ADMIN.bodies, self.options.body));
        let shared = Shared {
            pipeline: self.pipeline.clone(),
            draining: draining.clone(),
            telemetry: telemetry.clone(),
            counts: Arc::new(Counts {
                hooks: self.stats.clone(),
                admin: stats.clone(),
                reloads: self.secrets.reloads(),
                recorded: self.recorder.as_ref().map(Recorder::counts),
                not_after: self.secrets.not_after(),
            }),
            control: self.control,
        };
        let page = incidents.and_then(|incidents| {
            let page = page::Page::start(&self.options, shared.clone(), incidents);
            if let Err(error) = &page {
                tracing::error!("cannot start the thread of the page, which is therefore off: {error}");
            }
            page.ok()
        });
        let connections = self.options.connections;
        let state = hooks::State {
            pipeline: self.pipeline,
            known: self.secrets.known(),
            reader: body::Reader {
                limit: self.options.body,
                time: connections.body,
                budget: self.stats.budget.clone(),
            },
            draining: drained.clone(),
            telemetry,
            recorder: self.recorder,
        };
        let hooks = Listener {
            socket: self.hooks,
            answers: hooks::Hooks::new(state),
            tls: self.secrets.tls(),
            bounds: connections.bounds(),
            grace: self.options.grace,
            draining: drained,
            stats: self.stats,
        };
        let hooks = tokio::spawn(hooks.run(draining));
        // The admin routes outlive the hook routes, so that the drain can be watched.
        let (end, ended) = watch::channel(false);
        let admin = Listener {
            socket: self.admin,
            answers: admin::Admin::new(shared, page.clone()),
            tls: None,
            bounds: ConnectionOptions::ADMIN.bounds(),
            grace: Duration::ZERO,
            draining: Arc::new(AtomicBool::new(false)),
            stats,
        };
        let admin = tokio::spawn(admin.run(ended));
        let watch = tokio::spawn(self.secrets.watch(options::RELOAD, self.look));
        stop.await;
        drain.send_replace(true);
        if let Some(page) = page {
            page.drain();
        }
        if hooks.await.is_err() {
            tracing::error!("the hook listener ended in a panic");
        }
        end.send_replace(true);
        admin.await.ok();
        watch.abort();
        // Those who trace are gone: the exporter sends what it has and ends. A connection that was cut off may
        // hold on to it, and a collector may hang.
        if let Some(exporter) = exporter {
            tokio::time::timeout(LAST_TRACES, exporter).await.ok();
        }
    }
}

/// Connections that the kernel keeps until they are accepted. One too many costs its client a second, so that
/// a burst of new ones should fit; the kernel has a bound of its own (`net.core.somaxconn`), 4,096 as a rule.
const BACKLOG: u32 = 4096;

fn bind(address: SocketAddr, flag: &'static str) -> Result<TcpListener, BindError> {
    let listen = || {
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4()?,
            SocketAddr::V6(_) => TcpSocket::new_v6()?,
        };
        // As any server: a restart need not wait for the connections of the one before.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    listen().map_err(|error| BindError::Address { address, flag, error })
}
