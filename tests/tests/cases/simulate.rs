//! `metawasm simulate`: five planted faults, and what is right.

use metawasm_tests::guest::Guest;

use super::{PARENT, answer, config, metawasm, with_plugin};

const CLAIM: &str = r#"{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"data"},"spec":{"accessModes":["ReadWriteOnce"]}}"#;

/// Simulates a guest, with steps.
fn simulate(guest: &Guest, steps: &str, rest: &[&str]) -> (Option<i32>, String) {
    let folder = with_plugin(guest);
    folder.write("parent.yaml", PARENT);
    folder.write("steps.yaml", format!("steps:\n{steps}"));
    let mut args = vec!["-f", "parent.yaml"];
    if !steps.is_empty() {
        args.extend(["--script", "steps.yaml"]);
    }
    args.extend(rest);
    metawasm(&folder, "simulate", &args)
}

/// The lines about faults.
fn faults(text: &str) -> Vec<&str> {
    let lines = text.lines();
    lines.filter_map(|line| line.strip_prefix("fault: ")).collect()
}

#[test]
fn a_good_plugin_settles() {
    let guest = Guest::choosing(
        r#""spec":{"colour":"blue"}"#,
        &answer(&[&config("shop", "blue")]),
        &answer(&[&config("shop", "red")]),
    );
    let steps = "- edit: {spec: {colour: blue}}\n- editObject: {kind: ConfigMap, name: shop, patch: {data: {colour: green}}}\n\
        - deleteObject: {kind: ConfigMap, name: shop}\n- fail: {hook: sync, times: 1}\n- restart: true\n- wait: 1h\n- delete: true\n";
    let (code, text) = simulate(&guest, steps, &[]);
    assert_eq!(code, Some(0), "{text}");
    insta::assert_snapshot!(text, @r#"
    STEP                    SYNC   WRITES
    create                  1      + create ConfigMap/shop
                                   ~ status of Shop/shop
                            2      nothing to write
    edit spec.colour        3      ~ update ConfigMap/shop
                                       data.colour: "red" → "blue"
                                   ~ status of Shop/shop
                            4      nothing to write
    edit ConfigMap/shop     5      ~ update ConfigMap/shop
                                       data.colour: "green" → "blue"
                            6      nothing to write
    delete ConfigMap/shop   7      + create ConfigMap/shop
                            8      nothing to write
    fail sync 1 times       9      ! failed the sync hook does not answer, as the step says
                            10     nothing to write
    restart                 11     nothing to write
    wait 1h                 12     nothing to write
    delete                  13     nothing to ask: the parent is gone

    8 steps, 13 syncs, 6 writes; every step settles
    "#);
    let (code, _) = simulate(&guest, steps, &["--apply-strategy", "server-side-apply"]);
    assert_eq!(code, Some(0));
}

#[test]
fn an_oscillation_is_found() {
    let guest = Guest::choosing(
        r#""data":{"colour":"red"}"#,
        &answer(&[&config("shop", "blue")]),
        &answer(&[&config("shop", "red")]),
    );
    for strategy in ["dynamic-apply", "server-side-apply"] {
        let (code, text) = simulate(&guest, "", &["--apply-strategy", strategy]);
        assert_eq!(code, Some(1));
        assert_eq!(
            faults(&text),
            [
                r#"oscillates: ConfigMap/shop oscillates at data.colour: "red", "blue" in turn (syncs 9 to 12); the answer must not depend on what it asked for before (step "create")"#
            ]
        );
    }
}

#[test]
fn a_fight_with_a_defaulter_is_found() {
    let guest = Guest::answering(answer(&[&config("shop", "red")]));
    let steps = "- default: {kind: ConfigMap, set: {data: {colour: green}}, force: true}\n\
        - editObject: {kind: ConfigMap, name: shop, patch: {data: {other: x}}}\n  name: somebody writes\n";
    let (code, text) = simulate(&guest, steps, &[]);
    assert_eq!(code, Some(1));
    assert_eq!(
        faults(&text),
        [
            r#"fights: ConfigMap/shop is rewritten at each sync: at data.colour the plugin writes "red", and the API server or a webhook stores "green"; ask for the stored value, or leave the field out (step "somebody writes")"#
        ]
    );
}

#[test]
fn a_rename_is_found() {
    let guest = Guest::choosing(
        r#""spec":{"colour":"blue"}"#,
        &answer(&[&config("shop-blue", "same")]),
        &answer(&[&config("shop-red", "same")]),
    );
    let (code, text) = simulate(&guest, "- edit: {spec: {colour: blue}}\n", &[]);
    assert_eq!(code, Some(1));
    assert_eq!(
        faults(&text),
        [
            r#"renames: ConfigMap/shop-red becomes ConfigMap/shop-blue: it is deleted, and the same is created under another name; derive names only from what never changes (step "edit spec.colour")"#
        ]
    );
}

#[test]
fn a_deletion_by_absence_is_found_unless_it_is_listed() {
    let guest = Guest::choosing(
        r#""annotations":{"note":"#,
        &answer(&[]),
        &answer(&[CLAIM, &config("shop", "red")]),
    );
    let edit = "- edit: {metadata: {annotations: {note: hi}}}\n";
    let (code, text) = simulate(&guest, edit, &[]);
    assert_eq!(code, Some(1));
    assert_eq!(
        faults(&text),
        [
            r#"deletes: ConfigMap/shop is deleted after the edit of metadata.annotations: it is missing in the answer of sync 3, which has no children at all; the edit does not concern it. If it is meant, list it in `deletes` of the step (step "edit metadata.annotations.note")"#,
            r#"deletes: PersistentVolumeClaim/data is deleted after the edit of metadata.annotations: it is missing in the answer of sync 3, which has no children at all; a PersistentVolumeClaim holds data that is then lost. If it is meant, list it in `deletes` of the step (step "edit metadata.annotations.note")"#,
        ]
    );
    let listed = format!("{edit}  deletes: [ConfigMap/shop, PersistentVolumeClaim]\n");
    assert_eq!(simulate(&guest, &listed, &[]).0, Some(0));
}

/// Under dynamic-apply: the API server moves `stringData` into `data`, and Metacontroller writes it again each time.
#[test]
fn string_data_of_a_secret_is_a_fight() {
    let secret =
        r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"key"},"stringData":{"key":"hunter1"}}"#;
    let guest = Guest::answering(answer(&[secret]));
    let (code, text) = simulate(&guest, "", &[]);
    assert_eq!(code, Some(1));
    let found = faults(&text);
    assert!(
        found.len() == 1
            && found[0].starts_with("fights: Secret/key is rewritten at each sync: at stringData"),
        "{text}"
    );
    assert!(!text.contains("hunter") && !text.contains("aHVudGVy"), "{text}");
    let (code, text) = simulate(&guest, "", &["--apply-strategy", "server-side-apply"]);
    assert_eq!(code, Some(0), "{text}");
}

/// The fifth fault cannot be planted: there is no way to know the time.
#[test]
fn a_plugin_that_wants_to_know_the_time_is_refused() {
    let (code, text) = simulate(&Guest::with_a_clock(), "- wait: 1h\n", &[]);
    assert_eq!(code, Some(3));
    assert!(text.contains("clock"), "{text}");
}

#[test]
fn an_answer_that_the_host_would_refuse_fails_the_sync_and_deletes_nothing() {
    let guest = Guest::choosing(
        r#""spec":{"colour":"blue"}"#,
        r#"{"status":{}}"#,
        &answer(&[CLAIM]),
    );
    let (code, text) = simulate(&guest, "- edit: {spec: {colour: blue}}\n", &[]);
    assert_eq!(code, Some(1));
    let found = faults(&text);
    assert!(
        found.len() == 1 && found[0].starts_with("fails: from sync 3 on, each sync fails: "),
        "{text}"
    );
    assert!(!text.contains("- delete"), "{text}");
}

#[test]
fn the_time_line_is_json_too_without_the_values_of_secrets() {
    let secret = |value: &str| {
        format!(
            r#"{{"apiVersion":"v1","kind":"Secret","metadata":{{"name":"key"}},"data":{{"key":"{value}"}}}}"#
        )
    };
    let guest = Guest::choosing(
        r#""spec":{"colour":"blue"}"#,
        &answer(&[&secret("aHVudGVyMg==")]),
        &answer(&[&secret("aHVudGVyMQ==")]),
    );
    for format in ["json", "table"] {
        let (code, text) = simulate(&guest, "- edit: {spec: {colour: blue}}\n", &["-o", format]);
        assert_eq!(code, Some(0), "{text}");
        for value in ["hunter", "aHVudGVy"] {
            assert!(!text.contains(value), "{text}");
        }
        assert!(text.contains("key"), "{text}");
    }
}

#[test]
fn a_wrong_script_is_refused_with_its_place() {
    let guest = Guest::answering(answer(&[]));
    for (steps, words) in [
        ("- edt: {}\n", "steps.yaml: unknown field"),
        (
            "- deleteObject: {kind: Secret, name: x}\n",
            "Secret/x does not exist",
        ),
    ] {
        let (code, text) = simulate(&guest, steps, &[]);
        assert_eq!(code, Some(2));
        assert!(text.contains(words), "{text}");
    }
}
