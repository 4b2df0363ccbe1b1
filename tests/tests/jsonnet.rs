//! Hooks in Jsonnet that do what they should not: each gets a sentence, and the host goes on.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

use std::os::unix::fs::symlink;
use std::path::PathBuf;

use metawasm_tests::has_engine;
use metawasm_tests::process::{Folder, Host, run, show, stdout};
use serde_json::{Value, json};

const PLUGIN: &str = "
parent: {apiVersion: example.com/v1, kind: Site, resource: sites}
children: [{apiVersion: v1, kind: ConfigMap, resource: configmaps}]
";

fn request() -> Vec<u8> {
    let request = json!({
        "controller": {"kind": "CompositeController", "apiVersion": "metacontroller.k8s.io/v1alpha1", "metadata": {"name": "c"}},
        "parent": {"apiVersion": "example.com/v1", "kind": "Site",
            "metadata": {"name": "a", "namespace": "b", "uid": "u", "generation": 1}, "spec": {"text": "x"}},
        "children": {"ConfigMap.v1": {}},
        "related": {},
        "finalizing": false,
    });
    request.to_string().into_bytes()
}

/// Hooks, the status of their answer, and a part of its body.
const CALLS: &[(&str, u16, &str)] = &[
    (
        "function(request) { status: { text: request.parent.spec.text }, children: [] }",
        200,
        r#""text":"x""#,
    ),
    (
        "function(request, settings) { status: settings, children: [] }",
        200,
        r#""status":{}"#,
    ),
    (
        "function(request) error 'no such thing'",
        500,
        "p2.jsonnet:1:19: no such thing",
    ),
    (
        "function(request) error 'invalid: spec.text: too short'",
        500,
        "spec.text: too short",
    ),
    (
        "local m = import 'metawasm.libsonnet';\nfunction(request) m.retryLater(7, 'no address')",
        429,
        "",
    ),
    (
        "function(request) { status: std.extVar('x'), children: [] }",
        500,
        "std.extVar(\"x\") is not available",
    ),
    (
        "function(request) { status: { n: request.parent.spec.txt }, children: [] }",
        500,
        "p6.jsonnet:1:54: no field `txt`; did you mean `text`?",
    ),
    (
        "local a = { a: a }; function(request) { status: a, children: [] }",
        500,
        "more than 400 calls or values inside each other",
    ),
    (
        "local f(n) = 1 + f(n + 1); function(request) { status: { n: f(0) }, children: [] }",
        500,
        "p8.jsonnet:1:19: more than 400 calls",
    ),
    (
        "local f(n) = f(n + 1) tailstrict; function(request) { status: { n: f(0) }, children: [] }",
        500,
        "more than 400 calls",
    ),
    (
        "function(request) { status: { n: self.n }, children: [] }",
        500,
        "infinite recursion",
    ),
    (
        "function(request) { status: { n: std.foldl(function(a, b) (a + b) % 7, std.range(0, 100000000), 0) }, children: [] }",
        504,
        "timed out",
    ),
    (
        "function(request) { status: { n: std.length(std.repeat('0123456789', 20000000)) }, children: [] }",
        500,
        "memory limit",
    ),
    (
        "function(request) { status: { n: std.log(0) }, children: [] }",
        500,
        "not a finite number",
    ),
    (
        "function(request) 'text'",
        500,
        "the hook `sync` returned a string; expected an object",
    ),
    ("function(request) null", 500, "returned null"),
    (
        "function(request) { status: { f(x): x }, children: [] }",
        500,
        "the answer contains a function",
    ),
    ("function(request) { status: {}, children: 7 }", 502, "children"),
    (
        "function(request) { status: { now: std.native('time')() }, children: [] }",
        500,
        "only functions can be called",
    ),
    (
        "function(request) std.trace('a line', { status: {}, children: [] })",
        200,
        r#""children":[]"#,
    ),
];

/// Scripts that are refused when they are loaded, and a part of the sentence.
const REFUSED: &[(&[u8], &str)] = &[
    (b"function(request) {", "r0.jsonnet:1:20: syntax error"),
    (
        b"function(request) {\n  a: b }",
        "r1.jsonnet:2:6: undefined local: b",
    ),
    (
        b"import '../../etc/passwd'",
        "r2.jsonnet:1:1: cannot import `../../etc/passwd`: the path leaves the script's folder",
    ),
    (
        b"importstr '/etc/passwd'",
        "r3.jsonnet:1:1: cannot import `/etc/passwd`: an import is a path relative",
    ),
    (
        b"import 'other.libsonnet'",
        "file `other.libsonnet` not found; the script is this file alone: to import others, serve their folder",
    ),
    (b"import 'r5.jsonnet'", "infinite recursion"),
    (b"function(request, other) {}", "requires the parameter `other`"),
    (
        b"{ describe: {} }",
        "expected a function of the request, or an object with functions named sync, finalize, customize",
    ),
    (
        b"{ sync(request):: {}, describe: error 'not today' }",
        "not today",
    ),
    (b"function(request) '\xff'", "is not valid UTF-8"),
    (b"", "r10.jsonnet:1:1: syntax error: unexpected end of file"),
];

#[test]
fn a_bad_hook_gets_a_sentence_and_the_others_go_on() {
    if !has_engine("jsonnet") {
        return;
    }
    let folder = Folder::new("jsonnet");
    folder.write("plugin.yaml", PLUGIN);
    let paths: Vec<(String, PathBuf)> = CALLS
        .iter()
        .enumerate()
        .map(|(number, (hook, ..))| {
            (
                format!("p{number}"),
                folder.write(&format!("p{number}.jsonnet"), hook),
            )
        })
        .collect();
    let plugins: Vec<_> = paths
        .iter()
        .map(|(name, path)| (name.as_str(), path.as_path()))
        .collect();
    let mut host = Host::serve(&plugins, &[]);
    // Twice: nothing of a call is left for the next one.
    let mut wrong = Vec::new();
    for _ in 0..2 {
        for (number, (hook, status, part)) in CALLS.iter().enumerate() {
            let answer = host.post(&format!("/p{number}/sync"), &request());
            let retry = answer.header("retry-after").is_some();
            if answer.status != *status || !answer.body.contains(part) || retry != (*status == 429) {
                wrong.push(format!("{hook}\n=> {} {}", answer.status, answer.body));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let line = host.wait_for_line("a line");
    assert!(line.contains("p19"), "{line}");
    assert!(host.alive());
}

#[test]
fn a_bad_script_is_refused_with_its_place() {
    if !has_engine("jsonnet") {
        return;
    }
    let folder = Folder::new("jsonnet-refused");
    folder.write("plugin.yaml", PLUGIN);
    for (number, (script, part)) in REFUSED.iter().enumerate() {
        let path = folder.write(&format!("r{number}.jsonnet"), script);
        let output = run(["inspect".as_ref(), path.as_os_str()]);
        let said = show(&output);
        assert!(
            output.status.code() == Some(3) && said.contains(part),
            "{}\n{said}",
            String::from_utf8_lossy(script)
        );
    }
    let large = format!("function(request) {{ a: '{}' }}", "x".repeat(5 << 20));
    let said = show(&run([
        "inspect".as_ref(),
        folder.write("large.jsonnet", large).as_os_str(),
    ]));
    assert!(said.contains("more than 4 MiB of text"), "{said}");
    let outside = Folder::new("jsonnet-link");
    outside.write("plugin.yaml", PLUGIN);
    outside.write("sync.jsonnet", "function(request) importstr 'secret.txt'");
    symlink("/etc/hostname", outside.path().join("secret.txt")).unwrap();
    let said = show(&run(["inspect".as_ref(), outside.path().as_os_str()]));
    assert!(said.contains("is a symbolic link that leads out of"), "{said}");
}

#[test]
fn a_folder_has_hooks_settings_and_one_import() {
    if !has_engine("jsonnet") {
        return;
    }
    let folder = Folder::new("jsonnet-folder");
    folder.write("index.jsonnet", "local lib = import 'lib/names.libsonnet';
{
  describe:: {
    name: 'named', version: '1.2.3',
    parent: { apiVersion: 'example.com/v1', kind: 'Site', resource: 'sites' },
    settings: { type: 'object', properties: { word: { type: 'string' } } },
  },
  sync(request, settings):: { status: { word: lib.loud(settings.word), text: importstr 'lib/text.txt' }, children: [] },
  finalize(request):: { finalized: true, children: [] },
}");
    folder.write(
        "lib/names.libsonnet",
        "{ loud(text): std.asciiUpper(text) + '!' }",
    );
    folder.write("lib/text.txt", "{ not Jsonnet");
    let config = json!({"plugins": [{"name": "s", "source": format!("file:{}", folder.path().display()), "settings": {"word": "ho"}}]});
    let config = folder.write("metawasm.yaml", config.to_string());
    let host = Host::serve(&[], &["--config", config.to_str().unwrap()]);
    let answer = host.post("/s/sync", &request());
    assert_eq!(
        answer.json()["status"],
        json!({"word": "HO!", "text": "{ not Jsonnet"}),
        "{answer:?}"
    );
    assert_eq!(host.post("/s/customize", &request()).status, 404);

    let facts = stdout(&run(["inspect", "-o", "json", folder.path().to_str().unwrap()]));
    let facts: Value = serde_json::from_str(&facts).unwrap();
    assert_eq!(
        facts["imports"],
        json!(["metawasm:hook/logging@0.1.0"]),
        "{facts:#}"
    );
    assert_eq!(facts["hooks"], json!(["sync", "finalize"]));
    assert_eq!(facts["description"]["version"], "1.2.3");
}

#[test]
fn hello_passes_the_cases_of_all_languages() {
    if !has_engine("jsonnet") {
        return;
    }
    let output = run([
        "test",
        "examples/hello/jsonnet/hello.jsonnet",
        "examples/hello/tests",
    ]);
    assert!(
        stdout(&output).contains("16 passed, 0 failed"),
        "{}",
        show(&output)
    );
}
