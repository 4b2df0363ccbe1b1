//! Connections: clients that are slow, silent, too many or too much, and the end of the server.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

use metawasm_tests::guest::Guest;
use metawasm_tests::process::{Folder, HANG, Host, raw};
use metawasm_tests::{fixture, function_plugin, metawasm, skip};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

fn body() -> Vec<u8> {
    fixture("composite-v2-sync-ready.body")
}

/// Serves the function plugin with a line of configuration.
fn serve(folder: &Folder, line: &str) -> Host {
    let text = format!(
        "{line}\nplugins:\n- name: function\n  source: file:{}\n",
        function_plugin().display()
    );
    let config = folder.write("metawasm.yaml", text);
    Host::start(
        Command::new(metawasm()),
        &["--config".into(), config.to_str().unwrap().into()],
    )
}

fn open(address: SocketAddr, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(HANG)).unwrap();
    stream.write_all(bytes).unwrap();
    stream
}

/// What comes until the other side closes.
fn rest(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok();
    String::from_utf8_lossy(&answer).into_owned()
}

fn request(more: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST /function/sync HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n{more}\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// Reads one answer with a body of known length from a connection that stays open.
fn one_answer(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let mut part = [0; 4096];
    loop {
        let read = stream.read(&mut part).unwrap();
        assert!(read > 0, "closed after {:?}", String::from_utf8_lossy(&answer));
        answer.extend_from_slice(&part[..read]);
        let text = String::from_utf8_lossy(&answer).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.to_ascii_lowercase();
        let length = length.split("content-length: ").nth(1).unwrap();
        if body.len() >= length.lines().next().unwrap().parse::<usize>().unwrap() {
            return text;
        }
    }
}

#[test]
fn ten_thousand_connections_that_send_nothing_keep_nobody_out() {
    const MANY: usize = 10_000;
    let limit = getrlimit(Resource::Nofile);
    let wanted = Rlimit {
        current: limit.maximum,
        ..limit
    };
    setrlimit(Resource::Nofile, wanted).ok();
    if getrlimit(Resource::Nofile)
        .current
        .is_some_and(|files| files < MANY as u64 + 1000)
    {
        skip(format_args!(
            "this system does not let a process have {MANY} open files"
        ));
        return;
    }
    let host = Host::serve(&[("function", &function_plugin())], &[]);
    let mut silent = Vec::with_capacity(MANY);
    for number in 0..MANY {
        silent.push(TcpStream::connect(host.hooks).unwrap());
        if number % 1000 == 999 {
            assert_eq!(host.post("/function/sync", &body()).status, 200, "after {number}");
        }
    }
    // A client that is kept is not the one that makes room.
    let mut kept = open(host.hooks, &request("", &body()));
    assert!(one_answer(&mut kept).starts_with("HTTP/1.1 200 "));
    for _ in 0..1500 {
        silent.push(TcpStream::connect(host.hooks).unwrap());
    }
    kept.write_all(&request("", &body())).unwrap();
    assert!(one_answer(&mut kept).starts_with("HTTP/1.1 200 "));
    assert_eq!(host.get_admin("/readyz").status, 200);
}

#[test]
fn where_all_connections_are_in_use_a_new_one_is_closed_and_that_is_said() {
    let folder = Folder::new("full");
    let mut host = serve(&folder, "connections: {most: 2, body: 5s}");
    let half = b"POST /function/sync HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n{";
    let held = [open(host.hooks, half), open(host.hooks, half)];
    // Until both are known to be in use, a new one takes the place of one of them; so the same again.
    std::thread::sleep(Duration::from_millis(300));
    let answer = raw(host.hooks, &request("", &body()));
    assert_eq!(answer, "");
    let line = host.wait_for_line("connections.most");
    assert!(line.contains("all 2 that may be open are in use"), "{line}");
    for stream in held {
        assert!(rest(stream).starts_with("HTTP/1.1 408 "));
    }
    assert_eq!(host.post("/function/sync", &body()).status, 200);
}

#[test]
fn a_client_that_stops_halfway_is_not_waited_for() {
    let folder = Folder::new("slow");
    let mut host = serve(&folder, "connections: {head: 300ms, body: 400ms, idle: 500ms}");
    let start = Instant::now();
    // Half a head, a head byte by byte, half a body, a body byte by byte, nothing at all, a kept connection.
    let half = open(host.hooks, b"POST /function/sync HT");
    let mut head = open(host.hooks, b"POST /function/sync HTTP/1.1\r\nX: ");
    let begun = b"POST /function/sync HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n{";
    let half_body = open(host.hooks, begun);
    let mut slow_body = open(host.hooks, begun);
    let nothing = open(host.hooks, b"");
    let mut kept = open(host.hooks, &request("", &body()));
    assert!(one_answer(&mut kept).starts_with("HTTP/1.1 200 "));
    for _ in 0..20 {
        head.write_all(b"x").ok();
        slow_body.write_all(b" ").ok();
        std::thread::sleep(Duration::from_millis(50));
    }
    for stream in [half, head, nothing, kept] {
        assert_eq!(rest(stream), "");
    }
    for stream in [half_body, slow_body] {
        let answer = rest(stream);
        assert!(
            answer.starts_with("HTTP/1.1 408 ")
                && answer.contains("timed out after 0.4 s while reading the request body"),
            "{answer}"
        );
    }
    assert!(start.elapsed() < HANG);
    assert_eq!(host.post("/function/sync", &body()).status, 200);
    // The two heads; the other connections had not begun one.
    let slow = r#"metawasm_connection_events_total{listener="hooks",event="slow"}"#;
    assert_eq!(host.metric(slow), Some(2.0));
    let line = host.wait_for_line("request head within 0.3 s (`connections.head`)");
    assert!(
        line.contains("\"WARN\"") && line.contains("\"peer\":\"127.0.0.1\""),
        "{line}"
    );
}

#[test]
fn a_head_without_end_is_refused() {
    let host = Host::serve(&[("function", &function_plugin())], &[]);
    let long = format!(
        "POST /function/sync HTTP/1.1\r\nHost: h\r\nX: {}\r\n\r\n",
        "x".repeat(1 << 20)
    );
    let many = format!(
        "POST /function/sync HTTP/1.1\r\nHost: h\r\n{}\r\n",
        "X: x\r\n".repeat(5000)
    );
    for head in [long, many] {
        let answer = raw(host.hooks, head.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    }
    assert_eq!(host.post("/function/sync", &body()).status, 200);
}

#[test]
fn bodies_in_chunks_are_read_bounded_and_checked() {
    let host = Host::serve(&[("function", &function_plugin())], &[]);
    let head =
        "POST /function/sync HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunked = |chunks: &[u8], size: usize| {
        let mut text = head.as_bytes().to_vec();
        for chunk in chunks.chunks(size) {
            text.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
            text.extend_from_slice(chunk);
            text.extend(b"\r\n");
        }
        text.extend(b"0\r\n\r\n");
        text
    };
    let whole = host.post("/function/sync", &body()).body;
    for size in [100, 1000, 1 << 20] {
        let answer = raw(host.hooks, &chunked(&body(), size));
        assert!(
            answer.starts_with("HTTP/1.1 200 ") && answer.ends_with(&whole),
            "{answer}"
        );
    }
    let large = vec![b' '; 9 << 20];
    let answer = raw(host.hooks, &chunked(&large, 1 << 16));
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    for broken in [
        "zz\r\nabc\r\n",
        "5\r\nabcdefgh\r\n0\r\n\r\n",
        "ffffffffffffffffff\r\n",
    ] {
        let answer = raw(host.hooks, format!("{head}{broken}").as_bytes());
        assert!(answer.starts_with("HTTP/1.1 400 "), "{broken}: {answer}");
    }
    let mut cut = open(host.hooks, format!("{head}5\r\nab").as_bytes());
    cut.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = String::new();
    cut.read_to_string(&mut answer).ok();
    assert!(!answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert_eq!(host.post("/function/sync", &body()).status, 200);
}

/// The client sends all of it before it reads, and gets the sentence all the same.
#[test]
fn a_body_of_9_mib_is_answered_with_the_sentence() {
    let host = Host::serve(&[("function", &function_plugin())], &[]);
    let large = vec![b' '; 9 << 20];
    let mut stream = TcpStream::connect(host.hooks).unwrap();
    stream.set_read_timeout(Some(HANG)).unwrap();
    stream.write_all(&request("", &large)).unwrap();
    let answer = rest(stream);
    assert!(
        answer.starts_with("HTTP/1.1 413 ") && answer.contains("is larger than 8388608 bytes"),
        "{answer}"
    );
}

/// A body that has arrived keeps its room until its call is done.
#[test]
fn where_the_room_for_bodies_is_taken_a_caller_is_told_to_wait() {
    const LARGE: usize = 1_048_000;
    let folder = Folder::new("bodies");
    folder.write("endless.wasm", Guest::endless().component());
    let text = format!(
        "connections: {{bodies: 1Mi}}\nplugins:\n- name: function\n  source: file:{}\n- name: endless\n  source: \
         file:endless.wasm\n  limits: {{deadline: 4s}}\n",
        function_plugin().display()
    );
    let config = folder.write("metawasm.yaml", text);
    let host = Host::start(
        Command::new(metawasm()),
        &["--config".into(), config.to_str().unwrap().into()],
    );
    let mut large = body();
    large.resize(LARGE, b' ');
    let text = String::from_utf8(request("", &large)).unwrap();
    let held = open(host.hooks, text.replacen("/function/", "/endless/", 1).as_bytes());
    let end = Instant::now() + HANG;
    while host.metric("metawasm_bodies_bytes") != Some(LARGE as f64) {
        assert!(Instant::now() < end, "the body never arrived");
        std::thread::sleep(Duration::from_millis(10));
    }
    let answer = raw(host.hooks, &request("", &body())).to_ascii_lowercase();
    assert!(
        answer.starts_with("http/1.1 429 ")
            && answer.contains("retry-after: 1\r\n")
            && answer.contains("content-length: 0\r\n"),
        "{answer}"
    );
    drop(held);
    while host.metric("metawasm_bodies_bytes") != Some(0.0) {
        assert!(Instant::now() < end, "the room is never free again");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(host.post("/function/sync", &body()).status, 200);
}

/// A host with a plugin that never answers, its deadline, and a good one.
fn with_endless(deadline: &str, grace: &str) -> (Folder, Host) {
    let folder = Folder::new("drain");
    folder.write("endless.wasm", Guest::endless().component());
    let line = format!(
        "grace: {grace}\nplugins:\n- name: function\n  source: file:{}\n- name: endless\n  source: \
         file:endless.wasm\n  limits: {{deadline: {deadline}}}\n",
        function_plugin().display()
    );
    let config = folder.write("metawasm.yaml", line);
    let host = Host::start(
        Command::new(metawasm()),
        &["--config".into(), config.to_str().unwrap().into()],
    );
    (folder, host)
}

fn endless(address: SocketAddr) -> TcpStream {
    let text = String::from_utf8(request("", &body())).unwrap();
    open(address, text.replacen("/function/", "/endless/", 1).as_bytes())
}

#[test]
fn a_drain_does_not_wait_for_who_sends_nothing() {
    let host = Host::serve(&[("function", &function_plugin())], &["--grace", "50s"]);
    let mut kept = open(host.hooks, &request("", &body()));
    assert!(one_answer(&mut kept).starts_with("HTTP/1.1 200 "));
    let others = [
        open(host.hooks, b""),
        open(host.hooks, b"POST /function/sync HTTP/1.1\r\nHo"),
        kept,
    ];
    assert_eq!(host.get_admin("/readyz").status, 200);
    let start = Instant::now();
    host.signal("TERM");
    assert_eq!(host.wait().code(), Some(0));
    assert!(
        start.elapsed() < Duration::from_secs(30),
        "the grace period is 50 s"
    );
    drop(others);
}

#[test]
fn while_it_drains_calls_that_run_are_finished_and_others_are_told_to_wait() {
    let (_folder, host) = with_endless("3s", "20s");
    let mut kept = open(host.hooks, &request("", &body()));
    assert!(one_answer(&mut kept).starts_with("HTTP/1.1 200 "));
    let running = endless(host.hooks);
    std::thread::sleep(Duration::from_millis(500));
    host.signal("TERM");
    let end = Instant::now() + HANG;
    while host.get_admin("/readyz").status == 200 {
        assert!(Instant::now() < end, "it stays ready");
    }
    kept.write_all(&request("", &body())).unwrap();
    // On a kept connection, and on a new one.
    for answer in [rest(kept), raw(host.hooks, &request("", &body()))] {
        let answer = answer.to_ascii_lowercase();
        assert!(
            answer.starts_with("http/1.1 429 ")
                && answer.contains("retry-after: 1\r\n")
                && answer.contains("connection: close\r\n")
                && answer.ends_with("\r\n\r\n"),
            "{answer}"
        );
    }
    let answer = rest(running);
    assert!(
        answer.starts_with("HTTP/1.1 504 ") && answer.to_ascii_lowercase().contains("connection: close"),
        "{answer}"
    );
    assert_eq!(host.wait().code(), Some(0));
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let (_folder, mut host) = with_endless("50s", "50s");
    let running = endless(host.hooks);
    std::thread::sleep(Duration::from_millis(500));
    let start = Instant::now();
    host.signal("TERM");
    host.wait_for_line("draining");
    host.signal("TERM");
    assert_eq!(host.wait().code(), Some(130));
    assert!(start.elapsed() < Duration::from_secs(30), "the call has 50 s");
    drop(running);
}
