//! Scripts and their outcomes: answers, failures, and the sentences of errors.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use std::cell::RefCell;
use std::fmt::Write;

use metawasm_engine_jsonnet::{Entry, Failure, File, Program, call, compile};

thread_local! {
    static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

fn log(line: &str) {
    LOG.with_borrow_mut(|lines| lines.push(line.to_owned()));
}

fn files(files: &[(&str, &str)]) -> Vec<File> {
    let file = |(path, content): &(&str, &str)| File {
        path: (*path).to_owned(),
        content: (*content).to_owned(),
    };
    files.iter().map(file).collect()
}

fn entry(path: &str, hook: Option<&str>) -> Entry {
    Entry {
        path: path.to_owned(),
        hook: hook.map(str::to_owned),
    }
}

fn compiled(script: &[(&str, &str)]) -> Result<Program, String> {
    compile(files(script), vec![entry(script[0].0, None)], log)
}

const REQUEST: &str = r#"{"parent": {"metadata": {"name": "böb"}, "spec": {"replicas": 2}}, "children": {"Pod.v1": {"x/b": {"n": 1, "metadata": {"name": "b"}}, "x/a": {"n": 2, "metadata": {"name": "a"}}}}}"#;

/// Compiles a script, calls its hook `sync`, and tells what came of it.
fn outcome(script: &[(&str, &str)]) -> String {
    let program = match compiled(script) {
        Ok(program) => program,
        Err(sentence) => return format!("refused: {sentence}"),
    };
    let mut told = match call(&program.code, "sync", REQUEST, r#"{"image": "x"}"#, log) {
        Ok(answer) => answer,
        Err(Failure::Invalid(text)) => format!("invalid: {text}"),
        Err(Failure::RetryLater {
            after_seconds,
            reason,
        }) => format!("retry in {after_seconds} s: {reason}"),
        Err(Failure::Internal(text)) => format!("internal: {text}"),
    };
    for line in LOG.take() {
        write!(told, "\nlog: {line}").unwrap();
    }
    told
}

/// Scripts of one file.
const SCRIPTS: &[&str] = &[
    // Answers.
    "function(request) { status: { name: request.parent.metadata.name }, children: [] }",
    "function(request, settings) { status: settings }",
    "function(observed) { status: observed.parent.spec }",
    "function(request, replicas=3) { status: { replicas: replicas } }",
    "{ sync(request):: { status: { hidden: 'field' } } }",
    "{ sync: function(request, settings) { status: settings }, finalize(request): {} }",
    "function(request) { n: [1, -0.5, 1e21, 1e-7, 123456789012, 0.1 + 0.2], s: 'ä\\u0001\"\\\\', t: [true, null] }",
    "function(request) { a: std.sha256('x'), b: std.parseYaml('a: [1, 2]'), c: std.native('parseInt')('ff', 16), d: std.native('jsonUnmarshal')('{\"a\": 1}') }",
    "function(request) { f: std.thisFile }",
    "local m = import 'metawasm.libsonnet'; function(request) { n: m.name(['web', 1]), l: std.length(m.name([std.repeat('x', 80), 'y'])), h: m.hash({ b: 1, a: [2] }), o: [p.n for p in m.list(request.children, 'Pod.v1')], none: m.list(request.children, 'Job.batch/v1'), f: m.find(request.children, 'Pod.v1', 'b'), q: [m.quantity(q) for q in ['250m', '1Gi', '2', '1.5k', 3]], c: m.condition('Ready', true, 'Up') }",
    "function(request) std.trace('seen ' + request.parent.metadata.name, { status: {} })",
    // Failures of the hook.
    "function(request)\n  if request.parent.spec.replicas > 1 then error 'too many' else {}",
    "local m = import 'metawasm.libsonnet';\nfunction(request)\n  m.invalid('spec.replicas: at most 1 is\\nallowed')",
    "local m = import 'metawasm.libsonnet';\nfunction(request) m.retryLater(10, 'no address yet')",
    "local m = import 'metawasm.libsonnet';\nfunction(request) { status: m.quantity('1x') }",
    "function(request) error 'invalid: without the helpers'",
    "function(request) error ''",
    "function(request) { status: request.parent.spec.replica }",
    "function(request) { status: request.parent.nothing }",
    "function(request) { status: std.extVar('namespace') }",
    "function(request) { status: { a: self.b, b: self.a } }",
    "local f(n) = 1 + f(n + 1); function(request) { status: f(0) }",
    "function(request) { assert false : 'never', status: {} }",
    "function(request) { status: 1 / 0 }",
    "function(request) { status: 'a' - 1 }",
    "function(request) { status: function(x) x }",
    "function(request) { status: std.parseJson('{') }",
    "function(request) 'text'",
    "function(request) null",
    "function(request) [1]",
    "function(request) { time: std.now() }",
    "function(request) { status: std.native('time')() }",
    "function(request) { big: 1e308 * 10 }",
    "function(request) { a: { b: request.parent.spec.replicas.c } }",
    // Scripts that are refused.
    "function(request) {",
    "function(request) { status: \n  missing }",
    "local unused = 1; function(request) { a: 1, a: 2 }",
    "",
    "{}",
    "{ a: 1, b: 2 }",
    "{ sync: { status: {} } }",
    "[1, 2]",
    "'text'",
    "error 'at load'",
    "function() {}",
    "function(settings) {}",
    "function(request, replicas) {}",
    "{ sync(request): {}, describe: 'text' }",
    "{ sync(request): {}, describe: { a: error 'no' } }",
    "import '../../etc/passwd'",
    "importstr '/etc/passwd'",
    "function(request) { a: (import 'lib/none.libsonnet') }",
    "import 'sync.jsonnet'",
    "import 'sync' + '.jsonnet'",
    "importbin 'none'",
];

#[test]
fn outcomes_of_scripts() {
    let mut told = String::new();
    for script in SCRIPTS {
        write!(told, "{script}\n=> {}\n\n", outcome(&[("sync.jsonnet", script)])).unwrap();
    }
    insta::assert_snapshot!("outcomes", told);
}

#[test]
fn files_are_imported_by_their_place_in_the_folder() {
    let main = "local lib = import 'lib/a.libsonnet';\nfunction(request) { status: lib.f(request), text: importstr 'lib/text.txt' }";
    let with = |a: &'static str| {
        outcome(&[
            ("index.jsonnet", main),
            ("lib/a.libsonnet", a),
            ("lib/b.libsonnet", "{ n: 1, fail(text): error text }"),
            ("lib/text.txt", "not { Jsonnet"),
            ("data.json", r#"{"from": "JSON"}"#),
            ("broken.jsonnet", "{ not imported"),
        ])
    };
    assert_eq!(
        with("local b = import 'b.libsonnet'; { f(request): { n: b.n, data: import '../data.json' } }"),
        r#"{"status":{"data":{"from":"JSON"},"n":1},"text":"not { Jsonnet"}"#
    );
    assert_eq!(
        with("local b = import 'b.libsonnet';\n{ f(request): b.fail('wrong') }"),
        "internal: lib/b.libsonnet:1:21: wrong"
    );
    assert_eq!(
        with("{ f(request): import 'c.libsonnet' }"),
        "refused: lib/a.libsonnet:1:15: cannot import `c.libsonnet`: file `lib/c.libsonnet` not found; the script has broken.jsonnet, data.json, index.jsonnet, lib/a.libsonnet, lib/b.libsonnet, …"
    );
    assert_eq!(
        with("{ f(request): nothing }"),
        "refused: lib/a.libsonnet:1:15: undefined local: nothing"
    );
    // A cycle is no error, as long as nothing needs itself.
    assert_eq!(
        with("{ f(request): (import '../index.jsonnet') }"),
        "internal: index.jsonnet:1:1: the answer contains a function; call it (in the answer's `status`)"
    );
    assert_eq!(
        with("(import '../index.jsonnet') + {}"),
        "internal: index.jsonnet:1:13: binary operation function + object is not implemented"
    );
    assert_eq!(
        with("{ f(request): (import 'a.libsonnet').one, one: 1 }"),
        r#"{"status":1,"text":"not { Jsonnet"}"#
    );
}

#[test]
fn hooks_of_several_files() {
    let script = files(&[
        ("sync.jsonnet", "function(request) { children: [] }"),
        (
            "final.jsonnet",
            "{ finalize(request): { finalized: true }, sync(request): { status: 'not this one' } }",
        ),
        (
            "all.jsonnet",
            "{ describe(): { name: 'all' }, customize(request): {}, sync(request): {} }",
        ),
    ]);
    let program = compile(
        script.clone(),
        vec![
            entry("final.jsonnet", Some("finalize")),
            entry("sync.jsonnet", Some("sync")),
        ],
        log,
    );
    let program = program.unwrap();
    assert_eq!(program.hooks, ["sync", "finalize"]);
    assert_eq!(program.description, None);
    let answer = |hook| call(&program.code, hook, "{}", "{}", log);
    assert_eq!(answer("sync"), Ok(r#"{"children":[]}"#.into()));
    assert_eq!(answer("finalize"), Ok(r#"{"finalized":true}"#.into()));
    assert_eq!(
        answer("customize"),
        Err(Failure::Internal(
            "sync.jsonnet:1:1: the script has no hook `customize`".into()
        ))
    );

    let all = compile(script.clone(), vec![entry("all.jsonnet", None)], log).unwrap();
    assert_eq!(all.hooks, ["sync", "customize"]);
    assert_eq!(all.description.as_deref(), Some(r#"{"name":"all"}"#));

    let refused = |entries| compile(script.clone(), entries, log).unwrap_err();
    assert_eq!(
        refused(vec![entry("all.jsonnet", Some("finalize"))]),
        "all.jsonnet:1:1: expected a function of the request, or an object with the function `finalize`; got an object with the fields customize, describe, sync"
    );
    assert_eq!(
        refused(vec![
            entry("all.jsonnet", None),
            entry("sync.jsonnet", Some("sync"))
        ]),
        "sync.jsonnet:1:1: the hook `sync` is defined in two files"
    );
    assert!(
        refused(vec![entry("all.jsonnet", None), entry("sync.jsonnet", None)])
            .contains("name the file after its hook")
    );
    assert_eq!(
        refused(vec![entry("none.jsonnet", None)]),
        "none.jsonnet:1:1: file not found"
    );
}

#[test]
fn a_single_function_answers_each_hook() {
    let program = compiled(&[(
        "hook.jsonnet",
        "function(request) { finalized: request.finalizing }",
    )])
    .unwrap();
    assert!(program.hooks.is_empty());
    for hook in ["sync", "finalize", "customize"] {
        let answer = call(&program.code, hook, r#"{"finalizing": true}"#, "{}", log);
        assert_eq!(answer, Ok(r#"{"finalized":true}"#.into()), "{hook}");
    }
}

#[test]
fn a_program_has_only_the_files_that_it_imports() {
    let script = [
        ("sync.jsonnet", "function(request) { a: (importstr 'used.txt') }"),
        ("used.txt", "U"),
        ("large.txt", "ABCDEF"),
    ];
    let code = compiled(&script).unwrap().code;
    let has = |text: &[u8]| code.windows(text.len()).any(|part| part == text);
    assert!(has(b"used.txt") && !has(b"ABCDEF") && !has(b"invalid: "));
    // An equal script is an equal program, in whichever order its files come.
    let turned: Vec<_> = [script[2], script[1], script[0]].to_vec();
    let again = compile(files(&turned), vec![entry("sync.jsonnet", None)], log).unwrap();
    assert_eq!(again.code, code);
}

#[test]
fn bad_input_of_a_call_is_a_sentence() {
    let program = compiled(&[("hook.jsonnet", "function(request) request")]).unwrap();
    let answer =
        |code: &[u8], request: &str, settings: &str| call(code, "sync", request, settings, log).unwrap_err();
    assert_eq!(
        answer(b"", "{}", "{}"),
        Failure::Internal("the program is damaged".into())
    );
    for (request, settings) in [("{", "{}"), ("{}", "?"), (&*"[".repeat(500), "{}")] {
        let Failure::Internal(sentence) = answer(&program.code, request, settings) else {
            panic!()
        };
        assert!(sentence.starts_with("cannot read the "), "{sentence}");
    }
}

#[test]
fn what_is_nested_too_deeply_is_refused() {
    let deep = |n: usize| format!("function(request) {{ a: {}1{} }}", "[".repeat(n), "]".repeat(n));
    assert!(compiled(&[("deep.jsonnet", &deep(240))]).is_ok());
    let refused = compiled(&[("deep.jsonnet", &deep(5000))]).unwrap_err();
    assert_eq!(
        refused,
        "deep.jsonnet:1:273: more than 250 brackets inside each other"
    );
    assert_eq!(
        outcome(&[(
            "endless.jsonnet",
            "local a = { a: a }; function(request) { status: a }"
        )]),
        "internal: endless.jsonnet:1:1: more than 400 calls or values inside each other; does a function, or an object, contain itself without end? (in the answer's `status.a.a.a.a.a.a.a…`)"
    );
}

#[test]
fn places_count_characters_and_not_bytes() {
    assert_eq!(
        outcome(&[(
            "ä.jsonnet",
            "// äöü\nlocal u = 'ßß'; function(request) { a: 'ü', b: error 'here' }"
        )]),
        "internal: ä.jsonnet:2:48: here"
    );
}
