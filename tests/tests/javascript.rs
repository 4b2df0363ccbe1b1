//! Hooks in JavaScript through the host: the hook `hello`, and bad input of every kind. Each ends with a sentence, and
//! the host goes on.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

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

/// What a hook does, the status of its answer, and words of it.
const BAD: &[(&str, u16, &str)] = &[
    // What it throws.
    ("throw new Error('no')", 500, "hook.js:LINE:"),
    ("throw new Error('')", 500, "hook.js:LINE:"),
    (
        "throw 'words'",
        500,
        "the script threw words, which is not an Error",
    ),
    (
        "throw undefined",
        500,
        "the script threw undefined, which is not an Error",
    ),
    (
        "throw {a: 1}",
        500,
        "the script threw {a: 1}, which is not an Error",
    ),
    ("throw Object.create(null)", 500, "the script threw"),
    (
        "throw new Proxy({}, {get() { throw 1; }, ownKeys() { throw 1; }})",
        500,
        "the script",
    ),
    (
        "const e = new Error(); Object.defineProperty(e, 'message', {get() { throw e; }}); throw e",
        500,
        "the script failed",
    ),
    (
        "return Promise.reject(new RangeError('late'))",
        500,
        "RangeError: late",
    ),
    ("return Promise.reject()", 500, "the script threw undefined"),
    ("process.exit(3)", 500, "process.exit() is not available"),
    // What it returns.
    (
        "return undefined",
        500,
        "hook.js: the hook sync returned undefined; expected an object",
    ),
    ("return null", 500, "returned null; expected an object"),
    ("return '{}'", 500, "returned a string; expected an object"),
    ("return 3", 500, "returned a number; expected an object"),
    ("return []", 500, "returned an array; expected an object"),
    (
        "return () => ({})",
        500,
        "returned a function; expected an object",
    ),
    (
        "return Promise.resolve('x')",
        500,
        "returned a string; expected an object",
    ),
    ("return new Date(0)", 500, "returned a Date; expected an object"),
    ("return {toJSON: () => 'x'}", 500, "expected an object"),
    ("return new Promise(() => {})", 500, "the promise never settles"),
    ("return {then() {}}", 500, "the promise never settles"),
    (
        "await null; return new Promise(() => {})",
        500,
        "the promise never settles",
    ),
    (
        "return {children: [], status: {x: NaN}}",
        500,
        "the answer has NaN at /status/x; JSON has no such number",
    ),
    (
        "return {children: [], status: {x: [1 / 0]}}",
        500,
        "the answer has Infinity at /status/x/0",
    ),
    (
        "const a = {}; a.a = a; return {children: [], status: a}",
        500,
        "the answer of the hook sync is not JSON",
    ),
    (
        "return {children: [], status: {x: 1n}}",
        500,
        "the answer of the hook sync is not JSON",
    ),
    (
        "return {children: [], status: {get x() { throw new Error('got'); }}}",
        500,
        "got",
    ),
    (
        "return {children: [], status: {toJSON() { throw new Error('got'); }}}",
        500,
        "got",
    ),
    ("return {children: 'x'}", 500, "children"),
    (
        "return {children: [], status: {x: new Date(0), y: undefined, z: () => 1}}",
        200,
        "{\"x\":\"1970-01-01T00:00:00.000Z\"}",
    ),
    (
        "return {children: [], status: {x: new Date(NaN)}}",
        200,
        "{\"x\":null}",
    ),
    // What it takes.
    ("while (true);", 504, "timed out"),
    ("for (;;) await null", 504, "timed out"),
    (
        "const again = () => Promise.resolve().then(again); return again()",
        504,
        "timed out",
    ),
    ("/^(a+)+$/.test('a'.repeat(40) + 'b')", 504, "timed out"),
    ("new Function('for (;;);')()", 504, "timed out"),
    ("return new Uint8Array(100 << 20)", 500, "memory"),
    (
        "const all = []; for (;;) all.push(new Uint8Array(1 << 20))",
        500,
        "memory",
    ),
    ("let text = 'x'; for (;;) text += text", 500, ""),
    (
        "return {children: [], status: {x: 'x'.repeat(30 << 20)}}",
        500,
        "",
    ),
    ("JSON.parse('['.repeat(1e6))", 500, ""),
    ("new Array(2 ** 32)", 500, "RangeError"),
    (
        "let deep = []; for (let i = 0; i < 1e5; i++) deep = [deep]; return {children: [], status: {deep}}",
        500,
        "",
    ),
    (
        "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)",
        500,
        "",
    ),
    // What it looks for.
    (
        "require('fs')",
        500,
        "cannot import \"fs\": a hook has no packages, files or network",
    ),
    ("require('node:net')", 500, "cannot import \"node:net\""),
    ("require('/etc/passwd')", 500, "cannot import \"/etc/passwd\""),
    (
        "require('../../etc/passwd')",
        500,
        "cannot import \"../../etc/passwd\": it leads out of the script's folder",
    ),
    ("await import('fs')", 500, "cannot import \"fs\""),
    (
        "await import('../../etc/passwd')",
        500,
        "it leads out of the script's folder",
    ),
    ("require('./none.js')", 500, "there is no file none.js"),
    (
        "await fetch('http://127.0.0.1/')",
        500,
        "fetch() is not available: a hook has no network",
    ),
    (
        "setTimeout(() => 1, 1)",
        500,
        "setTimeout() is not available: a hook has no timers",
    ),
    (
        "Date.now()",
        500,
        "Date.now() is not available: a hook has no clock",
    ),
    ("new Date()", 500, "new Date() is not available"),
    ("eval('Date.now()')", 500, "Date.now() is not available"),
    (
        "new Function('return new Date()')()",
        500,
        "new Date() is not available",
    ),
    ("Math.random()", 500, "Math.random() is not available"),
    ("performance.now()", 500, "performance.now() is not available"),
    (
        "crypto.randomUUID()",
        500,
        "ReferenceError: crypto is not defined",
    ),
    (
        "new Intl.NumberFormat()",
        500,
        "ReferenceError: Intl is not defined",
    ),
    ("Buffer.from('')", 500, "ReferenceError: Buffer is not defined"),
    (
        "new XMLHttpRequest()",
        500,
        "ReferenceError: XMLHttpRequest is not defined",
    ),
    ("new Worker('')", 500, "ReferenceError: Worker is not defined"),
    ("print('x')", 500, "ReferenceError: print is not defined"),
    (
        "std.open('/etc/passwd')",
        500,
        "ReferenceError: std is not defined",
    ),
    ("Deno.readFile('x')", 500, "ReferenceError: Deno is not defined"),
    (
        "console.log('x'.repeat(1e6)); return {children: []}",
        200,
        "children",
    ),
    (
        "return {children: [], status: {x: eval('1 + 1'), env: Object.keys(process.env)}}",
        200,
        "\"x\":2",
    ),
    // What it spoils, for itself alone.
    (
        "Object.prototype.toJSON = () => 1; return {children: []}",
        500,
        "",
    ),
    (
        "JSON.stringify = JSON.parse = null; return {children: []}",
        200,
        "children",
    ),
    (
        "Array.prototype.map = Map.prototype.get = String.prototype.split = null; throw new Error('no')",
        500,
        "",
    ),
    (
        "Promise.prototype.then = () => 1; return {children: []}",
        200,
        "children",
    ),
    (
        "Object.keys = Array.isArray = Number.isFinite = null; return {children: [], status: {x: NaN}}",
        500,
        "",
    ),
    ("globalThis.Error = Symbol = RegExp = null; null.x", 500, ""),
    (
        "for (const name of Object.getOwnPropertyNames(globalThis)) try { delete globalThis[name]; } catch {} return {children: []}",
        200,
        "children",
    ),
    (
        "Object.defineProperty(Object.prototype, 'status', {get() { throw new Error('read'); }}); return {children: []}",
        200,
        "children",
    ),
    (
        "request.parent.__proto__.x = 1; request.children.constructor.prototype.y = 1; return {children: []}",
        200,
        "children",
    ),
];

#[test]
fn bad_hooks_get_a_sentence_and_leave_no_trace() {
    if !has_engine("js") {
        return;
    }
    let folder = Folder::new("bad-hooks");
    folder.write("plugin.yaml", PLUGIN);
    let mut source = String::from("const hooks = {};\n");
    for (number, (body, ..)) in BAD.iter().enumerate() {
        let kind = if body.contains("await ") { "async " } else { "" };
        source += &format!("hooks[{number}] = {kind}function (request) {{ {body} }};\n");
    }
    source += "
const names = () => Object.getOwnPropertyNames(globalThis).length;
hooks.clean = () => ({children: [], status: {
  polluted: Object.keys(Object.prototype).concat(Object.keys(Array.prototype)),
  works: JSON.stringify(JSON.parse('[1]').map((x) => x + 1)) + [...'ab'].join() + /b/.exec('b')[0],
  names: names(),
}});
exports.sync = (request) => hooks[request.parent.spec.what](request);
";
    folder.write("hook.js", source);
    let path = folder.path().join("hook.js");
    let mut host = Host::serve(&[("s", &path)], &["--log", "off"]);
    let clean = call(&host, "clean");
    assert_eq!(clean.json()["status"]["polluted"], json!([]), "{}", clean.body);
    assert_eq!(clean.json()["status"]["works"], "[2]a,bb", "{}", clean.body);
    let mut wrong = Vec::new();
    for (number, (body, status, words)) in BAD.iter().enumerate() {
        let answer = call(&host, &number.to_string());
        let words = words.replace("LINE", &(number + 2).to_string());
        let text = answer.body.replace("\\\"", "\"");
        if answer.status != *status || !text.contains(&words) || text.trim().is_empty() {
            wrong.push(format!("{body}: {} {:.400}", answer.status, answer.body));
        }
        assert!(host.alive(), "{body}");
        let after = call(&host, "clean");
        assert_eq!(after.body, clean.body, "a trace of: {body}");
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
        let host = Host::serve(&[("s", folder.path())], &["--log", "off"]);
        let answer = call(&host, "");
        assert_eq!(answer.json()["status"], json!({"two": 2}), "{}", answer.body);
    }
}
