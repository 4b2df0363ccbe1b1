//! The files of the page, which are part of the program.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

/// Name and content, compressed with gzip. Empty if the program was built without Node.
static FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// The page of a program without one.
const MISSING: &str = "\
<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width\">
<title>metawasm playground</title>
<h1>This program was built without the page</h1>
<p>Install Node 20 or later and npm, and build it again: <code>cargo xtask build</code>.</p>
";

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-playground-style'; img-src 'self' data:; connect-src 'self'; \
                      worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Returns a file of the page; the empty name is that of its HTML.
pub(super) fn file(name: &str) -> Option<Response> {
    let wanted = if name.is_empty() { "index.html" } else { name };
    let found = FILES.iter().find(|(name, _)| *name == wanted);
    let Some((name, bytes)) = found else {
        return (wanted == "index.html" && FILES.is_empty())
            .then(|| html(MISSING.as_bytes()).into_response());
    };
    let mut response = (content(kind(name)), *bytes).into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    Some(response)
}

fn html(bytes: &'static [u8]) -> impl IntoResponse {
    (content("text/html; charset=utf-8"), bytes)
}

fn content(kind: &'static str) -> [(header::HeaderName, &'static str); 1] {
    [(header::CONTENT_TYPE, kind)]
}

fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "json" => "application/json",
        _ => "text/plain; charset=utf-8",
    }
}

/// Adds what keeps other pages, and texts of plugins, from doing anything with this one.
pub(super) fn protect(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    for (name, value) in [
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
