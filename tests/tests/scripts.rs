//! Plugins that are scripts, served and called over HTTP.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use metawasm_tests::process::{Answer, Folder, Host, run, show, stdout};
use metawasm_tests::{Over, has_engine};
use serde_json::{Value, json};

/// What the scripts of these tests are for.
const PLUGIN: &str = "
parent: {apiVersion: example.com/v1, kind: Site, resource: sites}
children: [{apiVersion: v1, kind: ConfigMap, resource: configmaps}]
";

/// A folder with a script and what describes it.
fn folder(name: &str, source: &str) -> Folder {
    let folder = Folder::new("hooks");
    folder.write("plugin.yaml", PLUGIN);
    folder.write(name, source);
    folder
}

fn body(spec: &Value) -> Vec<u8> {
    let request = json!({
        "controller": {"kind": "CompositeController", "apiVersion": "metacontroller.k8s.io/v1alpha1", "metadata": {"name": "c"},
            "spec": {"parentResource": {"apiVersion": "example.com/v1", "resource": "sites"},
                     "childResources": [{"apiVersion": "v1", "resource": "configmaps"}]}},
        "parent": {"apiVersion": "example.com/v1", "kind": "Site",
            "metadata": {"name": "a", "namespace": "b", "uid": "u", "generation": 1}, "spec": spec},
        "children": {"ConfigMap.v1": {}},
        "related": {},
        "finalizing": false,
    });
    request.to_string().into_bytes()
}

fn call(host: &Host, name: &str, spec: &Value) -> Answer {
    host.post(&format!("/{name}/sync"), &body(spec))
}

fn serve(script: &Folder, name: &str) -> Host {
    let path = script.path().join(name);
    let cache = script.path().join(".code");
    Host::serve(&[("s", &path)], &["--code-cache", cache.to_str().unwrap()])
}

/// Calls a script's only hook, and returns status and body.
fn answer(body: &str) -> (u16, String) {
    let script = folder("s.js", &format!("exports.sync = (request) => {body};"));
    let host = serve(&script, "s.js");
    let answer = call(&host, "s", &json!({}));
    (answer.status, answer.body)
}

#[test]
fn scripts_and_stock_hooks_answer() {
    if !has_engine("js") {
        return;
    }
    let child = "{apiVersion: 'v1', kind: 'ConfigMap', metadata: {name: r.parent.metadata.name}, data: {to: r.parent.spec.to}}";
    for source in [
        format!("exports.sync = (r) => ({{status: {{seen: true}}, children: [{child}]}});"),
        format!(
            "export async function sync(r) {{ return {{status: {{seen: true}}, children: [{child}]}}; }}"
        ),
        format!(
            "module.exports = async function (context) {{ const r = context.request.body; \
             return {{status: 200, body: {{status: {{seen: true}}, children: [{child}]}}, headers: {{}}}}; }};"
        ),
    ] {
        let script = folder("s.js", &source);
        let host = serve(&script, "s.js");
        let answer = call(&host, "s", &json!({"to": "you"}));
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.json()["children"][0]["data"]["to"], "you");
        assert_eq!(answer.json()["status"]["seen"], true);
        let again = call(&host, "s", &json!({"to": "you"}));
        assert_eq!(again.body, answer.body);
    }
}

#[test]
fn a_script_imports_the_log_alone_and_every_command_takes_it() {
    if !has_engine("js") {
        return;
    }
    let script = folder(
        "s.js",
        "exports.sync = (r) => { console.warn('seen', r.parent.metadata.name); return {children: []}; };",
    );
    let path = script.path().join("s.js");
    let path = path.to_str().unwrap();
    let facts: Value = serde_json::from_str(&stdout(&run(["inspect", path, "-o", "json"]))).unwrap();
    assert_eq!(facts["imports"], json!(["metawasm:hook/logging@0.1.0"]));
    assert_eq!(facts["hooks"], json!(["sync"]));
    let parent = script.write(
        "parent.yaml",
        "{apiVersion: example.com/v1, kind: Site, metadata: {name: a, namespace: b, uid: u}}",
    );
    let output = run(["render", path, "-f", parent.to_str().unwrap()]);
    assert_eq!(stdout(&output).trim(), "children: []\nstatus: {}");
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("seen a"),
        "{}",
        show(&output)
    );
    let request = script.write("request.json", body(&json!({})));
    stdout(&run(["replay", path, request.to_str().unwrap()]));
    stdout(&run(["manifest", path, "--url", "http://metawasm:8080"]));
    stdout(&run(["simulate", path, "-f", parent.to_str().unwrap()]));
    let case = script.path().join("case");
    script.write("case/parent.yaml", std::fs::read(&parent).unwrap());
    stdout(&run(["test", path, case.to_str().unwrap(), "--update"]));
    stdout(&run(["test", path, case.to_str().unwrap()]));
    stdout(&run([
        "diff",
        path,
        path,
        "--requests",
        script.path().to_str().unwrap(),
    ]));
    let pushed = run(["push", path, "oci://127.0.0.1:1/s:1"]);
    assert!(
        show(&pushed).contains("only components can be pushed"),
        "{}",
        show(&pushed)
    );
}

#[test]
fn a_script_that_is_edited_under_load_is_taken_without_a_failed_call_and_a_bad_one_is_not() {
    if !has_engine("js") {
        return;
    }
    let of =
        |version: u32| format!("exports.sync = () => ({{status: {{version: {version}}}, children: []}});");
    let script = folder("s.js", &of(1));
    let path = script.path().join("s.js");
    let config = script.write(
        "metawasm.yaml",
        format!(
            "reload: {{files: 100ms}}\nplugins: [{{name: s, source: \"file:{}\"}}]\n",
            path.display()
        ),
    );
    let mut host = Host::serve(&[], &["--config", config.to_str().unwrap()]);
    let version = |host: &Host| call(host, "s", &json!({})).json()["status"]["version"].as_u64();
    let until = |host: &Host, wanted: u64| {
        let start = Instant::now();
        while version(host) != Some(wanted) {
            assert!(
                start.elapsed() < Duration::from_secs(30),
                "version {wanted} never serves"
            );
            thread::sleep(Duration::from_millis(20));
        }
    };
    let (over, calls) = (AtomicBool::new(false), AtomicU32::new(0));
    thread::scope(|scope| {
        let caller = scope.spawn(|| {
            let mut number = 0;
            while !over.load(Ordering::SeqCst) {
                number += 1;
                let answer = call(&host, "s", &json!({"number": number}));
                assert_eq!(answer.status, 200, "{}", answer.body);
                calls.fetch_add(1, Ordering::SeqCst);
            }
        });
        let ends = Over(&over);
        for number in 2..5 {
            script.write("s.js", of(number));
            until(&host, u64::from(number));
        }
        drop(ends);
        caller.join().unwrap();
    });
    assert!(calls.load(Ordering::SeqCst) > 20);
    script.write("s.js", "exports.sync = () => ({\n  children: ,\n});");
    let line = host.wait_for_line("failed to load; still serving the previous version");
    assert!(line.contains("s.js:2:13: SyntaxError"), "{line}");
    assert_eq!(version(&host), Some(4));
}

#[test]
fn nothing_of_a_call_is_seen_by_the_next_one() {
    if !has_engine("js") {
        return;
    }
    let script = folder(
        "s.js",
        "let count = 0;
         exports.sync = (r) => {
           count += 1;
           const seen = [count, Object.prototype.evil, JSON.parse('1'), globalThis.left];
           Object.prototype.evil = 1;
           JSON.parse = () => 2;
           globalThis.left = r.parent.spec.number;
           return {children: [], status: {seen: JSON.stringify(seen)}};
         };",
    );
    let host = serve(&script, "s.js");
    for number in 0..3 {
        let answer = call(&host, "s", &json!({"number": number}));
        assert_eq!(
            answer.json()["status"]["seen"],
            "[1,null,1,null]",
            "{}",
            answer.body
        );
    }
}

#[test]
fn hostile_scripts_get_a_sentence_and_harm_nobody() {
    if !has_engine("js") {
        return;
    }
    for (script, status, words) in [
        ("{ while (true); }", 504, "timed out"),
        ("{ const f = () => 1 + f(); return f(); }", 500, "s.js:1:"),
        (
            "{ const a = []; for (;;) a.push(new Array(1000).fill(0)); }",
            500,
            "memory",
        ),
        ("{ throw new TypeError('no'); }", 500, "s.js:1:"),
        ("undefined", 500, "returned undefined; expected an object"),
        (
            "({children: [], status: {x: 0 / 0}})",
            500,
            "has NaN at /status/x",
        ),
        ("require('fs')", 500, "cannot import \\\"fs\\\""),
        (
            "({children: [], status: {x: Date.now()}})",
            500,
            "Date.now() is not available",
        ),
        ("new Promise(() => 1)", 500, "the promise never settles"),
        ("({})", 200, "{}"),
    ] {
        let (found, body) = answer(script);
        let words = words.replace("\\\"", "\"");
        assert!(
            body.contains(&words) || (found == 200 && status == 200),
            "{script}: {found} {body}"
        );
        assert!(
            found == status || (status == 504 && found >= 500),
            "{script}: {found} {body}"
        );
    }
}

#[test]
fn a_script_that_nothing_describes_says_what_to_write() {
    if !has_engine("js") {
        return;
    }
    let script = Folder::new("alone");
    script.write(
        "catset.js",
        "module.exports = (context) => ({status: 200, body: {children: []}});",
    );
    let output = run(["inspect", script.path().join("catset.js").to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(3));
    let text = show(&output);
    assert!(
        text.contains("`parent: {apiVersion: example.com/v1, kind: Catset, resource: catsets}`"),
        "{text}"
    );
    let none = run([
        "inspect",
        "--engines",
        "/nowhere",
        script.path().join("catset.js").to_str().unwrap(),
    ]);
    assert!(
        show(&none).contains("js.wasm is not in /nowhere"),
        "{}",
        show(&none)
    );
}

#[test]
fn an_engine_is_no_plugin_and_a_plugin_is_no_engine() {
    if !has_engine("js") {
        return;
    }
    let engine = metawasm_tests::target().join("engines/js.wasm");
    let output = run(["inspect", engine.to_str().unwrap()]);
    assert!(
        show(&output).contains("an engine, not a plugin"),
        "{}",
        show(&output)
    );
    let script = folder("s.js", "exports.sync = () => ({children: []});");
    let config = script.write(
        "metawasm.yaml",
        format!(
            "engines: {{sources: {{js: \"file:{}\"}}}}\nplugins: [{{name: s, source: \"file:s.js\"}}]\n",
            metawasm_tests::function_plugin().display()
        ),
    );
    let output = run(["serve", "--check-config", "--config", config.to_str().unwrap()]);
    assert!(show(&output).contains("not an engine"), "{}", show(&output));
}
