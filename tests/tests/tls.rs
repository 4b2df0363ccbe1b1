//! TLS: handshakes, client certificates, and certificates that change.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use metawasm_tests::process::{Folder, Host, run, serve_to_end, show};
use metawasm_tests::tls::{Authority, Client, Pair, block_on, eventually, mount};
use metawasm_tests::{fixture, function_plugin};

const PROTOCOLS: [&str; 2] = ["h2", "http/1.1"];

fn body() -> Vec<u8> {
    fixture("composite-v2-sync-ready.body")
}

/// Serves the function plugin with a mounted secret.
fn serve(folder: &Folder, more: &[&str]) -> Host {
    let (cert, key) = (folder.path().join("tls.crt"), folder.path().join("tls.key"));
    let mut args = vec![
        "--tls-cert",
        cert.to_str().unwrap(),
        "--tls-key",
        key.to_str().unwrap(),
    ];
    args.extend(more);
    Host::serve(&[("function", &function_plugin())], &args)
}

fn put(folder: &Folder, version: u32, pair: &Pair) {
    mount(
        folder.path(),
        version,
        &[("tls.crt", &pair.cert), ("tls.key", &pair.key)],
    );
}

#[test]
fn a_call_over_tls_is_http_1_or_h2_as_the_client_likes() {
    let (authority, folder) = (Authority::new(), Folder::new("tls"));
    put(&folder, 1, &authority.issue());
    let host = serve(&folder, &[]);
    block_on(async {
        let mut answers = Vec::new();
        for (protocols, h2) in [
            (&PROTOCOLS[..], true),
            (&["http/1.1"], false),
            (&["h2"], true),
            (&[], false),
        ] {
            let client = authority.client(None, protocols);
            let mut client = Client::connect(host.hooks, Some(client)).await.unwrap();
            assert_eq!(client.is_http2(), h2, "{protocols:?}");
            for _ in 0..3 {
                let answer = client.post("/function/sync", None, &body()).await.unwrap();
                assert_eq!(answer.status, 200, "{answer:?}");
                answers.push(answer.body);
            }
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]));
        let stranger = Authority::new().client(None, &PROTOCOLS);
        assert!(Client::connect(host.hooks, Some(stranger)).await.is_err());
    });
    assert_eq!(host.get_admin("/readyz").status, 200, "admin is in the clear");
}

#[test]
fn with_a_client_ca_every_client_shows_a_certificate_of_it() {
    let (authority, clients, folder) = (Authority::new(), Authority::new(), Folder::new("mtls"));
    put(&folder, 1, &authority.issue());
    let ca = folder.write("clients.crt", clients.pem());
    let host = serve(&folder, &["--tls-client-ca", ca.to_str().unwrap()]);
    block_on(async {
        for (own, good) in [
            (Some(clients.issue()), true),
            (Some(authority.issue()), false),
            (Some(clients.issue_expired()), false),
            (None, false),
        ] {
            for protocols in [&["h2"], &["http/1.1"]] {
                let config = authority.client(own.as_ref(), protocols);
                // In TLS 1.3 the client hears of it only when it waits for the answer.
                let answer = async {
                    let mut client = Client::connect(host.hooks, Some(config)).await?;
                    client.post("/function/sync", None, &body()).await
                };
                let answer = answer.await;
                assert_eq!(answer.is_ok(), good, "{answer:?}");
            }
        }
    });
}

/// Every call succeeds, on kept connections and on new ones, while the certificate changes again and again.
#[test]
fn certificates_change_under_load_without_a_failed_call() {
    let (authority, folder) = (Authority::new(), Folder::new("rotation"));
    let pairs: Vec<Pair> = (0..4).map(|_| authority.issue()).collect();
    put(&folder, 0, &pairs[0]);
    let mut host = serve(&folder, &[]);
    let hooks = host.hooks;
    block_on(async {
        let (end, calls) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let workers: Vec<_> = (0..4)
            .map(|number| {
                let config = authority.client(None, &PROTOCOLS[number % 2..]);
                let (end, calls) = (end.clone(), calls.clone());
                tokio::spawn(async move {
                    let mut kept = Client::connect(hooks, Some(config.clone())).await?;
                    while !end.load(Ordering::Relaxed) {
                        let mut new = Client::connect(hooks, Some(config.clone())).await?;
                        for client in [&mut kept, &mut new] {
                            let answer = client.post("/function/sync", None, &body()).await?;
                            if answer.status != 200 {
                                return Err(format!("{answer:?}"));
                            }
                            calls.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                    Ok(())
                })
            })
            .collect();
        for (version, pair) in (1..).zip(&pairs[1..]) {
            put(&folder, version, pair);
            tokio::time::sleep(Duration::from_millis(1500)).await;
        }
        end.store(true, Ordering::Relaxed);
        for worker in workers {
            worker.await.unwrap().unwrap();
        }
        assert!(calls.load(Ordering::Relaxed) > 10);
    });
    host.wait_for_line("`tls`: new files are in use");
}

#[test]
fn a_new_certificate_is_taken_and_a_bad_one_keeps_the_old() {
    let (old, new, folder) = (Authority::new(), Authority::new(), Folder::new("bad"));
    put(&folder, 1, &old.issue());
    let mut host = serve(&folder, &[]);
    let hooks = host.hooks;
    let trusts = async |authority: &Authority| {
        let config = authority.client(None, &PROTOCOLS);
        Client::connect(hooks, Some(config)).await.is_ok().then_some(())
    };
    // Each of these is no good: another's key, half a file, and one that has expired.
    let (pair, other) = (new.issue(), new.issue());
    let half = Pair {
        cert: pair.cert[..pair.cert.len() / 2].to_owned(),
        key: pair.key.clone(),
    };
    let mismatched = Pair {
        cert: pair.cert.clone(),
        key: other.key,
    };
    for (version, pair, why) in [
        (2, &mismatched, "the key does not match the certificate in"),
        (3, &half, "no complete PEM certificate found"),
        (4, &new.issue_expired(), "the certificate expired"),
    ] {
        put(&folder, version, pair);
        let line = host.wait_for_line(why);
        assert!(
            line.contains("ignored invalid files; still using the previous ones"),
            "{line}"
        );
        block_on(async { assert!(trusts(&old).await.is_some()) });
    }
    put(&folder, 5, &pair);
    block_on(eventually(async || trusts(&new).await));
    block_on(async { assert!(trusts(&old).await.is_none()) });
}

/// Files, and the sentence that names the bad one.
#[test]
fn bad_files_at_the_start_are_named() {
    let (authority, folder) = (Authority::new(), Folder::new("start"));
    let pair = authority.issue();
    let half = &pair.key[..pair.key.len() / 2];
    for (name, text) in [
        ("good.crt", pair.cert.as_str()),
        ("good.key", &pair.key),
        ("other.key", &authority.issue().key),
        ("half.key", half),
        ("half.crt", &pair.cert[..pair.cert.len() / 2]),
        ("empty", ""),
    ] {
        folder.write(name, text);
    }
    for (cert, key, ca, file, why) in [
        (
            "good.crt",
            "other.key",
            "good.crt",
            "other.key",
            "the key does not match the certificate",
        ),
        (
            "good.crt",
            "half.key",
            "good.crt",
            "half.key",
            "no complete PEM private key",
        ),
        (
            "half.crt",
            "good.key",
            "good.crt",
            "half.crt",
            "no complete PEM certificate",
        ),
        (
            "good.crt",
            "good.key",
            "half.crt",
            "half.crt",
            "no complete PEM certificate",
        ),
        (
            "empty",
            "good.key",
            "good.crt",
            "empty",
            "no complete PEM certificate",
        ),
        ("none", "good.key", "good.crt", "none", "No such file"),
        (
            "good.crt",
            "good.crt",
            "good.crt",
            "good.crt",
            "no complete PEM private key",
        ),
    ] {
        let path = |name: &str| folder.path().join(name).display().to_string();
        let (cert, key, ca) = (path(cert), path(key), path(ca));
        let mut args = vec!["--listen", "127.0.0.1:0"];
        args.extend(["--tls-cert", &cert, "--tls-key", &key, "--tls-client-ca", &ca]);
        let output = serve_to_end(&args);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{}", show(&output));
        assert!(
            stderr.starts_with("error: `tls`: ") && stderr.contains(&path(file)) && stderr.contains(why),
            "{file}: {stderr}"
        );
        assert!(
            !stderr.contains("BEGIN") && stderr.trim_end().lines().count() == 1,
            "{stderr}"
        );
    }
}

/// Who starts late with an old certificate can still get a new one; who checks wants to know.
#[test]
fn an_expired_certificate_is_said_and_replaced() {
    let (authority, folder) = (Authority::new(), Folder::new("expired"));
    put(&folder, 1, &authority.issue_expired());
    let mut host = serve(&folder, &[]);
    host.wait_for_line("the certificate expired");
    put(&folder, 2, &authority.issue());
    let hooks = host.hooks;
    block_on(eventually(async || {
        let config = authority.client(None, &PROTOCOLS);
        Client::connect(hooks, Some(config)).await.ok().map(drop)
    }));
    put(&folder, 3, &authority.issue_expired());
    let plugin = format!("function=file:{}", function_plugin().display());
    let (cert, key) = (folder.path().join("tls.crt"), folder.path().join("tls.key"));
    let (cert, key) = (cert.display().to_string(), key.display().to_string());
    let output = run([
        "serve",
        "--check-config",
        "--plugin",
        &plugin,
        "--tls-cert",
        &cert,
        "--tls-key",
        &key,
    ]);
    assert_eq!(output.status.code(), Some(2), "{}", show(&output));
}

#[test]
fn a_handshake_that_does_not_go_on_keeps_nobody_waiting() {
    let (authority, folder) = (Authority::new(), Folder::new("slow"));
    put(&folder, 1, &authority.issue());
    let host = serve(&folder, &[]);
    let slow: Vec<TcpStream> = (0..50)
        .map(|number| {
            let mut stream = TcpStream::connect(host.hooks).unwrap();
            // The begin of a record with a ClientHello, or nothing.
            if number % 2 == 0 {
                stream.write_all(b"\x16\x03\x01\x02\x00\x01\x00").unwrap();
            }
            stream
        })
        .collect();
    block_on(async {
        let config = authority.client(None, &PROTOCOLS);
        let mut client = Client::connect(host.hooks, Some(config)).await.unwrap();
        let answer = client.post("/function/sync", None, &body()).await.unwrap();
        assert_eq!(answer.status, 200);
    });
    drop(slow);
}

#[test]
fn plain_http_on_the_tls_port_is_told_so() {
    let (authority, folder) = (Authority::new(), Folder::new("plain"));
    put(&folder, 1, &authority.issue());
    let mut host = serve(&folder, &[]);
    let answer = metawasm_tests::process::request(host.hooks, "POST", "/function/sync", &body());
    assert_eq!(answer.status, 400, "{answer:?}");
    assert_eq!(
        answer.body,
        "this port serves HTTPS; use a URL that begins with https://\n"
    );
    let line = host.wait_for_line("sent plain HTTP to the TLS port");
    assert!(line.contains("\"WARN\""), "{line}");
    let failed = r#"metawasm_connection_events_total{listener="hooks",event="handshake_failed"}"#;
    assert_eq!(host.metric(failed), Some(1.0));
}

#[test]
fn other_machines_are_not_served_in_the_clear_unless_it_is_asked_for() {
    let args = ["--listen", "0.0.0.0:0", "--admin", "127.0.0.1:0"];
    let output = serve_to_end(&args);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{}", show(&output));
    assert!(
        stderr.starts_with("error: the hooks would be served without TLS (plain HTTP) on 0.0.0.0:0; ")
            && stderr.contains("--tls-cert")
            && stderr.contains("--plain"),
        "{stderr}"
    );
    let output = serve_to_end(&[&args[..], &["--plain", "--check-config"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", show(&output));
}
