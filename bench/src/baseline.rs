//! The baseline: the plugin's core, compiled natively, behind a plain axum handler; and a handler that only reads.

use anyhow::Result;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::serve::ListenerExt;

/// Serves until the process is ended. Prints the address as its first line.
pub(crate) fn serve() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let router = axum::Router::new()
            .route("/function/sync", post(sync))
            .route("/empty", post(empty))
            .layer(DefaultBodyLimit::max(8 << 20));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?);
        let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap_or_default());
        axum::serve(listener, router).await?;
        Ok(())
    })
}

/// The core on the whole body, its answer as it is.
async fn sync(body: Bytes) -> Response {
    let Ok(request) = std::str::from_utf8(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    match metawasm_function::sync(request, "{}") {
        Ok(answer) => ([(header::CONTENT_TYPE, "application/json")], answer).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Reads the body and says nothing.
async fn empty(body: Bytes) -> &'static str {
    drop(body);
    "{}"
}
