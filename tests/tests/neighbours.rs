//! Plugins beside each other: a slow, a loud and a large one, and the quiet one that must not notice.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use metawasm_tests::guest::Guest;
use metawasm_tests::process::{Folder, Host};
use metawasm_tests::{fixture, metawasm};

/// A host on which each call runs, also one that is equal to another.
fn host(folder: &Folder, config: &str) -> Host {
    let path = folder.write("metawasm.yaml", format!("memo: {{enabled: false}}\n{config}"));
    Host::start(
        Command::new(metawasm()),
        &["--config".into(), path.to_str().unwrap().into()],
    )
}

const LOG: &str = r#"(import "metawasm:hook/logging@0.1.0" "log" (func $log (param i32 i32 i32)))"#;

/// Four calls at a time that burn their deadline, one after the other, for as long as the quiet plugin
/// is called: each of them ends at its deadline, and the quiet one has no error.
#[test]
fn a_plugin_that_burns_its_deadline_on_every_call_keeps_no_other_from_answering() {
    let folder = Folder::new("neighbours");
    folder.write("endless.wasm", Guest::endless().component());
    folder.write("quiet.wasm", Guest::answering(r#"{"children":[]}"#).component());
    let host = host(
        &folder,
        "plugins:\n- {name: quiet, source: quiet.wasm}\n- {name: endless, source: endless.wasm, limits: {deadline: 100ms}}\n",
    );
    let body = fixture("composite-v2-sync-ready.body");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let loops: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut statuses = Vec::new();
                    while !done.load(Ordering::SeqCst) {
                        statuses.push(host.post("/endless/sync", &body).status);
                    }
                    statuses
                })
            })
            .collect();
        for _ in 0..500 {
            assert_eq!(host.post("/quiet/sync", &body).status, 200);
        }
        done.store(true, Ordering::SeqCst);
        for statuses in loops {
            let statuses = statuses.join().unwrap();
            assert!(
                !statuses.is_empty() && statuses.iter().all(|&status| status == 504),
                "{statuses:?}"
            );
        }
    });
}

/// Endless calls of one plugin take turns among themselves, and not with a slow one of another: with
/// one lane for all, fifteen of them would leave it a sixteenth of its time.
#[test]
fn a_slow_plugin_has_time_of_its_own_beside_endless_ones() {
    let folder = Folder::new("slow");
    // Some 100 ms of counting.
    let slow = Guest::running(
        "(local $i i64)
         (loop $l
           (local.set $i (i64.add (local.get $i) (i64.const 1)))
           (br_if $l (i64.lt_u (local.get $i) (i64.const 100000000))))
         (call $answer)",
    );
    folder.write("endless.wasm", Guest::endless().component());
    folder.write("slow.wasm", slow.saying(r#"{"children":[]}"#).component());
    let host = host(
        &folder,
        "plugins:\n- {name: slow, source: slow.wasm, limits: {deadline: 8s}}\n- {name: endless, source: endless.wasm, limits: {deadline: 8s}}\n",
    );
    let body = fixture("composite-v2-sync-ready.body");
    std::thread::scope(|scope| {
        for _ in 0..15 {
            scope.spawn(|| assert_eq!(host.post("/endless/sync", &body).status, 504));
        }
        for _ in 0..3 {
            let answer = host.post("/slow/sync", &body);
            assert_eq!(answer.status, 200, "{answer:?}");
        }
    });
}

#[test]
fn a_plugin_that_floods_the_log_is_cut_off_over_all_its_calls() {
    let folder = Folder::new("flood");
    let code = "(call $log (i32.const 1) (i32.const 16384) (i32.const 5)) (call $answer)";
    let guest = Guest::running(code).with(LOG).saying(r#"{"children":[]}"#);
    folder.write("loud.wasm", guest.component());
    let mut host = host(
        &folder,
        "plugins:\n- {name: loud, source: loud.wasm, limits: {logRate: 1}}\n",
    );
    let body = fixture("composite-v2-sync-first.body");
    for _ in 0..20 {
        assert_eq!(host.post("/loud/sync", &body).status, 200);
    }
    let line = host.wait_for_line("logs more than 1 lines a second");
    assert!(
        line.contains("\"plugin\":\"loud\"") && line.contains("\"WARN\""),
        "{line}"
    );
}

/// Answers and requests that are scanned, computed and reviewed away from the threads that serve.
#[test]
fn large_requests_and_answers_go_the_same_way() {
    let folder = Folder::new("large");
    // The text of the status is filled in by the guest, 1 MiB of it, in pages of its own.
    let (start, end) = (r#"{"children":[],"status":{"message":""#, r#""}}"#);
    let (text, more) = (start.len(), end.len());
    let code = format!(
        "(memory.copy (i32.const 1048576) (i32.const 16384) (i32.const {text}))
         (memory.fill (i32.const {filled}) (i32.const 97) (i32.const 1048576))
         (memory.copy (i32.const {closed}) (i32.const {rest}) (i32.const {more}))
         (i32.store8 (i32.const 16) (i32.const 0)) (i32.store (i32.const 20) (i32.const 1048576))
         (i32.store (i32.const 24) (i32.const {length})) (i32.const 16)",
        filled = 1_048_576 + text,
        closed = 2_097_152 + text,
        rest = 16_384 + text,
        length = 1_048_576 + text + more,
    );
    let guest = Guest::running(&code).saying(format!("{start}{end}")).pages(64);
    folder.write("large.wasm", guest.component());
    let host = host(&folder, "plugins:\n- {name: large, source: large.wasm}\n");
    let body = fixture("composite-v2-sync-first.body");
    let answer = host.post("/large/sync", &body);
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(
        answer.json()["status"]["message"].as_str().unwrap().len(),
        1 << 20
    );
    // A request of 4 MB: the same, with much white space.
    let mut large = body.clone();
    large.extend(std::iter::repeat_n(b' ', 4 << 20));
    assert_eq!(host.post("/large/sync", &large).status, 200);
    large.extend(b"x");
    assert_eq!(host.post("/large/sync", &large).status, 400);
}
