//! Who may read the page and its data, and what a browser may do with them.
//!
//! The admin routes have no authentication. A page of another origin in the browser of somebody who reaches them must not
//! read this one: not across origins, which browsers tell in `Sec-Fetch-Site` or `Origin`, and not by a name of its own
//! that leads to loopback (DNS rebinding), which the header `Host` tells.

use std::net::{IpAddr, SocketAddr};

use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;

use crate::serve::respond::text;

/// Nothing is loaded from elsewhere, sent elsewhere, or shown within another page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (header::CACHE_CONTROL, "no-store"),
];

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// The page itself, which a link may lead to.
    Document,
    /// The page's files and data.
    Part,
}

/// Checks requests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guard {
    /// The address of the listener, if it is on loopback.
    loopback: Option<IpAddr>,
}

impl Guard {
    /// The guard of a listener.
    pub(super) fn new(admin: SocketAddr) -> Self {
        let ip = admin.ip().to_canonical();
        Self {
            loopback: ip.is_loopback().then_some(ip),
        }
    }

    /// Returns why a request is refused, if it is.
    pub(super) fn refuses(self, headers: &HeaderMap, target: Target) -> Option<Response> {
        let text_of = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let site = text_of(HeaderName::from_static("sec-fetch-site"));
        let is_link = target == Target::Document
            && text_of(HeaderName::from_static("sec-fetch-mode")) == Some("navigate");
        if site.is_some_and(|site| !matches!(site, "same-origin" | "none")) && !is_link {
            return Some(refused(
                "a page of another origin cannot read this; open the admin address itself in the browser",
            ));
        }
        let host = headers.get(header::HOST);
        // Old browsers, and all browsers without TLS on an address other than loopback, send no `Sec-Fetch-Site`.
        let origin = headers.get(header::ORIGIN);
        if origin.is_some() && !is_link && origin.and_then(authority) != host.map(HeaderValue::as_bytes) {
            return Some(refused(
                "a page of another origin cannot read this; open the admin address itself in the browser",
            ));
        }
        let listener = self.loopback?;
        let names_loopback = host
            .and_then(|host| host.to_str().ok())
            .is_some_and(|host| is_loopback(host, listener));
        (!names_loopback).then(|| {
            refused(
                "the header Host must be localhost, 127.0.0.1 or [::1], because this address is on loopback; open \
                 http://localhost with the port",
            )
        })
    }
}

fn refused(sentence: &str) -> Response {
    secured(text(StatusCode::FORBIDDEN, sentence.to_owned()))
}

/// Returns the host and port of an origin.
fn authority(origin: &HeaderValue) -> Option<&[u8]> {
    origin.as_bytes().strip_prefix(b"http://")
}

/// Whether a `Host` is a name of loopback, with any port: a forwarded port has another number.
fn is_loopback(host: &str, listener: IpAddr) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((name, port)) if port.is_empty() || is_port(port) => name,
            _ => return false,
        },
        None => match host.split_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            Some(_) => return false,
            None => host,
        },
    };
    let ip = name.parse::<IpAddr>().ok();
    name.eq_ignore_ascii_case("localhost")
        || ["127.0.0.1", "::1"].contains(&name)
        || ip.is_some_and(|ip| ip.to_canonical() == listener)
}

fn is_port(text: &str) -> bool {
    let digits = text.strip_prefix(':');
    digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Adds the headers that bind a browser.
pub(super) fn secured(mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(admin: &str, target: Target, headers: &[(&'static str, &'static str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, HeaderValue::from_static(value));
        }
        Guard::new(admin.parse().unwrap()).refuses(&map, target).is_none()
    }

    #[test]
    fn only_names_of_loopback_reach_a_listener_on_loopback() {
        let loopback = "127.0.0.1:8081";
        for host in [
            "localhost",
            "localhost:8081",
            "LOCALHOST:9",
            "127.0.0.1",
            "127.0.0.1:1",
            "[::1]",
            "[::1]:8081",
        ] {
            assert!(allowed(loopback, Target::Part, &[("host", host)]), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:8081",
            "localhost.evil.example",
            "127.0.0.1.evil.example:8081",
            "localhost:8081@evil.example",
            "[::1",
            "[::1].evil.example",
            "::1",
            "10.0.0.1:8081",
            "127.0.0.2",
            "",
        ] {
            for target in [Target::Part, Target::Document] {
                assert!(!allowed(loopback, target, &[("host", host)]), "{host}");
            }
        }
        assert!(!allowed(loopback, Target::Part, &[]), "no Host");
        assert!(allowed(
            "127.0.0.2:8081",
            Target::Part,
            &[("host", "127.0.0.2:8081")]
        ));
        assert!(allowed("[::1]:8081", Target::Part, &[("host", "localhost:8081")]));
        // Elsewhere nobody knows the names.
        assert!(allowed(
            "0.0.0.0:8081",
            Target::Part,
            &[("host", "metawasm.example:8081")]
        ));
    }

    #[test]
    fn another_origin_reads_nothing_and_a_link_leads_to_the_page() {
        let host = ("host", "localhost:8081");
        let from = |target, site, mode| {
            let headers = [host, ("sec-fetch-site", site), ("sec-fetch-mode", mode)];
            allowed("127.0.0.1:8081", target, &headers)
        };
        for site in ["cross-site", "same-site", "something-new"] {
            for mode in ["cors", "no-cors", "navigate"] {
                assert!(!from(Target::Part, site, mode), "{site} {mode}");
            }
            assert!(!from(Target::Document, site, "cors") && from(Target::Document, site, "navigate"));
        }
        for site in ["same-origin", "none"] {
            assert!(from(Target::Part, site, "cors") && from(Target::Document, site, "navigate"));
        }
        let with_origin = |origin| {
            let headers = [host, ("origin", origin)];
            allowed("0.0.0.0:8081", Target::Part, &headers)
        };
        assert!(with_origin("http://localhost:8081"));
        for origin in [
            "http://localhost:3000",
            "https://localhost:8081",
            "http://evil.example",
            "null",
        ] {
            assert!(!with_origin(origin), "{origin}");
        }
    }

    #[test]
    fn the_headers_are_valid() {
        let response = secured(text(StatusCode::OK, String::new()));
        for (name, value) in HEADERS {
            assert_eq!(response.headers().get(&name).unwrap(), value);
        }
    }
}
