//! `metawasm diff`.

use std::path::PathBuf;

use metawasm_tests::function_plugin;
use metawasm_tests::guest::Guest;
use metawasm_tests::process::{Folder, run};
use serde_json::Value;

use super::{DESCRIPTION, PARENT, answer, case, config, metawasm, said, with_plugin};

/// Two guests, and a request.
fn versions(old: &Guest, new: &Guest) -> Folder {
    let folder = with_plugin(old);
    folder.write("new.wasm", new.clone().describe(DESCRIPTION).component());
    case(&folder, "recorded/a", &[("parent.yaml", PARENT)]);
    folder
}

fn diff(folder: &Folder, rest: &[&str]) -> (Option<i32>, String) {
    let (code, text) = metawasm(
        folder,
        "diff",
        &[&["new.wasm", "--requests", "recorded"], rest].concat(),
    );
    // Digests are of guests as this build makes them.
    let text: Vec<String> = text
        .lines()
        .map(|line| match line.split_once("sha256:") {
            Some((before, _)) => format!("{before}sha256:…"),
            None => line.to_owned(),
        })
        .collect();
    (code, text.join("\n"))
}

#[test]
fn equal_versions_change_nothing() {
    let guest = Guest::answering(answer(&[&config("shop", "red")]));
    let folder = versions(&guest, &guest);
    let (code, text) = diff(&folder, &[]);
    assert_eq!(code, Some(0));
    insta::assert_snapshot!(text, @r#"
    old  plugin.wasm  sha256:…
    new  new.wasm  sha256:…
    0 of 1 requests differ. Children: 0 added, 0 changed, 0 deleted.
    "#);
}

#[test]
fn children_that_would_be_added_changed_and_deleted_are_listed_without_values_of_secrets() {
    let secret = |value: &str| {
        format!(
            r#"{{"apiVersion":"v1","kind":"Secret","metadata":{{"name":"key"}},"stringData":{{"key":"{value}"}}}}"#
        )
    };
    let old = Guest::answering(answer(&[
        &config("shop", "red"),
        &config("old", "red"),
        &secret("hunter1"),
    ]));
    let new = Guest::answering(
        answer(&[&config("shop", "blue"), &config("new", "red"), &secret("hunter2")])
            .replace(r#""ready":true"#, r#""ready":false"#),
    );
    let folder = versions(&old, &new);
    let (code, text) = diff(&folder, &[]);
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(text, @r#"
    old  plugin.wasm  sha256:…
    new  new.wasm  sha256:…
    1 of 1 requests differ. Children: 1 added, 2 changed, 1 deleted. Status: 1 differ.

    Shop demo/shop  sync, recorded/a
      + ConfigMap demo/new added
      - ConfigMap demo/old deleted
      ~ ConfigMap demo/shop
          data.colour: "red" → "blue"
      ~ Secret demo/key
          stringData.key: "(hidden)" → "(hidden)"
    "#);
    let (_, text) = diff(&folder, &["--status", "-o", "markdown"]);
    insta::assert_snapshot!(text, @r#"
    # Changes

    | version | plugin | digest |
    |---|---|---|
    | old | `plugin.wasm` | `sha256:…
    | new | `new.wasm` | `sha256:…

    1 of 1 requests differ. Children: 1 added, 2 changed, 1 deleted. Status: 1 differ.

    ## Shop demo/shop

    Hook `sync`, request `recorded/a`.

    - `ConfigMap demo/new` is **added**
    - `ConfigMap demo/old` is **deleted**
    - `ConfigMap demo/shop` changes
      - `data.colour: "red" → "blue"`
    - `Secret demo/key` changes
      - `stringData.key: "(hidden)" → "(hidden)"`
    - `status.ready: true → false`
    "#);
    let (code, text) = diff(&folder, &["-o", "json"]);
    assert_eq!(code, Some(1));
    let plan: Value = serde_json::from_str(&text.replace("sha256:…", "sha256:x\""))
        .unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(plan["totals"]["childrenAdded"], 1);
    assert_eq!(plan["totals"]["childrenChanged"], 2);
    assert_eq!(plan["totals"]["childrenDeleted"], 1);
    assert!(!text.contains("hunter"), "{text}");
}

#[test]
fn a_status_alone_counts_only_where_it_is_asked_for() {
    let old = Guest::answering(answer(&[]));
    let new = Guest::answering(answer(&[]).replace(r#""ready":true"#, r#""ready":false"#));
    let folder = versions(&old, &new);
    let (code, text) = diff(&folder, &[]);
    assert_eq!(code, Some(0));
    assert!(text.contains("Status: 1 differ."), "{text}");
    let (code, text) = diff(&folder, &["--status"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("status.ready: true → false"), "{text}");
}

#[test]
fn a_request_that_fails_on_one_side_is_named() {
    let old = Guest::answering(answer(&[]));
    let folder = versions(&old, &Guest::failing(2, 0, "out of ideas"));
    let (code, text) = diff(&folder, &[]);
    assert_eq!(code, Some(1));
    assert!(
        text.contains("Shop demo/shop  sync, recorded/a\n  the new version fails: ")
            && text.contains("out of ideas"),
        "{text}"
    );
    let (code, text) = diff(
        &versions(&Guest::failing(2, 0, "x"), &Guest::failing(2, 0, "x")),
        &[],
    );
    assert_eq!(code, Some(0), "both fail alike: {text}");
}

/// The Function plugin, with the suffix of Services spelt otherwise: another component of the same length.
fn changed_function(folder: &Folder) -> PathBuf {
    let mut bytes = std::fs::read(function_plugin()).unwrap();
    let (old, new) = (b"-svc", b"-srv");
    let places: Vec<usize> = bytes
        .windows(old.len())
        .enumerate()
        .filter(|(_, part)| part == old)
        .map(|(at, _)| at)
        .collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at..at + new.len()].copy_from_slice(new);
    }
    folder.write("changed.wasm", bytes)
}

#[test]
fn a_changed_function_plugin_shows_exactly_the_change() {
    let folder = Folder::new("diff");
    let changed = changed_function(&folder).display().to_string();
    for name in [
        "composite-v2-sync-first",
        "composite-v2-sync-ready",
        "composite-v2-customize",
    ] {
        let body = metawasm_tests::fixture(&format!("{name}.body"));
        case(
            &folder,
            &format!("recorded/{name}"),
            &[("request.json", std::str::from_utf8(&body).unwrap())],
        );
    }
    let plugin = function_plugin().display().to_string();
    let requests = folder.path().join("recorded").display().to_string();
    let (code, text) = said(
        &run(["diff", &plugin, &plugin, "--requests", &requests]),
        folder.path(),
    );
    assert_eq!(code, Some(0), "{text}");
    let (code, text) = said(
        &run(["diff", &plugin, &changed, "--requests", &requests]),
        folder.path(),
    );
    assert_eq!(code, Some(1), "{text}");
    let text: Vec<&str> = text.lines().skip(2).collect();
    insta::assert_snapshot!(text.join("\n"), @r#"
    2 of 3 requests differ. Children: 2 added, 2 changed, 2 deleted. Status: 2 differ.

    Function cap2/hello  sync, recorded/composite-v2-sync-first
      + Service cap2/hello-srv added
      - Service cap2/hello-svc deleted
      ~ HTTPScaledObject.http.keda.sh cap2/hello
          spec.scaleTargetRef.service: "hello-svc" → "hello-srv"

    Function cap2/hello  sync, recorded/composite-v2-sync-ready
      + Service cap2/hello-srv added
      - Service cap2/hello-svc deleted
      ~ HTTPScaledObject.http.keda.sh cap2/hello
          spec.scaleTargetRef.service: "hello-svc" → "hello-srv"
    "#);
}
