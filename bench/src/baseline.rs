//! The baseline: the plugin's core, compiled natively, behind a plain axum handler; a handler that only reads; and, at
//! any other path, the hook `examples/hooks/ordered-set` in Rust or C.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::serve::ListenerExt;

use crate::library::Library;

/// A hook, from its request to its answer.
type Hook = Arc<dyn Fn(&[u8]) -> Result<Vec<u8>> + Send + Sync>;

/// Serves until the process is ended. Prints the address as its first line. The hook is that of a library in C, else the
/// one in Rust.
pub(crate) fn serve(library: Option<&Path>) -> Result<()> {
    let hook: Hook = match library {
        Some(path) => {
            let library = Library::load(path)?;
            Arc::new(move |request| library.sync(request))
        }
        None => Arc::new(|request| {
            let answer = metawasm_plugin::run(ordered_set::sync, std::str::from_utf8(request)?, "{}")?;
            Ok(answer.into_bytes())
        }),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let router = axum::Router::new()
            .route("/function/sync", post(sync))
            .route("/empty", post(empty))
            .fallback(post(move |body: Bytes| call(Arc::clone(&hook), body)))
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
        Ok(answer) => json(answer),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// A hook on the whole body.
async fn call(hook: Hook, body: Bytes) -> Response {
    match hook(&body) {
        Ok(answer) => json(answer),
        Err(why) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{why:#}")).into_response(),
    }
}

fn json(answer: impl IntoResponse) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], answer).into_response()
}

/// Reads the body and says nothing.
async fn empty(body: Bytes) -> &'static str {
    drop(body);
    "{}"
}
