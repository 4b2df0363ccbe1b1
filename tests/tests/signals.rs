//! What signals do to a server.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use metawasm_tests::client::{Connection, Wait};
use metawasm_tests::guest::Guest;
use metawasm_tests::process::{Folder, HANG, Host};
use metawasm_tests::tls::{Authority, Client, block_on};
use metawasm_tests::{Over, fixture, function_plugin, metawasm};

fn body() -> Vec<u8> {
    fixture("composite-v2-sync-ready.body")
}

fn serve(folder: &Folder, text: &str) -> Host {
    let config = write(folder, text);
    Host::start(Command::new(metawasm()), &["--config".into(), config])
}

/// Writes the configuration, with the function plugin in it.
fn write(folder: &Folder, text: &str) -> String {
    let plugin = function_plugin();
    let text = format!(
        "{text}\nplugins: [{{name: function, source: \"file:{}\"}}]\n",
        plugin.display()
    );
    let path = folder.write("metawasm.yaml", text);
    path.to_str().unwrap().to_owned()
}

/// Waits for so many lines with a text.
fn wait_until_logged(host: &mut Host, part: &str, times: usize) {
    let end = Instant::now() + HANG;
    while host.count_lines(part) < times {
        assert!(Instant::now() < end, "{part} is not there {times} times");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Kept connections and new ones; not a single call fails.
#[test]
fn twenty_hangups_and_other_signals_under_load_cost_no_call() {
    let folder = Folder::new("hangups");
    let mut host = serve(&folder, "log: {filter: info}");
    let request = format!(
        "POST /function/sync HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n",
        body().len()
    );
    let request = [request.as_bytes(), &body()].concat();
    let done = AtomicBool::new(false);
    // Nothing is sent: each caller closes its end after the first call, or when it fails.
    let (begun, all_begun) = channel::<()>();
    let hooks = host.hooks;
    let calls: usize = std::thread::scope(|scope| {
        let callers: Vec<_> = [true, true, false]
            .into_iter()
            .map(|keeps| {
                let (request, done, mut begun) = (&request, &done, Some(begun.clone()));
                scope.spawn(move || {
                    let mut connection = Connection::open(hooks, Wait::Sleep).unwrap();
                    let mut calls = 0;
                    while !done.load(Ordering::SeqCst) {
                        if !keeps {
                            connection = Connection::open(hooks, Wait::Sleep).unwrap();
                        }
                        let answer = connection.call(request).unwrap();
                        assert_eq!((answer.status, answer.last), (200, false), "after {calls}");
                        calls += 1;
                        drop(begun.take());
                    }
                    calls
                })
            })
            .collect();
        let over = Over(&done);
        drop(begun);
        all_begun.recv().unwrap_err();
        for round in 0..20 {
            host.signal("HUP");
            host.signal(["USR1", "USR2", "PIPE"][round % 3]);
            std::thread::sleep(Duration::from_millis(30));
        }
        wait_until_logged(&mut host, "reloading the configuration", 2);
        drop(over);
        callers.into_iter().map(|caller| caller.join().unwrap()).sum()
    });
    assert!(calls >= 3 && host.alive(), "{calls}");
    host.wait_for_line("ignored SIGUSR1");
    host.signal("TERM");
    assert_eq!(host.wait().code(), Some(0));
}

#[test]
fn a_hangup_reloads_what_can_be_reloaded_and_names_the_rest() {
    let folder = Folder::new("reload");
    let mut host = serve(&folder, "log: {filter: info}");
    write(&folder, "log: {filter: debug}");
    host.signal("HUP");
    host.wait_for_line("no field needs a restart");
    assert_eq!(host.get_admin("/log").body, "debug\n");
    write(&folder, "log: {filter: info}\nbody: 1Mi\nmemo: {enabled: false}");
    host.signal("HUP");
    let line = host.wait_for_event("that need a restart");
    assert_eq!(line["fields"], "body memo", "{line}");
    assert_eq!(host.get_admin("/log").body, "info\n", "what can be reloaded is");
    write(&folder, "log: {filter: debug}\nbdy: 1Mi");
    host.signal("HUP");
    let line = host.wait_for_line("the configuration is invalid; still using the previous one");
    assert!(line.contains("bdy") && line.contains("metawasm.yaml"), "{line}");
    assert_eq!(host.get_admin("/log").body, "info\n", "nothing of it counts");
    assert_eq!(host.post("/function/sync", &body()).status, 200);
}

#[test]
fn a_hangup_takes_over_a_new_certificate_and_keeps_the_old_one_for_a_bad_one() {
    let (authority, other, folder) = (Authority::new(), Authority::new(), Folder::new("reload-tls"));
    let put = |pair: &metawasm_tests::tls::Pair| {
        folder.write("tls.key", &pair.key);
        folder.write("tls.crt", &pair.cert);
    };
    put(&authority.issue());
    let mut host = serve(&folder, "tls: {cert: tls.crt, key: tls.key}");
    put(&other.issue());
    host.signal("HUP");
    host.wait_for_line("`tls`: new files are in use");
    folder.write("tls.crt", "none");
    host.signal("HUP");
    host.wait_for_line("`tls`: ignored invalid files");
    block_on(async {
        let config = other.client(None, &["http/1.1"]);
        let mut client = Client::connect(host.hooks, Some(config)).await.unwrap();
        let answer = client.post("/function/sync", None, &body()).await.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
    });
}

#[test]
fn quit_and_interrupt_drain_as_term_does() {
    for signal in ["QUIT", "INT", "TERM"] {
        let folder = Folder::new("quit");
        let endless = folder.write("endless.wasm", Guest::endless().component());
        let mut host = Host::serve(&[("endless", &endless)], &[]);
        std::thread::scope(|scope| {
            let (hooks, admin) = (host.hooks, host.admin);
            let running = scope.spawn(move || {
                metawasm_tests::process::request(hooks, "POST", "/endless/sync", &body()).status
            });
            let end = Instant::now() + HANG;
            let in_flight = || {
                let page = metawasm_tests::process::request(admin, "GET", "/metrics", b"").body;
                page.contains("metawasm_requests_in_flight 1")
            };
            while !in_flight() {
                assert!(Instant::now() < end, "it was never seen in flight");
                std::thread::sleep(Duration::from_millis(5));
            }
            host.signal(signal);
            host.wait_for_line("draining");
            // A reload while it drains changes nothing about that.
            host.signal("HUP");
            assert_eq!(running.join().unwrap(), 504, "{signal}: the call was cut off");
        });
        assert_eq!(host.wait().code(), Some(0), "{signal}");
    }
}
