//! Scripts, compiled and called as the host does it, in this process.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::thread;

use metawasm_engine_js::{Entry, Failure, File, Level, Program};

fn print(level: Level, text: &str) {
    if level == Level::Info {
        println!("{text}");
    }
}

/// A thread has an engine of its own, as an instance has.
fn fresh<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let thread = thread::Builder::new()
            .stack_size(16 << 20)
            .spawn_scoped(scope, work);
        thread.unwrap().join().unwrap()
    })
}

fn compile(files: &[File], entries: &[Entry]) -> Result<Program, String> {
    fresh(|| metawasm_engine_js::compile(files, entries, print))
}

fn call(code: &[u8], hook: &str, request: &str, settings: &str) -> Result<String, Failure> {
    fresh(|| metawasm_engine_js::call(code.to_vec(), hook, request, settings, print))
}

fn files(all: &[(&str, &str)]) -> Vec<File> {
    let file = |(path, content): &(&str, &str)| File {
        path: (*path).to_owned(),
        content: (*content).to_owned(),
    };
    all.iter().map(file).collect()
}

fn compiled(all: &[(&str, &str)], entries: &[(&str, Option<&str>)]) -> Result<Program, String> {
    let entries: Vec<Entry> = entries
        .iter()
        .map(|(path, hook)| Entry {
            path: (*path).to_owned(),
            hook: hook.map(str::to_owned),
        })
        .collect();
    compile(&files(all), &entries)
}

/// Compiles a script that is one file, and calls its hook `sync`.
fn sync(name: &str, source: &str) -> Result<String, Failure> {
    sync_of(&[(name, source)])
}

/// The first file has the hooks.
fn sync_of(all: &[(&str, &str)]) -> Result<String, Failure> {
    let program = compiled(all, &[(all[0].0, None)]).map_err(Failure::Internal)?;
    call(&program.code, "sync", r#"{"parent":{"a":1}}"#, r#"{"s":2}"#)
}

fn says(name: &str, source: &str, words: &str) {
    match sync(name, source) {
        Err(Failure::Internal(text)) => assert!(text.contains(words) && !text.contains('\n'), "{text}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_way_to_export_a_hook_works() {
    let answer = r#"{"children":[],"a":1,"s":2}"#;
    let named = "(request, settings) { return {children: [], a: request.parent.a, s: settings.s}; }";
    let stock = "(context) { return {status: 200, body: {children: [], a: context.request.body.parent.a, s: context.settings.s}, headers: {}}; }";
    for (name, source) in [
        ("a.js", format!("exports.sync = function {named};")),
        (
            "a.js",
            format!("module.exports = {{ sync: async function {named} }};"),
        ),
        ("a.js", format!("module.exports = async function {stock};")),
        ("a.cjs", format!("module.exports = function {stock};")),
        ("a.js", format!("export function sync{named}")),
        (
            "a.js",
            format!(
                "export const sync = async {};",
                named.replacen(") {", ") => {", 1)
            ),
        ),
        ("a.mjs", format!("export default {{ sync{named} }};")),
        ("a.mjs", format!("export default async function {stock}")),
        ("a.mjs", format!("await null; export async function sync{named}")),
    ] {
        assert_eq!(sync(name, &source).as_deref(), Ok(answer), "{source}");
    }
}

#[test]
fn hooks_and_description_are_found() {
    let source = "exports.sync = () => ({}); exports.customize = () => ({}); exports.describe = { name: 'n', parent: {} };";
    let program = compiled(&[("a.js", source)], &[("a.js", None)]).unwrap();
    assert_eq!(program.hooks, ["sync", "customize"]);
    assert_eq!(
        program.description.as_deref(),
        Some(r#"{"name":"n","parent":{}}"#)
    );
    let stock = compiled(
        &[("a.js", "module.exports = (c) => ({status: 200, body: {}})")],
        &[("a.js", None)],
    )
    .unwrap();
    assert!(stock.hooks.is_empty() && stock.description.is_none());
    let two = [
        ("a.js", "module.exports = (c) => ({status: 200, body: {x: 1}})"),
        (
            "b.mjs",
            "export const describe = () => ({version: '2'}); export function finalize() { return {x: 2}; }",
        ),
    ];
    let program = compiled(&two, &[("a.js", Some("sync")), ("b.mjs", Some("finalize"))]).unwrap();
    assert_eq!(program.hooks, ["sync", "finalize"]);
    assert_eq!(program.description.as_deref(), Some(r#"{"version":"2"}"#));
    for (hook, answer) in [("sync", r#"{"x":1}"#), ("finalize", r#"{"x":2}"#)] {
        assert_eq!(call(&program.code, hook, "{}", "{}").as_deref(), Ok(answer));
    }
    let none = compiled(&[("a.js", "exports.other = 1")], &[("a.js", None)]).unwrap_err();
    assert!(
        none.starts_with("a.js: exports no hook; export a function sync, finalize or customize"),
        "{none}"
    );
}

#[test]
fn files_import_each_other() {
    let lib = ("lib/b.js", "exports.two = 2; exports.data = require('../data');");
    let data = ("data.json", r#"{"x": [3]}"#);
    let common = "const b = require('./lib/b'); const {hash} = require('metawasm'); exports.sync = () => ({b: b.two, x: b.data.x, h: hash('a').length});";
    assert_eq!(
        sync_of(&[("a.js", common), lib, data]).as_deref(),
        Ok(r#"{"b":2,"x":[3],"h":64}"#)
    );
    let module = "import all, {two} from './lib/b.js'; import data from './data.json'; import {shortHash} from 'metawasm'; import {c} from './c.mjs';
        export const sync = () => ({two, same: all.two, x: data.x, h: shortHash('a').length, c});";
    let c = ("c.mjs", "export const c = 'c';");
    let answer = r#"{"two":2,"same":2,"x":[3],"h":10,"c":"c"}"#;
    assert_eq!(sync_of(&[("a.mjs", module), lib, data, c]).as_deref(), Ok(answer));
    // A file that is required when the hook runs.
    let late = "exports.sync = () => require('./lib/b').data";
    assert_eq!(
        sync_of(&[("a.js", late), lib, data]).as_deref(),
        Ok(r#"{"x":[3]}"#)
    );
    // A circle, as in Node: what is there so far.
    let circle = [
        (
            "a.js",
            "exports.first = 1; const b = require('./b'); exports.sync = () => ({b: b.seen});",
        ),
        ("b.js", "exports.seen = require('./a').first;"),
    ];
    assert_eq!(sync_of(&circle).as_deref(), Ok(r#"{"b":1}"#));
    let circle = [
        (
            "a.mjs",
            "import {b} from './b.mjs'; export const one = () => 1; export const sync = () => ({b: b()});",
        ),
        (
            "b.mjs",
            "import {one} from './a.mjs'; export const b = () => one() + 1;",
        ),
    ];
    assert_eq!(sync_of(&circle).as_deref(), Ok(r#"{"b":2}"#));
}

#[test]
fn what_is_no_answer_is_a_sentence() {
    for (body, words) in [
        (
            "undefined",
            "a.js: the hook sync returned undefined; expected an object",
        ),
        ("null", "returned null; expected an object"),
        ("'{}'", "returned a string; expected an object"),
        ("[]", "returned an array; expected an object"),
        ("() => 1", "returned a function; expected an object"),
        ("new Promise(() => {})", "a.js: the promise never settles"),
        (
            "({a: [{b: NaN}]})",
            "a.js: the answer has NaN at /a/0/b; JSON has no such number",
        ),
        ("new Date(0)", "returned a Date; expected an object"),
        ("({toJSON: () => 'x'})", "is not a JSON object"),
        ("({a: {toJSON() { return null.x; }}})", "a.js:1:"),
        (
            "Buffer.from('')",
            "ReferenceError: Buffer is not defined; use TextEncoder",
        ),
        ("({then() {}})", "a.js: the promise never settles"),
        (
            "({a: 1n})",
            "a.js: the answer has a BigInt at /a; expected a number or a string",
        ),
        (
            "{ const a = {}; a.a = [a]; return a; }",
            "a.js: the answer has an object that contains itself at /a/0",
        ),
    ] {
        let source = match body.strip_prefix('{') {
            Some(_) => format!("exports.sync = () => {body};"),
            None => format!("exports.sync = () => {{ return {body}; }};"),
        };
        says("a.js", &source, words);
    }
    assert_eq!(
        sync(
            "a.js",
            "exports.sync = () => ({a: new Date(0), b: undefined, c: null})"
        )
        .as_deref(),
        Ok(r#"{"a":"1970-01-01T00:00:00.000Z","c":null}"#)
    );
}

#[test]
fn errors_have_a_place() {
    says(
        "a.js",
        "exports.sync = () => {\n  const x = null;\n  return x.y;\n};",
        "a.js:3:",
    );
    says(
        "a.js",
        "exports.sync = (r) => { throw new RangeError('no'); };",
        "a.js:1:35: RangeError: no",
    );
    says(
        "a.mjs",
        "export async function sync() {\n  await null;\n  throw new Error('late');\n}",
        "a.mjs:3:",
    );
    says(
        "a.js",
        "exports.sync = () => ({\n  a: ,\n});",
        "a.js:2:6: SyntaxError",
    );
    says("a.mjs", "export const sync = (;", "a.mjs:1:");
    // What is not finished ends where it ends, whatever is put behind it.
    says("a.js", "exports.sync = function( {\n\n", "a.js:1:27: SyntaxError");
    says("a.js", "exports.sync = () => ({\n  a: 1", "a.js:2:7: SyntaxError");
    says("a.mjs", "export function sync() {\n", "a.mjs:");
    says(
        "hook.lua",
        "exports.sync = () => ({});",
        "hook.lua: expected a file that ends with .js, .mjs or .cjs",
    );
    says(
        "a.js",
        "import x from './b.js';\nexport const sync = (;",
        "a.js:2:",
    );
    says(
        "a.js",
        "exports.sync = () => { throw 'words'; };",
        "the script threw words, which is not an Error",
    );
    says(
        "a.js",
        "exports.sync = () => { throw null; };",
        "the script threw null, which is not an Error",
    );
    says("a.js", "throw new Error('at load');", "a.js:1:");
    says(
        "a.js",
        "const f = () => f() + 1; exports.sync = f;",
        "Maximum call stack size exceeded",
    );
    says("a.js", "JSON.parse('{x'); exports.sync = 1", "a.js:1:");
    says(
        "a.js",
        "require('fs')",
        "cannot import \"fs\": a hook has no packages, files or network",
    );
    says(
        "a.js",
        "require('../../etc/passwd')",
        "it leads out of the script's folder",
    );
    says(
        "a.mjs",
        "import 'fs'; export const sync = 1",
        "cannot import \"fs\"",
    );
}

#[test]
fn failures_are_those_of_the_interface() {
    let throws = |what: &str| {
        sync(
            "a.js",
            &format!(
                "const {{Invalid, RetryLater}} = require('metawasm'); exports.sync = () => {{ throw {what}; }};"
            ),
        )
    };
    assert_eq!(
        throws("new Invalid('spec.x: bad')"),
        Err(Failure::Invalid("spec.x: bad".to_owned()))
    );
    let later = |after_seconds, reason: &str| {
        Err(Failure::RetryLater {
            after_seconds,
            reason: reason.to_owned(),
        })
    };
    assert_eq!(throws("new RetryLater(7.5, 'not yet')"), later(8, "not yet"));
    assert_eq!(throws("new RetryLater(1e9, 'not yet')"), later(3600, "not yet"));
    let returns = |what: &str| sync("a.js", &format!("module.exports = async () => ({what});"));
    assert_eq!(
        returns("{status: 200, body: '{\"x\": 1}'}").as_deref(),
        Ok(r#"{"x":1}"#)
    );
    assert_eq!(
        returns("{status: 429, body: 'busy', headers: {'Retry-After': '3'}}"),
        later(3, "busy")
    );
    assert_eq!(
        returns("{status: 422, body: 'bad'}"),
        Err(Failure::Invalid("bad".to_owned()))
    );
    assert_eq!(
        returns("{status: 500, body: {e: 1}}"),
        Err(Failure::Internal(
            "a.js: the hook returned the status 500: {\"e\":1}".to_owned()
        ))
    );
    // The status of an answer is no number.
    assert_eq!(
        returns("{status: {ready: 1}, children: []}").as_deref(),
        Ok(r#"{"status":{"ready":1},"children":[]}"#)
    );
}

#[test]
fn there_is_no_clock_chance_or_timer_unless_the_clock_may_stand_still() {
    for (what, words) in [
        ("Date.now()", "Date.now() is not available: a hook has no clock"),
        ("new Date()", "new Date() is not available"),
        ("Date()", "Date() is not available"),
        (
            "Math.random()",
            "Math.random() is not available: a hook has no randomness",
        ),
        (
            "setTimeout(() => 1, 5)",
            "setTimeout() is not available: a hook has no timers",
        ),
        (
            "fetch('http://x')",
            "fetch() is not available: a hook has no network",
        ),
        ("new (new Date(0)).constructor()", "new Date() is not available"),
    ] {
        says("a.js", &format!("exports.sync = () => ({{x: {what}}})"), words);
    }
    let frozen = "// @metawasm frozen-clock\nexports.sync = () => ({now: Date.now(), d: new Date(), r: Math.random() < 1, t: new Date(5) instanceof Date})";
    assert_eq!(
        sync("a.js", frozen).as_deref(),
        Ok(r#"{"now":946684800000,"d":"2000-01-01T00:00:00.000Z","r":true,"t":true}"#)
    );
    assert_eq!(
        sync(
            "a.js",
            "class D extends Date {} exports.sync = () => ({d: new D(0), u: Date.UTC(2000, 0)})"
        )
        .as_deref(),
        Ok(r#"{"d":"1970-01-01T00:00:00.000Z","u":946684800000}"#)
    );
}

#[test]
fn what_servers_have_is_there() {
    for (what, answer) in [
        (
            "structuredClone({a: [new Date(0), new Map([[1, 2]])]}).a[1].get(1)",
            "2",
        ),
        (
            "new TextDecoder().decode(new TextEncoder().encode('häß€😀'))",
            "\"häß€😀\"",
        ),
        (
            "new TextDecoder().decode(new Uint8Array([255, 65, 226, 130]))",
            "\"\u{fffd}A\u{fffd}\"",
        ),
        (
            "atob(btoa('ab\\u00ff')) === 'ab\\u00ff' && btoa('abc') === 'YWJj' && btoa('a') === 'YQ=='",
            "true",
        ),
        (
            "new URL('http://u:p@Host:80/a/../b?x=1&y=ä#f').href",
            "\"http://u:p@host/b?x=1&y=%C3%A4#f\"",
        ),
        (
            "new URL('../c?d', 'https://h:8443/a/b/').href",
            "\"https://h:8443/a/c?d\"",
        ),
        (
            "(() => { const u = new URL('http://h/'); u.searchParams.set('a', 'b c'); return String(u); })()",
            "\"http://h/?a=b+c\"",
        ),
        ("[URL.canParse('x'), URL.canParse('http://a b')]", "[false,false]"),
        (
            "typeof process.env + typeof global + typeof queueMicrotask",
            "\"objectobjectfunction\"",
        ),
        (
            "Object.groupBy([1, 2, 3], (n) => n % 2 ? 'odd' : 'even').odd.length",
            "2",
        ),
        ("/(?<=a)(?<n>\\p{L})/u.exec('ab').groups.n", "\"b\""),
    ] {
        let source = format!("exports.sync = () => ({{x: {what}}})");
        assert_eq!(sync("a.js", &source), Ok(format!("{{\"x\":{answer}}}")), "{what}");
    }
}

#[test]
fn the_helpers_do_what_they_say() {
    for (what, answer) in [
        (
            "m.hash('abc')",
            "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"",
        ),
        ("m.hash({b: 1, a: [2]}) === m.hash({a: [2], b: 1})", "true"),
        ("m.name('web', 0)", "\"web-0\""),
        (
            "m.name('Web.App').startsWith('web-app-') && m.name('Web.App') !== m.name('web-app')",
            "true",
        ),
        ("m.name('x'.repeat(80)).length", "63"),
        (
            "['500m', '1Gi', '2', '1e3', '.5k', 3].map(m.quantity)",
            "[0.5,1073741824,2,1000,500,3]",
        ),
        (
            "m.condition('Ready', true, 'Up', 'all', [{type: 'Ready', status: 'True', lastTransitionTime: 't'}])",
            "{\"type\":\"Ready\",\"status\":\"True\",\"reason\":\"Up\",\"message\":\"all\",\"lastTransitionTime\":\"t\"}",
        ),
        (
            "m.objects({'Pod.v1': {a: {n: 1}}, 'Service.v1': {b: {n: 2}}}, 'Pod').length",
            "1",
        ),
    ] {
        let source = format!("const m = require('metawasm'); exports.sync = () => ({{x: {what}}})");
        assert_eq!(sync("a.js", &source), Ok(format!("{{\"x\":{answer}}}")), "{what}");
    }
    let bad = "const m = require('metawasm'); exports.sync = () => m.quantity('1 GB')";
    assert!(matches!(sync("a.js", bad), Err(Failure::Invalid(text)) if text.contains("is not a quantity")));
}

#[test]
fn a_file_that_nobody_imports_may_be_anything_and_bytes_of_others_are_refused() {
    assert!(
        sync_of(&[
            ("a.js", "exports.sync = () => ({})"),
            ("zzz.js", "not (javascript")
        ])
        .is_ok()
    );
    let error = call(b"text", "sync", "{}", "{}").unwrap_err();
    assert!(matches!(error, Failure::Internal(text) if text.contains("not one of this version")));
}

#[test]
fn an_error_of_a_bundle_has_the_place_in_the_file_that_was_bundled() {
    let code = "// index.ts\nimport { hash } from \"metawasm\";\n\n// lib.ts\nfunction two(text) {\n  return text.x.y;\n}\nexport const sync = () => two(hash(''));\n";
    let bundle = |map: &str| format!("{code}//# sourceMappingURL=data:application/json;{map}\n");
    let map = "base64,eyJ2ZXJzaW9uIjozLCJzb3VyY2VzIjpbImluZGV4LnRzIiwibGliLnRzIl0sIm1hcHBpbmdzIjoiO0FBQUEsU0FBUyxlQUFpQzs7O0FDRW5DLFNBQVMsSUFBSSxNQUFrQjtBQUNwQyxTQUFPLEtBQU0sU0FBUztBQUN4QiJ9";
    says("site.js", &bundle(map), "lib.ts:4:");
    for none in [
        "base64,",
        "base64,e30=",
        "base64,W10=",
        "base64,!",
        "base64,bnVsbA==",
        "{}",
    ] {
        says("site.js", &bundle(none), "site.js:6:");
    }
}
