//! Guests that break, loop, eat memory or answer what would do harm: refused within their limits,
//! and the host serves the next request.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::io::Write;
use std::net::TcpStream;
use std::time::Instant;

use metawasm_tests::guest::Guest;
use metawasm_tests::process::{Folder, HANG, Host};
use metawasm_tests::{fixture, function_plugin};

/// A guest, and the status and a part of the sentence that come back for it.
fn hostile() -> Vec<(&'static str, Guest, u16, &'static str)> {
    let endless = |code: &str| Guest::running(&format!("(loop $l {code} (br $l)) (unreachable)"));
    let hundred_megabytes = Guest::running(
        "(i32.store8 (i32.const 16) (i32.const 0)) (i32.store (i32.const 20) (i32.const 0))
         (i32.store (i32.const 24) (i32.const 104857600)) (i32.const 16)",
    );
    let ten_megabytes = Guest::running(
        "(i32.store8 (i32.const 16) (i32.const 0)) (i32.store (i32.const 20) (i32.const 0))
         (i32.store (i32.const 24) (i32.const 10485760)) (i32.const 16)",
    )
    .pages(200);
    let child = |metadata: &str| {
        Guest::answering(format!(
            r#"{{"children":[{{"apiVersion":"apps/v1","kind":"Deployment","metadata":{metadata}}}]}}"#
        ))
    };
    vec![
        ("traps", Guest::running("(unreachable)"), 500, "trapped: "),
        ("loops", endless(""), 504, "timed out after"),
        (
            "grows",
            endless("(drop (memory.grow (i32.const 1)))"),
            500,
            "memory limit of 64 MiB exceeded: 64.1 MiB requested",
        ),
        (
            "recurses",
            Guest::running("(call $again)")
                .with("(func $again (result i32) (i32.add (call $again) (i32.const 1)))"),
            500,
            "call stack exhausted",
        ),
        (
            "hundred-megabytes",
            hundred_megabytes,
            502,
            "cannot read the answer",
        ),
        ("ten-megabytes", ten_megabytes, 502, "cannot read the answer"),
        ("empty", Guest::answering("{}"), 502, "children"),
        ("null", Guest::answering("null"), 502, "invalid answer: "),
        ("list", Guest::answering("[]"), 502, "invalid answer: "),
        ("no-json", Guest::answering("hello"), 502, "invalid answer: "),
        ("nothing", Guest::answering(""), 502, "invalid answer: "),
        (
            "null-child",
            Guest::answering(r#"{"children":[null]}"#),
            502,
            "/children/0",
        ),
        (
            "wrong-case",
            Guest::answering(r#"{"Children":[]}"#),
            502,
            "Children",
        ),
        (
            "undeclared",
            Guest::answering(r#"{"children":[{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"}}]}"#),
            502,
            "Secret",
        ),
        (
            "elsewhere",
            child(r#"{"name":"d","namespace":"kube-system"}"#),
            502,
            "/children/0/metadata/namespace",
        ),
        (
            "generated",
            child(r#"{"generateName":"d-"}"#),
            502,
            "/children/0/metadata",
        ),
        (
            "owned",
            child(r#"{"name":"d","ownerReferences":[]}"#),
            502,
            "/children/0/metadata/ownerReferences",
        ),
        (
            "labelled",
            child(r#"{"name":"d","labels":{"controller-uid":"x"}}"#),
            502,
            "controller-uid",
        ),
        (
            "not-utf8",
            Guest::answering([0xff]),
            502,
            "cannot read the answer",
        ),
        (
            "invalid",
            Guest::failing(0, 0, "spec.image: Required value"),
            500,
            "spec.image: Required value",
        ),
        ("internal", Guest::failing(2, 0, "a bug"), 500, "a bug"),
    ]
}

#[test]
fn a_hostile_guest_is_refused_and_the_next_request_is_served() {
    let folder = Folder::new("hostile");
    let guests = hostile();
    let good = function_plugin();
    let paths: Vec<_> = guests
        .iter()
        .map(|(name, guest, ..)| folder.write(name, guest.component()))
        .collect();
    let mut plugins: Vec<(&str, &std::path::Path)> = guests
        .iter()
        .zip(&paths)
        .map(|((name, ..), path)| (*name, path.as_path()))
        .collect();
    plugins.push(("function", &good));
    let host = Host::serve(&plugins, &[]);
    let body = fixture("composite-v2-sync-ready.body");
    for (name, _, status, part) in &guests {
        let answer = host.post(&format!("/{name}/sync"), &body);
        assert_eq!(answer.status, *status, "{name}: {answer:?}");
        let who = format!("plugin {name}, sync of Function cap2/hello: ");
        assert!(
            answer.body.starts_with(&who) && answer.body.contains(part),
            "{name}: {}",
            answer.body
        );
        assert!(
            answer.body.len() <= 1024 && answer.body.trim_end().lines().count() == 1,
            "{name}: {}",
            answer.body
        );
        assert_eq!(host.post("/function/sync", &body).status, 200, "after {name}");
    }
}

#[test]
fn a_plugin_that_asks_to_come_back_later_is_a_429_with_a_time() {
    let folder = Folder::new("later");
    let now = folder.write("now.wasm", Guest::failing(1, 0, "not yet").component());
    let later = folder.write("later.wasm", Guest::failing(1, 30, "not yet").component());
    let host = Host::serve(&[("now", &now), ("later", &later)], &[]);
    for (name, seconds) in [("now", "1"), ("later", "30")] {
        let answer = host.post(&format!("/{name}/sync"), &fixture("composite-v2-sync-first.body"));
        assert_eq!(answer.status, 429, "{answer:?}");
        assert_eq!(answer.header("retry-after"), Some(seconds));
        assert_eq!(answer.body, "", "an unread body costs the connection");
    }
}

#[test]
fn looping_guests_do_not_stop_another_plugin() {
    let folder = Folder::new("loops");
    let endless = Guest::endless();
    let endless = folder.write("endless.wasm", endless.component());
    let host = Host::serve(&[("function", &function_plugin()), ("endless", &endless)], &[]);
    let body = fixture("composite-v2-sync-ready.body");
    std::thread::scope(|scope| {
        let loops: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| host.post("/endless/sync", &body).status))
            .collect();
        // Far more calls than fit between two deadlines were the loops in the way.
        for _ in 0..200 {
            assert_eq!(host.post("/function/sync", &body).status, 200);
        }
        for status in loops {
            assert_eq!(status.join().unwrap(), 504);
        }
    });
}

#[test]
fn a_guests_log_is_the_hosts_with_its_name_and_without_forged_lines() {
    let folder = Folder::new("log");
    let guest = Guest::running("(call $log (i32.const 2) (i32.const 16384) (i32.const 12)) (call $answer)")
        .with(r#"(import "metawasm:hook/logging@0.1.0" "log" (func $log (param i32 i32 i32)))"#);
    let guest = guest.saying("one\nforged \x1b");
    let path = folder.write("guest.wasm", guest.component());
    let mut host = Host::serve(&[("guest", &path)], &[]);
    host.post("/guest/sync", &fixture("composite-v2-sync-first.body"));
    let line: serde_json::Value = serde_json::from_str(&host.wait_for_line("forged")).unwrap();
    assert_eq!(line["level"], "WARN");
    assert_eq!(
        (&line["plugin"], &line["hook"], &line["parent"]),
        (&"guest".into(), &"sync".into(), &"Function cap2/hello".into())
    );
    assert_eq!(line["message"], "one\\nforged \\u{1b}");
}

/// An answer that comes when Metacontroller has hung up is worth nothing.
#[test]
fn the_webhooks_timeout_shortens_the_deadline() {
    let folder = Folder::new("patience");
    let endless = Guest::endless();
    let endless = folder.write("endless.wasm", endless.component());
    let host = Host::serve(&[("endless", &endless)], &[]);
    let body = String::from_utf8(fixture("composite-v2-sync-ready.body")).unwrap();
    let hurried = body.replace(r#""timeout":"10s""#, r#""timeout":"500ms""#);
    let answer = host.post("/endless/sync", hurried.as_bytes());
    assert_eq!(answer.status, 504, "{answer:?}");
    assert!(
        answer.body.ends_with("timed out after 0.45 s\n"),
        "{}",
        answer.body
    );
}

#[test]
fn a_client_that_hangs_up_makes_room_for_the_next() {
    let folder = Folder::new("hang-up");
    folder.write("endless.wasm", Guest::endless().component());
    std::fs::copy(function_plugin(), folder.path().join("function.wasm")).unwrap();
    let config = folder.write(
        "metawasm.yaml",
        "concurrency: 1\nmemo: {enabled: false}\nplugins:\n- name: function\n  source: function.wasm\n- name: endless\n  source: endless.wasm\n  \
         limits: {deadline: 1h}\n",
    );
    let host = Host::start(
        std::process::Command::new(metawasm_tests::metawasm()),
        &["--config".into(), config.to_str().unwrap().into()],
    );
    // Without a timeout of its own the call would go on for an hour.
    let body = String::from_utf8(fixture("composite-v2-sync-first.body")).unwrap();
    let patient = body.replace(r#""timeout":"10s""#, r#""timeout":"10h""#);
    let head = format!(
        "POST /endless/sync HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n",
        patient.len()
    );
    let mut client = TcpStream::connect(host.hooks).unwrap();
    client.write_all(head.as_bytes()).unwrap();
    client.write_all(patient.as_bytes()).unwrap();
    let end = Instant::now() + HANG;
    // Until the call is under way there is room for another.
    while host.post("/function/sync", body.as_bytes()).status == 200 {
        assert!(Instant::now() < end, "the first call never took the place");
    }
    drop(client);
    while host.post("/function/sync", body.as_bytes()).status != 200 {
        assert!(Instant::now() < end, "its guest still runs");
    }
}
