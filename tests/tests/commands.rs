//! The commands, as a person types them.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use std::process::{Command, Output, Stdio};

use metawasm_tests::process::{Folder, Host, run, show, stdout};
use metawasm_tests::{function_plugin, metawasm as binary, root};
use serde_json::{Value, json};

fn metawasm(command: &str, rest: &[&str]) -> Output {
    let plugin = function_plugin();
    let mut args = vec![command, plugin.to_str().unwrap()];
    args.extend(rest);
    run(args)
}

fn child<'a>(answer: &'a Value, kind: &str, name: &str) -> &'a Value {
    let children = answer["children"].as_array().unwrap();
    let found = children
        .iter()
        .find(|child| child["kind"] == kind && child["metadata"]["name"] == name);
    found.unwrap_or_else(|| panic!("no {kind} {name}: {answer:#}"))
}

#[test]
fn the_proposals_function_becomes_what_the_proposal_shows() {
    let answer: Value = serde_json::from_str(&stdout(&metawasm(
        "render",
        &["-f", "examples/function.yaml", "-o", "json"],
    )))
    .unwrap();
    let deployment = child(&answer, "Deployment", "logs-async-handler");
    assert_eq!(
        deployment.pointer("/spec/template/spec/containers/0/image"),
        Some(&json!("openfunctiondev/logs-async-handler:v1"))
    );
    let service = child(&answer, "Service", "logs-async-handler-svc");
    assert_eq!(service.pointer("/spec/ports/0/port"), Some(&json!(80)));
    let scaled = child(&answer, "HTTPScaledObject", "logs-async-handler");
    assert_eq!(scaled.pointer("/spec/hosts/0"), Some(&json!("async-demo.com")));
    assert_eq!(
        scaled.pointer("/spec/replicas"),
        Some(&json!({"min": 0, "max": 10}))
    );
    assert_eq!(
        scaled.pointer("/spec/scalingMetric/concurrency/targetValue"),
        Some(&json!(100))
    );
    let conditions = answer["status"]["conditions"].as_array().unwrap();
    let build = conditions.iter().find(|condition| condition["type"] == "Build");
    assert_eq!(build.unwrap()["reason"], "KindNotDeclared");
}

#[test]
fn render_prints_exactly_what_the_server_answers() {
    let host = Host::serve(&[("function", &function_plugin())], &[]);
    for example in std::fs::read_dir(root().join("examples")).unwrap() {
        let path = example.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let file = path.to_str().unwrap();
        let request = stdout(&metawasm("render", &["-f", file, "-o", "request"]));
        let answer = host.post("/function/sync", request.as_bytes());
        assert_eq!(answer.status, 200, "{file}: {answer:?}");
        assert_eq!(
            answer.body,
            stdout(&metawasm("render", &["-f", file, "-o", "json"])),
            "{file}"
        );
    }
}

#[test]
fn three_mistakes_are_reported_together() {
    let folder = Folder::new("mistakes");
    let parent = folder.write(
        "parent.yaml",
        "apiVersion: core.openfunction.io/v1beta2\nkind: Function\nmetadata: {name: f}\nspec:\n  serving:\n    \
         triggers: {http: {port: 70000, engine: keda}}\n    scaleOptions: {minReplicas: 5, maxReplicas: 2}\n",
    );
    let answer: Value = serde_json::from_str(&stdout(&metawasm(
        "render",
        &["-f", parent.to_str().unwrap(), "-o", "json"],
    )))
    .unwrap();
    assert_eq!(answer["children"], json!([]));
    let conditions = answer["status"]["conditions"].as_array().unwrap();
    let ready = conditions
        .iter()
        .find(|condition| condition["type"] == "Ready")
        .unwrap();
    assert_eq!(ready["status"], "False");
    let message = ready["message"].as_str().unwrap();
    for path in [
        "spec.image: ",
        "spec.serving.triggers.http.port: ",
        "spec.serving.scaleOptions.",
    ] {
        assert!(message.contains(path), "{message}");
    }
}

#[test]
fn a_summary_is_two_tables() {
    let text = stdout(&metawasm(
        "render",
        &["-f", "examples/function.yaml", "-o", "summary"],
    ));
    for line in ["KIND", "Deployment", "HTTPScaledObject", "CONDITION", "Ready"] {
        assert!(text.lines().any(|found| found.starts_with(line)), "{text}");
    }
    assert!(!text.contains('\u{1b}'), "no colour when piped");
}

#[test]
fn a_recorded_request_is_replayed_and_compared() {
    let folder = Folder::new("replay");
    let request = "tests/fixtures/composite-v2-sync-ready.body";
    let answer = stdout(&metawasm("replay", &[request]));
    let same = folder.write("same.json", &answer);
    let output = metawasm("replay", &[request, "--expect", same.to_str().unwrap()]);
    assert!(
        output.status.success() && output.stdout.is_empty(),
        "{}",
        show(&output)
    );
    let other = folder.write("other.json", answer.replacen("\"port\":80,", "\"port\":81,", 1));
    let output = metawasm("replay", &[request, "--expect", other.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1), "{}", show(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.starts_with("1 differences") && text.contains(": expected 81, found 80"),
        "{text}"
    );
}

#[test]
fn inspect_is_short_and_verbose_shows_the_rest() {
    let short = stdout(&metawasm("inspect", &[]));
    for part in [
        "digest    sha256:",
        "hooks     sync, finalize, customize",
        "parent    core.openfunction.io/v1beta2 Function",
        "children  Deployment, ",
        "optional  InterceptorRoute, ",
        "SETTING ",
        "httpAddon ",
        "interceptor.port             integer",
    ] {
        assert!(short.contains(part), "{part}: {short}");
    }
    assert!(
        short.lines().count() < 40 && !short.contains("$schema"),
        "{short}"
    );
    let long = stdout(&metawasm("inspect", &["--verbose"]));
    for part in [
        "wit       metawasm:hook@",
        "imports   ",
        "child     apps/v1 Deployment (InPlace)",
        "view\n",
        "$schema",
    ] {
        assert!(long.contains(part), "{part}: {long}");
    }
}

/// The one that is checked in says the same, with comments.
#[test]
fn manifest_prints_the_controller_that_is_checked_in() {
    let text = stdout(&metawasm(
        "manifest",
        &["--url", "http://metawasm.metawasm.svc:8080"],
    ));
    let printed: Value = serde_saphyr::from_str(&text).unwrap();
    let file = std::fs::read_to_string(root().join("metacontroller/base/controller.yaml")).unwrap();
    let mut checked_in: Value = serde_saphyr::from_str(&file).unwrap();
    // Choices of the deployment, not something that the plugin knows.
    for (part, choice) in [
        ("/spec/parentResource", "ignoreStatusChanges"),
        ("/spec", "resyncPeriodSeconds"),
        ("/metadata", "labels"),
    ] {
        let part = checked_in.pointer_mut(part).and_then(Value::as_object_mut);
        assert!(part.unwrap().remove(choice).is_some(), "{choice}");
    }
    assert_eq!(printed, checked_in);
    let local = stdout(&metawasm("manifest", &["--url", "http://127.0.0.1:8080"]));
    assert!(
        local.contains("http://127.0.0.1:8080/function/sync") && local.contains("functions"),
        "{local}"
    );
}

#[test]
fn wrong_usage_is_one_sentence_and_exit_code_2() {
    let folder = Folder::new("usage");
    let no_object = folder.write("no-object.yaml", "a: 1\n");
    let pod_twice = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: q}\n";
    let two = folder.write("two.yaml", pod_twice);
    let numbered = folder.write(
        "numbered.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: 12}\n",
    );
    let broken = folder.write("broken.yaml", "a: [1\nb: 2\n");
    let pod = folder.write("pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n");
    let config = folder.write("config.yaml", "listen: 127.0.0.1:0\nplugin: []\n");
    let latin = folder.write("latin.yaml", b"#\xe9\n");
    let path = |path: &std::path::PathBuf| path.to_str().unwrap().to_owned();
    let table: Vec<(&str, Vec<String>, &str)> = vec![
        (
            "render",
            vec!["-f".into(), "nowhere.yaml".into()],
            "cannot read nowhere.yaml: ",
        ),
        (
            "render",
            vec!["-f".into(), path(&no_object)],
            "no-object.yaml: document 1 is not a Kubernetes object: apiVersion is required",
        ),
        (
            "render",
            vec!["-f".into(), path(&two)],
            "two.yaml is a Function of core.openfunction.io, the parent of this plugin",
        ),
        ("render", vec!["-f".into(), path(&broken)], "line "),
        (
            "render",
            vec!["-f".into(), path(&numbered)],
            "metadata.name must be a string, but is 12; put it in quotes",
        ),
        (
            "render",
            vec!["-f".into(), "/dev/zero".into()],
            "/dev/zero is larger than 64 MiB",
        ),
        (
            "render",
            vec!["-f".into(), path(&pod)],
            "sync of Pod default/p: wrong plugin: it answers for Function of core.openfunction.io/v1beta2",
        ),
        (
            "render",
            vec![
                "-f".into(),
                "examples/hello.yaml".into(),
                "--with".into(),
                "pods".into(),
            ],
            "--with: unknown optional kind \"pods\"; expected all, interceptorroutes.http.keda.sh, \
             services.serving.knative.dev, httproutes.gateway.networking.k8s.io, components.dapr.io, \
             builds.shipwright.io, buildruns.shipwright.io",
        ),
        (
            "render",
            vec![
                "-f".into(),
                "examples/function.yaml".into(),
                "--observed".into(),
                path(&pod),
            ],
            "observed object Pod p has apiVersion v1, but the controller declares only ",
        ),
        ("replay", vec![path(&broken)], "plugin function, sync: "),
        (
            "manifest",
            vec!["--url".into(), "here".into()],
            "invalid --url \"here\": not a URL; expected scheme, host and port, such as \
             http://metawasm.metawasm.svc:8080",
        ),
        (
            "manifest",
            vec!["--url".into(), "http://h:8080/function".into()],
            "invalid --url \"http://h:8080/function\": a path is not allowed, because the path of the hook is appended; expected ",
        ),
        (
            "manifest",
            vec!["--url".into(), "http://h".into(), "--name".into(), "A_b".into()],
            "invalid plugin name \"A_b\"",
        ),
    ];
    for (command, args, part) in table {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let output = metawasm(command, &args);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", show(&output));
        assert!(
            stderr.starts_with("error: ") && stderr.contains(part),
            "{args:?}: {stderr}"
        );
        assert_eq!(stderr.trim_end().lines().count(), 1, "{args:?}: {stderr}");
    }
    for (args, part) in [
        (vec!["serve".to_owned()], "no plugin configured"),
        (
            vec!["serve".to_owned(), "--plugin".into(), "f".into()],
            "expected NAME=SOURCE",
        ),
        (
            vec!["serve".to_owned(), "--plugin".into(), "f=http://x".into()],
            "unsupported plugin source \"http://x\"; expected file:PATH",
        ),
        (
            vec!["serve".to_owned(), "--config".into(), path(&config)],
            "config.yaml: ",
        ),
        (
            vec![
                "serve".to_owned(),
                "--plugin=function=a.wasm".into(),
                "--plugin=function=b.wasm".into(),
            ],
            "--plugin function=b.wasm: duplicate plugin name \"function\"; names must be unique",
        ),
        (
            vec!["serve".to_owned(), "--plugin=f=file:".into()],
            "--plugin f=file:: unsupported plugin source \"file:\"; expected file:PATH",
        ),
        (
            vec!["serve".to_owned(), "--config=/dev/zero".into()],
            "/dev/zero is larger than 64 MiB",
        ),
        (
            vec!["serve".to_owned(), format!("--config={}", path(&latin))],
            "latin.yaml is not valid UTF-8: invalid byte at offset 1",
        ),
        (
            vec!["serve".to_owned(), "--listen".into(), "localhost:8080".into()],
            "expected an IP address and a port such as 127.0.0.1:8080 or [::]:8080",
        ),
        (
            vec!["serve".to_owned(), "--body".into(), "8MB".into()],
            "invalid value '8MB' for --body: expected a size above zero such as 64Mi",
        ),
        (
            vec!["serve".to_owned(), "--plain=maybe".into()],
            "invalid value 'maybe' for --plain: expected true or false; ",
        ),
        (
            vec!["serve".to_owned(), "--config=".into()],
            "--config requires a value",
        ),
        (
            vec!["serve".to_owned(), "--log-format=xml".into()],
            "invalid value 'xml' for --log-format; allowed: text, json",
        ),
        (
            vec!["serve".to_owned(), "--log".into(), "verbose".into()],
            "invalid log filter \"verbose\"; expected one of off, error",
        ),
        (
            vec!["serve".to_owned(), "--log".into(), "a=b=c".into()],
            "invalid log filter",
        ),
    ] {
        let output = run(&args);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", show(&output));
        assert!(
            stderr.starts_with("error: ") && stderr.contains(part),
            "{args:?}: {stderr}"
        );
        assert_eq!(stderr.trim_end().lines().count(), 1, "{args:?}: {stderr}");
    }
}

/// A pipe whose reader is gone, a disk that is full: the exit code still says what came of it.
#[test]
fn where_words_cannot_be_written_the_exit_code_says_it() {
    let plugin = format!("function=file:{}", function_plugin().display());
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    let closed = || std::io::pipe().unwrap().1;
    for (code, args) in [
        (0, &["serve", "--check-config", "--plugin", &plugin][..]),
        (3, &["inspect", "nowhere.wasm"]),
        (2, &["serve", "--config", "nowhere.yaml"]),
        (2, &["serve", "--plain=maybe"]),
    ] {
        let status = |stderr: Stdio| Command::new(binary()).args(args).stderr(stderr).status();
        assert_eq!(
            status(full().into()).unwrap().code(),
            Some(code),
            "full: {args:?}"
        );
        assert_eq!(
            status(closed().into()).unwrap().code(),
            Some(code),
            "closed: {args:?}"
        );
    }
    let plugin = function_plugin();
    let manifest = |stdout: Stdio| {
        let mut command = Command::new(binary());
        command.args(["manifest", plugin.to_str().unwrap(), "--url", "http://h"]);
        command.stdout(stdout).status().unwrap().code()
    };
    assert_eq!(manifest(closed().into()), Some(0), "as before head");
    assert_eq!(manifest(full().into()), Some(2));
}

#[test]
fn an_empty_file_of_settings_is_no_settings() {
    let folder = Folder::new("no-settings");
    let empty = folder.write("empty.yaml", "# nothing yet\n");
    let with = metawasm("inspect", &["--settings", empty.to_str().unwrap()]);
    assert_eq!(stdout(&with), stdout(&metawasm("inspect", &[])));
}

#[test]
fn misspelt_and_swapped_arguments_are_named() {
    let plugin = function_plugin();
    let plugin = plugin.to_str().unwrap();
    let folder = Folder::new("misspelt-kind");
    let functon = "apiVersion: core.openfunction.io/v1beta2\nkind: Functon\nmetadata: {name: f}\n";
    let functon = folder.write("f.yaml", functon);
    let functon = functon.to_str().unwrap();
    let swapped = format!("error: the plugin comes first: metawasm render {plugin} -f examples/hello.yaml\n");
    for (args, sentence) in [
        (vec!["render", "examples/hello.yaml", plugin], swapped.as_str()),
        (
            vec!["render", "examples/hello.yaml", "-f", plugin],
            swapped.as_str(),
        ),
        (
            vec!["render", plugin, "-f", "examples/hello.yaml", "-o", "sumary"],
            "error: invalid value 'sumary' for --output; allowed: yaml, json, summary, manifests, request; \
             did you mean summary?\n",
        ),
        (
            vec![
                "render",
                plugin,
                "-f",
                "examples/hello.yaml",
                "--with",
                "httproute",
            ],
            "did you mean httproutes?\n",
        ),
        (
            vec!["render", plugin, "-f", functon],
            "f.yaml: document 1: unknown kind \"Functon\"; did you mean Function?\n",
        ),
        (vec!["rendr"], "a similar subcommand exists: 'render'"),
        (
            vec!["render", plugin, "--observd", "x"],
            "a similar argument exists: '--observed'",
        ),
    ] {
        let output = run(&args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", show(&output));
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains(sentence), "{args:?}: {stderr}");
    }
}

#[test]
fn completions_and_manual_pages_name_every_command() {
    let commands = ["new", "build", "serve", "render", "replay", "inspect", "manifest"];
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let text = stdout(&run(["completions", shell]));
        assert!(commands.iter().all(|command| text.contains(command)), "{shell}");
    }
    let folder = Folder::new("man");
    let directory = folder.path().join("man1");
    let output = run(["man", directory.to_str().unwrap()]);
    assert!(output.status.success(), "{}", show(&output));
    for command in commands {
        let page = std::fs::read_to_string(directory.join(format!("metawasm-{command}.1"))).unwrap();
        assert!(page.contains("Exit codes"), "{page}");
    }
    assert!(
        !directory.join("metawasm-compile.1").exists(),
        "hidden commands have no page"
    );
}

#[test]
fn the_reference_has_every_command() {
    let page = stdout(&run(["man", "--markdown"]));
    let path = root().join("docs/commands.md");
    if std::fs::read_to_string(&path).is_ok_and(|now| now == page) {
        return;
    }
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::write(&path, page).unwrap();
        return;
    }
    panic!("docs/commands.md is stale: run the tests with INSTA_UPDATE=always");
}

#[test]
fn a_project_is_never_overwritten_and_a_bad_name_is_one_sentence() {
    let folder = Folder::new("new");
    let file = folder.write("file", "kept");
    let own = folder.path().to_str().unwrap();
    let inside = folder.path().join("site");
    let inside = inside.to_str().unwrap();
    assert!(run(["new", "site", "--dir", inside]).status.success());
    for (args, part) in [
        (vec!["new", "site", "--dir", own], "is not empty"),
        (vec!["new", "site", "--dir", inside], "is not empty"),
        (
            vec!["new", "site", "--dir", file.to_str().unwrap()],
            "exists and is not a directory",
        ),
        (vec!["new", "MySite"], "did you mean my-site?"),
        (vec!["new", "../site"], "did you mean site?"),
        (vec!["new", ""], "invalid name \"\""),
        (
            vec!["new", "site", "--group", "Example"],
            "expected a domain name such as example.com",
        ),
        (
            vec!["new", "site", "--lang", "rst"],
            "invalid value 'rst' for --lang; allowed: rust",
        ),
        (vec!["build", "nowhere"], "nowhere is not a directory"),
        (
            vec!["build", "examples"],
            "expected one of the files Cargo.toml, plugin.c",
        ),
    ] {
        let output = run(&args);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", show(&output));
        assert!(
            stderr.starts_with("error: ") && stderr.contains(part),
            "{args:?}: {stderr}"
        );
        assert_eq!(stderr.trim_end().lines().count(), 1, "{args:?}: {stderr}");
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "kept");
}

#[test]
fn build_says_what_to_install() {
    let folder = Folder::new("tools");
    let project = folder.path().join("site");
    let project = project.to_str().unwrap();
    assert!(run(["new", "site", "--dir", project]).status.success());
    let with = |path: &std::path::Path| {
        let output = Command::new(binary())
            .args(["build", project])
            .env("PATH", path)
            .output();
        output.unwrap()
    };
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    let output = with(&empty);
    assert_eq!(output.status.code(), Some(2), "{}", show(&output));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "error: cargo is not installed; install Rust from https://rustup.rs\n"
    );
    // A cargo without the target.
    let tools = folder.path().join("tools");
    std::fs::create_dir(&tools).unwrap();
    let script = |name: &str, text: &str| {
        let path = tools.join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    };
    let manifest = std::fs::canonicalize(format!("{project}/Cargo.toml")).unwrap();
    let metadata = json!({"target_directory": "/nowhere", "packages": [{"name": "site", "manifest_path": manifest,
        "targets": [{"name": "site", "crate_types": ["cdylib"]}]}]});
    script("cargo", &format!("echo '{metadata}'"));
    script("rustc", "echo /nowhere");
    let output = with(&tools);
    assert_eq!(output.status.code(), Some(2), "{}", show(&output));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "error: the Rust target wasm32-unknown-unknown is not installed; run `rustup target add wasm32-unknown-unknown`\n"
    );
    // A cargo that fails, as it does for code that does not compile.
    script("cargo", "echo 'error: the code is wrong' >&2; exit 101");
    let output = with(&tools);
    assert_eq!(output.status.code(), Some(1), "{}", show(&output));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "error: the code is wrong\nerror: `cargo metadata --no-deps --format-version 1` failed (exit status: 101)\n"
    );
}

#[test]
fn help_has_examples() {
    for command in [
        "new",
        "build",
        "import",
        "serve",
        "render",
        "replay",
        "test",
        "simulate",
        "playground",
        "diff",
        "inspect",
        "manifest",
        "completions",
        "man",
        "push",
        "pull",
        "login",
        "keygen",
        "sign",
        "verify",
    ] {
        let text = stdout(&run([command, "--help"]));
        assert!(
            text.contains("Example") && text.contains(&format!("metawasm {command} ")),
            "{text}"
        );
        // Wrapped, an example would be two commands for whoever copies it.
        let examples = text.split("Examples:\n").nth(1).unwrap();
        let (examples, codes) = examples.split_once("\nExit codes:\n").unwrap();
        assert!(codes.lines().all(|line| line.starts_with("  ")), "{codes}");
        let mut goes_on = false;
        for line in examples.lines() {
            assert!(goes_on || line.starts_with("  metawasm "), "{command}: {line}");
            goes_on = line.ends_with('\\');
        }
    }
}

#[test]
fn manifest_prints_the_digest_in_the_urls_and_the_rights() {
    let plugin = function_plugin();
    let plugin = plugin.to_str().unwrap();
    let output = run([
        "manifest",
        plugin,
        "--url",
        "http://h:1",
        "--rev",
        "--rights=ops/meta",
    ]);
    let text = stdout(&output);
    let objects: Vec<Value> = serde_saphyr::from_multiple(&text).unwrap();
    let kinds: Vec<&str> = objects
        .iter()
        .filter_map(|object| object["kind"].as_str())
        .collect();
    assert_eq!(
        kinds,
        ["CompositeController", "ClusterRole", "ClusterRoleBinding"]
    );
    let inspected: Value = serde_json::from_str(&stdout(&run(["inspect", plugin, "-o", "json"]))).unwrap();
    let digest = inspected["digest"].as_str().unwrap();
    let url = format!("http://h:1/function/sync?rev={digest}");
    assert_eq!(objects[0]["spec"]["hooks"]["sync"]["webhook"]["url"], url);
    assert_eq!(
        objects[2]["subjects"][0],
        serde_json::json!({"kind": "ServiceAccount", "namespace": "ops", "name": "meta"})
    );
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("the plugin has a customize hook"), "{stderr}");
    let wrong = run(["manifest", plugin, "--url", "http://h:1", "--rights=ops"]);
    assert_eq!(wrong.status.code(), Some(2), "{}", show(&wrong));
}
