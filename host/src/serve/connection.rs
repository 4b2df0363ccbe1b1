//! One connection, from its handshake to its end.
//!
//! HTTP/1.1 without TLS; over TLS what the client chooses of HTTP/1.1 and h2 (ALPN). Nothing here waits for
//! a time: a connection that is too slow or idle is ended from outside ([`super::table`]).

use std::convert::Infallible;
use std::future::{pending, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::activity::{Activity, Answered, Phase, Watched};

/// Bytes of a request's head at most. Metacontroller's has some hundred.
const HEAD: usize = 64 << 10;

/// Requests that one h2 connection may have open at once.
const STREAMS: u32 = 256;

/// How often an h2 connection is asked whether its client is still there, and how long it may take to say.
const PING: Duration = Duration::from_secs(30);
const PONG: Duration = Duration::from_secs(20);

/// What answers requests.
pub(super) trait Answer: Clone + Send + 'static {
    /// Answers one that came over this connection.
    fn answer(
        self,
        request: Request<Incoming>,
        connection: Arc<Activity>,
    ) -> impl Future<Output = Response<Body>> + Send;
}

/// What every connection of a listener needs.
#[derive(Clone)]
pub(super) struct Setup<A> {
    pub(super) answers: A,
    /// Whether the server is draining.
    pub(super) draining: Arc<AtomicBool>,
}

/// Why a connection came to nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum Ended {
    #[error("the TLS handshake failed: {0}")]
    Handshake(std::io::Error),
    #[error("a client sent plain HTTP to the TLS port; its URL must begin with https://")]
    PlainHttp,
    #[error("{0}")]
    Http(hyper::Error),
}

impl<A: Answer> Setup<A> {
    /// Serves a connection to its end.
    pub(super) async fn serve(
        self,
        stream: TcpStream,
        tls: Option<Arc<ServerConfig>>,
        activity: Arc<Activity>,
    ) -> Result<(), Ended> {
        // Answers are small and complete: waiting for more to send only costs time.
        stream.set_nodelay(true).ok();
        let Some(config) = tls else {
            return self.http1(stream, activity).await;
        };
        if speaks_plain_http(&stream).await.map_err(Ended::Handshake)? {
            refuse_plain_http(stream).await;
            return Err(Ended::PlainHttp);
        }
        let stream = TlsAcceptor::from(config)
            .accept(stream)
            .await
            .map_err(Ended::Handshake)?;
        activity.enter(Phase::Fresh);
        if stream.get_ref().1.alpn_protocol() == Some(super::tls::H2) {
            self.http2(stream, activity).await
        } else {
            self.http1(stream, activity).await
        }
    }

    async fn http1<I>(self, stream: I, activity: Arc<Activity>) -> Result<(), Ended>
    where
        I: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let stream = Watched::new(stream, activity.clone(), true);
        http1::Builder::new()
            .max_header_size(HEAD)
            .header_read_timeout(None)
            .serve_connection(TokioIo::new(stream), counted(self.answers, activity))
            .await
            .map_err(Ended::Http)
    }

    async fn http2<I>(self, stream: I, activity: Arc<Activity>) -> Result<(), Ended>
    where
        I: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let stream = Watched::new(stream, activity.clone(), false);
        let connection = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .max_header_list_size(HEAD as u32)
            .keep_alive_interval(PING)
            .keep_alive_timeout(PONG)
            .serve_connection(TokioIo::new(stream), counted(self.answers, activity));
        let mut connection = pin!(connection);
        let mut told = false;
        poll_fn(|context| {
            loop {
                let done = connection.as_mut().poll(context);
                // An answer in HTTP/1.1 says itself that it is the last one; here the connection does.
                if done.is_pending() && !told && self.draining.load(Ordering::Relaxed) {
                    told = true;
                    connection.as_mut().graceful_shutdown();
                    continue;
                }
                return match done {
                    Poll::Ready(done) => Poll::Ready(done.map_err(Ended::Http)),
                    Poll::Pending => Poll::Pending,
                };
            }
        })
        .await
    }
}

/// Whether the client begins with a method of HTTP, which is written in capital letters. A TLS handshake begins with the
/// byte 22.
async fn speaks_plain_http(stream: &TcpStream) -> std::io::Result<bool> {
    let mut first = [0];
    let read = stream.peek(&mut first).await?;
    Ok(read == 1 && first.iter().all(u8::is_ascii_uppercase))
}

/// Answers in plain HTTP, so that the caller sees the reason and not only a connection that was closed.
async fn refuse_plain_http(mut stream: TcpStream) {
    const SENTENCE: &str = "this port serves HTTPS; use a URL that begins with https://\n";
    let response = format!(
        "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{SENTENCE}",
        SENTENCE.len()
    );
    // What has arrived is read: a connection that is closed with unread bytes is reset, and the answer may be lost.
    let mut head = [0; 4 << 10];
    stream.try_read(&mut head).ok();
    stream.write_all(response.as_bytes()).await.ok();
    stream.shutdown().await.ok();
}

/// What answers requests, and says when each begins and ends.
fn counted<A: Answer>(
    answers: A,
    activity: Arc<Activity>,
) -> impl Service<Request<Incoming>, Response = Response<Answered<Body>>, Error = Infallible, Future: Send + 'static>
{
    service_fn(move |request| {
        let busy = activity.begin();
        let (answers, connection) = (answers.clone(), activity.clone());
        async move {
            let Some(busy) = busy else {
                // The connection was given up, and this task with it: nobody would get an answer.
                return pending().await;
            };
            let response = answers.answer(request, connection).await;
            Ok(response.map(|body| Answered { body, busy }))
        }
    })
}
