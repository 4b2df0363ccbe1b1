//! Texts that a plugin or a caller sizes: what of them gets into answers, Events and logs, and whom that costs time.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use metawasm_tests::guest::Guest;
use metawasm_tests::process::{Folder, Host, request};
use metawasm_tests::{Over, fixture, function_plugin};
use serde_json::Value;

const MIB: usize = 1 << 20;

/// Bytes of a log line about a request at most, with all of its fields.
const LINE: usize = 16 << 10;

fn body() -> Vec<u8> {
    fixture("composite-v2-sync-ready.body")
}

/// A guest that fails with so many bytes of text: control characters, which take the most room when shown.
fn failing(case: u8, bytes: usize) -> Guest {
    let at = MIB;
    let payload = if case == 1 {
        format!(
            "(i32.store (i32.const 24) (i32.const -1))
             (i32.store (i32.const 28) (i32.const {at})) (i32.store (i32.const 32) (i32.const {bytes}))"
        )
    } else {
        format!("(i32.store (i32.const 24) (i32.const {at})) (i32.store (i32.const 28) (i32.const {bytes}))")
    };
    let code = format!(
        "(memory.fill (i32.const {at}) (i32.const 27) (i32.const {bytes}))
         (i32.store8 (i32.const 16) (i32.const 1)) (i32.store8 (i32.const 20) (i32.const {case}))
         {payload} (i32.const 16)"
    );
    let pages = (at + bytes).div_ceil(1 << 16) + 1;
    Guest::running(&code).pages(u32::try_from(pages).unwrap())
}

fn short_lines(lines: &[String]) {
    for line in lines {
        let start: String = line.chars().take(300).collect();
        assert!(line.len() <= LINE, "{} bytes: {start}", line.len());
    }
}

#[test]
fn a_failure_text_of_8_mib_is_cut_and_costs_nobody_else_time() {
    let folder = Folder::new("failures");
    let names = ["invalid", "later", "internal"];
    let paths: Vec<_> = (0..3)
        .map(|case| folder.write(names[case], failing(case as u8, 8 * MIB - 64).component()))
        .collect();
    let good = function_plugin();
    let mut plugins: Vec<(&str, &Path)> = names
        .into_iter()
        .zip(paths.iter().map(PathBuf::as_path))
        .collect();
    plugins.push(("function", &good));
    let host = Host::serve(&plugins, &[]);
    for (name, status) in names.into_iter().zip([500, 429, 500]) {
        let answer = host.post(&format!("/{name}/sync"), &body());
        assert_eq!(answer.status, status, "{answer:?}");
        assert!(answer.body.len() <= 1024, "{}", answer.body.len());
        assert!(
            !answer.body.trim_end().contains(char::is_control),
            "{}",
            answer.body
        );
        if status == 429 {
            assert_eq!(
                answer.header("retry-after"),
                Some("3600"),
                "it asked for 136 years"
            );
        }
    }
    let (host_ref, done) = (&host, &AtomicBool::new(false));
    let slowest = std::thread::scope(|scope| {
        for name in names.into_iter().cycle().take(12) {
            scope.spawn(move || {
                while !done.load(Ordering::SeqCst) {
                    host_ref.post(&format!("/{name}/sync"), &body());
                }
            });
        }
        let _over = Over(done);
        let mut slowest = Duration::ZERO;
        for _ in 0..40 {
            let start = Instant::now();
            assert_eq!(host_ref.post("/function/sync", &body()).status, 200);
            assert_eq!(host_ref.get_admin("/livez").status, 200);
            slowest = slowest.max(start.elapsed());
        }
        slowest
    });
    assert!(slowest < Duration::from_secs(5), "{slowest:?}");
    short_lines(&host.end_and_read_log());
}

/// Texts of an answer that a refusal quotes: keys, names, values, and where they are.
#[test]
fn what_a_refusal_quotes_of_an_answer_is_cut() {
    let folder = Folder::new("refusals");
    let long = "n".repeat(60_000);
    let child = |metadata: &str, more: &str| {
        format!(
            r#"{{"status":{{}},"children":[{{"apiVersion":"apps/v1","kind":"Deployment","metadata":{metadata}{more}}}]}}"#
        )
    };
    let deep = format!(
        "{}null{}",
        format!("{{\"{}\":[", &long[..900]).repeat(60),
        "]}".repeat(60)
    );
    let answers = [
        ("key", format!(r#"{{"{long}":1}}"#)),
        (
            "twice",
            format!(r#"{{"status":{{"{long}":1,"{long}":2}},"children":[]}}"#),
        ),
        (
            "kind",
            format!(r#"{{"status":{{}},"children":[{{"apiVersion":"apps/v1","kind":"{long}"}}]}}"#),
        ),
        (
            "version",
            format!(r#"{{"status":{{}},"children":[{{"apiVersion":"{long}","kind":"A"}}]}}"#),
        ),
        ("name", child(&format!(r#"{{"name":"{long}/"}}"#), "")),
        (
            "namespace",
            child(&format!(r#"{{"name":"a","namespace":"{long}"}}"#), ""),
        ),
        (
            "label",
            child(&format!(r#"{{"name":"a","labels":{{"{long}":1}}}}"#), ""),
        ),
        ("deep", format!(r#"{{"status":{{"x":{deep}}},"children":[]}}"#)),
        (
            "resync",
            format!(r#"{{"status":{{}},"children":[],"resyncAfterSeconds":"{long}"}}"#),
        ),
    ];
    let paths: Vec<_> = answers
        .iter()
        .map(|(name, answer)| folder.write(name, Guest::answering(answer).component()))
        .collect();
    let plugins: Vec<(&str, &Path)> = answers
        .iter()
        .zip(&paths)
        .map(|((name, _), path)| (*name, path.as_path()))
        .collect();
    let host = Host::serve(&plugins, &[]);
    for (name, _) in &answers {
        let answer = host.post(&format!("/{name}/sync"), &body());
        assert_eq!(answer.status, 502, "{name}: {answer:?}");
        assert!(answer.body.len() <= 1024, "{name}: {}", answer.body.len());
    }
    short_lines(&host.end_and_read_log());
}

/// A guest whose answer is changed by the review at a place with a long key.
#[test]
fn what_the_review_says_that_it_changed_is_cut_and_bounded_in_number() {
    let folder = Folder::new("notes");
    let long = "k".repeat(100_000);
    let answer = format!(r#"{{"status":{{"{long}":1.0,"n":null}},"children":[],"finalized":false}}"#);
    let path = folder.write("notes", Guest::answering(answer).component());
    let config = folder.write(
        "metawasm.yaml",
        format!(
            "memo: {{enabled: false}}\nplugins: [{{name: notes, source: \"file:{}\"}}]\n",
            path.display()
        ),
    );
    let host = Host::serve(&[], &["--config", config.to_str().unwrap()]);
    for _ in 0..200 {
        assert_eq!(host.post("/notes/sync", &body()).status, 200);
    }
    let dropped = host.metric(r#"metawasm_log_lines_dropped_total{plugin="notes"}"#);
    let lines = host.end_and_read_log();
    short_lines(&lines);
    let notes: Vec<Value> = lines
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|line: &Value| line["plugin"] == "notes" && line["parent"] == "Function cap2/hello")
        .collect();
    assert!(
        notes
            .iter()
            .any(|line| line["message"].as_str().unwrap().contains("finalized")),
        "{notes:?}"
    );
    let told: u64 = notes.iter().filter_map(|line| line["held_back"].as_u64()).sum();
    assert!(
        notes.len() < 200 && dropped.unwrap() > 300.0,
        "{} {dropped:?}",
        notes.len()
    );
    assert!(told <= dropped.unwrap() as u64);
}

/// What of a parent's identity Kubernetes would not allow is refused where it is read, whatever its size.
#[test]
fn a_parent_that_kubernetes_would_not_have_is_refused_and_not_logged() {
    let host = Host::serve(&[("function", &function_plugin())], &[]);
    let ready = String::from_utf8(body()).unwrap();
    let long = "n".repeat(7 * MIB);
    let parent = ready.find(r#""parent":"#).unwrap();
    let with = |from: &str, to: &str| {
        let (before, after) = ready.split_at(parent);
        assert!(after.contains(from), "{from}");
        format!("{before}{}", after.replacen(from, to, 1))
    };
    let table = [
        (
            with(r#""name":"hello""#, &format!(r#""name":"{long}""#)),
            "/parent/metadata/name",
        ),
        (
            with(r#""name":"hello""#, &format!(r#""name":"{}""#, "n".repeat(254))),
            "/parent/metadata/name",
        ),
        (
            with(r#""name":"hello""#, r#""name":"a/b""#),
            "/parent/metadata/name",
        ),
        (
            with(r#""name":"hello""#, r#""name":"..""#),
            "/parent/metadata/name",
        ),
        (
            with(r#""name":"hello""#, r#""name":"a%2fb""#),
            "/parent/metadata/name",
        ),
        (
            with(r#""name":"hello""#, r#""name":"a\nb""#),
            "/parent/metadata/name",
        ),
        (
            with(r#""namespace":"cap2""#, &format!(r#""namespace":"{long}""#)),
            "/parent/metadata/namespace",
        ),
        (
            with(r#""namespace":"cap2""#, r#""namespace":"a.b""#),
            "/parent/metadata/namespace",
        ),
        (
            with(r#""namespace":"cap2""#, r#""namespace":"A""#),
            "/parent/metadata/namespace",
        ),
        (
            with(r#""kind":"Function""#, &format!(r#""kind":"{long}""#)),
            "/parent/kind",
        ),
        (
            with(r#""kind":"Function""#, r#""kind":"F\u001b[31m""#),
            "/parent/kind",
        ),
        (
            with(
                r#""apiVersion":"core.openfunction.io/v1beta2""#,
                &format!(r#""apiVersion":"{long}""#),
            ),
            "/parent/apiVersion",
        ),
    ];
    for (text, pointer) in &table {
        let answer = host.post("/function/sync", text.as_bytes());
        assert_eq!(answer.status, 400, "{pointer}: {answer:?}");
        assert!(
            answer.body.contains(pointer) && answer.body.len() <= 1024,
            "{pointer}: {}",
            answer.body
        );
    }
    // Names that some kinds have.
    for name in ["system:foo", "Hello_World", &"n".repeat(253), "ünïcode"] {
        let answer = host.post(
            "/function/sync",
            with(r#""name":"hello""#, &format!(r#""name":"{name}""#)).as_bytes(),
        );
        assert_ne!(answer.status, 400, "{name}: {answer:?}");
    }
    let many: String = (0..1001).map(|n| format!(r#","K{n}.v1":{{}}"#)).collect();
    let kinds = ready.replacen(
        r#""children":{"#,
        &format!(r#""children":{{"A.v1":{{}}{many},"#),
        1,
    );
    let answer = host.post("/function/sync", kinds.as_bytes());
    assert_eq!(answer.status, 400, "{answer:?}");
    short_lines(&host.end_and_read_log());
}

/// Whatever of a request is text: path, method, headers.
#[test]
fn what_a_caller_writes_into_a_head_is_cut_in_answers_and_in_the_log() {
    let host = Host::serve(&[("function", &function_plugin())], &["--log", "debug"]);
    let (long, head) = (
        "M".repeat(30_000),
        "Host: h\r\nConnection: close\r\nContent-Length: 0",
    );
    for (line, headers) in [
        (format!("{long} /function/sync HTTP/1.1"), String::new()),
        (format!("POST /{long}/sync HTTP/1.1"), String::new()),
        (format!("POST /function/{long} HTTP/1.1"), String::new()),
        (format!("POST /function/sync?{long} HTTP/1.1"), String::new()),
        (
            "POST /function/sync HTTP/1.1".to_owned(),
            format!("traceparent: {long}\r\n"),
        ),
        (
            "POST /function/sync HTTP/1.1".to_owned(),
            format!("if-none-match: {long}\r\n"),
        ),
        (
            "POST /function/sync HTTP/1.1".to_owned(),
            format!("user-agent: {long}\r\n"),
        ),
        (
            "POST /function/sync HTTP/1.1".to_owned(),
            format!("authorization: Bearer {long}\r\n"),
        ),
    ] {
        let text = format!("{line}\r\n{headers}{head}\r\n\r\n");
        for address in [host.hooks, host.admin] {
            let answer = metawasm_tests::process::raw(address, text.as_bytes());
            assert!(
                answer.starts_with("HTTP/1.1 4") && answer.len() < 2048,
                "{}",
                answer.len()
            );
        }
    }
    for _ in 0..100 {
        let agent = format!("{}\u{1b}", "a".repeat(3000));
        let text = format!(
            "PUT /log HTTP/1.1\r\nHost: h\r\nUser-Agent: {agent}\r\nConnection: close\r\nContent-Length: 5\r\n\r\ndebug"
        );
        metawasm_tests::process::raw(host.admin, text.as_bytes());
    }
    assert_eq!(request(host.admin, "PUT", "/log", b"debug").status, 200);
    let lines = host.end_and_read_log();
    short_lines(&lines);
    let changes = lines
        .iter()
        .filter(|line| line.contains("log filter was changed"))
        .count();
    assert!((1..80).contains(&changes), "{changes}");
}

/// Many kinds of bad requests at once: no more lines than the bound for all of them, and the count of the others.
#[test]
fn lines_about_requests_are_bounded_together() {
    let folder = Folder::new("flood");
    let trap = folder.write("trap", Guest::running("(unreachable)").component());
    let bad = folder.write("bad", Guest::answering("{").component());
    let names: Vec<String> = (0..30).map(|number| format!("p{number}")).collect();
    let plugins: Vec<(&str, &Path)> = names
        .iter()
        .enumerate()
        .map(|(number, name)| {
            (
                name.as_str(),
                if number % 2 == 0 {
                    trap.as_path()
                } else {
                    bad.as_path()
                },
            )
        })
        .collect();
    let host = Host::serve(&plugins, &[]);
    let start = Instant::now();
    for _ in 0..25 {
        for name in &names {
            assert!(host.post(&format!("/{name}/sync"), &body()).status >= 500);
            assert_eq!(host.post(&format!("/{name}/sync"), b"x").status, 400);
        }
    }
    let most = 400.0 + start.elapsed().as_secs_f64() * 100.0 + 2.0;
    let lines = host.end_and_read_log();
    let lines = lines.iter().filter(|line| line.contains("\"outcome\":")).count();
    assert!(
        (300.0..=most).contains(&(lines as f64)),
        "{lines} of at most {most}"
    );
}
