//! Those who watch the page: a few streams of server-sent events.
//!
//! A stream is an answer that is being sent, so that the listener's limits on idle connections do not cut it. One whose client
//! does not read ends when its few messages that wait are too many, and each ends after a while, so that a client that
//! is gone without a word does not keep its place: the page opens the next one at once.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::body::{Body, Frame};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Watchers at most.
pub(super) const MOST: usize = 8;
/// Messages that wait for a watcher at most.
const WAITING: usize = 16;
/// How long a stream lasts.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// Why somebody cannot watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum WatchError {
    #[error("{MOST} pages are open, which is the limit; close one of them")]
    Full,
    #[error("the host is shutting down")]
    Draining,
}

/// A message of a stream. Clones share its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message(Bytes);

impl Message {
    /// An event with JSON, which has no line breaks.
    pub(super) fn new(event: &str, json: &str) -> Self {
        Self(format!("event: {event}\ndata: {json}\n\n").into())
    }
}

/// All watchers.
#[derive(Debug, Default)]
pub(super) struct Watchers(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    all: Vec<Watcher>,
    closed: bool,
}

#[derive(Debug)]
struct Watcher {
    messages: Sender<Message>,
    since: Instant,
    /// Whether it has got nothing yet.
    is_new: bool,
}

impl Watchers {
    /// Adds a watcher, and returns its stream.
    pub(super) fn add(&self, now: Instant) -> Result<Stream, WatchError> {
        let mut inner = self.lock();
        if inner.closed {
            return Err(WatchError::Draining);
        }
        inner.all.retain(|watcher| !watcher.messages.is_closed());
        if inner.all.len() >= MOST {
            return Err(WatchError::Full);
        }
        let (messages, stream) = channel(WAITING);
        inner.all.push(Watcher {
            messages,
            since: now,
            is_new: true,
        });
        Ok(Stream(stream))
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        let mut inner = self.lock();
        inner.all.retain(|watcher| !watcher.messages.is_closed());
        inner.all.len()
    }

    /// Whether one of them has got nothing yet.
    pub(super) fn any_new(&self) -> bool {
        self.lock().all.iter().any(|watcher| watcher.is_new)
    }

    /// Sends everything to new watchers, and what has changed to all others. Never waits.
    pub(super) fn send(&self, everything: &[Message], changed: &[Message], now: Instant) {
        self.lock().all.retain_mut(|watcher| {
            let messages = if std::mem::take(&mut watcher.is_new) {
                everything
            } else {
                changed
            };
            let took = messages
                .iter()
                .all(|message| watcher.messages.try_send(message.clone()).is_ok());
            let is_over = now.saturating_duration_since(watcher.since) >= LONGEST;
            if took && is_over {
                watcher.messages.try_send(Message::new("renew", "{}")).ok();
            }
            took && !is_over
        });
    }

    /// Ends all streams for good: the host shuts down.
    pub(super) fn close(&self) {
        let mut inner = self.lock();
        inner.closed = true;
        for watcher in inner.all.drain(..) {
            watcher.messages.try_send(Message::new("drain", "{}")).ok();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The body of the answer to a watcher.
#[derive(Debug)]
pub(super) struct Stream(Receiver<Message>);

impl Body for Stream {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let message = self.get_mut().0.poll_recv(cx);
        message.map(|message| message.map(|message| Ok(Frame::data(message.0))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(stream: &mut Stream) -> Option<String> {
        let message = stream.0.try_recv().ok()?;
        Some(String::from_utf8_lossy(&message.0).into_owned())
    }

    fn message(text: &str) -> Message {
        Message::new("state", text)
    }

    #[test]
    fn a_new_watcher_gets_everything_and_then_what_changes() {
        let (watchers, now) = (Watchers::default(), Instant::now());
        let mut first = watchers.add(now).unwrap();
        assert!(watchers.any_new());
        watchers.send(&[message("1"), message("2")], &[message("2")], now);
        let mut second = watchers.add(now).unwrap();
        watchers.send(&[message("1"), message("3")], &[message("3")], now);
        assert!(!watchers.any_new());
        let all = |stream: &mut Stream| std::iter::from_fn(|| next(stream)).collect::<String>();
        assert_eq!(
            all(&mut first),
            "event: state\ndata: 1\n\nevent: state\ndata: 2\n\nevent: state\ndata: 3\n\n"
        );
        assert_eq!(
            all(&mut second),
            "event: state\ndata: 1\n\nevent: state\ndata: 3\n\n"
        );
    }

    #[test]
    fn there_are_a_few_and_one_that_leaves_makes_room() {
        let (watchers, now) = (Watchers::default(), Instant::now());
        let mut streams: Vec<_> = (0..MOST).map(|_| watchers.add(now).unwrap()).collect();
        assert_eq!(watchers.add(now).unwrap_err(), WatchError::Full);
        streams.pop();
        assert!(watchers.add(now).is_ok());
        assert_eq!(watchers.count(), MOST - 1, "the last one left at once");
    }

    #[test]
    fn one_that_does_not_read_is_dropped_and_the_others_are_not() {
        let (watchers, now) = (Watchers::default(), Instant::now());
        let mut reads = watchers.add(now).unwrap();
        let _does_not = watchers.add(now).unwrap();
        for _ in 0..=WAITING {
            watchers.send(&[message("1")], &[message("1")], now);
            assert!(next(&mut reads).is_some());
        }
        assert_eq!(watchers.count(), 1);
    }

    #[test]
    fn a_stream_ends_after_a_while_and_when_the_host_shuts_down() {
        let (watchers, now) = (Watchers::default(), Instant::now());
        let mut old = watchers.add(now).unwrap();
        let mut young = watchers.add(now + LONGEST / 2).unwrap();
        watchers.send(&[], &[], now + LONGEST);
        assert_eq!(next(&mut old).as_deref(), Some("event: renew\ndata: {}\n\n"));
        assert_eq!((next(&mut young), watchers.count()), (None, 1));
        watchers.close();
        assert_eq!(next(&mut young).as_deref(), Some("event: drain\ndata: {}\n\n"));
        assert_eq!(watchers.add(now).unwrap_err(), WatchError::Draining);
    }
}
