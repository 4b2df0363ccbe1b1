//! `metawasm playground`, as its page and as hostile pages ask it. `playground/tests` looks at the page itself.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use metawasm_tests::guest::{DESCRIPTION, Guest};
use metawasm_tests::process::{Answer, Folder, raw, request, run, show, stdout};
use metawasm_tests::{function_plugin, metawasm, root};
use serde_json::{Value, json};

/// A running playground, ended when dropped.
struct Playground {
    child: Child,
    address: SocketAddr,
    /// `/SECRET/`.
    base: String,
}

impl Playground {
    fn start(plugins: &[&Path], args: &[&str]) -> Self {
        let mut child = Command::new(metawasm())
            .arg("playground")
            .args(plugins)
            .args(["--port", "0"])
            .args(args)
            .current_dir(root())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let (address, base) = line
            .trim_end()
            .strip_prefix("http://")
            .and_then(|url| url.split_once('/'))
            .unwrap_or_else(|| panic!("{line:?}"));
        Self {
            child,
            address: address.parse().unwrap(),
            base: format!("/{base}"),
        }
    }

    fn get(&self, path: &str) -> Answer {
        request(self.address, "GET", &format!("{}{path}", self.base), b"")
    }

    fn post(&self, path: &str, body: &Value) -> Answer {
        let path = format!("{}api/plugins/{path}", self.base);
        request(self.address, "POST", &path, body.to_string().as_bytes())
    }

    fn ask(&self, path: &str, body: &Value) -> Value {
        let answer = self.post(path, body);
        assert!(matches!(answer.status, 200 | 201), "{path}: {answer:?}");
        answer.json()
    }

    /// The status and the sentence of a request that is refused.
    fn refused(&self, path: &str, body: &Value) -> (u16, String) {
        let answer = self.post(path, body);
        (answer.status, answer.json()["error"].as_str().unwrap().to_owned())
    }

    /// A request with these lines for a head, and what comes back.
    fn raw(&self, method: &str, path: &str, headers: &str) -> String {
        let head = format!(
            "{method} {}{path} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n",
            self.base
        );
        raw(self.address, head.as_bytes())
    }
}

impl Drop for Playground {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The parent of the guests.
fn parent() -> Value {
    json!({"apiVersion": "core.openfunction.io/v1beta2", "kind": "Function", "metadata": {"name": "f"}, "spec": {}})
}

/// A call of a guest.
fn asked() -> Value {
    json!({"parent": parent(), "kinds": ["ConfigMap.v1"]})
}

fn with(mut body: Value, more: Value) -> Value {
    match (&mut body, more) {
        (Value::Object(body), Value::Object(more)) => body.extend(more),
        (body, more) => panic!("{body} and {more}"),
    }
    body
}

fn config_map(data: &str) -> String {
    format!(
        r#"{{"status": {{}}, "children": [{{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {{"name": "c"}}, "data": {{"a": "{data}"}}}}]}}"#
    )
}

/// A guest whose child is a ConfigMap.
fn guest(guest: Guest) -> Vec<u8> {
    let description = DESCRIPTION.replace(
        r#"[{"apiVersion":"apps/v1","kind":"Deployment","resource":"deployments"}]"#,
        r#"[{"apiVersion":"v1","kind":"ConfigMap","resource":"configmaps"}]"#,
    );
    guest.describe(&description).component()
}

fn kinds(plugin: &Value) -> Vec<String> {
    let children = plugin["children"].as_array().unwrap().iter();
    let text = |child: &Value, field: &str| child[field].as_str().unwrap().to_owned();
    children
        .map(|child| format!("{}.{}", text(child, "kind"), text(child, "apiVersion")))
        .collect()
}

/// The kinds of a cluster that builds nothing.
fn without_builds(plugin: &Value) -> Vec<String> {
    let mut kinds = kinds(plugin);
    kinds.retain(|kind| !kind.contains("shipwright"));
    kinds
}

/// The Function of the proposal.
fn function() -> Value {
    let plugin = function_plugin();
    let args = [
        "render",
        plugin.to_str().unwrap(),
        "-f",
        "examples/function.yaml",
        "-o",
        "request",
    ];
    let request: Value = serde_json::from_str(&stdout(&run(args))).unwrap();
    request["parent"].clone()
}

#[test]
fn plugins_are_described_with_what_the_page_begins_with() {
    let crds = root().join("metacontroller/crd");
    let args = ["-f", "examples/function.yaml", "--crds", crds.to_str().unwrap()];
    let playground = Playground::start(&[&function_plugin(), &function_plugin()], &args);
    let told = playground.get("api/plugins").json();
    let [first, second] = told["plugins"].as_array().unwrap().as_slice() else {
        panic!("{told}");
    };
    assert_eq!(told["cases"], "tests");
    assert_eq!(
        (&first["id"], &second["id"]),
        (&json!("function"), &json!("function-2"))
    );
    assert_eq!(first["hooks"], json!(["sync", "finalize", "customize"]));
    assert_eq!(first["parent"]["kind"], "Function");
    assert!(first["text"].as_str().unwrap().contains("logs-async-handler"));
    assert!(first["settingsSchema"]["properties"]["defaultEngine"].is_object());
    assert!(first["schema"]["properties"]["spec"]["properties"]["image"].is_object());
    assert_eq!(first["columns"][0]["type"], "string");
    assert!(kinds(first).contains(&"HTTPScaledObject.http.keda.sh/v1alpha1".to_owned()));
}

#[test]
fn a_call_shows_the_answer_the_log_and_what_it_took() {
    let folder = Folder::new("playground-call");
    let log = "(call $log (i32.const 0) (i32.const 8192) (i32.const 8)) (call $answer)";
    let logs = Guest::answering(config_map("one")).code(log).with(
        r#"(import "metawasm:hook/logging@0.1.0" "log" (func $log (param i32 i32 i32)))
        (data (i32.const 8192) "<b>hi</b")"#,
    );
    let plugin = folder.write("g.wasm", guest(logs));
    let playground = Playground::start(&[&plugin], &[]);
    let told = playground.get("api/plugins").json();
    // The least that a parent has: the plugin has no self-test.
    let text = told["plugins"][0]["text"].as_str().unwrap();
    assert!(text.contains("name: example"), "{text}");
    let call = playground.ask("g/call", &asked());
    assert_eq!(call["answer"]["children"][0]["data"]["a"], "one", "{call}");
    assert_eq!(call["log"], json!([{"level": "debug", "message": "<b>hi</b"}]));
    assert_eq!(
        (&call["failure"], &call["mismatches"]),
        (&Value::Null, &json!([]))
    );
    let cost = &call["cost"];
    for number in [
        "queueMicros",
        "runMicros",
        "reviewMicros",
        "memoryBytes",
        "requestBytes",
        "answerBytes",
    ] {
        assert!(cost[number].is_u64(), "{number}: {cost}");
    }
    // Neither the log of the call before.
    assert_eq!(
        playground.ask("g/call", &asked())["log"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn a_plugin_that_fails_is_a_sentence_and_the_next_call_is_answered() {
    let folder = Folder::new("playground-failures");
    let trap = Guest::running("(call $_ZN4site6answer17h0123456789abcdefE) (call $answer)")
        .with("(func $_ZN4site6answer17h0123456789abcdefE unreachable)");
    let plugins = [
        ("trap", guest(trap)),
        ("endless", guest(Guest::endless())),
        ("empty", guest(Guest::answering("{}"))),
        (
            "invalid",
            guest(Guest::failing(0, 0, "<script>alert(1)</script>")),
        ),
        ("good", guest(Guest::answering(config_map("one")))),
    ];
    let paths = plugins.map(|(name, bytes)| folder.write(&format!("{name}.wasm"), bytes));
    let playground = Playground::start(&paths.each_ref().map(AsRef::as_ref), &[]);
    let failure =
        |plugin: &str, body: &Value| playground.ask(&format!("{plugin}/call"), body)["failure"].clone();
    let trapped = failure("trap", &asked());
    assert!(
        trapped["message"].as_str().unwrap().contains("trapped"),
        "{trapped}"
    );
    assert_eq!(trapped["trace"][0], "0: site::answer");
    let said = |failure: &Value| failure["message"].as_str().unwrap().to_owned();
    assert!(said(&failure("endless", &asked())).contains("timed out"));
    assert!(said(&failure("invalid", &asked())).contains("<script>"));
    // An answer that would delete every child.
    let observed =
        json!({"observed": [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}]});
    let refused = failure("empty", &with(asked(), observed));
    assert!(said(&refused).contains("children"), "{refused}");
    assert_eq!(failure("good", &asked()), Value::Null);
}

#[test]
fn new_settings_and_new_versions_are_used_from_the_next_call_on() {
    let folder = Folder::new("playground-refresh");
    let one = guest(Guest::answering(config_map("one")));
    let plugin = folder.write("g.wasm", &one);
    let playground = Playground::start(&[&plugin, &function_plugin()], &[]);
    let answer = || playground.ask("g/call", &asked())["answer"]["children"][0]["data"]["a"].clone();
    assert_eq!(answer(), "one");
    folder.write("g.wasm", guest(Guest::answering(config_map("two"))));
    assert_eq!(answer(), "two");
    folder.write("g.wasm", b"no component");
    let (status, sentence) = playground.refused("g/call", &asked());
    assert!(status == 422 && sentence.contains("g.wasm"), "{sentence}");
    folder.write("g.wasm", &one);
    assert_eq!(answer(), "one");

    let function = function();
    let told = playground.get("api/plugins").json();
    let kinds = without_builds(&told["plugins"][1]);
    let children = |settings: Value| {
        let body = json!({"parent": function, "kinds": kinds, "settings": settings});
        let call = playground.ask("function/call", &body);
        let children = call["answer"]["children"].as_array().unwrap().clone();
        children
            .iter()
            .map(|child| child["kind"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let routes = children(json!({"httpAddon": "interceptor-route"}));
    assert_ne!(children(json!({})), routes);
    let body = json!({"parent": function, "kinds": kinds, "settings": {"defaultEngin": "knative"}});
    let (status, sentence) = playground.refused("function/call", &body);
    assert!(
        status == 422 && sentence.contains("did you mean `defaultEngine`?"),
        "{sentence}"
    );
}

#[test]
fn the_plugins_of_a_configuration_have_their_settings_and_limits() {
    let folder = Folder::new("playground-config");
    folder.write("endless.wasm", guest(Guest::endless()));
    let function = function_plugin();
    let config = folder.write(
        "metawasm.yaml",
        format!(
            "plugins:\n- name: slow\n  source: endless.wasm\n  limits: {{deadline: 50ms}}\n\
             - name: f\n  source: {}\n  settings: {{defaultEngine: keda}}\n",
            function.display()
        ),
    );
    let playground = Playground::start(&[], &["--config", config.to_str().unwrap()]);
    let told = playground.get("api/plugins").json();
    assert_eq!(
        (&told["plugins"][0]["id"], &told["plugins"][1]["id"]),
        (&json!("slow"), &json!("f"))
    );
    assert_eq!(told["plugins"][1]["settings"], json!({"defaultEngine": "keda"}));
    let failure = playground.ask("slow/call", &asked())["failure"]["message"].clone();
    assert!(failure.as_str().unwrap().contains("0.05 s"), "{failure}");
}

#[test]
fn a_simulation_has_every_object_after_every_sync() {
    let playground = Playground::start(&[&function_plugin()], &["-f", "examples/function.yaml"]);
    let told = playground.get("api/plugins").json();
    let kinds = without_builds(&told["plugins"][0]);
    let parent = function();
    let steps = json!([{"ready": true}, {"edit": {"spec": {"image": "j"}}}, {"delete": true}]);
    let body = json!({"parent": parent, "kinds": kinds, "steps": steps});
    let film = playground.ask("function/simulate", &body);
    let names: Vec<&Value> = film["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| &step["name"])
        .collect();
    assert_eq!(names, ["create", "ready", "edit spec.image", "delete"]);
    let objects = film["objects"].as_array().unwrap();
    let at = |step: usize, sync: usize| {
        let places = film["steps"][step]["syncs"][sync]["objects"].as_array().unwrap();
        let found = places
            .iter()
            .map(|place| &objects[usize::try_from(place.as_u64().unwrap()).unwrap()]);
        found.collect::<Vec<_>>()
    };
    let last = |step: usize| film["steps"][step]["syncs"].as_array().unwrap().len() - 1;
    let first = at(0, 0);
    assert_eq!(first[0]["kind"], "Function", "the parent comes first");
    assert!(first.iter().any(|object| object["kind"] == "Deployment"));
    let image = |step: usize| {
        let all = at(step, last(step));
        let deployment = all.iter().find(|object| object["kind"] == "Deployment").unwrap();
        deployment["spec"]["template"]["spec"]["containers"][0]["image"].clone()
    };
    assert_eq!((image(1) == json!("j"), image(2)), (false, json!("j")));
    assert!(at(3, last(3)).is_empty(), "all is gone");
    assert_eq!(film["faults"], json!([]));

    let many = json!({"steps": vec![json!({"ready": true}); 101]});
    let (status, sentence) = playground.refused("function/simulate", &with(body.clone(), many));
    assert_eq!(
        (status, sentence.as_str()),
        (400, "101 steps; at most 100 are allowed")
    );
    let (_, sentence) = playground.refused(
        "function/simulate",
        &with(body, json!({"steps": [{"redy": true}]})),
    );
    assert!(
        sentence.starts_with("steps[0]: unknown field `redy`"),
        "{sentence}"
    );
}

#[test]
fn a_call_is_saved_as_a_case_that_passes() {
    let folder = Folder::new("playground-save");
    let plugin = folder.write("g.wasm", guest(Guest::answering(config_map("one"))));
    let cases = folder.path().join("cases");
    let playground = Playground::start(&[&plugin], &["--cases", cases.to_str().unwrap()]);
    let observed = json!([{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "default"},
        "data": {"a": "<b>\u{202e}"}}]);
    let body = with(asked(), json!({"name": "first", "observed": observed}));
    let saved = playground.ask("g/save", &body);
    assert_eq!(
        saved["files"],
        json!(["parent.yaml", "observed.yaml", "expected.yaml"])
    );
    let tested = run(["test", plugin.to_str().unwrap(), cases.to_str().unwrap()]);
    assert!(tested.status.success(), "{}", show(&tested));
    let command = saved["command"].as_str().unwrap();
    assert!(
        command.starts_with("metawasm test ") && command.ends_with(" -k first"),
        "{command}"
    );

    let before = fs::read(cases.join("first/expected.yaml")).unwrap();
    let (status, sentence) = playground.refused("g/save", &body);
    assert!(
        status == 409 && sentence.ends_with("first exists; choose another name"),
        "{sentence}"
    );
    assert_eq!(fs::read(cases.join("first/expected.yaml")).unwrap(), before);
    for name in ["", "../x", "A", "-a", "a/b", &"x".repeat(64)] {
        let (status, sentence) = playground.refused("g/save", &with(asked(), json!({"name": name})));
        assert!(
            status == 400 && sentence.contains("1 to 63"),
            "{name}: {sentence}"
        );
    }
    let (status, sentence) =
        playground.refused("g/save", &with(asked(), json!({"name": "none", "kinds": []})));
    assert!(status == 400 && sentence.contains("ConfigMap.v1"), "{sentence}");
    assert_eq!(fs::read_dir(&cases).unwrap().count(), 1);
}

#[test]
fn wrong_requests_are_one_sentence() {
    let folder = Folder::new("playground-wrong");
    let plugin = folder.write("g.wasm", guest(Guest::answering(config_map("one"))));
    let playground = Playground::start(&[&plugin], &[]);
    for (path, body, status, words) in [
        ("g/call", json!([]), 400, "invalid request"),
        ("g/call", json!({"parent": {}}), 400, "missing field `kinds`"),
        ("g/call", with(asked(), json!({"parent": 1})), 400, "the parent"),
        ("g/call", with(asked(), json!({"hook": "synk"})), 400, "synk"),
        (
            "g/call",
            with(asked(), json!({"hook": "finalize"})),
            400,
            "unsupported hook finalize",
        ),
        (
            "g/call",
            with(asked(), json!({"kinds": ["Secret.v1"]})),
            400,
            "the plugin has: ConfigMap.v1",
        ),
        (
            "g/call",
            with(asked(), json!({"observed": [{"kind": "x"}]})),
            400,
            "observed",
        ),
        ("h/call", asked(), 404, "no such plugin"),
        ("g/run", asked(), 404, "no such route"),
        ("g/call", json!("x".repeat(9 << 20)), 413, "larger than 8 MiB"),
    ] {
        let (found, sentence) = playground.refused(path, &body);
        assert_eq!(found, status, "{path}: {sentence}");
        assert!(
            sentence.contains(words) && sentence.len() < 2100,
            "{path}: {sentence}"
        );
    }
    let deep = format!(r#"{{"kinds": [], "parent": {}"#, "[".repeat(100_000));
    let path = format!("{}api/plugins/g/call", playground.base);
    assert_eq!(
        request(playground.address, "POST", &path, deep.as_bytes()).status,
        400
    );
    assert_eq!(request(playground.address, "DELETE", &path, b"").status, 400);
}

#[test]
fn other_pages_are_refused_and_texts_cannot_run() {
    let folder = Folder::new("playground-guard");
    let plugin = folder.write("g.wasm", guest(Guest::answering(config_map("one"))));
    let playground = Playground::start(&[&plugin], &[]);
    let host = format!("Host: {}\r\n", playground.address);
    let is_refused = |answer: &str| answer.starts_with("HTTP/1.1 403 ");
    let page = playground.raw("GET", "", &host).to_ascii_lowercase();
    assert!(page.starts_with("http/1.1 200 ok"), "{page}");
    for header in [
        "content-security-policy: default-src 'none'; script-src 'self'; ",
        "x-content-type-options: nosniff",
        "referrer-policy: no-referrer",
        "cross-origin-opener-policy: same-origin",
        "cross-origin-resource-policy: same-origin",
        "cache-control: no-store",
    ] {
        assert!(page.contains(header), "{header}: {page}");
    }
    assert!(!is_refused(&playground.raw("GET", "api/plugins", &host)));
    for headers in [
        "Host: evil.example\r\n".to_owned(),
        format!("{host}Origin: https://evil.example\r\n"),
        format!("{host}Origin: null\r\n"),
        format!("{host}Sec-Fetch-Site: cross-site\r\n"),
    ] {
        assert!(
            is_refused(&playground.raw("GET", "api/plugins", &headers)),
            "{headers}"
        );
    }
    // A form of another page can send this type, and no other without asking.
    let form = format!("{host}Content-Type: text/plain\r\nContent-Length: 2\r\n");
    let answer = playground.raw("POST", "api/plugins/g/call", &form);
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    for path in [
        "/",
        "/api/plugins",
        "/0123456789abcdef0123456789abcdef/api/plugins",
    ] {
        let answer = request(playground.address, "GET", path, b"");
        assert_eq!(answer.status, 403, "{path}");
        assert!(answer.body.contains("secret part"), "{answer:?}");
    }
    for path in [
        "../Cargo.toml",
        "index.html/..",
        "%2e%2e/Cargo.toml",
        "nothing.js",
    ] {
        assert_ne!(playground.get(path).status, 200, "{path}");
    }
}

#[test]
fn it_says_what_is_wrong_before_it_serves() {
    let folder = Folder::new("playground-usage");
    let plugin = folder.write("g.wasm", guest(Guest::default()));
    let plugin = plugin.to_str().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let failed = |args: &[&str]| {
        let output: Output = run([&["playground"], args].concat());
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), words)
    };
    let (code, words) = failed(&[plugin, "--port", &port]);
    assert!(code == Some(2) && words.contains("(--port): "), "{words}");
    let (code, words) = failed(&[plugin, plugin, "--settings", "x.yaml"]);
    assert!(code == Some(2) && words.contains("exactly one plugin"), "{words}");
    let (code, words) = failed(&["nothing.wasm"]);
    assert!(code == Some(3) && words.contains("nothing.wasm"), "{words}");
    let (code, words) = failed(&[]);
    assert!(
        code == Some(2) && words.contains("there is no metawasm.yaml here"),
        "{words}"
    );
    let empty = folder.write("empty.yaml", "plugins: []\n");
    let (code, words) = failed(&["--config", empty.to_str().unwrap()]);
    assert!(code == Some(2) && words.contains("has no plugins"), "{words}");
}
