//! The host's page on the admin listener: its routes, who may read them, and its stream, over real HTTP.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::time::{Duration, Instant};

use metawasm_tests::events::{Events, get};
use metawasm_tests::guest::{DESCRIPTION, Guest};
use metawasm_tests::process::{Answer, Folder, HANG, Host, raw};
use metawasm_tests::{fixture, function_plugin};
use serde_json::{Value, json};

/// What a browser sends when somebody opens an address.
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

fn body() -> Vec<u8> {
    fixture("composite-v2-sync-first.body")
}

fn serve(args: &[&str]) -> Host {
    Host::serve(&[("function", &function_plugin())], args)
}

/// Asks as the page itself does.
fn ask(host: &Host, path: &str, headers: &[(&str, &str)]) -> Answer {
    let name = host.admin.to_string();
    let all = [&[("Host", name.as_str())], headers].concat();
    get(host.admin, path, &all)
}

fn status(host: &Host) -> Value {
    ask(host, "/status", &[]).json()
}

#[test]
fn browsers_get_the_page_and_other_clients_the_routes() {
    let host = serve(&[]);
    let page = ask(&host, "/", &[("Accept", BROWSER)]);
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(page.body.starts_with("<!doctype html>"), "{}", page.body);
    for accept in ["*/*", "application/json"] {
        let plain = ask(&host, "/", &[("Accept", accept)]);
        assert_eq!(plain.header("content-type"), Some("text/plain; charset=utf-8"));
        assert!(
            plain.body.starts_with("there is /livez, ") && plain.body.contains("/log, /status, /events"),
            "{}",
            plain.body
        );
    }
    let files = page.body.split('"').filter(|text| text.starts_with("page/"));
    let files: Vec<&str> = files.collect();
    assert!(files.len() >= 3, "{files:?}");
    for file in files {
        let found = ask(&host, &format!("/{file}"), &[]);
        let kind = if file.ends_with(".js") {
            "text/javascript; charset=utf-8"
        } else {
            "text/css; charset=utf-8"
        };
        assert_eq!(
            (found.status, found.header("content-type")),
            (200, Some(kind)),
            "{file}"
        );
    }
    let missing = ask(&host, "/page/..%2fmain.rs", &[]);
    assert_eq!(
        (missing.status, &*missing.body),
        (404, "the page has no file ../main.rs\n")
    );
    let post = raw(
        host.admin,
        b"POST /status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    );
    assert!(post.starts_with("HTTP/1.1 405 "), "{post}");
}

#[test]
fn a_browser_is_bound_to_this_origin_by_headers() {
    let host = serve(&[]);
    let refused = [("Sec-Fetch-Site", "cross-site")];
    for answer in [
        ask(&host, "/", &[("Accept", BROWSER)]),
        ask(&host, "/page/main.js", &[]),
        ask(&host, "/page/no.js", &[]),
        ask(&host, "/status", &[]),
        ask(&host, "/status", &refused),
    ] {
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{answer:?}");
        }
        let policy = answer.header("content-security-policy").unwrap();
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
    }
}

#[test]
fn other_origins_and_other_names_of_loopback_are_refused() {
    let host = serve(&[]);
    let origin = "a page of another origin cannot read this; open the admin address itself in the browser\n";
    for path in ["/status", "/events", "/page/main.js"] {
        for site in ["cross-site", "same-site"] {
            let answer = ask(&host, path, &[("Sec-Fetch-Site", site)]);
            assert_eq!((answer.status, &*answer.body), (403, origin), "{path}");
        }
        let answer = ask(&host, path, &[("Origin", "http://evil.example")]);
        assert_eq!((answer.status, &*answer.body), (403, origin), "{path}");
        let answer = get(host.admin, path, &[("Host", "evil.example:8081")]);
        assert_eq!(answer.status, 403);
        assert!(
            answer
                .body
                .starts_with("the header Host must be localhost, 127.0.0.1 or [::1], "),
            "{answer:?}"
        );
    }
    let from = |mode| {
        let headers = [
            ("Accept", BROWSER),
            ("Sec-Fetch-Site", "cross-site"),
            ("Sec-Fetch-Mode", mode),
        ];
        ask(&host, "/", &headers).status
    };
    assert_eq!(
        (from("navigate"), from("cors")),
        (200, 403),
        "a link may lead to the page"
    );
    assert_eq!(
        get(host.admin, "/", &[("Host", "evil.example"), ("Accept", BROWSER)]).status,
        403
    );
    // What was there before stays as it was.
    let plain = get(host.admin, "/", &[("Host", "evil.example")]);
    assert_eq!(plain.status, 200);
    assert_eq!(
        ask(&host, "/status", &[("Sec-Fetch-Site", "same-origin")]).status,
        200
    );
}

#[test]
fn a_watcher_sees_calls_and_failures_while_they_happen() {
    let folder = Folder::new("page-stream");
    let trap = folder.write("trap.wasm", Guest::running("(unreachable)").component());
    let host = Host::serve(&[("function", &function_plugin()), ("trap", &trap)], &[]);
    let mut events = Events::open(host.admin).unwrap();
    let first: Vec<_> = events.by_ref().take(3).collect();
    let names: Vec<_> = first.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["history", "incidents", "state"]);
    assert_eq!(first[0].1["plugins"], json!({"function": {}, "trap": {}}));
    let state = &first[2].1;
    let process = &state["host"]["process"];
    assert_eq!(process.as_str().map(str::len), Some(16));
    assert_eq!(
        first[1].1,
        json!({"incidents": [], "missed": 0, "process": process})
    );
    let plugin = &state["plugins"][0];
    assert_eq!(
        (&plugin["name"], &plugin["state"]),
        (&json!("function"), &json!("ready"))
    );
    assert_eq!((&plugin["now"], &plugin["running"]), (&json!({}), &json!(0)));
    assert!(plugin["digest"].as_str().unwrap().starts_with("sha256:"));
    assert_eq!(state["host"]["ready"], true);
    assert_eq!(state["host"]["watchers"], 1);
    assert!(state["host"]["memory"]["resident"].as_u64().unwrap() > 1 << 20);
    for _ in 0..3 {
        assert_eq!(host.post("/function/sync", &body()).status, 200);
    }
    let refusal = host.post("/trap/sync", &body());
    let start = Instant::now();
    let (mut states, mut sentence, mut total) = (0, None, 0);
    for (name, data) in events.by_ref() {
        assert!(start.elapsed() < HANG, "{data}");
        match name.as_str() {
            "incidents" => sentence = data["incidents"].get(0).cloned(),
            "state" => {
                states += 1;
                let hook = &data["plugins"][0]["now"]["sync"];
                total = hook["total"]["answered"].as_u64().unwrap_or(0);
                if total > 0 {
                    assert!(hook["run"][1].as_u64() >= hook["run"][0].as_u64(), "{hook}");
                    assert!(hook["run"][0].as_u64() > Some(0), "{hook}");
                }
            }
            _ => {}
        }
        if total == 3 && sentence.is_some() {
            break;
        }
    }
    let sentence = sentence.unwrap();
    assert_eq!(sentence["sentence"], refusal.body.trim_end());
    assert_eq!(
        (
            &sentence["plugin"],
            &sentence["hook"],
            &sentence["outcome"],
            &sentence["status"]
        ),
        (&json!("trap"), &json!("sync"), &json!("trap"), &json!(500))
    );
    assert_eq!(sentence["parent"], "Function cap2/hello");
    let replay = format!(
        "metawasm replay {} DIRECTORY/trap/sync/cap2.hello-*",
        trap.display()
    );
    assert_eq!(sentence["replay"], replay);
    // At most one state a second.
    let most = start.elapsed().as_secs() + 2;
    assert!(states <= most, "{states} in {:?}", start.elapsed());
    let once = status(&host);
    assert_eq!(once["state"]["plugins"][0]["now"]["sync"]["total"]["answered"], 3);
    assert_eq!(
        once["incidents"]["incidents"][0]["sentence"],
        sentence["sentence"]
    );
}

#[test]
fn the_hint_for_a_replay_works_where_requests_are_recorded() {
    let folder = Folder::new("page-replay");
    let at = folder.path().join("recorded requests");
    let refused = folder.write("refused.wasm", Guest::failing(0, 0, "no").component());
    let host = Host::serve(&[("p", &refused)], &["--record", at.to_str().unwrap()]);
    assert_eq!(host.post("/p/sync", &body()).status, 500);
    assert_eq!(host.post("/p/sync", b"{").status, 400);
    let start = Instant::now();
    while host.metric(r#"metawasm_recorded_total{result="written"}"#) != Some(1.0) {
        assert!(start.elapsed() < HANG);
        std::thread::sleep(Duration::from_millis(10));
    }
    let status = status(&host);
    assert_eq!(status["state"]["host"]["recording"], true);
    let incidents = &status["incidents"]["incidents"];
    assert_eq!(
        (&incidents[0]["ran"], &incidents[0]["replay"]),
        (&json!(false), &json!(null))
    );
    let command = incidents[1]["replay"].as_str().unwrap();
    let shell = command.replacen("metawasm", metawasm_tests::metawasm().to_str().unwrap(), 1);
    let output = std::process::Command::new("sh")
        .args(["-c", &shell])
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{command}: {stderr}");
    assert!(
        stderr.contains("sync of Function cap2/hello"),
        "{command}: {stderr}"
    );
}

#[test]
fn hostile_texts_stay_texts_and_secrets_are_masked() {
    let folder = Folder::new("page-hostile");
    let script = "<script>alert(1)</script>\u{202e}\u{1b}[31m";
    let text = format!(
        "{script}\" \\ password=hunter2 \u{2028}</script>{}",
        "x".repeat(100_000)
    );
    let description = DESCRIPTION.replace(
        r#""version":"0.0.0""#,
        &format!(r#""version":{}"#, json!("<img src=x onerror=alert(1)>")),
    );
    let hostile = folder.write(
        "hostile.wasm",
        Guest::failing(0, 0, &text).describe(&description).component(),
    );
    let broken = folder.write("<script>broken.wasm", "no component");
    let host = Host::serve(&[("hostile", &hostile), ("broken", &broken)], &[]);
    assert_eq!(host.post("/hostile/sync", &body()).status, 500);
    assert_eq!(host.post("/%3Cscript%3E/sync", &body()).status, 404);
    let answer = ask(&host, "/status", &[]);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert!(
        !answer.body.contains("hunter2") && !answer.body.contains('\u{202e}'),
        "{}",
        answer.body
    );
    assert!(
        !answer.body.trim_end().contains(|c: char| c.is_control()),
        "{}",
        answer.body
    );
    assert!(answer.body.len() < 20_000, "{}", answer.body.len());
    let status = answer.json();
    let plugins = &status["state"]["plugins"];
    assert!(
        plugins[0]["reason"]
            .as_str()
            .unwrap()
            .contains("<script>broken.wasm")
    );
    assert_eq!(plugins[1]["version"], "<img src=x onerror=alert(1)>");
    let incidents = &status["incidents"]["incidents"];
    assert!(
        incidents[0]["path"].as_str().unwrap().contains("script"),
        "{incidents}"
    );
    let sentence = incidents[1]["sentence"].as_str().unwrap();
    assert!(
        sentence.contains("<script>alert(1)</script>\\u{202e}") && sentence.contains("password=masked-"),
        "{sentence}"
    );
    assert!(sentence.len() < 1200, "{}", sentence.len());
}

#[test]
fn a_flood_of_refusals_is_bounded_and_leaves_room_for_others() {
    let folder = Folder::new("page-flood");
    let trap = folder.write("trap.wasm", Guest::running("(unreachable)").component());
    let host = Host::serve(&[("function", &function_plugin()), ("trap", &trap)], &[]);
    assert_eq!(host.post("/trap/sync", &body()).status, 500);
    for number in 0..300 {
        let wrong = format!("{{\"controller\": \"{number}\"}}");
        assert_eq!(host.post("/function/sync", wrong.as_bytes()).status, 400);
        assert_eq!(host.post(&format!("/x/{number}"), b"{}").status, 404);
    }
    let answer = ask(&host, "/status", &[]);
    assert!(answer.body.len() < 100_000, "{}", answer.body.len());
    let incidents = answer.json()["incidents"]["incidents"].clone();
    let all = incidents.as_array().unwrap();
    assert!((17..=50).contains(&all.len()), "{}", all.len());
    assert!(
        all.iter().any(|incident| incident["outcome"] == "trap"),
        "{incidents}"
    );
    // The same again is one entry.
    let host = serve(&[]);
    for _ in 0..10 {
        assert_eq!(host.post("/function/sync", b"{").status, 400);
    }
    let incidents = status(&host)["incidents"]["incidents"].clone();
    assert_eq!(incidents.as_array().unwrap().len(), 1);
    assert_eq!(incidents[0]["times"], 10);
}

#[test]
fn watchers_are_few_and_one_that_leaves_makes_room() {
    let host = serve(&[]);
    let mut watchers: Vec<Events> = (0..8).map(|_| Events::open(host.admin).unwrap()).collect();
    for events in &mut watchers {
        assert_eq!(events.next().unwrap().0, "history");
    }
    let full = Events::open(host.admin).err().unwrap();
    assert_eq!(
        (full.status, &*full.body),
        (429, "8 pages are open, which is the limit; close one of them\n")
    );
    watchers.pop();
    let start = Instant::now();
    while Events::open(host.admin).is_err() {
        assert!(start.elapsed() < HANG, "its place is never free");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(watchers[0].next().is_some(), "the others go on");
}

#[test]
fn a_stream_ends_at_once_when_the_host_shuts_down() {
    let folder = Folder::new("page-drain");
    let endless = folder.write("endless.wasm", Guest::endless().component());
    let host = Host::serve(&[("endless", &endless)], &[]);
    let mut events = Events::open(host.admin).unwrap();
    assert!(events.next().is_some());
    let body = body();
    std::thread::scope(|scope| {
        // It takes its deadline of 2 s, and so long the admin routes answer.
        let running = scope.spawn(|| host.post("/endless/sync", &body).status);
        while host.metric("metawasm_requests_in_flight") != Some(1.0) {
            std::thread::sleep(Duration::from_millis(5));
        }
        host.signal("TERM");
        let last = events.by_ref().last().unwrap();
        assert_eq!(last, ("drain".to_owned(), json!({})));
        let refused = Events::open(host.admin).err().unwrap();
        assert_eq!(
            (refused.status, &*refused.body),
            (503, "the host is shutting down\n")
        );
        assert_eq!(status(&host)["state"]["host"]["draining"], true);
        assert_eq!(running.join().unwrap(), 504);
    });
    assert_eq!(host.wait().code(), Some(0));
}

#[test]
fn it_is_off_by_a_flag_and_by_a_field() {
    let folder = Folder::new("page-off");
    let config = format!(
        "page: false\nplugins: [{{name: f, source: \"file:{}\"}}]\n",
        function_plugin().display()
    );
    let config = folder.write("metawasm.yaml", config);
    let config = config.to_str().unwrap();
    let hosts = [serve(&["--page=false"]), Host::serve(&[], &["--config", config])];
    for host in hosts {
        let root = ask(&host, "/", &[("Accept", BROWSER)]);
        assert_eq!(root.status, 200);
        assert!(
            root.body.starts_with("there is ") && !root.body.contains("/events"),
            "{root:?}"
        );
        for path in ["/status", "/events", "/page/main.js"] {
            let answer = ask(&host, path, &[]);
            assert_eq!(answer.status, 404, "{path}");
            assert!(
                answer.body.starts_with("path not found; available paths: /livez"),
                "{answer:?}"
            );
        }
        assert_eq!(host.post("/x/sync", b"{}").status, 404);
    }
    let host = Host::serve(&[], &["--config", config, "--page"]);
    assert_eq!(ask(&host, "/status", &[]).status, 200, "the flag counts");
}
