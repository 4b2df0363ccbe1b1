//! Files that are no plugins: one sentence each, exit code 3, by every command that loads one.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::path::{Path, PathBuf};

use metawasm_tests::guest::{Guest, StringEncoding};
use metawasm_tests::process::{Folder, Host, run, show};
use metawasm_tests::{fixture, function_plugin, grants_plugin};

/// A file that is no plugin, and what is said of it.
fn bad_plugins(folder: &Folder) -> Vec<(PathBuf, &'static str)> {
    let clock = Guest::with_a_clock();
    let extra = Guest::with_an_extra_export();
    let mute = Guest::default().world("world w { import logging; export sync; }");
    let confused = Guest::default().describe("{\"name\": 7}");
    let blind = Guest::default().describe(
        r#"{"name":"n","version":"1","parent":{"apiVersion":"v1","kind":"K","resource":"ks"},"view":{"keep":["parent"]}}"#,
    );
    let trapping = Guest::default().start("(unreachable)");
    let utf16 = Guest::default().encoded(StringEncoding::UTF16);
    let two_memories = Guest::default().with("(memory $second 1)");
    vec![
        (folder.path().join("missing.wasm"), "cannot read"),
        (
            folder.path().to_owned(),
            "components (*.wasm); expected one, or the path of a file",
        ),
        (
            folder.write("empty.wasm", ""),
            "is not a plugin: not a WebAssembly component",
        ),
        (
            folder.write("text.wasm", "(component)"),
            "is not a plugin: not a WebAssembly component",
        ),
        (
            folder.write("module.wasm", Guest::default().module()),
            "is not a plugin: a core WebAssembly module",
        ),
        (
            folder.write("clock.wasm", clock.component()),
            "is not a plugin: unsupported imports: clock; ",
        ),
        (
            folder.write("extra.wasm", extra.component()),
            "is not a plugin: unknown exports: extra; ",
        ),
        (
            folder.write("mute.wasm", mute.component()),
            "is not a plugin: `describe` is required; export metawasm:hook/describe@0.1.0",
        ),
        (
            folder.write("confused.wasm", confused.component()),
            "is not a plugin: `describe` returned invalid JSON",
        ),
        (
            folder.write("blind.wasm", blind.component()),
            "is not a plugin: `describe` returned an invalid view",
        ),
        (
            folder.write("utf16.wasm", utf16.component()),
            "is not a plugin: unsupported string encoding UTF-16; ",
        ),
        (
            folder.write("inner-utf16.wasm", Guest::composed("{}", "utf16")),
            "is not a plugin: unsupported string encoding UTF-16; ",
        ),
        (
            folder.write("memories.wasm", two_memories.component()),
            "is not a plugin: compilation failed: ",
        ),
        (
            folder.write("trapping.wasm", trapping.component()),
            "is not a plugin: `describe` failed: trapped",
        ),
    ]
}

#[test]
fn every_command_says_what_is_wrong_with_a_plugin_and_exits_with_3() {
    let folder = Folder::new("bad-plugins");
    for (path, part) in bad_plugins(&folder) {
        let path = path.to_str().unwrap();
        let commands: [&[&str]; 5] = [
            &["inspect", path],
            &["render", path, "-f", "examples/function.yaml"],
            &["replay", path, "tests/fixtures/composite-v2-sync-first.body"],
            &["manifest", path, "--url", "http://127.0.0.1:8080"],
            &[
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--admin",
                "127.0.0.1:0",
                "--log",
                "off",
                "--plugin",
                &format!("p=file:{path}"),
            ],
        ];
        for command in commands {
            let output = run(command);
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(3), "{command:?}: {}", show(&output));
            assert!(
                stderr.starts_with("error: ") && stderr.contains(part),
                "{command:?}: {stderr}"
            );
            assert_eq!(stderr.lines().count(), 1, "{command:?}: {stderr}");
            assert!(output.stdout.is_empty(), "{command:?}: {}", show(&output));
        }
    }
}

#[test]
fn one_bad_plugin_does_not_keep_the_others_from_their_work() {
    let folder = Folder::new("one-bad");
    let missing = folder.path().join("missing.wasm");
    let mut host = Host::serve(&[("function", &function_plugin()), ("gone", &missing)], &[]);
    let done = host.wait_for_event("\"finished loading plugins\"");
    assert_eq!((&done["loaded"], &done["of"]), (&1.into(), &2.into()), "{done}");
    let body = fixture("composite-v2-sync-first.body");
    assert_eq!(host.post("/function/sync", &body).status, 200);
    let answer = host.post("/gone/sync", &body);
    assert_eq!(answer.status, 503, "{answer:?}");
    // Where the host keeps its files is no business of whoever reads the parent's Events.
    assert_eq!(
        answer.body,
        "plugin gone is not loaded: its file cannot be read; the host's log has the reason\n"
    );
    let ready = host.get_admin("/readyz");
    assert_eq!(ready.status, 503);
    assert!(ready.body.contains("plugin gone is not loaded"), "{}", ready.body);
    assert_eq!(host.get_admin("/livez").status, 200);
}

/// Two components in one that hand each other strings, which takes more than one memory in one module.
#[test]
fn a_component_of_two_is_served_as_any_other() {
    let folder = Folder::new("composed");
    let answer = r#"{"children":[],"resyncAfterSeconds":7,"status":{}}"#;
    let path = folder.write("composed.wasm", Guest::composed(answer, "utf8"));
    let inspected = run(["inspect".as_ref(), path.as_os_str()]);
    assert_eq!(inspected.status.code(), Some(0), "{}", show(&inspected));
    let host = Host::serve(&[("composed", &path)], &[]);
    for _ in 0..3 {
        let found = host.post("/composed/sync", &fixture("composite-v2-sync-first.body"));
        assert_eq!((found.status, found.body.as_str()), (200, answer));
    }
}

#[test]
fn settings_that_the_plugin_refuses_are_named_with_their_place() {
    let folder = Folder::new("settings");
    let settings = folder.write("settings.yaml", "httpAddon: \"7\"\nunknown: 1\n");
    let plugin = function_plugin();
    let output = run([
        "inspect".as_ref(),
        plugin.as_os_str(),
        "--settings".as_ref(),
        settings.as_os_str(),
    ]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{}", show(&output));
    assert!(
        stderr.contains("invalid settings: ") && stderr.contains("/httpAddon"),
        "{stderr}"
    );
    assert!(stderr.contains("unknown"), "{stderr}");
}

#[test]
fn the_built_plugins_import_nothing_but_the_log() {
    for (plugin, hooks, most) in [
        (function_plugin(), &["sync", "finalize", "customize"][..], 730_000),
        (grants_plugin(), &["sync"], 120_000),
    ] {
        let output = run([
            "inspect".as_ref(),
            plugin.as_os_str(),
            "-o".as_ref(),
            "json".as_ref(),
        ]);
        let facts: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let imports = facts["imports"].as_array().unwrap();
        assert!(
            imports
                .iter()
                .all(|import| import == "metawasm:hook/logging@0.1.0"),
            "{imports:?}"
        );
        assert_eq!(facts["hooks"], serde_json::json!(hooks));
        assert!(facts["digest"].as_str().unwrap().starts_with("sha256:"));
        assert!(facts["size"].as_u64().unwrap() <= most, "{}", facts["size"]);
        assert!(facts["description"]["settings"].is_object());
        let size = Path::new(&plugin).metadata().unwrap().len();
        assert_eq!(facts["size"].as_u64(), Some(size));
    }
}
