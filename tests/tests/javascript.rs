//! Hooks in JavaScript through the host: the hook `hello`, and bad input of every kind. Each ends with a sentence, and
//! the host goes on.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::os::unix::fs::symlink;

use metawasm_tests::has_engine;
use metawasm_tests::process::{Answer, Folder, Host, run, show, stdout};
use serde_json::{Value, json};

const PLUGIN: &str = "
parent: {apiVersion: example.com/v1, kind: Site, resource: sites}
children: [{apiVersion: v1, kind: ConfigMap, resource: configmaps}]
";

#[test]
fn hello_passes_the_cases_of_all_languages() {
    if !has_engine("js") {
        return;
    }
    let plugin = "examples/hello/js/hello.js";
    let output = run(["test", plugin, "examples/hello/tests"]);
    assert!(
        stdout(&output).ends_with("16 passed, 0 failed\n"),
        "{}",
        show(&output)
    );
    let facts = stdout(&run(["inspect", plugin, "-o", "json"]));
    let facts: Value = serde_json::from_str(&facts).unwrap();
    assert_eq!(facts["imports"], json!(["metawasm:hook/logging@0.1.0"]));
    let parent = "examples/hello/tests/first/parent.yaml";
    let output = run(["render", plugin, "-f", parent, "--log", "info"]);
    let log = String::from_utf8_lossy(&output.stderr);
    assert_eq!(log.matches("example: 2 replicas greet world").count(), 1, "{log}");
}

fn call(host: &Host, what: &str) -> Answer {
    let request = json!({
        "controller": {"kind": "CompositeController", "apiVersion": "metacontroller.k8s.io/v1alpha1", "metadata": {"name": "c"},
            "spec": {"parentResource": {"apiVersion": "example.com/v1", "resource": "sites"},
                     "childResources": [{"apiVersion": "v1", "resource": "configmaps"}]}},
        "parent": {"apiVersion": "example.com/v1", "kind": "Site",
            "metadata": {"name": "a", "namespace": "b", "uid": "u", "generation": 1}, "spec": {"what": what}},
        "children": {"ConfigMap.v1": {}},
        "related": {},
        "finalizing": false,
    });
    host.post("/s/sync", request.to_string().as_bytes())
}

/// A hook of `bad_hooks.txt`.
struct Bad {
    body: String,
    statuses: Vec<u16>,
    words: Vec<String>,
}

fn bad_hooks() -> Vec<Bad> {
    let text = include_str!("javascript/bad_hooks.txt");
    let mut lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut all = Vec::new();
    while let (Some(body), Some(expected)) = (lines.next(), lines.next()) {
        let (statuses, words) = expected.trim_start().split_once(' ').unwrap();
        all.push(Bad {
            body: body.to_owned(),
            statuses: statuses
                .split(',')
                .map(|status| status.parse().unwrap())
                .collect(),
            // The first hook is in line 2 of the script.
            words: words
                .replace("LINE", &(all.len() + 2).to_string())
                .split(" or ")
                .map(str::to_owned)
                .collect(),
        });
    }
    assert!(all.len() > 70, "{}", all.len());
    all
}

#[test]
fn bad_hooks_get_a_sentence_and_leave_no_trace() {
    if !has_engine("js") {
        return;
    }
    let folder = Folder::new("bad-hooks");
    folder.write("plugin.yaml", PLUGIN);
    let bad = bad_hooks();
    let mut source = String::from("const hooks = {};\n");
    for (number, Bad { body, .. }) in bad.iter().enumerate() {
        let kind = if body.contains("await ") { "async " } else { "" };
        source += &format!("hooks[{number}] = {kind}function (request) {{ {body} }};\n");
    }
    source += "
hooks.clean = () => ({children: [], status: {
  polluted: Object.keys(Object.prototype).concat(Object.keys(Array.prototype)),
  works: JSON.stringify(JSON.parse('[1]').map((x) => x + 1)) + [...'ab'].join() + /b/.exec('b')[0],
  names: Object.getOwnPropertyNames(globalThis).length,
}});
exports.sync = (request) => hooks[request.parent.spec.what](request);
";
    let path = folder.write("hook.js", source);
    let mut host = Host::serve(&[("s", &path)], &[]);
    let clean = call(&host, "clean");
    assert_eq!(clean.json()["status"]["polluted"], json!([]), "{}", clean.body);
    assert_eq!(clean.json()["status"]["works"], "[2]a,bb", "{}", clean.body);
    let mut wrong = Vec::new();
    for (number, bad) in bad.iter().enumerate() {
        let answer = call(&host, &number.to_string());
        let is_said = bad.words.iter().any(|words| answer.body.contains(words));
        if !is_said || !bad.statuses.contains(&answer.status) {
            wrong.push(format!("{}: {} {:.400}", bad.body, answer.status, answer.body));
        }
        assert!(host.alive(), "{}", bad.body);
        let after = call(&host, "clean");
        assert_eq!(after.body, clean.body, "a trace of: {}", bad.body);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The files of a script that cannot be loaded, and words of the reason.
#[test]
fn bad_scripts_are_not_loaded_and_say_why() {
    if !has_engine("js") {
        return;
    }
    let large = format!("exports.sync = () => ({{}}); // {}", "x".repeat(5 << 20));
    for (files, words) in [
        (
            &[("index.js", large.as_bytes())] as &[(&str, &[u8])],
            "has more than 4 MiB of text, the limit for a script",
        ),
        (
            &[("index.js", b"exports.sync = '\xff'")],
            "is not valid UTF-8: invalid byte at offset 16",
        ),
        (&[("index.js", b"")], "exports no hook"),
        (
            &[("index.js", b"exports.sync = 1")],
            "`sync` is 1; expected a function",
        ),
        (
            &[("index.js", b"exports.sync = () => ({\n  a: ,\n})")],
            "index.js:2:6: SyntaxError",
        ),
        (&[("index.js", b"throw new Error('at load')")], "index.js:1:"),
        (&[("index.js", b"while (true);")], "timed out"),
        (
            &[("index.js", b"await new Promise(() => {}); export const sync = 1")],
            "the promise never settles",
        ),
        (
            &[(
                "index.js",
                b"const all = []; for (;;) all.push(new Uint8Array(1 << 20))",
            )],
            "memory",
        ),
        (
            &[("index.js", b"const fs = require('fs'); exports.sync = 1")],
            "cannot import \"fs\"",
        ),
        (
            &[("index.js", b"import fs from 'fs'; export const sync = 1")],
            "cannot import \"fs\"",
        ),
        (
            &[("index.js", b"require('../../etc/passwd')")],
            "it leads out of the script's folder",
        ),
        (
            &[(
                "index.js",
                b"import x from '../../etc/passwd'; export const sync = x",
            )],
            "it leads out of the script's folder",
        ),
        (
            &[("index.js", b"require('./data.json')"), ("data.json", b"{")],
            "data.json: invalid JSON",
        ),
        (
            &[("index.js", b"exports.sync = () => ({}); exports.describe = 3")],
            "`describe` is 3; expected an object",
        ),
        (
            &[(
                "index.js",
                b"exports.sync = () => ({}); exports.describe = () => { throw new Error('no'); }",
            )],
            "index.js:1:",
        ),
        (
            &[(
                "index.js",
                b"exports.sync = () => ({}); exports.describe = {parent: 1n}",
            )],
            "BigInt",
        ),
        (
            &[(
                "index.js",
                b"exports.sync = () => ({}); exports.describe = {parent: Date.now()}",
            )],
            "Date.now() is not available",
        ),
    ] {
        let folder = Folder::new("bad-script");
        folder.write("plugin.yaml", PLUGIN);
        for (name, content) in files {
            folder.write(name, content);
        }
        let output = run(["inspect", folder.path().to_str().unwrap()]);
        let said = show(&output);
        assert_eq!(output.status.code(), Some(3), "{words}: {said}");
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn a_link_out_of_the_folder_is_not_followed() {
    if !has_engine("js") {
        return;
    }
    let folder = Folder::new("linked");
    folder.write("plugin.yaml", PLUGIN);
    folder.write(
        "index.js",
        "exports.sync = () => ({children: [], status: require('./secret.json')});",
    );
    let outside = Folder::new("outside");
    let secret = outside.write("secret.json", "{\"secret\": 1}");
    symlink(secret, folder.path().join("secret.json")).unwrap();
    let said = show(&run(["inspect", folder.path().to_str().unwrap()]));
    assert!(
        said.contains("secret.json is a symbolic link that leads out of"),
        "{said}"
    );
}

#[test]
fn imports_in_a_circle_work_in_both_formats() {
    if !has_engine("js") {
        return;
    }
    for (end, one, two) in [
        (
            "cjs",
            "exports.one = () => 1; const two = require('./two.cjs'); exports.sync = () => ({children: [], status: {two: two.two()}});",
            "const one = require('./index.cjs'); exports.two = () => one.one() + 1;",
        ),
        (
            "mjs",
            "import {two} from './two.mjs'; export const one = () => 1; export const sync = () => ({children: [], status: {two: two()}});",
            "import {one} from './index.mjs'; export const two = () => one() + 1;",
        ),
    ] {
        let folder = Folder::new("circle");
        folder.write("plugin.yaml", PLUGIN);
        folder.write(&format!("index.{end}"), one);
        folder.write(&format!("two.{end}"), two);
        let host = Host::serve(&[("s", folder.path())], &[]);
        let answer = call(&host, "");
        assert_eq!(answer.json()["status"], json!({"two": 2}), "{}", answer.body);
    }
}
