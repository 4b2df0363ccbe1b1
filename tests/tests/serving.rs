//! The server's life: configuration, readiness, draining, and machines with less.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::io::Write;
use std::net::TcpStream;
use std::process::Command;

use metawasm_tests::guest::Guest;
use metawasm_tests::process::{Folder, Host, raw, serve_to_end, show};
use metawasm_tests::{fixture, function_plugin, metawasm};

#[test]
fn a_configuration_file_says_it_all_and_flags_override_it() {
    let folder = Folder::new("config");
    std::fs::copy(function_plugin(), folder.path().join("f.wasm")).unwrap();
    let config = folder.write(
        "metawasm.yaml",
        "listen: 127.0.0.1:1\nadmin: 127.0.0.1:1\nplugins:\n- name: function\n  source: file:f.wasm\n  \
         settings: {httpAddon: \"0.5\"}\n  limits: {deadline: 1s, memory: 32Mi, concurrency: 2}\n",
    );
    // The helper gives --listen and --admin, without which port 1 would be refused or taken.
    let host = Host::start(
        Command::new(metawasm()),
        &["--config".into(), config.to_str().unwrap().into()],
    );
    let answer = host.post("/function/sync", &fixture("composite-v2-sync-first.body"));
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(
        answer.body.contains("\"targetPendingRequests\""),
        "the setting counts: {}",
        answer.body
    );
}

#[test]
fn a_port_in_use_is_named_with_the_flag_that_changes_it() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = serve_to_end(&["--listen", &address, "--admin", "127.0.0.1:0"]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{}", show(&output));
    assert!(
        stderr.starts_with(&format!("error: cannot listen on {address} (--listen): ")),
        "{stderr}"
    );
}

#[test]
fn equal_ports_are_found_before_anything_is_opened() {
    for (hooks, admin) in [
        ("127.0.0.1:8080", "127.0.0.1:8080"),
        ("127.0.0.1:8080", "0.0.0.0:8080"),
        ("[::1]:8080", "[::]:8080"),
    ] {
        let output = serve_to_end(&["--check-config", "--listen", hooks, "--admin", admin]);
        assert_eq!(output.status.code(), Some(2), "{}", show(&output));
        let stderr = String::from_utf8_lossy(&output.stderr);
        let sentence =
            format!("have the same port: {hooks} (`listen`, --listen) and {admin} (`admin`, --admin)");
        assert!(stderr.contains(&sentence), "{stderr}");
    }
    for (hooks, admin) in [
        ("127.0.0.1:0", "127.0.0.1:0"),
        ("127.0.0.2:8080", "127.0.0.1:8080"),
    ] {
        let output = serve_to_end(&["--check-config", "--plain", "--listen", hooks, "--admin", admin]);
        assert!(output.status.success(), "{}", show(&output));
    }
}

#[test]
fn it_is_ready_when_it_serves_and_ends_with_0_on_sigterm_and_sigint() {
    for signal in ["TERM", "INT"] {
        let host = Host::serve(&[("function", &function_plugin())], &[]);
        assert_eq!(host.get_admin("/livez").status, 200);
        assert_eq!(host.get_admin("/readyz").status, 200);
        host.signal(signal);
        assert_eq!(host.wait().code(), Some(0), "{signal}");
    }
}

#[test]
fn sigterm_lets_a_running_call_finish_and_takes_no_new_one() {
    let folder = Folder::new("drain");
    let endless = folder.write("endless.wasm", Guest::endless().component());
    let host = Host::serve(&[("endless", &endless)], &[]);
    let body = fixture("composite-v2-sync-first.body");
    let head = format!(
        "POST /endless/sync HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let hooks = host.hooks;
    let running = std::thread::spawn(move || raw(hooks, &[head.as_bytes(), &body].concat()));
    // The call takes its deadline of 2 s; the signal comes well before.
    std::thread::sleep(std::time::Duration::from_millis(500));
    host.signal("TERM");
    let answer = running.join().unwrap();
    assert!(answer.starts_with("HTTP/1.1 504 "), "{answer}");
    assert_eq!(host.wait().code(), Some(0));
    assert!(TcpStream::connect(hooks).is_err(), "no new connection");
}

#[test]
fn a_client_that_never_finishes_does_not_outlast_the_grace_period() {
    let host = Host::serve(&[("function", &function_plugin())], &["--grace", "300ms"]);
    let mut half = TcpStream::connect(host.hooks).unwrap();
    half.write_all(b"POST /function/sync HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n{")
        .unwrap();
    // So that the server has begun to read it.
    assert_eq!(
        host.post("/function/sync", &fixture("composite-v2-sync-first.body"))
            .status,
        200
    );
    host.signal("TERM");
    assert_eq!(host.wait().code(), Some(0));
}

#[test]
fn without_address_space_for_a_pool_it_still_serves() {
    let plugin = format!("function=file:{}", function_plugin().display());
    let mut command = Command::new("sh");
    command
        .args(["-c", r#"ulimit -v 4000000 && exec "$0" "$@""#])
        .arg(metawasm());
    let mut host = Host::start(command, &["--plugin".into(), plugin]);
    host.wait_for_line("cannot reserve address space for the instance pool");
    let body = fixture("composite-v2-sync-ready.body");
    let answer = host.post("/function/sync", &body);
    assert_eq!(answer.status, 200, "{answer:?}");
    let pooled = Host::serve(&[("function", &function_plugin())], &[]);
    assert_eq!(answer.body, pooled.post("/function/sync", &body).body);
}

/// Whoever read its log is gone, or the disk that it is on is full: calls are answered all the same.
#[test]
fn a_log_that_cannot_be_written_keeps_nobody_from_an_answer() {
    let mut host = Host::serve(&[("function", &function_plugin())], &["--log", "debug"]);
    host.close_log();
    for _ in 0..3 {
        assert_eq!(host.post("/function/sync", b"{}").status, 400);
        let body = fixture("composite-v2-sync-first.body");
        assert_eq!(host.post("/function/sync", &body).status, 200);
    }
    host.signal("TERM");
    assert_eq!(host.wait().code(), Some(0));
}

#[test]
fn many_connections_at_once_are_all_answered() {
    let host = Host::serve(&[("function", &function_plugin())], &[]);
    let body = fixture("composite-v2-sync-ready.body");
    let answers: Vec<u16> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..40)
            .map(|_| {
                scope.spawn(|| {
                    (0..25)
                        .map(|_| host.post("/function/sync", &body).status)
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        all.into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    assert_eq!(answers.len(), 1000);
    assert!(answers.iter().all(|status| *status == 200));
}
