//! Reads a request body within bounds: of its size, of its time, and of the room for all bodies.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, header};
use bytes::BytesMut;
use hyper::body::{Body, Frame};

use super::activity::Activity;
use super::budget::{Budget, Held, Short};
use super::rejection::Rejection;

/// Bytes that are set aside for a body before more of it than that has arrived, whatever length it declares.
const FIRST: usize = 256 << 10;

/// Bounds of a body.
#[derive(Clone, Debug)]
pub(super) struct Reader {
    /// Bytes at most.
    pub(super) limit: usize,
    /// How long it may take to arrive.
    pub(super) time: Duration,
    /// The room for all bodies.
    pub(super) budget: Arc<Budget>,
}

impl Reader {
    /// Reads the whole body of a request on a connection. Returns it with the room that it has.
    ///
    /// # Errors
    ///
    /// Too large (known from the header where it has a length, before anything is read), no room for it, too slow,
    /// cut off, or it had to give way to others.
    pub(super) async fn read<B>(
        &self,
        headers: &HeaderMap,
        body: B,
        connection: &Arc<Activity>,
    ) -> Result<(Bytes, Held), Rejection>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let mut held = self.budget.empty(connection);
        let declared = headers
            .get(header::CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok()?.parse::<u64>().ok())
            .map_or(0, |length| usize::try_from(length).unwrap_or(usize::MAX));
        if declared > self.limit {
            return Err(Rejection::TooLarge(self.limit));
        }
        let body = tokio::time::timeout(self.time, self.collect(body, declared, &mut held))
            .await
            .map_err(|_| Rejection::Slow(self.time))??;
        held.arrived()?;
        Ok((body, held))
    }

    async fn collect<B>(&self, mut body: B, declared: usize, held: &mut Held) -> Result<Bytes, Rejection>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let Some(first) = self.next(&mut body, 0, held).await? else {
            return Ok(Bytes::new());
        };
        // A small body often comes in one piece, which need not be copied.
        if body.is_end_stream() {
            return Ok(first);
        }
        let mut all = BytesMut::with_capacity(declared.min(FIRST).max(first.len()));
        all.extend_from_slice(&first);
        drop(first);
        while let Some(more) = self.next(&mut body, all.len(), held).await? {
            let length = all.len().saturating_add(more.len());
            if length > all.capacity() {
                // Twice as much each time, and no more than is declared.
                let wanted = all.capacity().saturating_mul(2).min(declared).max(length);
                all.reserve(wanted.saturating_sub(all.len()));
            }
            all.extend_from_slice(&more);
        }
        Ok(all.freeze())
    }

    /// The next piece that is not empty, after so many bytes.
    async fn next<B>(&self, body: &mut B, before: usize, held: &mut Held) -> Result<Option<Bytes>, Rejection>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        while let Some(frame) = frame(body, held).await? {
            // A frame without data has trailers, which are ignored.
            if let Ok(data) = frame.into_data()
                && !data.is_empty()
            {
                let bytes = before.saturating_add(data.len());
                if bytes > self.limit {
                    return Err(Rejection::TooLarge(self.limit));
                }
                held.reach(bytes)?;
                return Ok(Some(data));
            }
        }
        Ok(None)
    }
}

/// The next frame. A body that is not there at once may have to give way while it is waited for.
async fn frame<B>(body: &mut B, held: &mut Held) -> Result<Option<Frame<Bytes>>, Rejection>
where
    B: Body<Data = Bytes> + Unpin,
{
    let there = poll_fn(|context| {
        Poll::Ready(match Pin::new(&mut *body).poll_frame(context) {
            Poll::Ready(frame) => Some(frame),
            Poll::Pending => None,
        })
    });
    let frame = match there.await {
        Some(frame) => frame,
        None => {
            held.wait()?;
            tokio::select! {
                biased;
                short = held.given_way() => return Err(short.into()),
                frame = poll_fn(|context| Pin::new(&mut *body).poll_frame(context)) => frame,
            }
        }
    };
    frame.transpose().map_err(|_| Rejection::CutOff)
}

impl From<Short> for Rejection {
    fn from(short: Short) -> Self {
        match short {
            Short::NoRoom | Short::Share => Self::NoRoom,
            Short::Slow => Self::GaveWay,
            Short::Closed => Self::CutOff,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use axum::http::HeaderValue;
    use tokio::time::Instant;

    use super::super::activity::Phase;
    use super::*;

    /// Gives its parts, and then ends or says nothing more.
    struct Parts {
        parts: VecDeque<&'static [u8]>,
        ends: bool,
    }

    impl Body for Parts {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            match self.parts.pop_front() {
                Some(part) => Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(part))))),
                None if self.ends => Poll::Ready(None),
                None => Poll::Pending,
            }
        }

        fn is_end_stream(&self) -> bool {
            self.ends && self.parts.is_empty()
        }
    }

    fn body(parts: &[&'static [u8]], ends: bool) -> Parts {
        Parts {
            parts: parts.iter().copied().collect(),
            ends,
        }
    }

    fn reader(budget: &Arc<Budget>) -> Reader {
        Reader {
            limit: 10,
            time: Duration::from_secs(10),
            budget: budget.clone(),
        }
    }

    fn connection() -> Arc<Activity> {
        Arc::new(Activity::new(Instant::now(), Phase::Kept))
    }

    fn length(length: &str) -> HeaderMap {
        [(header::CONTENT_LENGTH, HeaderValue::from_str(length).unwrap())]
            .into_iter()
            .collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_is_whole_and_holds_its_room_until_it_is_dropped() {
        let budget = Budget::new(100_000, 10);
        let reader = reader(&budget);
        for (headers, parts) in [
            (length("6"), &[&b"abcdef"[..]][..]),
            (length("6"), &[b"abc", b"", b"def"]),
            (HeaderMap::new(), &[b"", b"abc", b"def"]),
        ] {
            let (bytes, held) = reader
                .read(&headers, body(parts, true), &connection())
                .await
                .unwrap();
            assert_eq!((&bytes[..], budget.used()), (&b"abcdef"[..], 6));
            drop(held);
            assert_eq!(budget.used(), 0);
        }
        let (bytes, _) = reader
            .read(&HeaderMap::new(), body(&[], true), &connection())
            .await
            .unwrap();
        assert!(bytes.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn the_limit_counts_before_and_while_it_is_read() {
        let budget = Budget::new(100_000, 10);
        let reader = reader(&budget);
        for headers in [length("11"), length("99999999999999")] {
            let refused = reader.read(&headers, body(&[], false), &connection()).await;
            assert!(matches!(refused, Err(Rejection::TooLarge(10))), "{refused:?}");
        }
        let refused = reader
            .read(
                &HeaderMap::new(),
                body(&[b"abcdef", b"abcdef"], true),
                &connection(),
            )
            .await;
        assert!(matches!(refused, Err(Rejection::TooLarge(10))), "{refused:?}");
        assert_eq!(budget.used(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_declared_length_takes_no_room_and_what_arrives_does() {
        let budget = Budget::new(15, 10);
        let reader = reader(&budget);
        let read = async |parts: &[&'static [u8]]| {
            let parts = body(parts, true);
            reader.read(&length("8"), parts, &connection()).await
        };
        let (_, held) = read(&[b"abcdefgh"]).await.unwrap();
        let refused = read(&[b"abcde", b"fgh"]).await;
        assert!(matches!(refused, Err(Rejection::NoRoom)), "{refused:?}");
        assert_eq!(budget.used(), 8, "what was taken comes back");
        let (_, other) = reader
            .read(&length("10"), body(&[b"abcdefg"], true), &connection())
            .await
            .unwrap();
        assert_eq!(budget.used(), 15);
        drop((held, other));
        assert!(read(&[b"abcdefgh"]).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn slow_bodies_give_way_and_others_do_not() {
        let budget = Budget::new(24 * 4096, 10);
        let reader = reader(&budget);
        let read = |ends| {
            let reader = reader.clone();
            async move {
                reader
                    .read(&length("8"), body(&[b"abc"], ends), &connection())
                    .await
            }
        };
        let waiting: Vec<_> = (0..40).map(|_| tokio::spawn(read(false))).collect();
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(
            budget.used(),
            24 * 4096,
            "each has 4 KiB; the others found no room"
        );
        for _ in 0..1000 {
            assert!(read(true).await.is_ok());
        }
        let (mut slow, mut gave_way) = (0, 0);
        for task in waiting {
            match task.await.unwrap() {
                Err(Rejection::Slow(_)) => slow += 1,
                Err(Rejection::GaveWay) => gave_way += 1,
                Err(Rejection::NoRoom) => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!((gave_way, slow, budget.used()), (2, 22, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_arrive_is_waited_for_so_long() {
        let budget = Budget::new(100_000, 10);
        let start = Instant::now();
        let refused = reader(&budget)
            .read(&length("8"), body(&[b"abc"], false), &connection())
            .await;
        assert!(matches!(refused, Err(Rejection::Slow(_))), "{refused:?}");
        assert_eq!((start.elapsed(), budget.used()), (Duration::from_secs(10), 0));
    }
}
