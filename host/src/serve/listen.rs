//! A listener: accepts connections, keeps them within bounds, and drains.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{Instant, interval};

use super::activity::{Activity, Phase};
use super::connection::{Answer, Ended, Setup};
use super::stats::{Stats, seldom};
use super::table::{Bounds, Room, Table};
use crate::telemetry::{Bucket, LinePermit};

/// How long to wait after an accept that failed for want of files or memory.
const PAUSE: Duration = Duration::from_millis(50);

/// How often the connections are looked at, for those that are too slow or idle.
const SWEEP: Duration = Duration::from_secs(1);

/// How often they are looked at while draining.
const LOOK: Duration = Duration::from_millis(10);

/// While draining, how long clients with an open connection have to hear of it: a request that is on its way
/// when the drain begins gets its 429.
const FAREWELL: Duration = Duration::from_secs(1);

/// A listener, and what its connections need.
pub(super) struct Listener<A> {
    pub(super) socket: TcpListener,
    pub(super) answers: A,
    pub(super) tls: Option<Arc<ArcSwap<ServerConfig>>>,
    pub(super) bounds: Bounds,
    /// How long what runs may take once it is asked to stop.
    pub(super) grace: Duration,
    /// Set when it is.
    pub(super) draining: Arc<AtomicBool>,
    pub(super) stats: Arc<Stats>,
}

impl<A: Answer> Listener<A> {
    /// Accepts connections until `stop` turns true, and on until what runs then is finished, within the
    /// grace period: meanwhile a new connection is told so, and not refused.
    pub(super) async fn run(self, mut stop: watch::Receiver<bool>) {
        let table = Arc::new(Table::new(self.bounds));
        let mut tick = interval(SWEEP.min(self.bounds.head / 4));
        let mut drain = None;
        let full = seldom();
        loop {
            tokio::select! {
                accepted = self.socket.accept() => match accepted {
                    Ok((stream, peer)) => self.admit(stream, peer.ip(), &table, drain.is_some(), &full),
                    Err(error) => self.failed(&error, &table).await,
                },
                _ = tick.tick() => self.sweep(&table),
                () = asked(&mut stop), if drain.is_none() => {
                    self.draining.store(true, Ordering::Relaxed);
                    drain = Some(Instant::now());
                    tick = interval(LOOK);
                }
            }
            if let Some(start) = drain
                && self.drained(start, &table)
            {
                break;
            }
        }
        drop(self.socket);
        table.close();
    }

    fn admit(&self, stream: TcpStream, peer: IpAddr, table: &Arc<Table>, late: bool, full: &Bucket) {
        self.stats.accepted.fetch_add(1, Ordering::Relaxed);
        match table.room(Instant::now()) {
            Room::Yes => {}
            Room::Made(closed) => {
                self.stats.displaced.fetch_add(closed as u64, Ordering::Relaxed);
            }
            Room::No => {
                self.stats.turned_away.fetch_add(1, Ordering::Relaxed);
                if let LinePermit::Granted { held_back: before } = full.take(Instant::now().into_std()) {
                    tracing::warn!(
                        before,
                        "a new connection was closed: all {} that may be open are in use (`connections.most`)",
                        self.bounds.most
                    );
                }
                return;
            }
        }
        let phase = if self.tls.is_some() {
            Phase::Handshake
        } else {
            Phase::Fresh
        };
        let activity = Arc::new(Activity::new(self.stats.origin, phase).of(peer));
        let setup = Setup {
            answers: self.answers.clone(),
            draining: self.draining.clone(),
        };
        let (tls, stats) = (self.tls.as_ref().map(|tls| tls.load_full()), self.stats.clone());
        table.run(activity.clone(), late, async move {
            stats.open.fetch_add(1, Ordering::Relaxed);
            let _open = Open(&stats);
            match setup.serve(stream, tls, activity).await {
                Ok(()) => {}
                Err(Ended::Handshake(error)) => {
                    stats.handshakes_failed.fetch_add(1, Ordering::Relaxed);
                    // A client that hangs up is a probe of a port; one that disagrees is worth a line.
                    if error.kind() == io::ErrorKind::InvalidData
                        && let LinePermit::Granted { held_back: before } =
                            stats.handshakes.take(Instant::now().into_std())
                    {
                        tracing::warn!(before, "a TLS handshake failed: {error}");
                    } else {
                        tracing::debug!(%error, "a TLS handshake failed");
                    }
                }
                Err(ended @ Ended::PlainHttp) => {
                    stats.handshakes_failed.fetch_add(1, Ordering::Relaxed);
                    if let LinePermit::Granted { held_back: before } =
                        stats.handshakes.take(Instant::now().into_std())
                    {
                        tracing::warn!(before, %peer, "{ended}");
                    }
                }
                Err(Ended::Http(error)) => tracing::debug!(%error, "a connection ended early"),
            }
        });
    }

    /// Ends what is too slow or was idle for too long. A client that does not send its request is worth a line.
    fn sweep(&self, table: &Table) {
        let Some((slow, peer)) = table.sweep(Instant::now()) else {
            return;
        };
        self.stats.slow.fetch_add(slow, Ordering::Relaxed);
        if let LinePermit::Granted { held_back: before } =
            self.stats.slow_lines.take(Instant::now().into_std())
        {
            tracing::warn!(
                before,
                peer = peer.map(tracing::field::display),
                "closed {slow} connections: no complete TLS handshake or request head within {} s (`connections.head`)",
                self.bounds.head.as_secs_f64()
            );
        }
    }

    /// An accept that failed. The next one may work: the client gave up, or there is a file again.
    async fn failed(&self, error: &io::Error, table: &Table) {
        if let LinePermit::Granted { held_back: before } = self.stats.accepts.take(Instant::now().into_std())
        {
            tracing::warn!(%error, before, "cannot accept a connection");
        }
        if table.spare(Instant::now()) {
            self.stats.displaced.fetch_add(1, Ordering::Relaxed);
        }
        tokio::time::sleep(PAUSE).await;
    }

    /// Whether nothing is left to wait for.
    fn drained(&self, start: Instant, table: &Table) -> bool {
        let now = Instant::now();
        let gone = now.saturating_duration_since(start);
        let (any, busy) = table.left(now);
        if gone >= self.grace {
            if busy > 0 && !self.grace.is_zero() {
                tracing::warn!(
                    connections = busy,
                    "connections were cut off: the grace period of {} s is over",
                    self.grace.as_secs_f64()
                );
            }
            return true;
        }
        !any || (busy == 0 && gone >= FAREWELL)
    }
}

/// Counts a connection out.
struct Open<'a>(&'a Stats);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Done when `stop` turns true. An error means that the server is gone, which is as good a reason.
async fn asked(stop: &mut watch::Receiver<bool>) {
    stop.wait_for(|stop| *stop).await.ok();
}
