//! What the person on call sees: metrics, admin routes, log lines.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use metawasm_tests::guest::Guest;
use metawasm_tests::process::{Folder, HANG, Host, request, run, show};
use metawasm_tests::{fixture, function_plugin};
use serde_json::json;

fn body() -> Vec<u8> {
    fixture("composite-v2-sync-first.body")
}

fn requests(host: &Host, plugin: &str, hook: &str, outcome: &str) -> Option<f64> {
    let labels = format!("plugin=\"{plugin}\",hook=\"{hook}\",outcome=\"{outcome}\"");
    host.metric(&format!("metawasm_requests_total{{{labels}}}"))
}

fn trap(folder: &Folder) -> std::path::PathBuf {
    folder.write("trap.wasm", Guest::running("(unreachable)").component())
}

#[test]
fn every_request_is_counted_once_and_where_it_belongs() {
    let folder = Folder::new("counts");
    let trap = trap(&folder);
    // No children where some are observed: a rule of the review.
    let refused = folder.write("refused.wasm", Guest::answering("{\"status\":{}}").component());
    let host = Host::serve(
        &[
            ("function", &function_plugin()),
            ("trap", &trap),
            ("refused", &refused),
        ],
        &[],
    );
    assert_eq!(
        requests(&host, "function", "sync", "ok"),
        Some(0.0),
        "there from the start"
    );
    for _ in 0..5 {
        assert_eq!(host.post("/function/sync", &body()).status, 200);
    }
    for _ in 0..3 {
        assert_eq!(host.post("/trap/sync", &body()).status, 500);
    }
    assert_eq!(host.post("/function/finalize", b"{").status, 400);
    let ready = fixture("composite-v2-sync-ready.body");
    assert_eq!(host.post("/refused/sync", &ready).status, 502);
    assert_eq!(request(host.hooks, "GET", "/function/sync", b"").status, 405);
    assert_eq!(requests(&host, "function", "sync", "ok"), Some(5.0));
    assert_eq!(requests(&host, "function", "sync", "not_found"), Some(1.0));
    assert_eq!(requests(&host, "function", "finalize", "bad_request"), Some(1.0));
    assert_eq!(requests(&host, "trap", "sync", "trap"), Some(3.0));
    assert_eq!(requests(&host, "refused", "sync", "bad_output"), Some(1.0));
    let of = |name: &str, labels: &str| host.metric(&format!("metawasm_{name}{{{labels}}}"));
    let hook = "plugin=\"function\",hook=\"sync\"";
    for (name, count) in [
        ("request_seconds_count", 6.0),
        // The memo keeps an answer at the second time: three were answered by it.
        ("queue_seconds_count", 2.0),
        ("run_seconds_count", 2.0),
        ("review_seconds_count", 2.0),
    ] {
        assert_eq!(of(name, hook), Some(count), "{name}");
    }
    let (whole, run) = (of("request_seconds_sum", hook), of("run_seconds_sum", hook));
    assert!(run.unwrap() > 0.0 && whole > run, "{whole:?} {run:?}");
    assert_eq!(
        of("review_seconds_count", "plugin=\"trap\",hook=\"sync\""),
        Some(0.0),
        "a trap leaves nothing to review"
    );
    assert_eq!(
        of(
            "refusals_total",
            "plugin=\"refused\",hook=\"sync\",rule=\"absent-children\""
        ),
        Some(1.0)
    );
    let memo = |result: &str| of("memo_total", &format!("plugin=\"function\",result=\"{result}\""));
    let hits = ["hit", "hit_trimmed"].map(|result| memo(result).unwrap_or(0.0));
    assert_eq!((memo("miss"), hits.iter().sum()), (Some(2.0), 3.0));
    assert!(host.metric("metawasm_memo_bytes").unwrap() > 0.0);
    assert!(of("guest_memory_max_bytes", "plugin=\"function\"").unwrap() >= 65_536.0);
    assert_eq!(of("calls_running", "plugin=\"function\""), Some(0.0));
    assert!(of("connection_events_total", "listener=\"hooks\",event=\"accepted\"").unwrap() >= 9.0);
    assert_eq!(host.metric("metawasm_pool_calls"), Some(0.0));
    assert_eq!(host.metric("metawasm_requests_in_flight"), Some(0.0));
    assert_eq!(host.metric("metawasm_ready"), Some(1.0));
    assert!(host.metric("process_resident_memory_bytes").unwrap() > 1e6);
}

#[test]
fn metrics_are_of_the_type_that_scrapers_ask_for() {
    let host = Host::serve(&[("function", &function_plugin())], &[]);
    host.post("/function/sync", &body());
    let answer = host.get_admin("/metrics");
    assert_eq!(
        answer.header("content-type"),
        Some("application/openmetrics-text; version=1.0.0; charset=utf-8")
    );
    assert!(answer.body.ends_with("# EOF\n"));
    // Every series once, every value a number.
    let mut seen = std::collections::HashSet::new();
    for line in answer.body.lines().filter(|line| !line.starts_with('#')) {
        let (series, value) = line.rsplit_once(' ').unwrap();
        assert!(seen.insert(series.to_owned()), "{series} is there twice");
        assert!(value.parse::<f64>().is_ok(), "{line}");
    }
    let digest = host.get_admin("/plugins").json()["plugins"][0]["digest"].clone();
    assert!(
        answer.body.contains(&format!(
            "metawasm_plugin_info{{plugin=\"function\",digest={digest},version="
        )),
        "{digest}"
    );
}

#[test]
fn unknown_paths_make_no_labels() {
    let host = Host::serve(&[("function", &function_plugin())], &[]);
    let series = |host: &Host| host.get_admin("/metrics").body.lines().count();
    for path in ["/x/sync", "/function/x", "/x"] {
        assert_eq!(host.post(path, b"{}").status, 404);
    }
    // So many that lines are held back, which has a counter of its own.
    for _ in 0..30 {
        assert_eq!(host.post("/x/sync", b"{}").status, 404);
        assert_eq!(host.post("/function/x", b"{}").status, 404);
    }
    let before = series(&host);
    for number in 0..200 {
        assert_eq!(host.post(&format!("/x{number}/sync"), b"{}").status, 404);
        assert_eq!(host.post(&format!("/function/x{number}"), b"{}").status, 404);
        assert_eq!(host.post(&format!("/%ff{number}/a/b"), b"{}").status, 404);
    }
    assert_eq!(series(&host), before);
    assert_eq!(requests(&host, "", "", "not_found"), Some(432.0));
    assert_eq!(requests(&host, "function", "", "not_found"), Some(231.0));
}

#[test]
fn a_caller_that_hangs_up_is_counted() {
    let folder = Folder::new("gone");
    let endless = folder.write("endless.wasm", Guest::endless().component());
    let mut host = Host::serve(&[("endless", &endless)], &[]);
    let body = body();
    let mut stream = TcpStream::connect(host.hooks).unwrap();
    write!(
        stream,
        "POST /endless/sync HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .unwrap();
    stream.write_all(&body).unwrap();
    let end = Instant::now() + HANG;
    while host.metric("metawasm_requests_in_flight") != Some(1.0) {
        assert!(Instant::now() < end, "it was never seen in flight");
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(stream);
    let line = host.wait_for_event("hung up");
    assert_eq!(
        (&line["outcome"], &line["plugin"]),
        (&json!("gone"), &json!("endless"))
    );
    assert_eq!(requests(&host, "endless", "sync", "gone"), Some(1.0));
    assert_eq!(host.metric("metawasm_requests_in_flight"), Some(0.0));
}

#[test]
fn the_list_of_plugins_says_what_each_is_and_why_one_is_not_there() {
    let folder = Folder::new("list");
    let missing = folder.path().join("missing.wasm");
    let host = Host::serve(&[("function", &function_plugin()), ("gone", &missing)], &[]);
    host.post("/function/sync", &body());
    let list = host.get_admin("/plugins");
    assert_eq!(list.header("content-type"), Some("application/json"));
    let list = list.json();
    let function = &list["plugins"][0];
    assert_eq!(
        (&function["name"], &function["loaded"]),
        (&json!("function"), &json!(true))
    );
    assert_eq!(function["hooks"], json!(["sync", "finalize", "customize"]));
    assert_eq!(function["parent"]["kind"], "Function");
    assert_eq!(function["limits"]["memory"], 64 << 20);
    assert_eq!(function["limits"]["deadlineSeconds"], 2.0);
    assert_eq!(function["requests"]["sync"], json!({"ok": 1}));
    let size = Path::new(&function_plugin()).metadata().unwrap().len();
    assert_eq!(function["size"], json!(size));
    assert!(function["digest"].as_str().unwrap().starts_with("sha256:"));
    let gone = &list["plugins"][1];
    assert_eq!((&gone["name"], &gone["loaded"]), (&json!("gone"), &json!(false)));
    assert!(
        gone["reason"].as_str().unwrap().contains("missing.wasm"),
        "{gone}"
    );
    assert_eq!(host.metric("metawasm_plugin_loaded{plugin=\"gone\"}"), Some(0.0));
    assert_eq!(host.metric("metawasm_ready"), Some(0.0));
    let ready = host.get_admin("/readyz?verbose");
    assert_eq!(ready.status, 503);
    let lines: Vec<&str> = ready.body.lines().collect();
    assert_eq!(lines[..2], ["[+] serving", "[+] plugin function"]);
    assert!(
        lines[2].starts_with("[-] plugin gone: plugin gone is not loaded: "),
        "{lines:?}"
    );
}

#[test]
fn it_is_not_ready_while_it_drains() {
    let folder = Folder::new("draining");
    let endless = folder.write("endless.wasm", Guest::endless().component());
    let host = Host::serve(&[("endless", &endless)], &[]);
    assert_eq!(host.get_admin("/readyz").body, "ready\n");
    let body = body();
    std::thread::scope(|scope| {
        let running = scope.spawn(|| host.post("/endless/sync", &body).status);
        let end = Instant::now() + HANG;
        while host.metric("metawasm_requests_in_flight") != Some(1.0) {
            assert!(Instant::now() < end, "it was never seen in flight");
            std::thread::sleep(Duration::from_millis(5));
        }
        host.signal("TERM");
        // The call takes its deadline of 2 s, and so long the admin routes answer.
        loop {
            let ready = host.get_admin("/readyz");
            if ready.status == 503 {
                assert_eq!(ready.body, "draining\n");
                break;
            }
            assert!(Instant::now() < end, "it is ready for ever");
        }
        assert_eq!(host.metric("metawasm_draining"), Some(1.0));
        assert_eq!(host.get_admin("/livez").status, 200);
        assert_eq!(running.join().unwrap(), 504);
    });
    assert_eq!(host.wait().code(), Some(0));
}

#[test]
fn the_log_filter_is_changed_while_it_runs() {
    let mut host = Host::serve(&[("function", &function_plugin())], &["--log", "info"]);
    assert_eq!(host.get_admin("/log").body, "info\n");
    let put = |host: &Host, filter: &str| request(host.admin, "PUT", "/log", filter.as_bytes());
    let bad = put(&host, "verbose");
    assert_eq!(bad.status, 400);
    assert_eq!(
        bad.body,
        "invalid log filter \"verbose\"; expected one of off, error, warn, info, debug, trace, or a list such as \
         info,guest=debug\n"
    );
    assert_eq!(put(&host, &"a".repeat(5000)).status, 400);
    assert_eq!(host.get_admin("/log").body, "info\n", "nothing has changed");
    let good = put(&host, "debug\n");
    assert_eq!((good.status, good.body.as_str()), (200, "debug\n"));
    let line = host.wait_for_event("the log filter was changed");
    assert_eq!(
        (&line["before"], &line["filter"]),
        (&json!("info"), &json!("debug"))
    );
    host.post("/function/sync", &body());
    let line = host.wait_for_event("\"outcome\":\"ok\"");
    assert_eq!(
        (&line["plugin"], &line["hook"], &line["status"], &line["level"]),
        (&json!("function"), &json!("sync"), &json!(200), &json!("DEBUG"))
    );
    assert!(line["run_micros"].as_u64().unwrap() <= line["micros"].as_u64().unwrap());
    assert_eq!(host.get_admin("/log").body, "debug\n");
}

#[test]
fn a_filter_of_the_file_counts_and_a_flag_overrides_it() {
    let folder = Folder::new("log-config");
    let plugin = function_plugin();
    let config = folder.write(
        "metawasm.yaml",
        format!(
            "log: {{filter: \"warn,metawasm=info\"}}\nplugins: [{{name: f, source: \"file:{}\"}}]\n",
            plugin.display()
        ),
    );
    let config = config.to_str().unwrap();
    let host = Host::serve(&[], &["--config", config]);
    assert_eq!(host.get_admin("/log").body, "warn,metawasm=info\n");
    let host = Host::serve(&[], &["--config", config, "--log", "debug"]);
    assert_eq!(host.get_admin("/log").body, "debug\n");
    let output = run(["serve", "--config", config, "--log", "loud"]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{}", show(&output));
    assert!(
        stderr.starts_with("error: invalid value 'loud' for --log: invalid log filter \"loud\""),
        "{stderr}"
    );
}

#[test]
fn lines_about_one_failure_are_bounded_and_the_rest_is_counted() {
    let folder = Folder::new("flood");
    let trap = trap(&folder);
    let mut host = Host::serve(&[("trap", &trap)], &[]);
    for _ in 0..300 {
        assert_eq!(host.post("/trap/sync", &body()).status, 500);
    }
    let line = host.wait_for_event("\"outcome\":\"trap\"");
    assert_eq!(
        (&line["plugin"], &line["hook"], &line["level"], &line["parent"]),
        (
            &json!("trap"),
            &json!("sync"),
            &json!("ERROR"),
            &json!("Function cap2/hello")
        )
    );
    assert!(line["detail"].as_str().unwrap().contains("wasm"), "{line}");
    let dropped = |host: &Host| {
        host.metric("metawasm_log_lines_dropped_total{plugin=\"trap\"}")
            .unwrap()
    };
    assert!((1.0..=280.0).contains(&dropped(&host)), "{}", dropped(&host));
    assert_eq!(requests(&host, "trap", "sync", "trap"), Some(300.0));
    // After a while one comes through again, and says how many did not.
    let end = Instant::now() + HANG;
    loop {
        let before = dropped(&host);
        host.post("/trap/sync", &body());
        if dropped(&host) == before {
            break;
        }
        assert!(Instant::now() < end, "no line comes through any more");
        std::thread::sleep(Duration::from_millis(200));
    }
    let line = host.wait_for_event("\"held_back\":");
    assert!(line["held_back"].as_u64().unwrap() >= 1, "{line}");
}

#[test]
fn hooks_and_admin_routes_are_apart_and_each_takes_its_methods() {
    let host = Host::serve(&[("function", &function_plugin())], &[]);
    for path in ["/livez", "/readyz", "/metrics", "/plugins", "/log"] {
        let answer = request(host.hooks, "GET", path, b"");
        assert_eq!(answer.status, 404, "{path} of the hooks: {answer:?}");
        let answer = request(host.admin, "DELETE", path, b"");
        assert_eq!(answer.status, 405, "{path}");
        let allow = answer.header("allow").unwrap();
        assert!(allow.contains("GET"), "{path}: {allow}");
        assert_eq!(allow.contains("PUT"), path == "/log", "{path}: {allow}");
        assert_eq!(answer.body, "this admin route does not take DELETE\n");
    }
    assert_eq!(request(host.admin, "POST", "/function/sync", &body()).status, 404);
    for (method, path, status) in [
        ("GET", "/nobody/sync", 404),
        ("GET", "/function/customise", 404),
        ("PUT", "/nobody/sync", 404),
        ("GET", "/function/sync", 405),
    ] {
        assert_eq!(
            request(host.hooks, method, path, b"").status,
            status,
            "{method} {path}"
        );
    }
    let root = host.get_admin("/");
    assert_eq!(
        (root.status, root.body.as_str()),
        (
            200,
            "there is /livez, /readyz, /metrics, /plugins, /plugins/NAME/shadow, /plugins/NAME/promote, /plugins/NAME/rollback, /reload, /log, \
             /status, /events, /page/NAME\n"
        )
    );
}

/// An alert on an increase sees the first event only if the counter was there before.
#[test]
fn all_counters_of_a_plugin_exist_before_its_first_request() {
    let host = Host::serve(&[("function", &function_plugin())], &[]);
    for series in [
        r#"metawasm_requests_total{plugin="function",hook="sync",outcome="trap"}"#,
        r#"metawasm_requests_total{plugin="",hook="",outcome="not_found"}"#,
        r#"metawasm_refusals_total{plugin="function",hook="finalize",rule="absent-children"}"#,
        r#"metawasm_schema_mismatches_total{plugin="function",hook="sync"}"#,
        r#"metawasm_memo_total{plugin="function",result="hit"}"#,
        r#"metawasm_log_lines_dropped_total{plugin="function"}"#,
        r#"metawasm_guest_log_lines_dropped_total{plugin="function"}"#,
        r#"metawasm_guest_memory_max_bytes{plugin="function"}"#,
        r#"metawasm_spans_total{result="failed"}"#,
        r#"metawasm_connection_events_total{listener="hooks",event="slow"}"#,
    ] {
        assert_eq!(host.metric(series), Some(0.0), "{series}");
    }
}
