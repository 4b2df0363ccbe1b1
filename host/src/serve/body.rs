//! Reading a request body within bounds: of its size, of its time, and of the room for all bodies.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, header};
use bytes::BytesMut;
use http_body_util::BodyExt;
use hyper::body::Body;

use super::budget::{Budget, Held};
use super::refusal::Refusal;

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
    /// The whole body, and the room that it takes up.
    ///
    /// # Errors
    ///
    /// Too large or no room for it (known from the header where there is one, before anything is read), too
    /// slow, or cut off.
    pub(super) async fn read<B>(&self, headers: &HeaderMap, body: B) -> Result<(Bytes, Held), Refusal>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let mut held = self.budget.empty();
        let declared = headers
            .get(header::CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok()?.parse::<u64>().ok())
            .map(|length| usize::try_from(length).unwrap_or(usize::MAX));
        self.fits(declared.unwrap_or(0), &mut held)?;
        let body = tokio::time::timeout(self.time, self.collect(body, declared, &mut held))
            .await
            .map_err(|_| Refusal::Slow(self.time))??;
        Ok((body, held))
    }

    async fn collect<B>(
        &self,
        mut body: B,
        declared: Option<usize>,
        held: &mut Held,
    ) -> Result<Bytes, Refusal>
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
        let mut all = BytesMut::with_capacity(declared.unwrap_or(0).max(first.len()));
        all.extend_from_slice(&first);
        drop(first);
        while let Some(more) = self.next(&mut body, all.len(), held).await? {
            all.extend_from_slice(&more);
        }
        Ok(all.freeze())
    }

    /// The next piece that is not empty, after so many bytes.
    async fn next<B>(&self, body: &mut B, before: usize, held: &mut Held) -> Result<Option<Bytes>, Refusal>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        while let Some(frame) = body.frame().await {
            // What is no data is a trailer, of which nothing is made.
            if let Ok(data) = frame.map_err(|_| Refusal::CutOff)?.into_data()
                && !data.is_empty()
            {
                self.fits(before.saturating_add(data.len()), held)?;
                return Ok(Some(data));
            }
        }
        Ok(None)
    }

    fn fits(&self, bytes: usize, held: &mut Held) -> Result<(), Refusal> {
        if bytes > self.limit {
            return Err(Refusal::TooLarge(self.limit));
        }
        if held.reach(bytes) {
            Ok(())
        } else {
            Err(Refusal::NoRoom)
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
    use hyper::body::Frame;

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

    fn length(length: &str) -> HeaderMap {
        [(header::CONTENT_LENGTH, HeaderValue::from_str(length).unwrap())]
            .into_iter()
            .collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_is_whole_and_holds_its_room_until_it_is_dropped() {
        let budget = Budget::new(100);
        let reader = reader(&budget);
        for (headers, parts) in [
            (length("6"), &[&b"abcdef"[..]][..]),
            (length("6"), &[b"abc", b"", b"def"]),
            (HeaderMap::new(), &[b"", b"abc", b"def"]),
        ] {
            let (bytes, held) = reader.read(&headers, body(parts, true)).await.unwrap();
            assert_eq!((&bytes[..], budget.used()), (&b"abcdef"[..], 6));
            drop(held);
            assert_eq!(budget.used(), 0);
        }
        let (bytes, _) = reader.read(&HeaderMap::new(), body(&[], true)).await.unwrap();
        assert!(bytes.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn the_limit_counts_before_and_while_it_is_read() {
        let budget = Budget::new(100);
        let reader = reader(&budget);
        for headers in [length("11"), length("99999999999999")] {
            let refused = reader.read(&headers, body(&[], false)).await;
            assert!(matches!(refused, Err(Refusal::TooLarge(10))), "{refused:?}");
        }
        let refused = reader
            .read(&HeaderMap::new(), body(&[b"abcdef", b"abcdef"], true))
            .await;
        assert!(matches!(refused, Err(Refusal::TooLarge(10))), "{refused:?}");
        assert_eq!(budget.used(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn where_there_is_no_room_nothing_is_read_and_what_was_taken_comes_back() {
        let budget = Budget::new(15);
        let reader = reader(&budget);
        let (_, held) = reader
            .read(&length("8"), body(&[b"abcdefgh"], true))
            .await
            .unwrap();
        let refused = reader.read(&length("8"), body(&[], false)).await;
        assert!(matches!(refused, Err(Refusal::NoRoom)), "{refused:?}");
        let refused = reader
            .read(&HeaderMap::new(), body(&[b"abcde", b"fgh"], true))
            .await;
        assert!(matches!(refused, Err(Refusal::NoRoom)), "{refused:?}");
        assert_eq!(budget.used(), 8);
        drop(held);
        assert!(
            reader
                .read(&length("8"), body(&[b"abcdefgh"], true))
                .await
                .is_ok()
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_arrive_is_waited_for_so_long() {
        let budget = Budget::new(15);
        let start = tokio::time::Instant::now();
        let refused = reader(&budget).read(&length("8"), body(&[b"abc"], false)).await;
        assert!(matches!(refused, Err(Refusal::Slow(_))), "{refused:?}");
        assert_eq!((start.elapsed(), budget.used()), (Duration::from_secs(10), 0));
    }
}
