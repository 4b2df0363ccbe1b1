//! Connections: accept, serve, drain.

use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How long a client may take to send the head of a request, and so how long an idle connection
/// is kept. Metacontroller drops its own after 90 s.
const HEAD: Duration = Duration::from_secs(120);

/// How long to wait after an accept that failed for want of files or memory.
const PAUSE: Duration = Duration::from_millis(50);

/// Accepts connections until `stop` turns true, then lets those that are in use finish within
/// `grace`.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    mut stop: watch::Receiver<bool>,
    grace: Duration,
) {
    let service = TowerToHyperService::new(router);
    let graceful = GracefulShutdown::new();
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // The next attempt may work: the client gave up, or a file is free again.
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            },
            () = asked(&mut stop) => break,
        };
        connection(stream, service.clone(), &graceful);
    }
    drop(listener);
    if tokio::time::timeout(grace, graceful.shutdown()).await.is_err() && !grace.is_zero() {
        tracing::warn!(
            "connections were cut off: the grace period of {} s is over",
            grace.as_secs_f64()
        );
    }
}

/// Done when `stop` turns true. An error means that the server is gone, which is as good a reason.
async fn asked(stop: &mut watch::Receiver<bool>) {
    stop.wait_for(|stop| *stop).await.ok();
}

fn connection(stream: TcpStream, service: TowerToHyperService<Router>, graceful: &GracefulShutdown) {
    // Answers are small and complete: waiting for more to send only costs time.
    stream.set_nodelay(true).ok();
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(stream), service);
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection ended early");
        }
    });
}
