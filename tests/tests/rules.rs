//! What answers are held against, from the configuration to the Event: schemas, deletion budgets, merge keys.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use metawasm_tests::fixture;
use metawasm_tests::guest::Guest;
use metawasm_tests::process::{Folder, Host, run, serve_to_end, show};
use serde_json::{Value, json};

/// An answer with Deployments of these names, each with these members besides.
fn deployments(names: &[&str], rest: &Value) -> String {
    let children: Vec<Value> = names
        .iter()
        .map(|name| {
            let mut child = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
                "spec": {"selector": {}, "template": {"spec": {"containers": [{"name": "c", "image": "i"}]}}}});
            child["spec"].as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
            child
        })
        .collect();
    json!({"status": {}, "children": children}).to_string()
}

/// A request with observed Deployments of these names, and such metadata of the parent.
fn request(observed: &[&str], metadata: &Value) -> Vec<u8> {
    let observed: serde_json::Map<String, Value> = observed
        .iter()
        .map(|name| {
            let object = json!({"apiVersion": "apps/v1", "kind": "Deployment",
                "metadata": {"name": name, "namespace": "demo"}});
            (format!("demo/{name}"), object)
        })
        .collect();
    let mut all = json!({"name": "hello", "namespace": "demo", "uid": "u", "generation": 4});
    all.as_object_mut()
        .unwrap()
        .extend(metadata.as_object().unwrap().clone());
    json!({
        "parent": {"apiVersion": "core.openfunction.io/v1beta2", "kind": "Function", "metadata": all, "spec": {}},
        "children": {"Deployment.apps/v1": observed}, "related": {}, "finalizing": false,
    })
    .to_string()
    .into_bytes()
}

/// A host with a guest that gives this answer, and such fields of the configuration and of the plugin.
fn host(folder: &Folder, answer: &str, fields: &str, of_plugin: &str) -> Host {
    folder.write("guest.wasm", Guest::answering(answer).component());
    let text = format!("{fields}plugins:\n- {{name: guest, source: 'file:guest.wasm'{of_plugin}}}\n");
    let config = folder.write("metawasm.yaml", text);
    Host::serve(&[], &["--config", config.to_str().unwrap()])
}

#[test]
fn children_that_do_not_match_their_schema_are_warned_of_once_or_refused() {
    let folder = Folder::new("schema");
    let answer = deployments(&["a"], &json!({"repicas": 1}));
    let body = |uid: &str| request(&[], &json!({ "uid": uid }));
    let mut warns = host(&folder, &answer, "", "");
    for uid in ["1", "2", "3"] {
        assert_eq!(warns.post("/guest/sync", &body(uid)).status, 200);
    }
    let series = "metawasm_schema_mismatches_total{plugin=\"guest\",hook=\"sync\"}";
    assert_eq!(warns.metric(series), Some(3.0), "each run counts");
    let line = warns.wait_for_line("does not match the schema of its kind");
    assert!(
        line.contains("/children/0/spec/repicas: unknown field `repicas`; did you mean `replicas`?"),
        "{line}"
    );
    assert_eq!(
        warns.end_and_count("does not match the schema of its kind"),
        1,
        "one content, one line"
    );

    let refuses = host(&folder, &answer, "schema: refuse\n", "");
    let refused = refuses.post("/guest/sync", &body("1"));
    assert_eq!(refused.status, 502, "{refused:?}");
    let sentence =
        "invalid answer: /children/0/spec/repicas: unknown field `repicas`; did you mean `replicas`?";
    assert!(refused.body.contains(sentence), "{}", refused.body);
    let series = "metawasm_refusals_total{plugin=\"guest\",hook=\"sync\",rule=\"schema\"}";
    assert_eq!(refuses.metric(series), Some(1.0));

    let off = host(&folder, &answer, "schema: off\n", "");
    assert_eq!(off.post("/guest/sync", &body("1")).status, 200);
    assert_eq!(off.end_and_count("schema"), 0);
}

#[test]
fn render_and_replay_list_all_that_does_not_match() {
    let folder = Folder::new("schema-offline");
    let answer = deployments(&["a", "b"], &json!({"repicas": 1, "paused": "yes"}));
    let guest = folder.write("guest.wasm", Guest::answering(&answer).component());
    let body = folder.write("request.json", request(&[], &json!({})));
    let (guest, body) = (guest.to_str().unwrap(), body.to_str().unwrap());
    for args in [
        &["render", guest, "-f", "examples/function.yaml"][..],
        &["replay", guest, body],
    ] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(1), "{}", show(&output));
        let words = String::from_utf8(output.stderr).unwrap();
        assert!(output.stdout.is_empty(), "nobody applies it by mistake");
        assert_eq!(
            words.lines().next().unwrap(),
            "error: 4 errors in the answer: children do not match the schemas of their kinds; use --no-validate to print the answer"
        );
        for place in [
            "/children/0/spec/repicas",
            "/children/0/spec/paused",
            "/children/1/spec/repicas",
        ] {
            assert!(words.contains(&format!("\n  {place}: ")), "{words}");
        }
        let output = run([args, &["--no-validate"]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", show(&output));
        assert!(!output.stdout.is_empty());
    }
}

#[test]
fn crds_are_known_where_they_are_given() {
    let folder = Folder::new("crds");
    let described = r#"{"name":"guest","version":"0.0.0","parent":{"apiVersion":"v1","kind":"ConfigMap","resource":"configmaps"},
        "controller":"decorator","children":[{"apiVersion":"core.openfunction.io/v1beta2","kind":"Function","resource":"functions"}]}"#;
    let answer = json!({"attachments": [{"apiVersion": "core.openfunction.io/v1beta2", "kind": "Function",
        "metadata": {"name": "f"}, "spec": {"image": "i", "servng": {}}}]});
    let guest = Guest::answering(answer.to_string())
        .describe(described)
        .component();
    let guest = folder.write("guest.wasm", guest);
    let parent = folder.write(
        "parent.yaml",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}",
    );
    let args = ["render", guest.to_str().unwrap(), "-f", parent.to_str().unwrap()];
    let output = run(args);
    assert_eq!(
        output.status.code(),
        Some(0),
        "a kind without a schema: {}",
        show(&output)
    );
    let output = run([&args[..], &["--crds", "metacontroller/crd"]].concat());
    assert_eq!(output.status.code(), Some(1), "{}", show(&output));
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(
        words.contains("/attachments/0/spec/servng: unknown field `servng`; did you mean `serving`?"),
        "{words}"
    );
    let none = run([&args[..], &["--crds", "metacontroller/base"]].concat());
    assert_eq!(none.status.code(), Some(2), "{}", show(&none));
    let none = serve_to_end(&[
        "--plugin",
        &format!("p={}", guest.display()),
        "--crds",
        "metacontroller/base",
    ]);
    assert_eq!(none.status.code(), Some(2), "{}", show(&none));
}

#[test]
fn a_deletion_budget_holds_until_a_person_allows_more() {
    let folder = Folder::new("deletions");
    let answer = deployments(&["a"], &json!({}));
    let host = host(&folder, &answer, "", ", deletions: 50%");
    let post = |observed: &[&str], metadata: Value| host.post("/guest/sync", &request(observed, &metadata));
    assert_eq!(post(&["a", "b"], json!({})).status, 200);
    let annotated = |value: &str| json!({"annotations": {"metawasm.dev/allow-deletions": value}});
    for metadata in [json!({}), annotated("3"), annotated("true")] {
        for _ in 0..2 {
            let refused = post(&["a", "b", "c"], metadata.clone());
            assert_eq!(refused.status, 502, "{refused:?}");
            let sentence = "would delete 2 of 3 observed children, and the deletion budget is 50%: Deployment demo/b, \
                            Deployment demo/c. To allow it, annotate the parent with metawasm.dev/allow-deletions: \"4\"";
            assert!(refused.body.contains(sentence), "{}", refused.body);
        }
    }
    let series = "metawasm_refusals_total{plugin=\"guest\",hook=\"sync\",rule=\"deletions\"}";
    assert_eq!(host.metric(series), Some(6.0));
    // What is allowed once is not so for the next generation, whatever the memo holds.
    assert_eq!(post(&["a", "b", "c"], annotated("4")).status, 200);
    assert_eq!(post(&["a", "b", "c"], annotated("4")).status, 200);
    let mut next = annotated("4");
    next["generation"] = json!(5);
    assert_eq!(post(&["a", "b", "c"], next).status, 502);
    assert_eq!(post(&["a", "b", "c"], json!({})).status, 502);
    assert_eq!(
        post(
            &["a", "b", "c"],
            json!({"deletionTimestamp": "2026-01-01T00:00:00Z"})
        )
        .status,
        200
    );
}

#[test]
fn the_apply_strategy_decides_about_merge_keys() {
    let folder = Folder::new("merge");
    let ports = json!({"ports": [{"containerPort": 53, "protocol": "UDP"}, {"containerPort": 53, "protocol": "TCP"}]});
    let answer = deployments(&["a"], &ports);
    let refused = host(&folder, &answer, "schema: off\n", "").post("/guest/sync", &request(&[], &json!({})));
    assert_eq!(refused.status, 502, "{refused:?}");
    assert!(
        refused
            .body
            .contains("/children/0/spec/ports/1/containerPort: is 53"),
        "{}",
        refused.body
    );
    let fields = "schema: off\napplyStrategy: server-side-apply\n";
    let taken = host(&folder, &answer, fields, "").post("/guest/sync", &request(&[], &json!({})));
    assert_eq!(taken.status, 200, "{taken:?}");
}

#[test]
fn what_the_recorded_requests_are_answered_matches() {
    let folder = Folder::new("recorded");
    let text = format!(
        "schema: refuse\ncrds: ['{0}/tests/e2e/crds']\nplugins: [{{name: function, source: 'file:{1}', deletions: 0}}]\n",
        metawasm_tests::root().display(),
        metawasm_tests::function_plugin().display()
    );
    let config = folder.write("metawasm.yaml", text);
    let host = Host::serve(&[], &["--config", config.to_str().unwrap()]);
    for name in ["composite-v2-sync-first.body", "composite-v2-sync-ready.body"] {
        let answer = host.post("/function/sync", &fixture(name));
        assert_eq!(answer.status, 200, "{name}: {answer:?}");
    }
}
