//! Traces: the caller's in the log, and spans out to a collector.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Instant;

use metawasm_tests::guest::Guest;
use metawasm_tests::process::{Folder, HANG, Host, raw};
use metawasm_tests::{fixture, function_plugin};
use serde_json::Value;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SPAN: &str = "b7ad6b7169203331";

/// A request with one more header, as it is.
fn post_with(host: &Host, path: &str, header: &str) -> String {
    let body = fixture("composite-v2-sync-first.body");
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n{header}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    raw(host.hooks, &[head.as_bytes(), &body].concat())
}

fn trap(folder: &Folder) -> std::path::PathBuf {
    folder.write("trap.wasm", Guest::running("(unreachable)").component())
}

#[test]
fn the_trace_of_the_caller_is_in_the_line() {
    let folder = Folder::new("trace");
    let trap = trap(&folder);
    let mut host = Host::serve(
        &[("trap", &trap), ("function", &function_plugin())],
        &["--log", "debug"],
    );
    let answer = post_with(&host, "/trap/sync", &format!("traceparent: 00-{TRACE}-{SPAN}-01"));
    assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
    assert_eq!(host.wait_for_event("\"outcome\":\"trap\"")["trace_id"], TRACE);
    for bad in [
        format!("traceparent: 00-{}-{SPAN}-01", TRACE.to_uppercase()),
        format!("traceparent: 00-{TRACE}-{SPAN}-01\r\ntraceparent: 00-{TRACE}-{SPAN}-01"),
        "traceparent: \u{fc}".to_owned(),
    ] {
        let answer = post_with(&host, "/function/sync", &bad);
        assert!(answer.starts_with("HTTP/1.1 200 "), "{bad}: {answer}");
    }
    let line = host.wait_for_event("\"outcome\":\"ok\"");
    assert_eq!(line.get("trace_id"), None, "{line}");
}

/// The body of the next request to a collector, which is answered.
fn collect(listener: &TcpListener) -> Value {
    let (mut stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(HANG)).unwrap();
    let mut got = Vec::new();
    let mut part = [0; 4096];
    loop {
        let read = stream.read(&mut part).unwrap();
        assert!(read > 0, "it ends too early: {}", String::from_utf8_lossy(&got));
        got.extend_from_slice(&part[..read]);
        let text = String::from_utf8_lossy(&got).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        if let Ok(body) = serde_json::from_str(body) {
            assert!(head.starts_with("POST /v1/traces HTTP/1.1"), "{head}");
            stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
                .unwrap();
            return body;
        }
    }
}

#[test]
fn a_sampled_request_reaches_the_collector_and_the_last_ones_do_at_the_end() {
    let folder = Folder::new("otlp");
    let trap = trap(&folder);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let config = folder.write("metawasm.yaml", "traces: {sample: 0}\nmemo: {enabled: false}\n");
    let host = Host::serve(
        &[("function", &function_plugin()), ("trap", &trap)],
        &["--config", config.to_str().unwrap(), "--traces", &endpoint],
    );
    post_with(&host, "/function/sync", "X-None: 1");
    post_with(
        &host,
        "/function/sync",
        &format!("traceparent: 00-{TRACE}-{SPAN}-00"),
    );
    let start = Instant::now();
    post_with(
        &host,
        "/function/sync",
        &format!("traceparent: 00-{TRACE}-{SPAN}-01"),
    );
    let body = collect(&listener);
    assert!(start.elapsed() < HANG);
    let spans = body["resourceSpans"][0]["scopeSpans"][0]["spans"]
        .as_array()
        .unwrap();
    let names: Vec<_> = spans.iter().map(|span| span["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["POST /function/sync", "review", "run", "queue"],
        "the sampled one alone"
    );
    assert_eq!(spans[0]["traceId"], TRACE);
    assert_eq!(spans[0]["parentSpanId"], SPAN);
    assert_eq!(spans[2]["parentSpanId"], spans[0]["spanId"]);
    post_with(&host, "/trap/sync", &format!("traceparent: 00-{TRACE}-{SPAN}-01"));
    host.signal("TERM");
    let body = collect(&listener);
    let span = &body["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
    assert_eq!(span["name"], "POST /trap/sync");
    assert_eq!(span["status"]["code"], 2);
    assert_eq!(host.wait().code(), Some(0));
}

#[test]
fn a_collector_that_is_not_there_costs_no_request() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut host = Host::serve(
        &[("function", &function_plugin())],
        &["--traces", &format!("http://{gone}")],
    );
    let answer = post_with(
        &host,
        "/function/sync",
        &format!("traceparent: 00-{TRACE}-{SPAN}-01"),
    );
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    host.wait_for_line("cannot export traces");
    assert_eq!(host.metric("metawasm_spans_total{result=\"failed\"}"), Some(1.0));
    host.signal("TERM");
    assert_eq!(host.wait().code(), Some(0));
}
