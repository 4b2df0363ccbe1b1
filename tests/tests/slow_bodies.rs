//! Bodies that do not arrive: whatever room they would have, others are answered.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use metawasm_tests::process::{Folder, HANG, Host, raw};
use metawasm_tests::slow::{half_request, half_streams};
use metawasm_tests::tls::{Authority, Client, block_on};
use metawasm_tests::{Over, fixture, function_plugin, metawasm};

const PATH: &str = "/function/sync";
const MIB: usize = 1 << 20;

fn body() -> Vec<u8> {
    fixture("composite-v2-sync-ready.body")
}

/// Serves the function plugin. A body may take an hour, so that no time-out helps.
fn serve(folder: &Folder, connections: &str, more: &str) -> Host {
    let text = format!(
        "connections: {{body: 1h, {connections}}}\n{more}\nplugins:\n- name: function\n  source: file:{}\n",
        function_plugin().display()
    );
    let config = folder.write("metawasm.yaml", text);
    Host::start(
        Command::new(metawasm()),
        &["--config".into(), config.to_str().unwrap().into()],
    )
}

/// All calls of another client succeed: small ones at once, and large ones beside bodies that have stopped.
fn others_are_answered(host: &Host, what: &str) {
    for call in 0..60 {
        let answer = host.post(PATH, &body());
        assert_eq!(answer.status, 200, "{what}, call {call}: {answer:?}");
    }
    std::thread::sleep(Duration::from_millis(1200));
    let mut large = body();
    large.resize(MIB, b' ');
    for call in 0..10 {
        let answer = host.post(PATH, &large);
        assert_eq!(answer.status, 200, "{what}, large call {call}: {answer:?}");
    }
}

/// The room is 32 MiB: less than what any of these declare, and what some of them send.
#[test]
fn slow_bodies_of_many_connections_keep_nobody_out() {
    for (what, count, declared, sent) in [
        ("one byte of 8 MiB", 200, 8 * MIB, 1),
        ("a part of 8 MiB", 80, 8 * MIB, MIB / 2),
        ("all of 1 MiB but a byte", 60, MIB, MIB - 1),
    ] {
        let folder = Folder::new("slow-bodies");
        let host = serve(&folder, "bodies: 32Mi", "");
        let sent = vec![b' '; sent];
        let held: Vec<TcpStream> = (0..count)
            .map(|_| half_request(host.hooks, PATH, declared, &sent))
            .collect();
        others_are_answered(&host, what);
        let bytes = host.metric("metawasm_bodies_bytes").unwrap();
        assert!(bytes <= 32.0 * 1024.0 * 1024.0, "{what}: {bytes}");
        drop(held);
    }
}

#[test]
fn a_trickle_of_bytes_is_no_progress() {
    let folder = Folder::new("trickle");
    let host = serve(&folder, "bodies: 32Mi", "");
    let begun = vec![b' '; MIB];
    let mut held: Vec<TcpStream> = (0..40)
        .map(|_| half_request(host.hooks, PATH, 8 * MIB, &begun))
        .collect();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::SeqCst) {
                for stream in &mut held {
                    stream.write_all(b" ").ok();
                }
                std::thread::sleep(Duration::from_millis(10));
            }
        });
        let _over = Over(&done);
        let end = Instant::now() + Duration::from_secs(3);
        while Instant::now() < end {
            others_are_answered(&host, "a trickle");
        }
    });
}

/// A body that gave way is told why, and what to do.
#[test]
fn a_body_that_gives_way_is_told_so() {
    let folder = Folder::new("gives-way");
    let host = serve(&folder, "bodies: 8Mi", "body: 8Mi");
    let mut slow = half_request(host.hooks, PATH, 8 * MIB, &vec![b' '; 7 * MIB]);
    let end = Instant::now() + HANG;
    while host.metric("metawasm_bodies_bytes").unwrap() < 7.0 * 1024.0 * 1024.0 {
        assert!(Instant::now() < end, "its bytes never arrived");
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(1500));
    let mut large = body();
    large.resize(6 * MIB, b' ');
    assert_eq!(host.post(PATH, &large).status, 200);
    let mut answer = String::new();
    slow.read_to_string(&mut answer).ok();
    assert!(
        answer.starts_with("HTTP/1.1 408 ")
            && answer.contains("too slowly")
            && answer.contains("connections.bodies"),
        "{answer}"
    );
}

#[test]
fn slow_bodies_in_every_connection_keep_nobody_out() {
    let folder = Folder::new("slow-connections");
    let host = serve(&folder, "most: 30", "");
    let held: Vec<TcpStream> = (0..30)
        .map(|_| half_request(host.hooks, PATH, 8 * MIB, b"{"))
        .collect();
    let request = format!("POST {PATH} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: ");
    let request = [format!("{request}{}\r\n\r\n", body().len()).as_bytes(), &body()].concat();
    let end = Instant::now() + HANG;
    while host.metric("metawasm_requests_in_flight") != Some(30.0) {
        assert!(Instant::now() < end, "the bodies never began");
        std::thread::sleep(Duration::from_millis(20));
    }
    // A connection that has only just begun its body stays for a second.
    std::thread::sleep(Duration::from_millis(1200));
    for call in 0..20 {
        let answer = raw(host.hooks, &request);
        assert!(answer.starts_with("HTTP/1.1 200 "), "call {call}: {answer}");
    }
    drop(held);
}

#[test]
fn slow_bodies_of_one_h2_connection_keep_nobody_out() {
    let (authority, folder) = (Authority::new(), Folder::new("slow-streams"));
    let pair = authority.issue();
    folder.write("tls.crt", &pair.cert);
    folder.write("tls.key", &pair.key);
    let host = serve(
        &folder,
        "bodies: 1Mi",
        "body: 1Mi\ntls: {cert: tls.crt, key: tls.key}",
    );
    block_on(async {
        let config = authority.client(None, &["h2"]);
        // 4 KiB each: more than there is room for.
        let mut streams = Vec::new();
        for _ in 0..2 {
            let more = half_streams(host.hooks, config.clone(), PATH, 200, MIB as u64).await;
            streams.extend(more.unwrap());
        }
        for protocols in [&["h2"], &["http/1.1"]] {
            let own = authority.client(None, protocols);
            let mut kept = Client::connect(host.hooks, Some(own.clone())).await.unwrap();
            for call in 0..50 {
                let answer = kept.post(PATH, None, &body()).await.unwrap();
                assert_eq!(answer.status, 200, "call {call}: {answer:?}");
                let mut new = Client::connect(host.hooks, Some(own.clone())).await.unwrap();
                let answer = new.post(PATH, None, &body()).await.unwrap();
                assert_eq!(answer.status, 200, "new, call {call}: {answer:?}");
            }
        }
        for stream in streams {
            stream.abort();
        }
    });
}
