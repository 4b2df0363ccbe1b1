//! Where a request ends: two readers of the same bytes must not see two different ends (request smuggling).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use metawasm_tests::process::{Host, raw};
use metawasm_tests::{fixture, function_plugin};

/// What would be a second request, if anybody took it for one.
const INNER: &str = "POST /smuggled/sync HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n";

fn host() -> Host {
    Host::serve(&[("function", &function_plugin())], &[])
}

/// How many requests the host has seen whose paths name no hook.
fn unknown_paths(host: &Host) -> f64 {
    let series = r#"metawasm_requests_total{plugin="",hook="",outcome="not_found"}"#;
    host.metric(series).unwrap_or(0.0)
}

fn statuses(answer: &str) -> Vec<&str> {
    let after = |part: &'static str| answer.split(part).skip(1);
    after("HTTP/1.1 ").map(|rest| &rest[..3]).collect()
}

/// Headers, and what follows them.
#[test]
fn a_request_whose_end_is_not_clear_is_refused_and_its_connection_closed() {
    let host = host();
    let chunk = format!("{:x}\r\n{{}}\r\n0\r\n\r\n", 2);
    let refused: &[(&str, String)] = &[
        ("Content-Length: 2\r\nContent-Length: 3", format!("{{}}{INNER}")),
        ("Content-Length: 2, 3", format!("{{}}{INNER}")),
        ("Content-Length: 2, 2", format!("{{}}{INNER}")),
        ("Content-Length: +2", format!("{{}}{INNER}")),
        ("Content-Length: -2", format!("{{}}{INNER}")),
        ("Content-Length: 0x2", format!("{{}}{INNER}")),
        ("Content-Length: 2.0", format!("{{}}{INNER}")),
        ("Content-Length: ", format!("{{}}{INNER}")),
        ("Content-Length: 99999999999999999999", INNER.to_owned()),
        ("Content-Length : 2", format!("{{}}{INNER}")),
        (" Content-Length: 2", format!("{{}}{INNER}")),
        ("X: a\r\n Content-Length: 2", format!("{{}}{INNER}")),
        ("X: a\r\n\tb", INNER.to_owned()),
        ("X: a\0b", INNER.to_owned()),
        ("X: a\rb", INNER.to_owned()),
        ("X\r\nContent-Length: 2", format!("{{}}{INNER}")),
        ("Transfer-Encoding: identity", INNER.to_owned()),
        ("Transfer-Encoding: identity, chunked", format!("{chunk}{INNER}")),
        (
            "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
            format!("{chunk}{INNER}"),
        ),
        ("Transfer-Encoding: chunked, identity", format!("{chunk}{INNER}")),
        (
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
            format!("{chunk}{INNER}"),
        ),
        ("Transfer-Encoding: chunked, chunked", format!("{chunk}{INNER}")),
        (
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
            format!("{chunk}{INNER}"),
        ),
        ("Transfer-Encoding: gzip, chunked", format!("{chunk}{INNER}")),
        ("Transfer-Encoding: gzip", format!("{chunk}{INNER}")),
        ("Transfer-Encoding: xchunked", format!("{chunk}{INNER}")),
        ("Transfer-Encoding: \"chunked\"", format!("{chunk}{INNER}")),
        ("Transfer-Encoding: chunked;q=1", format!("{chunk}{INNER}")),
        ("Transfer-Encoding: ", format!("{chunk}{INNER}")),
        ("Transfer-Encoding : chunked", format!("{chunk}{INNER}")),
        (
            "Content-Length: 2\r\nTransfer-Encoding: identity, chunked",
            format!("{chunk}{INNER}"),
        ),
        (
            "Content-Length: 2\r\nTransfer-Encoding: gzip",
            format!("{{}}{INNER}"),
        ),
    ];
    for (headers, rest) in refused {
        let text = format!("POST /function/sync HTTP/1.1\r\nHost: h\r\n{headers}\r\n\r\n{rest}");
        let answer = raw(host.hooks, text.as_bytes());
        assert_eq!(statuses(&answer), ["400"], "{headers:?}: {answer}");
        assert_eq!(
            unknown_paths(&host),
            0.0,
            "{headers:?}: the rest was taken for a request"
        );
    }
    let old = format!("POST /function/sync HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}{INNER}");
    assert_eq!(statuses(&raw(host.hooks, old.as_bytes())), ["400"]);
    assert_eq!(unknown_paths(&host), 0.0);
}

/// A length beside `chunked` does not count (RFC 9112, 6.3), and nothing after such a request does either.
#[test]
fn a_request_in_chunks_is_the_last_of_its_connection() {
    let host = host();
    let body = fixture("composite-v2-sync-ready.body");
    let chunks = [
        format!("{:x}\r\n", body.len()).as_bytes(),
        &body,
        b"\r\n0\r\n\r\n",
        INNER.as_bytes(),
    ]
    .concat();
    for (method, headers, status) in [
        ("POST", "Transfer-Encoding: chunked", "200"),
        ("POST", "Transfer-Encoding: Chunked", "200"),
        ("POST", "Content-Length: 2\r\nTransfer-Encoding: chunked", "200"),
        ("POST", "Transfer-Encoding: chunked\r\nContent-Length: 2", "200"),
        ("PUT", "Transfer-Encoding: chunked\r\nContent-Length: 2", "405"),
    ] {
        let head = format!("{method} /function/sync HTTP/1.1\r\nHost: h\r\n{headers}\r\n\r\n");
        let answer = raw(host.hooks, &[head.as_bytes(), &chunks].concat());
        assert_eq!(statuses(&answer), [status], "{headers}: {answer}");
        assert!(
            answer.to_ascii_lowercase().contains("connection: close"),
            "{answer}"
        );
        assert_eq!(
            unknown_paths(&host),
            0.0,
            "{headers}: the rest was taken for a request"
        );
    }
}

/// Requests whose ends are clear: the second one is a request of its own.
#[test]
fn requests_on_one_connection_are_told_apart() {
    let host = host();
    for (number, headers) in ["Content-Length: 2", "Content-Length: 2\r\nContent-Length: 2"]
        .into_iter()
        .enumerate()
    {
        let text = format!(
            "POST /function/sync HTTP/1.1\r\nHost: h\r\n{headers}\r\n\r\n{{}}{}",
            INNER.replace("Host: h", "Host: h\r\nConnection: close")
        );
        let answer = raw(host.hooks, text.as_bytes());
        assert_eq!(statuses(&answer), ["400", "404"], "{headers}: {answer}");
        assert_eq!(unknown_paths(&host), number as f64 + 1.0);
    }
}

#[test]
fn admin_routes_refuse_the_same() {
    let host = host();
    let text = format!(
        "PUT /log HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: identity, chunked\r\n\r\n5\r\ndebug\r\n0\r\n\r\n{INNER}"
    );
    let answer = raw(host.admin, text.as_bytes());
    assert_eq!(statuses(&answer), ["400"], "{answer}");
    assert_eq!(host.get_admin("/log").body, "info\n");
    let text = format!(
        "PUT /log HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\ndebug\r\n0\r\n\r\n{INNER}"
    );
    let answer = raw(host.admin, text.as_bytes());
    assert_eq!(statuses(&answer), ["200"], "{answer}");
}
