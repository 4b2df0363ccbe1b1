//! Sends one POST to the collector, over a new connection, because there is only one every few seconds.

use std::io;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper::{Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::telemetry::traces::Endpoint;

/// Maximum number of bytes that are read of a response.
const ANSWER: usize = 64 << 10;

#[derive(Debug, thiserror::Error)]
pub(super) enum PostError {
    #[error("{0}")]
    Connect(#[from] io::Error),
    #[error("{0}")]
    Http(#[from] hyper::Error),
    #[error("{0}")]
    Request(#[from] hyper::http::Error),
    #[error("the collector answered {0}")]
    Status(StatusCode),
}

pub(super) async fn post(to: &Endpoint, body: Vec<u8>) -> Result<(), PostError> {
    let stream = TcpStream::connect(&to.authority).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let request = Request::post(&to.path)
        .header(header::HOST, &to.authority)
        .header(header::CONTENT_TYPE, "application/json")
        .header(
            header::USER_AGENT,
            concat!("metawasm/", env!("CARGO_PKG_VERSION")),
        )
        .body(Full::new(Bytes::from(body)))?;
    let exchange = async move {
        let response = sender.send_request(request).await?;
        let status = response.status();
        // Read to its end, so that the collector sees no reset. What it says is not used.
        Limited::new(response.into_body(), ANSWER).collect().await.ok();
        Ok::<_, hyper::Error>(status)
    };
    // The connection ends when the exchange has dropped its sender; dropping this drops both.
    let (status, _) = tokio::join!(exchange, connection);
    match status? {
        status if status.is_success() => Ok(()),
        status => Err(PostError::Status(status)),
    }
}
