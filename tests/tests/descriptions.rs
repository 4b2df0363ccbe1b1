//! What a plugin says of itself is hostile: it costs no more than its bounds, and no command prints it raw.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::process::Output;
use std::time::{Duration, Instant};

use metawasm_tests::fixture;
use metawasm_tests::guest::{DESCRIPTION, Guest};
use metawasm_tests::process::{Folder, Host, run, show};
use serde_json::{Value, json};

/// A description with a schema of settings.
fn described(schema: &Value) -> String {
    let mut description: Value = serde_json::from_str(DESCRIPTION).unwrap();
    description["settings"] = schema.clone();
    description.to_string()
}

/// `$defs` in which each level holds the next one so many times.
fn levels(levels: usize, each: &str) -> Value {
    let mut defs = serde_json::Map::new();
    for level in 0..levels {
        let next = format!(r##"{{"$ref":"#/$defs/l{}"}}"##, level + 1);
        let body = each.replace("NEXT", &next);
        defs.insert(format!("l{level}"), serde_json::from_str(&body).unwrap());
    }
    defs.insert(format!("l{levels}"), json!({}));
    json!({"$ref": "#/$defs/l0", "$defs": defs})
}

/// Schemas that would take for ever, or all memory, or reach out; and what is said of them.
fn hostile_schemas() -> Vec<(&'static str, Value, &'static str)> {
    let refused = "the plugin's settings schema is too complex: ";
    let invalid = "the plugin's settings schema is not a valid JSON Schema: ";
    let wide: Vec<String> = (0..150).map(|n| format!("[\\p{{L}}]{{{n},200}}")).collect();
    let patterns: Vec<Value> = (0..100)
        .map(|n| json!({"pattern": format!("(\\w{{1,900}}|{n}){{90}}")}))
        .collect();
    vec![
        ("all-of", levels(30, r#"{"allOf":[NEXT,NEXT]}"#), refused),
        ("forty", levels(40, r#"{"allOf":[NEXT,NEXT]}"#), refused),
        (
            "if",
            levels(30, r#"{"if":NEXT,"then":NEXT,"else":NEXT}"#),
            refused,
        ),
        (
            "unevaluated",
            levels(30, r#"{"anyOf":[NEXT,NEXT],"unevaluatedProperties":false}"#),
            refused,
        ),
        ("pattern", json!({"anyOf": [{"pattern": wide.join("|")}, {}]}), ""),
        ("patterns", json!({"anyOf": patterns}), ""),
        (
            "pattern-properties",
            json!({"patternProperties": {wide.join("|"): {}}}),
            "",
        ),
        (
            "property-names",
            json!({"propertyNames": {"pattern": "(((a{100}){100}){100}){100}"}}),
            "",
        ),
        (
            "look-around",
            json!({"pattern": "(?=a)(?!b)"}),
            "look-around and backreferences are not supported",
        ),
        ("http", json!({"$ref": "http://127.0.0.1:9/schema"}), invalid),
        ("file", json!({"$ref": "file:///etc/passwd"}), invalid),
        ("type", json!({"type": 7}), invalid),
    ]
}

/// Runs a command; it ends far within what its children may take.
fn quickly(args: &[&str]) -> Output {
    let start = Instant::now();
    let output = run(args);
    assert!(
        start.elapsed() < Duration::from_secs(30),
        "{args:?}: {:?}",
        start.elapsed()
    );
    output
}

#[test]
fn a_hostile_settings_schema_is_refused_in_a_sentence_by_every_command() {
    let folder = Folder::new("schemas");
    for (name, schema, part) in hostile_schemas() {
        let guest = Guest::answering(r#"{"children":[]}"#).describe(&described(&schema));
        let path = folder.write(&format!("{name}.wasm"), guest.component());
        let output = quickly(&["inspect", path.to_str().unwrap()]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{name}: {}", show(&output));
        assert!(
            stderr.contains("the plugin's settings schema") && stderr.contains(part),
            "{name}: {stderr}"
        );
        assert!(
            stderr.len() < 1000 && stderr.trim_end().lines().count() == 1,
            "{name}: {stderr}"
        );
    }
    let path = folder.path().join("all-of.wasm");
    let path = path.to_str().unwrap();
    let plugin = format!("p=file:{path}");
    for command in [
        &["manifest", path, "--url", "http://h"][..],
        &["render", path, "-f", "examples/function.yaml"],
        &["serve", "--log=off", "--check-config", "--plugin", &plugin],
    ] {
        let output = quickly(command);
        assert_eq!(output.status.code(), Some(3), "{command:?}: {}", show(&output));
    }
}

/// Schemas that no count finds, because what they cost depends on the settings too: a child bears it.
#[test]
fn a_schema_that_explodes_on_the_settings_ends_with_its_child() {
    let folder = Folder::new("recursive");
    let twice = json!({"$ref": "#/$defs/t", "$defs": {"t": {"properties": {"a": {"allOf": [
        {"$ref": "#/$defs/t"}, {"$ref": "#/$defs/t"}, {"$ref": "#/$defs/t"}, {"$ref": "#/$defs/t"}]}}}}});
    let guest = Guest::default().describe(&described(&twice));
    let path = folder.write("twice.wasm", guest.component());
    let deep = format!("{}1{}", "{\"a\":".repeat(40), "}".repeat(40));
    let settings = folder.write("settings.json", deep);
    let (path, settings) = (path.to_str().unwrap(), settings.to_str().unwrap());
    let output = quickly(&["inspect", path, "--settings", settings]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{}", show(&output));
    assert!(stderr.contains("settings"), "{stderr}");
}

/// A host with such plugins serves the others.
#[test]
fn hostile_schemas_stop_no_other_plugin() {
    let folder = Folder::new("schemas-serve");
    let mut paths = Vec::new();
    for (name, schema, _) in hostile_schemas() {
        let guest = Guest::answering(r#"{"children":[]}"#).describe(&described(&schema));
        paths.push((name, folder.write(&format!("{name}.wasm"), guest.component())));
    }
    let good = Guest::answering(r#"{"children":[]}"#).describe(&described(&json!({"type": "object"})));
    paths.push(("good", folder.write("good.wasm", good.component())));
    let plugins: Vec<_> = paths.iter().map(|(name, path)| (*name, path.as_path())).collect();
    let host = Host::serve(&plugins, &[]);
    let body = fixture("composite-v2-sync-first.body");
    assert_eq!(host.post("/good/sync", &body).status, 200);
    for (name, _, part) in hostile_schemas() {
        let answer = host.post(&format!("/{name}/sync"), &body);
        assert_eq!(answer.status, 503, "{name}: {answer:?}");
        assert!(answer.body.contains(part), "{name}: {}", answer.body);
    }
}

#[test]
fn descriptions_of_any_size_and_depth_are_refused_in_a_sentence() {
    let folder = Folder::new("sizes");
    let long = "x".repeat(300_000);
    let with = |pointer: &str, value: Value| {
        let mut description: Value = serde_json::from_str(DESCRIPTION).unwrap();
        *description.pointer_mut(pointer).unwrap() = value;
        description.to_string()
    };
    let view = |paths: Value| {
        let mut description: Value = serde_json::from_str(DESCRIPTION).unwrap();
        description["view"] = json!({"keep": paths});
        description.to_string()
    };
    let child = json!({"apiVersion": "v1", "kind": "Secret", "resource": "secrets"});
    for (name, description, part) in [
        ("name", with("/name", json!(long)), "`name` has 300000 bytes"),
        ("version", with("/version", json!(long)), "`version` has"),
        ("kind", with("/parent/kind", json!(long)), "`parent.kind` has"),
        (
            "api-version",
            with("/parent/apiVersion", json!(long)),
            "`parent.apiVersion` has",
        ),
        (
            "resource",
            with("/children/0/resource", json!(long)),
            "`children[0].resource` has",
        ),
        (
            "children",
            with("/children", json!(vec![child; 5000])),
            "`children` has 5000 kinds",
        ),
        (
            "controller",
            described(&json!({})).replacen('{', &format!("{{\"controller\":\"{long}\","), 1),
            "unknown variant",
        ),
        ("view", view(json!(vec!["/parent"; 10_000])), "at most 256 paths"),
        ("path", view(json!([long])), "invalid JSON pointer"),
        ("steps", view(json!(["/*".repeat(100)])), "at most 256 paths"),
        (
            "huge",
            with("/name", json!("x".repeat(600_000))),
            "cannot read the answer (the limit is 0.5 MiB)",
        ),
        (
            "deep",
            DESCRIPTION.replacen(
                '{',
                &format!("{{\"settings\":{}{},", "[".repeat(100_000), "]".repeat(100_000)),
                1,
            ),
            "recursion limit exceeded",
        ),
    ] {
        let path = folder.write(
            &format!("{name}.wasm"),
            Guest::default().describe(&description).component(),
        );
        let output = quickly(&["inspect", path.to_str().unwrap()]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{name}: {}", show(&output));
        assert!(stderr.contains(part), "{name}: {stderr}");
        assert!(
            stderr.len() < 1000 && stderr.trim_end().lines().count() == 1,
            "{name}: {stderr}"
        );
    }
}

/// Everything that a terminal or a reader of a log would take for something else.
const HIDDEN: &str = "\u{1b}[31m\u{1b}]0;t\u{7}\n\r\u{9b}\u{202e}\u{2066}\u{200b}\u{feff}\u{e0041}x";

fn has_hidden(text: &str) -> bool {
    text.chars().any(|c| {
        c.is_control() && c != '\n'
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{e0041}')
    })
}

#[test]
fn no_command_prints_a_plugins_hidden_characters() {
    let folder = Folder::new("hidden");
    let description = json!({
        "name": HIDDEN, "version": HIDDEN,
        "parent": {"apiVersion": format!("core.openfunction.io/{HIDDEN}"), "kind": HIDDEN, "resource": HIDDEN},
        "children": [{"apiVersion": HIDDEN, "kind": HIDDEN, "resource": HIDDEN, "updateStrategy": HIDDEN, "optional": true}],
        "settings": {"description": HIDDEN, "required": [HIDDEN], "additionalProperties": false,
            "properties": {HIDDEN: {"const": HIDDEN}}},
    });
    let view = json!({"keep": [format!("/parent/{HIDDEN}")]});
    let mut open = description.clone();
    open["settings"]["required"] = json!([]);
    open["view"] = view;
    let refused = folder.write(
        "refused.wasm",
        Guest::default().describe(&description.to_string()).component(),
    );
    let child = json!({"children": [{"apiVersion": HIDDEN, "kind": HIDDEN, "metadata": {"name": HIDDEN}}],
        "status": {"text": HIDDEN, "conditions": [{"type": HIDDEN, "status": HIDDEN, "reason": HIDDEN, "message": HIDDEN}]}});
    let bad = Guest::answering(child.to_string()).describe(&open.to_string());
    let bad = folder.write("bad.wasm", bad.component());
    let good = json!({"children": [], "status": child["status"]}).to_string();
    let good_plugin = folder.write("good.wasm", Guest::answering(&good).component());
    let failing = folder.write("failing.wasm", Guest::failing(0, 0, HIDDEN).component());
    let parent = folder.write(
        "parent.json",
        json!({"apiVersion": "core.openfunction.io/v1beta2", "kind": "Function", "metadata": {"name": "f"}})
            .to_string(),
    );
    let expected = folder.write(
        "expected.json",
        json!({"children": [], HIDDEN: HIDDEN}).to_string(),
    );
    let settings = folder.write(
        "settings.json",
        json!({HIDDEN.replace('\u{9b}', ""): 1}).to_string(),
    );
    let path = |path: &std::path::PathBuf| path.to_str().unwrap().to_owned();
    let (parent, body) = (path(&parent), "tests/fixtures/composite-v2-sync-first.body");
    for (code, args) in [
        (3, vec!["inspect".to_owned(), path(&refused)]),
        (0, vec!["inspect".to_owned(), path(&bad)]),
        (
            0,
            vec!["inspect".to_owned(), path(&bad), "-o".into(), "json".into()],
        ),
        (
            3,
            vec![
                "inspect".to_owned(),
                path(&bad),
                "--settings".into(),
                path(&settings),
            ],
        ),
        (
            2,
            vec!["manifest".to_owned(), path(&bad), "--url=http://h".into()],
        ),
        (
            2,
            vec![
                "manifest".to_owned(),
                path(&bad),
                "--url=http://h".into(),
                "--name=n".into(),
                "--with=x".into(),
            ],
        ),
        (
            0,
            vec![
                "manifest".to_owned(),
                path(&bad),
                "--url=http://h".into(),
                "--name=n".into(),
                "--with=all".into(),
            ],
        ),
        (
            0,
            vec![
                "render".to_owned(),
                path(&good_plugin),
                "-f".into(),
                parent.clone(),
                "-o".into(),
                "summary".into(),
            ],
        ),
        (
            0,
            vec![
                "render".to_owned(),
                path(&good_plugin),
                "-f".into(),
                parent.clone(),
                "-o".into(),
                "yaml".into(),
            ],
        ),
        (
            1,
            vec!["render".to_owned(), path(&failing), "-f".into(), parent.clone()],
        ),
        (
            2,
            vec!["render".to_owned(), path(&bad), "-f".into(), parent.clone()],
        ),
        (
            1,
            vec![
                "replay".to_owned(),
                path(&good_plugin),
                body.into(),
                "--expect".into(),
                path(&expected),
            ],
        ),
        (1, vec!["replay".to_owned(), path(&failing), body.into()]),
        (2, vec!["replay".to_owned(), path(&bad), body.into()]),
        (
            3,
            vec![
                "serve".to_owned(),
                "--check-config".into(),
                format!("--plugin=p=file:{}", path(&refused)),
            ],
        ),
        (
            0,
            vec![
                "serve".to_owned(),
                "--check-config".into(),
                format!("--plugin=p=file:{}", path(&bad)),
            ],
        ),
    ] {
        let output = run(&args);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", show(&output));
        for bytes in [&output.stdout, &output.stderr] {
            let text = std::str::from_utf8(bytes).unwrap();
            assert!(!has_hidden(text), "{args:?}: {text:?}");
        }
    }
}
