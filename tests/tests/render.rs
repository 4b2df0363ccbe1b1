//! `metawasm render` and `metawasm replay`, as people expect them: several parents, output formats, logs, traps, strictness,
//! misspelt fields, the code cache.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Command, Output, Stdio};

use metawasm_tests::guest::{DESCRIPTION, Guest};
use metawasm_tests::process::{Folder, run, show, stdout};
use metawasm_tests::{function_plugin, metawasm, root};

/// A Function of this name; `spec` is YAML in braces.
fn function(name: &str, spec: &str) -> String {
    format!(
        "apiVersion: core.openfunction.io/v1beta2\nkind: Function\nmetadata: {{name: {name}}}\nspec: {spec}\n"
    )
}

fn text(path: &std::path::Path) -> String {
    path.to_str().unwrap().to_owned()
}

fn render(plugin: &str, args: &[&str]) -> Output {
    run([&["render", plugin], args].concat())
}

fn function_render(args: &[&str]) -> Output {
    render(&text(&function_plugin()), args)
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A guest that answers with one ConfigMap.
fn guest() -> Guest {
    let answer = r#"{"status": {"conditions": [{"type": "Ready", "status": "True"}]}, "children":
        [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "b"}}]}"#;
    Guest::answering(answer).describe(&DESCRIPTION.replace(
        r#"[{"apiVersion":"apps/v1","kind":"Deployment","resource":"deployments"}]"#,
        r#"[{"apiVersion":"v1","kind":"ConfigMap","resource":"configmaps"}]"#,
    ))
}

#[test]
fn each_of_several_parents_is_rendered_and_named() {
    let folder = Folder::new("several");
    let plugin = text(&folder.write("g.wasm", guest().component()));
    let many = format!(
        "{}---\n{}---\napiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\n",
        function("one", "{}"),
        function("two", "{}").replace("name: two", "name: two, namespace: other"),
    );
    let many = text(&folder.write("many.yaml", many));
    let output = render(&plugin, &["-f", &many, "-o", "manifests"]);
    insta::assert_snapshot!(stdout(&output), @r"
    # of Function default/one
    apiVersion: v1
    data:
      a: b
    kind: ConfigMap
    metadata:
      name: c
      namespace: default
    ---
    # of Function other/two
    apiVersion: v1
    data:
      a: b
    kind: ConfigMap
    metadata:
      name: c
      namespace: other
    ");
    let place =
        format!("skipped Secret s ({many}: document 3); the parent is a Function of core.openfunction.io\n");
    assert_eq!(stderr(&output), place);
    insta::assert_snapshot!(stdout(&render(&plugin, &["-f", &many, "-o", "summary"])), @r"
    Function default/one
    KIND        NAME   APIVERSION
    ConfigMap   c      v1

    CONDITION   STATUS   REASON   MESSAGE
    Ready       True

    Function other/two
    KIND        NAME   APIVERSION
    ConfigMap   c      v1

    CONDITION   STATUS   REASON   MESSAGE
    Ready       True
    ");
    let json = stdout(&render(&plugin, &["-f", &many, "-o", "json"]));
    assert_eq!(json.lines().count(), 2, "one line for each parent: {json}");
    let yaml = stdout(&render(&plugin, &["-f", &many]));
    assert_eq!(yaml.matches("# Function ").count(), 2, "{yaml}");
    let documents: Vec<serde_json::Value> = serde_saphyr::from_multiple(&yaml).unwrap();
    assert_eq!(documents.len(), 2);
}

#[test]
fn parents_come_from_files_directories_lists_and_standard_input() {
    let folder = Folder::new("inputs");
    let plugin = text(&folder.write("g.wasm", guest().component()));
    let one = text(&folder.write("one.yaml", function("one", "{}")));
    fs::create_dir_all(folder.path().join("d/deep/.hidden")).unwrap();
    folder.write("d/two.yml", function("two", "{}"));
    folder.write("d/config.yaml", "plugins: []\n");
    folder.write("d/notes.txt", "a: [");
    folder.write("d/deep/.hidden/x.yaml", "a: [");
    folder.write(
        "d/deep/list.json",
        r#"{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "core.openfunction.io/v1beta2", "kind": "Function",
            "metadata": {"name": "three"}}]}"#,
    );
    let directory = text(&folder.path().join("d"));
    let mut child = Command::new(metawasm())
        .args(["render", &plugin, "-f", &one, "-f", &directory, "-f", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let input = function("four", "{}");
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = stdout(&output);
    let names: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# Function default/"))
        .collect();
    assert_eq!(names, ["one", "three", "two", "four"], "{}", show(&output));
}

#[test]
fn manifests_are_observed_again() {
    let folder = Folder::new("again");
    let file = "examples/hello.yaml";
    let children = stdout(&function_render(&["-f", file, "-o", "manifests"]));
    let observed = text(&folder.write("children.yaml", &children));
    let again = stdout(&function_render(&[
        "-f",
        file,
        "-o",
        "manifests",
        "--observed",
        &observed,
    ]));
    assert_eq!(children, again, "the answer is stable");
    let both = function_render(&[
        "-f",
        file,
        "-f",
        "examples/function.yaml",
        "--observed",
        &observed,
    ]);
    assert_eq!(both.status.code(), Some(2), "{}", show(&both));
    assert!(
        stderr(&both).contains("--observed requires exactly one parent"),
        "{}",
        show(&both)
    );
}

#[test]
fn logs_of_the_plugin_are_shown_from_the_level_that_is_asked_for() {
    let folder = Folder::new("logs");
    // Level 0 is debug, 2 is warn.
    let log = |level| format!("(call $log (i32.const {level}) (i32.const 8192) (i32.const 5))");
    let sync = format!("{} {} (call $answer)", log(0), log(2));
    let guest = guest()
        .with(
            r#"(import "metawasm:hook/logging@0.1.0" "log" (func $log (param i32 i32 i32)))
            (data (i32.const 8192) "hello")"#,
        )
        .code(&sync);
    let plugin = text(&folder.write("g.wasm", guest.component()));
    let parent = text(&folder.write("f.yaml", function("f", "{}")));
    let shown = |level: &str| {
        let output = render(&plugin, &["-f", &parent, "--log", level]);
        assert!(output.status.success(), "{}", show(&output));
        stderr(&output)
    };
    assert_eq!(shown("warn"), "[warn] Function default/f: hello\n");
    assert_eq!(
        shown("debug"),
        "[debug] Function default/f: hello\n[warn] Function default/f: hello\n"
    );
    assert_eq!(shown("off"), "");
    // A warning counts, whether it is shown or not.
    let strict = |level: &str| render(&plugin, &["-f", &parent, "--log", "off", level]);
    assert_eq!(strict("--strict").status.code(), Some(0));
    let output = strict("--strict=warnings");
    assert_eq!(output.status.code(), Some(1), "{}", show(&output));
    assert_eq!(
        stderr(&output),
        "error: Function default/f: the plugin logged a warning; use --log warn to see them\n"
    );
}

#[test]
fn a_trap_names_the_functions_that_were_running() {
    let folder = Folder::new("trap");
    let guest = Guest::running("(call $_ZN4site6answer17h0123456789abcdefE) (call $answer)")
        .with("(func $_ZN4site6answer17h0123456789abcdefE unreachable)");
    let plugin = text(&folder.write("g.wasm", guest.component()));
    let parent = text(&folder.write("f.yaml", function("f", "{}")));
    let output = render(&plugin, &["-f", &parent]);
    assert_eq!(output.status.code(), Some(1), "{}", show(&output));
    let text = stderr(&output);
    let mut lines = text.lines();
    assert_eq!(
        lines.next(),
        Some("error: plugin g, sync of Function default/f: trapped: wasm `unreachable` instruction executed")
    );
    assert_eq!(lines.next(), Some("    0: site::answer"), "{text}");
}

#[test]
fn strict_makes_an_invalid_parent_an_error() {
    let folder = Folder::new("strict");
    let invalid = text(&folder.write(
        "f.yaml",
        function("f", "{serving: {triggers: {http: {port: 70000}}}}"),
    ));
    let lenient = function_render(&["-f", &invalid]);
    assert_eq!(lenient.status.code(), Some(0), "{}", show(&lenient));
    let strict = function_render(&["-f", &invalid, "--strict"]);
    assert_eq!(strict.status.code(), Some(1), "{}", show(&strict));
    assert!(
        stderr(&strict).starts_with("error: Function default/f: Ready is False (Invalid): "),
        "{}",
        show(&strict)
    );
    assert_eq!(lenient.stdout, strict.stdout, "the answer is shown all the same");
    // It has warnings, and is otherwise fine.
    let warned = |level: &str| {
        function_render(&["-f", "examples/function.yaml", level])
            .status
            .code()
    };
    assert_eq!(warned("--strict"), Some(0));
    assert_eq!(warned("--strict=warnings"), Some(1));
}

#[test]
fn misspelt_fields_of_the_parent_are_named_if_its_crd_is_known() {
    let folder = Folder::new("misspelt");
    let parent = text(&folder.write("f.yaml", function("f", "{image: a/b, servng: {}}")));
    let crd = "metacontroller/crd/function.yaml";
    let output = function_render(&["-f", &parent, "--crds", crd]);
    assert_eq!(output.status.code(), Some(0), "{}", show(&output));
    let sentence = "Function default/f: /spec/servng: unknown field `servng`; did you mean `serving`?\n";
    assert_eq!(stderr(&output), format!("warning: {sentence}"));
    let strict = function_render(&["-f", &parent, "--crds", crd, "--strict"]);
    assert_eq!(strict.status.code(), Some(1), "{}", show(&strict));
    assert!(
        stderr(&strict).contains(&format!("error: {sentence}")),
        "{}",
        show(&strict)
    );
    // The plugin ships the CRD.
    let text_of = fs::read_to_string(root().join(crd)).unwrap();
    let mut description: serde_json::Value = serde_json::from_str(DESCRIPTION).unwrap();
    description["crd"] = text_of.into();
    let guest = Guest::answering(r#"{"children": []}"#).describe(&description.to_string());
    let plugin = text(&folder.write("g.wasm", guest.component()));
    let output = render(&plugin, &["-f", &parent]);
    assert_eq!(
        stderr(&output),
        format!("warning: {sentence}"),
        "{}",
        show(&output)
    );
}

/// The text is the plugin's, and nothing depends on it.
#[test]
fn a_hostile_crd_of_a_plugin_stops_nothing() {
    let folder = Folder::new("hostile-crd");
    let parent = text(&folder.write("f.yaml", function("f", "{}")));
    let laughs = |levels: usize| {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..levels {
            let before = format!("*a{}", level - 1);
            text.push_str(&format!(
                "a{level}: &a{level} [{}]\n",
                [before.as_str(); 9].join(", ")
            ));
        }
        text
    };
    for crd in [
        laughs(12),
        "[".repeat(100_000),
        "a: &a [*a]\n".to_owned(),
        "a: 1\n---\n".repeat(20_000),
        "not: [yaml".to_owned(),
        "kind: CustomResourceDefinition\napiVersion: apiextensions.k8s.io/v1\nspec: 7\n".to_owned(),
    ] {
        let mut description: serde_json::Value = serde_json::from_str(DESCRIPTION).unwrap();
        description["crd"] = crd.as_str().into();
        let guest = Guest::answering(r#"{"children": []}"#).describe(&description.to_string());
        let plugin = text(&folder.write("g.wasm", guest.component()));
        let start = std::time::Instant::now();
        let output = render(&plugin, &["-f", &parent]);
        assert!(
            output.status.success() && output.stderr.is_empty(),
            "{}",
            show(&output)
        );
        assert!(
            start.elapsed().as_secs() < 30,
            "{:?}: {}",
            start.elapsed(),
            &crd[..20.min(crd.len())]
        );
    }
}

#[test]
fn recorded_requests_of_a_directory_are_replayed() {
    let folder = Folder::new("recorded");
    fs::create_dir_all(folder.path().join("r/one")).unwrap();
    fs::create_dir_all(folder.path().join("r/two")).unwrap();
    let body = fs::read(root().join("tests/fixtures/composite-v2-sync-ready.body")).unwrap();
    folder.write("r/one/request.json", &body);
    folder.write("r/two/request.json", &body);
    // A case may also be a parent, with settings of its own.
    fs::create_dir_all(folder.path().join("r/three")).unwrap();
    folder.write(
        "r/three/parent.yaml",
        function("three", "{image: a/b, serving: {triggers: {http: {}}}}"),
    );
    folder.write("r/three/settings.yaml", "defaultEngine: keda\n");
    let plugin = text(&function_plugin());
    let directory = text(&folder.path().join("r"));
    let output = run(["replay", &plugin, &directory, "-o", "summary"]);
    let summary = stdout(&output);
    assert_eq!(
        summary
            .lines()
            .filter(|line| line.starts_with("Function "))
            .count(),
        3,
        "{summary}"
    );
    assert!(summary.contains("HTTPScaledObject   three "), "{summary}");
    let empty = text(&folder.path().join("r/none"));
    fs::create_dir_all(&empty).unwrap();
    let output = run(["replay", &plugin, &empty]);
    assert_eq!(output.status.code(), Some(2), "{}", show(&output));
    assert!(stderr(&output).contains("no case in"), "{}", show(&output));
}

/// `render` with a cache directory of its own, by the variable of the XDG specification.
fn cached(directory: &std::path::Path, args: &[&str]) -> Output {
    Command::new(metawasm())
        .args([
            "render",
            &text(&function_plugin()),
            "-f",
            "examples/hello.yaml",
            "-o",
            "json",
        ])
        .args(args)
        .env("XDG_CACHE_HOME", directory)
        .env_remove("METAWASM_CODE_CACHE")
        .current_dir(root())
        .output()
        .unwrap()
}

#[test]
fn compiled_code_is_kept_in_the_cache_directory_of_the_user() {
    let folder = Folder::new("cache");
    let first = stdout(&cached(folder.path(), &[]));
    let cache = folder.path().join("metawasm");
    assert_eq!(fs::metadata(&cache).unwrap().permissions().mode() & 0o777, 0o700);
    let files = |directory: &std::path::Path| fs::read_dir(directory).unwrap().count();
    let kept = files(&cache);
    assert!(kept >= 2, "code and description: {kept}");
    assert_eq!(stdout(&cached(folder.path(), &[])), first);
    assert_eq!(files(&cache), kept, "nothing new is kept");
    let none = Folder::new("no-cache");
    stdout(&cached(none.path(), &["--no-cache"]));
    assert_eq!(files(none.path()), 0);
}

#[test]
fn a_cache_that_cannot_be_used_is_silent_unless_asked() {
    let folder = Folder::new("bad-cache");
    let elsewhere = Folder::new("elsewhere");
    symlink(elsewhere.path(), folder.path().join("metawasm")).unwrap();
    let output = cached(folder.path(), &[]);
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{}",
        show(&output)
    );
    let output = cached(folder.path(), &["--verbose"]);
    assert!(stderr(&output).contains("code cache"), "{}", show(&output));
    // A directory that somebody named is worth a word.
    let named = text(&folder.path().join("metawasm"));
    let output = cached(folder.path(), &["--code-cache", &named]);
    assert!(
        stderr(&output).starts_with("[warn] code cache"),
        "{}",
        show(&output)
    );
    assert!(output.status.success());
    // Whatever is in it is checked before it is used.
    let broken = Folder::new("broken-cache");
    stdout(&cached(broken.path(), &[]));
    for file in fs::read_dir(broken.path().join("metawasm")).unwrap() {
        fs::write(file.unwrap().path(), "not code").unwrap();
    }
    let output = cached(broken.path(), &[]);
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{}",
        show(&output)
    );
}

#[test]
fn colours_are_for_terminals_that_have_them() {
    let line = |environment: &str| {
        let command = format!(
            "{environment} {} render {} -f examples/hello.yaml -o summary",
            text(&metawasm()),
            text(&function_plugin())
        );
        let output = Command::new("script")
            .args(["-qec", &command, "/dev/null"])
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR_FORCE")
            .env_remove("CI")
            .env("TERM", "xterm")
            .current_dir(root())
            .stdin(Stdio::null())
            .output();
        output
            .ok()
            .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let Some(plain) = line("NO_COLOR=1") else {
        metawasm_tests::skip("there is no `script` to make a terminal");
        return;
    };
    assert!(plain.contains("KIND") && !plain.contains('\u{1b}'), "{plain}");
    for dumb in ["TERM=dumb", "TERM=dumb CI=true"] {
        assert!(!line(dumb).unwrap().contains('\u{1b}'), "{dumb}");
    }
    let coloured = line("").unwrap();
    assert!(coloured.contains("\u{1b}[1mKIND"), "{coloured}");
    // Nothing is observed yet, which is not a failure.
    assert!(!coloured.contains("\u{1b}[31m"), "{coloured}");
}
