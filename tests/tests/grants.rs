//! A decorator from end to end: the grants plugin by every command, and beside the Function plugin in one server.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::process::Output;

use metawasm_tests::process::{Folder, Host, run, show, stdout};
use metawasm_tests::{fixture, function_plugin, grants_plugin, root};
use serde_json::{Value, json};

const NAMESPACE: &str = "examples/grants/namespace.yaml";
const CONTROLLER: &str = "metacontroller/components/gateway-api/grants.yaml";

fn metawasm(command: &str, rest: &[&str]) -> Output {
    let plugin = grants_plugin();
    let mut args = vec![command, plugin.to_str().unwrap()];
    args.extend(rest);
    run(args)
}

fn render(rest: &[&str]) -> Value {
    let args = [&["-f", NAMESPACE, "-o", "json"], rest].concat();
    serde_json::from_str(&stdout(&metawasm("render", &args))).unwrap()
}

/// A request of Metacontroller about a Namespace: the recorded one of a decorator, with a Namespace in it that is
/// labelled or not, and its grant where it is observed.
fn recorded(labels: &Value, observed: Option<&Value>) -> Vec<u8> {
    let mut request: Value = serde_json::from_slice(&fixture("decorator-v2-sync-first.body")).unwrap();
    let mut metadata = request["object"]["metadata"].clone();
    metadata["name"] = json!("demo");
    metadata["labels"] = labels.clone();
    let fields = metadata.as_object_mut().unwrap();
    for gone in ["namespace", "finalizers", "generation"] {
        fields.remove(gone);
    }
    request["object"] = json!({
        "apiVersion": "v1", "kind": "Namespace", "metadata": metadata,
        "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"},
    });
    let observed = observed.map(|grant| ("keda/metawasm-routes-demo".to_owned(), grant.clone()));
    request["attachments"] = json!({
        "ReferenceGrant.gateway.networking.k8s.io/v1beta1": Value::Object(observed.into_iter().collect()),
    });
    request["related"] = json!({});
    request.to_string().into_bytes()
}

#[test]
fn the_example_gets_its_grant() {
    let answer = render(&[]);
    let grant = &answer["attachments"][0];
    assert_eq!(grant["metadata"]["namespace"], "keda");
    assert_eq!(grant["spec"]["from"][0]["namespace"], "demo");
    assert_eq!(
        grant["spec"]["to"],
        json!([{"group": "", "kind": "Service", "name": "keda-add-ons-http-interceptor-proxy"}])
    );
    assert_eq!(answer["resyncAfterSeconds"], 10);

    let folder = Folder::new("grants-observed");
    let observed = folder.write("observed.json", grant.to_string());
    let settled = render(&["--observed", observed.to_str().unwrap()]);
    assert_eq!(settled, json!({"attachments": [grant]}));
}

#[test]
fn a_parent_that_lives_in_no_namespace_is_given_none() {
    let request = stdout(&metawasm("render", &["-f", NAMESPACE, "-o", "request"]));
    let request: Value = serde_json::from_str(&request).unwrap();
    assert_eq!(request["object"]["metadata"].get("namespace"), None);
    let output = metawasm("render", &["-f", NAMESPACE, "-n", "demo"]);
    assert_eq!(output.status.code(), Some(2), "{}", show(&output));
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        said,
        "error: --namespace demo: Namespace is cluster-scoped; omit --namespace\n"
    );
}

/// Where the Gateway API serves another version, the controller says so and the plugin follows.
#[test]
fn the_controller_chooses_the_version() {
    let folder = Folder::new("grants-version");
    let file = std::fs::read_to_string(root().join(CONTROLLER)).unwrap();
    let later = file.replace(
        "apiVersion: gateway.networking.k8s.io/v1beta1",
        "apiVersion: gateway.networking.k8s.io/v1",
    );
    assert_ne!(file, later);
    let controller = folder.write("later.yaml", later);
    let answer = render(&["--controller", controller.to_str().unwrap()]);
    assert_eq!(
        answer["attachments"][0]["apiVersion"],
        "gateway.networking.k8s.io/v1"
    );
}

/// The one that is checked in says the same, with comments.
#[test]
fn manifest_prints_the_controller_that_is_checked_in() {
    let text = stdout(&metawasm(
        "manifest",
        &["--url", "http://metawasm.metawasm.svc:8080"],
    ));
    let printed: Value = serde_saphyr::from_str(&text).unwrap();
    let file = std::fs::read_to_string(root().join(CONTROLLER)).unwrap();
    let mut checked_in: Value = serde_saphyr::from_str(&file).unwrap();
    // A choice of the deployment, not something that the plugin knows.
    let metadata = checked_in["metadata"].as_object_mut().unwrap();
    assert!(metadata.remove("labels").is_some());
    assert_eq!(printed, checked_in);
}

#[test]
fn inspect_says_that_it_is_a_decorator_of_a_cluster_scoped_kind() {
    let text = stdout(&metawasm("inspect", &[]));
    assert!(
        text.contains("v1 Namespace (namespaces, cluster-scoped), of a DecoratorController"),
        "{text}"
    );
}

/// A label, a grant; no label, none: what the life of a Namespace is to the server.
#[test]
fn one_server_answers_for_functions_and_namespaces() {
    let host = Host::serve(
        &[("function", &function_plugin()), ("grants", &grants_plugin())],
        &[],
    );
    let sync = |body: &[u8]| {
        let answer = host.post("/grants/sync", body);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    };
    let labelled = json!({"openfunction.io/routes": "enabled", "kubernetes.io/metadata.name": "demo"});
    let none = json!({"attachments": []});

    assert_eq!(sync(&recorded(&json!({}), None)), none);
    let first = sync(&recorded(&labelled, None));
    assert_eq!(first, render(&[]));
    let grant = &first["attachments"][0];
    // As Metacontroller shows it: with what it and the API server add.
    let mut stored = grant.clone();
    stored["metadata"]["uid"] = json!("d0d83178-3b94-44b7-a0c0-bf5c027351bb");
    stored["metadata"]["annotations"] = json!({"metacontroller.k8s.io/decorator-controller": "grants"});
    stored["metadata"]["ownerReferences"] =
        json!([{"apiVersion": "v1", "kind": "Namespace", "name": "demo"}]);
    assert_eq!(
        sync(&recorded(&labelled, Some(&stored))),
        json!({"attachments": [grant]})
    );
    assert_eq!(sync(&recorded(&json!({}), Some(&stored))), none);

    let function = host.post("/function/sync", &fixture("composite-v2-sync-first.body"));
    assert_eq!(function.status, 200, "{function:?}");
    // Each keeps to its own.
    let wrong = host.post("/grants/sync", &fixture("composite-v2-sync-first.body"));
    assert_eq!(wrong.status, 400, "{wrong:?}");
    assert!(
        wrong
            .body
            .contains("wrong plugin: it answers for a DecoratorController"),
        "{}",
        wrong.body
    );
    assert_eq!(host.post("/grants/finalize", b"{}").status, 404);
}

/// What a Namespace has besides its label is nothing to the plugin, and does not reach it.
#[test]
fn another_label_of_a_namespace_costs_no_run() {
    let host = Host::serve(&[("grants", &grants_plugin())], &[]);
    let mut labels = json!({"openfunction.io/routes": "enabled"});
    let first = host.post("/grants/sync", &recorded(&labels, None));
    // An answer is kept at the second time.
    host.post("/grants/sync", &recorded(&labels, None));
    labels["team"] = json!("a");
    let second = host.post("/grants/sync", &recorded(&labels, None));
    assert_eq!((first.status, &first.body), (200, &second.body));
    let results = ["miss", "hit_trimmed"].map(|result| {
        let series = format!("metawasm_memo_total{{plugin=\"grants\",result=\"{result}\"}}");
        host.metric(&series)
    });
    assert_eq!(results, [Some(2.0), Some(1.0)]);
}

/// Recorded requests of a decorator for another kind: refused, whatever they ask.
#[test]
fn a_decorator_of_another_kind_gets_no_grant() {
    let output = metawasm("replay", &["tests/fixtures/decorator-v2-sync-first.body"]);
    assert_eq!(output.status.code(), Some(1), "{}", show(&output));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("grants are for Namespaces"), "{said}");
}

#[test]
fn an_attachment_of_a_kind_that_is_not_declared_is_asked_for_in_a_sentence() {
    let folder = Folder::new("grants-undeclared");
    let file = std::fs::read_to_string(root().join(CONTROLLER)).unwrap();
    let mut controller: Value = serde_saphyr::from_str(&file).unwrap();
    controller["spec"]["attachments"] = json!([]);
    let controller = folder.write("none.json", controller.to_string());
    let output = metawasm(
        "render",
        &["-f", NAMESPACE, "--controller", controller.to_str().unwrap()],
    );
    assert_eq!(output.status.code(), Some(1), "{}", show(&output));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("the DecoratorController declares no ReferenceGrant"),
        "{said}"
    );
}

#[test]
fn an_interceptor_that_cannot_be_named_is_refused_at_load() {
    let folder = Folder::new("grants-settings");
    let settings = folder.write("settings.yaml", "interceptor: {namespace: Keda/x}\n");
    let output = metawasm("inspect", &["--settings", settings.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(3), "{}", show(&output));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("invalid settings: ") && said.contains("/interceptor/namespace"),
        "{said}"
    );
}
