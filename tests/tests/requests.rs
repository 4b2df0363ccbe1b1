//! What the server does with requests, good and bad, over real HTTP.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use metawasm_tests::process::{Host, raw, request};
use metawasm_tests::{fixture, function_plugin};

fn host() -> Host {
    Host::serve(&[("function", &function_plugin())], &[])
}

#[test]
fn recorded_requests_are_answered() {
    let host = host();
    for name in [
        "composite-v2-sync-first.body",
        "composite-v2-sync-second.body",
        "composite-v2-sync-ready.body",
        "composite-v1-sync-ready.body",
    ] {
        let answer = host.post("/function/sync", &fixture(name));
        assert_eq!(answer.status, 200, "{name}: {answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
        let children = answer.json()["children"].as_array().unwrap().len();
        assert_eq!(children, 4, "{name}: {}", answer.body);
    }
}

#[test]
fn the_same_request_gets_the_same_bytes() {
    let host = host();
    let body = fixture("composite-v2-sync-ready.body");
    let first = host.post("/function/sync", &body).body;
    assert!((0..20).all(|_| host.post("/function/sync", &body).body == first));
}

/// Body, status, and a part of the one sentence that comes back.
#[test]
fn a_bad_body_is_answered_with_one_sentence() {
    let host = host();
    let ready = String::from_utf8(fixture("composite-v2-sync-ready.body")).unwrap();
    let cut = &ready[..ready.len() / 2];
    let deep = "[".repeat(100_000);
    let deep_spec = ready.replacen(
        r#""spec":{"#,
        &format!(r#""spec":{{"x":{}{},"#, "[".repeat(90_000), "]".repeat(90_000)),
        1,
    );
    let twice = ready.replacen(r#""parent":"#, r#""parent":{},"parent":"#, 1);
    let mut not_utf8 = ready.clone().into_bytes();
    let place = ready.find("hello").unwrap();
    not_utf8[place] = 0xff;
    let table: &[(&[u8], &str)] = &[
        (b"", "line 1"),
        (b"hello", "line 1"),
        (b"{\"parent\": {}} trailing", "line 1"),
        (b"null", "object"),
        (b"[]", "object"),
        (b"{}", "parent"),
        (b"{\"parent\": 7, \"children\": {}}", "parent"),
        (b"{\"parent\": {\"kind\": \"Function\"}, \"children\": {}}", "apiVersion"),
        (b"{\"parent\": {\"apiVersion\": \"v1\", \"kind\": \"F\", \"metadata\": {\"name\": \"f\"}}, \"children\": []}", "children"),
        (cut.as_bytes(), "line 1"),
        (deep.as_bytes(), "deep"),
        (deep_spec.as_bytes(), "deep"),
        (twice.as_bytes(), "parent"),
        (&not_utf8, "UTF-8"),
    ];
    for (body, part) in table {
        let answer = host.post("/function/sync", body);
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        assert_eq!(answer.status, 400, "{shown}: {answer:?}");
        assert!(
            answer.body.starts_with("plugin function, sync: "),
            "{shown}: {}",
            answer.body
        );
        assert!(answer.body.contains(part), "{shown}: {}", answer.body);
        assert!(
            answer.body.len() <= 1024 && answer.body.trim_end().lines().count() == 1,
            "{shown}: {}",
            answer.body
        );
    }
    assert_eq!(
        host.post("/function/sync", ready.as_bytes()).status,
        200,
        "and it goes on"
    );
}

/// A controller with the wrong URL must not make a plugin believe that no children are wanted.
#[test]
fn a_request_for_another_controller_or_parent_is_refused() {
    let host = host();
    let answer = host.post("/function/sync", &fixture("decorator-v2-sync-first.body"));
    assert_eq!(answer.status, 400, "{answer:?}");
    assert!(
        answer
            .body
            .contains("wrong plugin: it answers for a CompositeController"),
        "{}",
        answer.body
    );
    let ready = String::from_utf8(fixture("composite-v2-sync-ready.body")).unwrap();
    let other = ready.replacen(r#""kind":"Function""#, r#""kind":"Workflow""#, 1);
    let answer = host.post("/function/sync", other.as_bytes());
    assert_eq!(answer.status, 400, "{answer:?}");
    assert!(
        answer.body.starts_with(
            "plugin function, sync of Workflow cap2/hello: wrong plugin: it answers for Function of "
        ),
        "{}",
        answer.body
    );
}

#[test]
fn an_unknown_path_says_what_there_is() {
    let host = host();
    let body = fixture("composite-v2-sync-first.body");
    for path in [
        "/other/sync",
        "/function/other",
        "/",
        "/function",
        "/function/sync/more",
    ] {
        let answer = host.post(path, &body);
        assert_eq!(answer.status, 404, "{path}: {answer:?}");
        assert_eq!(
            answer.body,
            "path not found; available paths: /function/sync, /function/finalize, /function/customize\n",
            "{path}"
        );
    }
    let answer = host.get_admin("/other");
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (
            404,
            "path not found; available paths: /livez, /readyz, /metrics, /plugins, /plugins/NAME/shadow, /plugins/NAME/promote, /plugins/NAME/rollback, /reload, /log, /status, /events, /page/NAME\n"
        )
    );
}

/// Nobody gets room for a body that nobody will look at.
#[test]
fn a_path_that_is_not_there_is_answered_before_the_body() {
    let host = host();
    let head =
        "POST /other/sync HTTP/1.1\r\nHost: h\r\nContent-Length: 8000000\r\nExpect: 100-continue\r\n\r\n";
    let answer = raw(host.hooks, head.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    let answer = raw(
        host.hooks,
        b"POST /%ff/sync HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    );
    assert!(
        answer.starts_with("HTTP/1.1 404 ") && answer.contains("available paths: /function/sync"),
        "{answer}"
    );
}

/// A name with a line break would make two lines of one, in the log and in the Event.
#[test]
fn a_sentence_stays_on_one_line_whatever_the_names_are() {
    let host = host();
    let ready = String::from_utf8(fixture("composite-v2-sync-ready.body")).unwrap();
    let forged = ready.replacen(r#""kind":"Function""#, r#""kind":"F\n\u001b[31mforged""#, 1);
    let answer = host.post("/function/sync", forged.as_bytes());
    assert_eq!(answer.status, 400, "{answer:?}");
    assert_eq!(answer.body.trim_end().lines().count(), 1, "{}", answer.body);
    assert!(answer.body.contains(r"F\n\u{1b}[31mforged"), "{}", answer.body);
}

#[test]
fn only_post_calls_a_hook() {
    let host = host();
    for method in ["GET", "PUT", "DELETE", "PATCH"] {
        let answer = request(host.hooks, method, "/function/sync", b"");
        assert_eq!(answer.status, 405, "{answer:?}");
        assert_eq!(answer.header("allow"), Some("POST"));
        assert_eq!(
            answer.body,
            format!("method {method} is not allowed; hooks are called with POST\n")
        );
    }
}

#[test]
fn a_body_over_the_limit_is_refused_with_the_limit_and_its_name() {
    let host = Host::serve(&[("function", &function_plugin())], &["--body", "20000"]);
    let body = fixture("composite-v2-sync-ready.body");
    let answer = host.post("/function/sync", &body);
    assert_eq!(answer.status, 413, "{answer:?}");
    assert!(
        answer
            .body
            .starts_with("the request body is larger than 20000 bytes")
            && answer.body.contains("--body")
    );
    assert_eq!(
        host.post("/function/sync", &fixture("composite-v2-sync-first.body"))
            .status,
        200
    );
}

#[test]
fn a_body_of_unknown_length_is_refused_at_the_limit() {
    let host = Host::serve(&[("function", &function_plugin())], &["--body", "1000"]);
    let chunk = format!("{:x}\r\n{}\r\n", 900, "x".repeat(900));
    let text = format!(
        "POST /function/sync HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}{chunk}0\r\n\r\n"
    );
    let answer = raw(host.hooks, text.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[test]
fn a_length_that_lies_does_not_reserve_memory() {
    let host = host();
    let text = "POST /function/sync HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999\r\n\r\n{}";
    let answer = raw(host.hooks, text.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[test]
fn what_is_no_http_is_cut_off_and_harms_nobody() {
    let host = host();
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00"[..],
        b"hello\r\n\r\n",
        b"POST /function/sync HTTP/9.9\r\n\r\n",
    ] {
        let answer = raw(host.hooks, bytes);
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 400 "),
            "{answer}"
        );
    }
    assert_eq!(
        host.post("/function/sync", &fixture("composite-v2-sync-first.body"))
            .status,
        200
    );
}
