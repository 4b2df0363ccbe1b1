//! What a connection is doing, for those who look at it from outside.
//!
//! A connection says what it does with a few atomic stores and has no timer of its own. Whoever must find
//! the connections that are too slow or idle ([`super::table`]) looks at all of them, once in a while. Whoever
//! shares out the room for bodies ([`super::budget`]) sees here what each connection and each client has of it.

use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::body::{Body, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

/// What a connection does when no request of it is being answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Phase {
    /// The TLS handshake.
    Handshake,
    /// It has not sent anything yet.
    Fresh,
    /// It has sent the begin of a request's head (HTTP/1.1).
    Head,
    /// It waits for its next request.
    Kept,
    /// It has got its last answer, and we wait for it to close.
    Closing,
}

/// A connection from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look {
    /// What it does.
    pub(super) phase: Phase,
    /// How long it has done so.
    pub(super) quiet: Duration,
    /// Whether a request is being answered.
    pub(super) busy: bool,
    /// How long its client has not taken what we want to send.
    pub(super) stuck: Option<Duration>,
    /// How long no body has made progress, if every request of it still waits for its body.
    pub(super) waits_for_bodies: Option<Duration>,
}

/// Set in `calls` when the connection was given up; there are never so many calls.
const GONE: u32 = 1 << 31;

/// A request in `calls` whose body has not arrived yet. Below it, `calls` counts all requests: an h2 connection
/// has at most 256 at once.
const ARRIVING: u32 = 1 << 15;

/// What a connection is doing.
#[derive(Debug)]
pub(super) struct Activity {
    /// What the milliseconds below count from.
    origin: Instant,
    /// The client's address.
    peer: Option<IpAddr>,
    /// Requests that are being answered, until the answer is handed to the connection; and, in the upper half,
    /// those of them that wait for their bodies.
    calls: AtomicU32,
    /// Bytes of room that its bodies have.
    pub(super) room: AtomicUsize,
    /// When one of its bodies last made progress.
    moved: AtomicU64,
    phase: AtomicU8,
    /// When it began, or when a request was last answered.
    since: AtomicU64,
    /// Since when the client takes nothing, and one; zero when it does.
    stuck: AtomicU64,
}

impl Activity {
    /// A new connection; `origin` is any moment in the past.
    pub(super) fn new(origin: Instant, phase: Phase) -> Self {
        let activity = Self {
            origin,
            peer: None,
            calls: AtomicU32::new(0),
            room: AtomicUsize::new(0),
            moved: AtomicU64::new(0),
            phase: AtomicU8::new(phase as u8),
            since: AtomicU64::new(0),
            stuck: AtomicU64::new(0),
        };
        activity.enter(phase);
        activity
    }

    /// The same of a client at this address.
    pub(super) fn of(mut self, peer: IpAddr) -> Self {
        self.peer = Some(peer);
        self
    }

    /// The client's address.
    pub(super) fn peer(&self) -> Option<IpAddr> {
        self.peer
    }

    /// Says what it does now.
    pub(super) fn enter(&self, phase: Phase) {
        self.since.store(self.millis(Instant::now()), Ordering::Relaxed);
        self.phase.store(phase as u8, Ordering::Relaxed);
    }

    /// A request begins. `None` where the connection was given up the moment before.
    pub(super) fn begin(self: &Arc<Self>) -> Option<Busy> {
        self.phase.store(Phase::Kept as u8, Ordering::Relaxed);
        // The guard first: it takes the one back where it was one too many.
        let before = self.calls.fetch_add(1, Ordering::AcqRel);
        let busy = Busy(self.clone());
        (before & GONE == 0).then_some(busy)
    }

    /// Gives it up, unless a request is being answered: from then on, none begins.
    pub(super) fn give_up(&self) -> bool {
        self.calls
            .compare_exchange(0, GONE, Ordering::AcqRel, Ordering::Relaxed)
            .is_ok()
    }

    /// A body of it does not arrive at once.
    pub(super) fn begin_body(&self, now: Instant) {
        self.body_moved(now);
        self.calls.fetch_add(ARRIVING, Ordering::AcqRel);
    }

    /// Such a body has made progress.
    pub(super) fn body_moved(&self, now: Instant) {
        self.moved.store(self.millis(now), Ordering::Relaxed);
    }

    /// Such a body has arrived or does not come any more. `false` where the connection was given up meanwhile: its
    /// request must not go on.
    pub(super) fn end_body(&self) -> bool {
        self.calls.fetch_sub(ARRIVING, Ordering::AcqRel) & GONE == 0
    }

    /// Gives it up where every request of it waits for its body: from then on, none goes on.
    pub(super) fn give_up_bodies(&self) -> bool {
        let calls = self.calls.load(Ordering::Acquire);
        waits_for_bodies(calls)
            && self
                .calls
                .compare_exchange(calls, calls | GONE, Ordering::AcqRel, Ordering::Relaxed)
                .is_ok()
    }

    /// What it does.
    pub(super) fn look(&self, now: Instant) -> Look {
        let now = self.millis(now);
        let since = |then: u64| Duration::from_millis(now.saturating_sub(then));
        let stuck = self.stuck.load(Ordering::Relaxed);
        let calls = self.calls.load(Ordering::Acquire);
        Look {
            phase: match self.phase.load(Ordering::Relaxed) {
                0 => Phase::Handshake,
                1 => Phase::Fresh,
                2 => Phase::Head,
                3 => Phase::Kept,
                _ => Phase::Closing,
            },
            quiet: since(self.since.load(Ordering::Relaxed)),
            busy: calls & !GONE != 0,
            stuck: (stuck != 0).then(|| since(stuck - 1)),
            waits_for_bodies: waits_for_bodies(calls).then(|| since(self.moved.load(Ordering::Relaxed))),
        }
    }

    fn millis(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.origin).as_millis()).unwrap_or(u64::MAX - 1)
    }

    /// Bytes came in. Between requests they are the begin of the next one's head.
    fn received(&self) {
        if self.calls.load(Ordering::Relaxed) == 0 {
            let phase = self.phase.load(Ordering::Relaxed);
            if phase == Phase::Fresh as u8 || phase == Phase::Kept as u8 {
                self.enter(Phase::Head);
            }
        }
    }

    /// Whether what is to be sent went out.
    fn sent(&self, all: bool) {
        let stuck = self.stuck.load(Ordering::Relaxed) != 0;
        if all == stuck {
            let now = if all { 0 } else { self.millis(Instant::now()) + 1 };
            self.stuck.store(now, Ordering::Relaxed);
        }
    }
}

/// Whether there are requests, and all of them wait for their bodies.
fn waits_for_bodies(calls: u32) -> bool {
    let all = calls & (ARRIVING - 1);
    calls & GONE == 0 && all != 0 && calls / ARRIVING == all
}

/// A request that is being answered; it ends when this is dropped.
pub(super) struct Busy(Arc<Activity>);

impl Drop for Busy {
    fn drop(&mut self) {
        let activity = &self.0;
        activity
            .since
            .store(activity.millis(Instant::now()), Ordering::Relaxed);
        activity.calls.fetch_sub(1, Ordering::AcqRel);
    }
}

/// An answer's body that holds on to what its request holds, until it is handed to the connection.
pub(super) struct Answered<B> {
    pub(super) body: B,
    #[allow(dead_code, reason = "its end is what counts")]
    pub(super) busy: Busy,
}

impl<B: Body + Unpin> Body for Answered<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A stream that says what goes through it, and that closes so that its client gets the last answer.
pub(super) struct Watched<I> {
    stream: I,
    activity: Arc<Activity>,
    /// Whether bytes between requests are a head: not so where requests share the connection.
    heads: bool,
    shut: bool,
}

impl<I> Watched<I> {
    /// Watches a stream; `heads` says whether what comes between requests is the next one's head.
    pub(super) fn new(stream: I, activity: Arc<Activity>, heads: bool) -> Self {
        Self {
            stream,
            activity,
            heads,
            shut: false,
        }
    }

    fn sent<T>(&self, done: Poll<T>) -> Poll<T> {
        self.activity.sent(done.is_ready());
        done
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for Watched<I> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let done = Pin::new(&mut this.stream).poll_read(cx, buf);
        if this.heads && buf.filled().len() > before {
            this.activity.received();
        }
        done
    }
}

impl<I: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Watched<I> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let done = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.sent(done)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let done = Pin::new(&mut this.stream).poll_write_vectored(cx, bytes);
        this.sent(done)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let done = Pin::new(&mut this.stream).poll_flush(cx);
        this.sent(done)
    }

    /// Ends our side, and then reads away what the client still sends until it has ended its own: the
    /// system answers bytes that nobody reads with a reset, and a reset makes the client lose an answer
    /// that it has not read yet.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.shut {
            ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
            this.shut = true;
            this.activity.enter(Phase::Closing);
        }
        let mut scrap = [0; 4096];
        loop {
            let mut buf = ReadBuf::new(&mut scrap);
            match ready!(Pin::new(&mut this.stream).poll_read(cx, &mut buf)) {
                Ok(()) if !buf.filled().is_empty() => {}
                // An error is an end too: there is nobody left to tell.
                _ => return Poll::Ready(Ok(())),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_says_what_it_does_and_for_how_long() {
        let activity = Arc::new(Activity::new(Instant::now(), Phase::Fresh));
        tokio::time::advance(Duration::from_secs(3)).await;
        let look = activity.look(Instant::now());
        assert_eq!(
            (look.phase, look.quiet, look.busy),
            (Phase::Fresh, Duration::from_secs(3), false)
        );
        activity.received();
        assert_eq!(activity.look(Instant::now()).phase, Phase::Head);
        tokio::time::advance(Duration::from_secs(1)).await;
        activity.received();
        assert_eq!(
            activity.look(Instant::now()).quiet,
            Duration::from_secs(1),
            "a byte now and then does not make a head young again"
        );
        let busy = activity.begin().unwrap();
        activity.received();
        assert!(activity.look(Instant::now()).busy);
        assert_eq!(
            activity.look(Instant::now()).phase,
            Phase::Kept,
            "what comes now is a body"
        );
        tokio::time::advance(Duration::from_secs(5)).await;
        drop(busy);
        let look = activity.look(Instant::now());
        assert_eq!(
            (look.phase, look.quiet, look.busy),
            (Phase::Kept, Duration::ZERO, false)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_was_given_up_takes_no_request_and_a_busy_one_is_not_given_up() {
        let activity = Arc::new(Activity::new(Instant::now(), Phase::Fresh));
        let busy = activity.begin().unwrap();
        assert!(!activity.give_up());
        drop(busy);
        assert!(activity.give_up());
        assert!(activity.begin().is_none());
        assert!(!activity.look(Instant::now()).busy);
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_given_up_while_all_its_bodies_are_awaited_and_then_none_of_its_requests_goes_on() {
        let activity = Arc::new(Activity::new(Instant::now(), Phase::Fresh));
        assert!(!activity.give_up_bodies(), "there is no request");
        let first = activity.begin().unwrap();
        assert!(!activity.give_up_bodies(), "its body is there");
        activity.begin_body(Instant::now());
        let second = activity.begin().unwrap();
        assert_eq!(activity.look(Instant::now()).waits_for_bodies, None);
        assert!(!activity.give_up_bodies(), "the second one's body is there");
        drop(second);
        assert!(activity.end_body());
        activity.begin_body(Instant::now());
        tokio::time::advance(Duration::from_secs(2)).await;
        let look = activity.look(Instant::now());
        assert_eq!(look.waits_for_bodies, Some(Duration::from_secs(2)));
        activity.body_moved(Instant::now());
        let look = activity.look(Instant::now());
        assert_eq!(look.waits_for_bodies, Some(Duration::ZERO));
        assert!(activity.give_up_bodies());
        assert!(!activity.end_body(), "it was given up");
        assert!(activity.begin().is_none());
        drop(first);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_is_seen() {
        let activity = Activity::new(Instant::now(), Phase::Kept);
        activity.sent(false);
        tokio::time::advance(Duration::from_secs(2)).await;
        activity.sent(false);
        assert_eq!(activity.look(Instant::now()).stuck, Some(Duration::from_secs(2)));
        activity.sent(true);
        assert_eq!(activity.look(Instant::now()).stuck, None);
    }
}
