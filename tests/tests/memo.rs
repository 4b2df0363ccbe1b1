//! Answers that are given again, ETags, and the queue, over the real binary.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::net::SocketAddr;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use metawasm_tests::guest::Guest;
use metawasm_tests::process::{Folder, HANG, Host, raw};
use metawasm_tests::{fixture, function_plugin, metawasm};
use serde_json::{Value, json};

/// The recorded request, changed.
fn request(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut body = serde_json::from_slice(&fixture("composite-v2-sync-ready.body")).unwrap();
    change(&mut body);
    body.to_string().into_bytes()
}

/// The same for a controller that keeps answers by ETag.
fn keeping() -> Vec<u8> {
    request(|body| {
        body["controller"]["spec"]["hooks"]["sync"]["webhook"]["etag"] = json!({"enabled": true});
    })
}

/// A request for a parent of another name.
fn named(name: impl std::fmt::Display) -> Vec<u8> {
    request(|body| body["parent"]["metadata"]["name"] = json!(name.to_string()))
}

fn http(path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n{headers}\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// Posts with an `If-None-Match`: status, headers as they are, body.
fn holding(address: SocketAddr, etag: &str, body: &[u8]) -> (u16, String, String) {
    let headers = format!("If-None-Match: {etag}\r\nConnection: close\r\n");
    let answer = raw(address, &http("/function/sync", &headers, body));
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_lowercase(), body.to_owned())
}

fn configured(folder: &Folder, text: &str) -> Host {
    let config = folder.write("metawasm.yaml", text);
    Host::start(
        Command::new(metawasm()),
        &["--config".into(), config.to_str().unwrap().into()],
    )
}

fn function(more: &str) -> String {
    format!(
        "plugins:\n- name: function\n  source: file:{}\n{more}",
        function_plugin().display()
    )
}

#[test]
fn a_repeat_has_the_same_bytes_and_the_same_etag_on_every_host() {
    let folder = Folder::new("memo");
    let body = keeping();
    let mut seen: Vec<(String, String)> = Vec::new();
    for config in [
        function(""),
        // Another process, which knows nothing yet, and one that never will.
        function(""),
        function("memo: {enabled: false}\n"),
    ] {
        let host = configured(&folder, &config);
        if let Some((etag, _)) = seen.first() {
            let (status, head, text) = holding(host.hooks, etag, &body);
            assert_eq!((status, text.as_str()), (304, ""), "{head}");
            assert!(head.contains(&format!("etag: {etag}")), "{head}");
        }
        for _ in 0..3 {
            let answer = host.post("/function/sync", &body);
            assert_eq!(answer.status, 200, "{answer:?}");
            let etag = answer.header("etag").unwrap().to_owned();
            assert!(etag.starts_with('"') && etag.ends_with('"'), "{etag}");
            let (status, head, text) = holding(host.hooks, &format!("\"0\", {etag}"), &body);
            assert_eq!((status, text.as_str()), (304, ""), "{head}");
            assert!(!head.contains("content-type"), "{head}");
            for other in ["\"0\"", "*", &format!("W/{etag}")] {
                let (status, head, text) = holding(host.hooks, other, &body);
                assert_eq!((status, &text), (200, &answer.body), "{other}: {head}");
            }
            seen.push((etag, answer.body));
        }
    }
    assert!(seen.iter().all(|one| *one == seen[0]));
    let host = configured(&folder, &function("  settings: {httpAddon: \"0.5\"}\n"));
    let (status, head, _) = holding(host.hooks, &seen[0].0, &body);
    assert_eq!(status, 200, "other settings, another answer: {head}");
    assert!(head.contains("etag: ") && !head.contains(&seen[0].0), "{head}");
}

#[test]
fn a_controller_that_keeps_no_answers_gets_an_etag_only_when_it_asks() {
    let host = Host::serve(&[("function", &function_plugin())], &[]);
    let body = fixture("composite-v2-sync-ready.body");
    for _ in 0..3 {
        let answer = host.post("/function/sync", &body);
        assert_eq!((answer.status, answer.header("etag")), (200, None));
    }
    let (status, head, _) = holding(host.hooks, "\"0\"", &body);
    assert_eq!(status, 200);
    assert!(head.contains("etag: \""), "{head}");
}

#[test]
fn a_rolling_controller_never_gets_an_etag_or_a_304() {
    let host = Host::serve(&[("function", &function_plugin())], &[]);
    let plain = host.post("/function/sync", &keeping());
    let etag = plain.header("etag").unwrap().to_owned();
    let rolling = request(|body| {
        let spec = &mut body["controller"]["spec"];
        spec["hooks"]["sync"]["webhook"]["etag"] = json!({"enabled": true});
        spec["childResources"][0]["updateStrategy"] = json!({"method": "RollingInPlace"});
    });
    for _ in 0..3 {
        let (status, head, text) = holding(host.hooks, &etag, &rolling);
        assert_eq!((status, &text), (200, &plain.body), "{head}");
        assert!(!head.contains("etag:"), "{head}");
    }
}

/// Logs that it runs, works for a while and answers.
fn slow() -> Guest {
    Guest::running(
        "(local $n i32) (local.set $n (i32.const 80000000))
         (call $log (i32.const 1) (i32.const 16384) (i32.const 11))
         (loop $l (local.set $n (i32.sub (local.get $n) (i32.const 1))) (br_if $l (local.get $n)))
         (call $answer)",
    )
    .with(r#"(import "metawasm:hook/logging@0.1.0" "log" (func $log (param i32 i32 i32)))"#)
    .saying(r#"{"children":[]}"#)
}

#[test]
fn equal_requests_at_once_run_once_and_their_failures_are_not_kept() {
    let folder = Folder::new("once");
    let good = folder.write("good.wasm", slow().component());
    // The same, but what it says is refused.
    let bad = folder.write("bad.wasm", slow().saying(r#"{"Children":[]}"#).component());
    for (file, most, status, runs) in [(good, 8, 200, 1), (bad, 2, 502, 3)] {
        let host = Host::serve(&[("p", &file)], &[]);
        let body = named("x");
        thread::scope(|scope| {
            for _ in 0..most {
                scope.spawn(|| assert_eq!(host.post("/p/sync", &body).status, status));
            }
        });
        assert_eq!(host.post("/p/sync", &body).status, status);
        assert_eq!(host.end_and_count("\"target\":\"guest\""), runs);
    }
}

/// A plugin that loops, one call at a time, and the real one beside it.
fn flooded(folder: &Folder) -> Host {
    let endless = folder.write("endless.wasm", Guest::endless().component());
    configured(
        folder,
        &function(&format!(
            "- name: endless\n  source: file:{}\n  limits: {{deadline: 1s, concurrency: 1, queue: 2}}\n",
            endless.display()
        )),
    )
}

#[test]
fn a_flood_is_sent_away_with_a_time_to_come_again_and_a_quiet_plugin_is_answered() {
    let folder = Folder::new("flood");
    let host = flooded(&folder);
    let quiet = thread::scope(|scope| {
        let flood: Vec<_> = (0..10)
            .map(|number| {
                scope.spawn({
                    let host = &host;
                    move || host.post("/endless/sync", &named(number))
                })
            })
            .collect();
        let start = Instant::now();
        let quiet = (0..20)
            .filter(|number| host.post("/function/sync", &named(number)).status == 200)
            .count();
        assert!(start.elapsed() < HANG);
        let answers: Vec<_> = flood.into_iter().map(|thread| thread.join().unwrap()).collect();
        let refused: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
        assert!(refused.len() >= 7, "one runs, two wait: {answers:?}");
        for answer in refused {
            let seconds: u32 = answer.header("retry-after").unwrap().parse().unwrap();
            assert!((1..=60).contains(&seconds), "{answer:?}");
            assert_eq!(answer.body, "");
        }
        assert!(answers.iter().any(|answer| answer.status == 504), "{answers:?}");
        quiet
    });
    assert_eq!(quiet, 20);
}

#[test]
fn after_a_429_the_connection_goes_on() {
    let folder = Folder::new("again");
    let host = flooded(&folder);
    let hooks = host.hooks;
    let flood: Vec<_> = (0..3)
        .map(|number| {
            thread::spawn(move || {
                raw(
                    hooks,
                    &http("/endless/sync", "Connection: close\r\n", &named(number)),
                )
            })
        })
        .collect();
    // The three have come, or nearly: what comes too early waits and is no 429, and the next is one.
    thread::sleep(Duration::from_millis(300));
    let two = [
        http("/endless/sync", "", &named("a")),
        http("/function/sync", "Connection: close\r\n", &named("b")),
    ];
    let answers = raw(hooks, &two.concat());
    assert!(answers.starts_with("HTTP/1.1 429 "), "{answers}");
    assert!(
        answers.contains("\r\n\r\nHTTP/1.1 200 "),
        "no body between them: {answers}"
    );
    for thread in flood {
        thread.join().unwrap();
    }
}

#[test]
fn callers_that_hang_up_leave_the_queue() {
    let folder = Folder::new("gone");
    let host = flooded(&folder);
    let hooks = host.hooks;
    let running = thread::spawn(move || {
        raw(
            hooks,
            &http("/endless/sync", "Connection: close\r\n", &named("a")),
        )
    });
    thread::sleep(Duration::from_millis(200));
    // Far more than the queue has room for, one after the other, each gone before the next comes.
    for number in 0..6 {
        let mut stream = std::net::TcpStream::connect(hooks).unwrap();
        std::io::Write::write_all(&mut stream, &http("/endless/sync", "", &named(number))).unwrap();
        thread::sleep(Duration::from_millis(50));
    }
    thread::sleep(Duration::from_millis(100));
    // There is a place to wait in, and time to run out of.
    let answer = host.post("/endless/sync", &named("z"));
    assert_eq!(answer.status, 504, "{answer:?}");
    running.join().unwrap();
}
