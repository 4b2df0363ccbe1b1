//! What a warm call asks of the kernel: nothing about memory, which would cost every core a pause.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use metawasm_tests::guest::Guest;
use metawasm_tests::process::{Folder, HANG, Host, raw};
use metawasm_tests::{fixture, skip};

#[test]
fn a_warm_call_gives_and_takes_no_memory() {
    let folder = Folder::new("system-calls");
    let code = "(call $log (i32.const 0) (i32.const 16384) (i32.const 5)) (call $answer)";
    let guest = Guest::running(code)
        .with(r#"(import "metawasm:hook/logging@0.1.0" "log" (func $log (param i32 i32 i32)))"#)
        .saying(r#"{"children":[]}"#)
        // Room for the request from the start: a guest that grows its memory makes the kernel work.
        .pages(8);
    let path = folder.write("guest.wasm", guest.component());
    // Each call runs, also one that is equal to another.
    let config = folder.write("metawasm.yaml", "memo: {enabled: false}\n");
    let config = config.to_str().unwrap();
    let host = Host::serve(&[("guest", &path)], &["--config", config]);
    let body = fixture("composite-v2-sync-ready.body");
    // Many calls over one connection, so that there is one of everything else.
    let head = format!(
        "POST /guest/sync HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let one = [head.as_bytes(), &body].concat();
    let last = [
        b"POST /guest/sync HTTP/1.1\r\nHost: h\r\nConnection: close\r\n".as_slice(),
        format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes(),
        &body,
    ]
    .concat();
    let calls = |number: usize| {
        let bytes = [one.repeat(number - 1), last.clone()].concat();
        let answers = raw(host.hooks, &bytes);
        assert_eq!(answers.matches("HTTP/1.1 200").count(), number, "{answers}");
    };
    calls(300);
    let log = folder.path().join("calls");
    let mut strace = match Command::new("strace")
        .args([
            "-f",
            "-qq",
            "-e",
            "trace=mmap,munmap,mprotect,madvise,mremap,ioctl",
            "-o",
        ])
        .arg(&log)
        .args(["-p", &host.id().to_string()])
        .stderr(Stdio::null())
        .spawn()
    {
        Ok(strace) => strace,
        Err(error) => {
            skip(format_args!("no strace here: {error}"));
            return;
        }
    };
    let count = |name: &str| {
        let text = fs::read_to_string(&log).unwrap_or_default();
        text.lines()
            .filter(|line| line.contains(&format!(" {name}(")))
            .count()
    };
    // Until it is attached it sees nothing; then it sees the scan of the pages that a call touched.
    let end = Instant::now() + HANG;
    while count("ioctl") == 0 {
        calls(10);
        if strace.try_wait().unwrap().is_some() {
            skip("strace may not look into another process here");
            return;
        }
        // A kernel without that scan has nothing to see, and more to do for a call.
        if Instant::now() > end {
            strace.kill().ok();
            strace.wait().ok();
            skip("this kernel cannot scan for touched pages");
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let before: usize = ["mmap", "munmap", "mprotect", "madvise", "mremap"]
        .map(count)
        .iter()
        .sum();
    calls(300);
    std::thread::sleep(Duration::from_millis(200));
    let after: usize = ["mmap", "munmap", "mprotect", "madvise", "mremap"]
        .map(count)
        .iter()
        .sum();
    let text = fs::read_to_string(&log).unwrap_or_default();
    strace.kill().ok();
    strace.wait().ok();
    let end: Vec<&str> = text.lines().rev().take(20).collect();
    // A connection and the host's own heap may cost a few; a call that cost one would make 300.
    assert!(after - before < 30, "{before}, {after}: {}", end.join("\n"));
}
