//! Clients that begin a request and do not finish it.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::Request;
use hyper::body::{Body, Frame, SizeHint};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;

use crate::process::HANG;

/// Opens a connection, declares a body of so many bytes, and sends these of it. A server that refuses it is no error.
pub fn half_request(address: SocketAddr, path: &str, declared: usize, sent: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(HANG)).expect("a time-out");
    stream.set_write_timeout(Some(HANG)).expect("a time-out");
    let head = format!("POST {path} HTTP/1.1\r\nHost: h\r\nContent-Length: {declared}\r\n\r\n");
    stream
        .write_all(head.as_bytes())
        .and_then(|()| stream.write_all(sent))
        .ok();
    stream
}

/// One h2 connection with so many requests, each with a body that declares so many bytes and has one. What comes of
/// each is a status.
///
/// # Errors
///
/// What went wrong, in text.
pub async fn half_streams(
    address: SocketAddr,
    tls: Arc<ClientConfig>,
    path: &str,
    count: usize,
    declared: u64,
) -> Result<Vec<JoinHandle<Option<u16>>>, String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let stream = tokio::net::TcpStream::connect(address)
        .await
        .map_err(|error| text(&error))?;
    let name = ServerName::try_from(address.ip().to_string()).map_err(|error| text(&error))?;
    let stream = TlsConnector::from(tls)
        .connect(name, stream)
        .await
        .map_err(|error| text(&error))?;
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
        .await
        .map_err(|error| text(&error))?;
    tokio::spawn(connection);
    let mut streams = Vec::with_capacity(count);
    for _ in 0..count {
        let request = Request::post(format!("http://{address}{path}"))
            .body(Half {
                declared,
                sent: false,
            })
            .map_err(|error| text(&error))?;
        sender.ready().await.map_err(|error| text(&error))?;
        let answer = sender.send_request(request);
        streams.push(tokio::spawn(async move {
            let answer = answer.await.ok()?;
            Some(answer.status().as_u16())
        }));
    }
    Ok(streams)
}

/// One byte, and then nothing for ever.
struct Half {
    declared: u64,
    sent: bool,
}

impl Body for Half {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        if std::mem::replace(&mut self.sent, true) {
            return Poll::Pending;
        }
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"{")))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.declared)
    }
}
