//! `metawasm playground`, as its page and as hostile pages ask it. `playground/tests` looks at the page itself.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod guard;
mod later;

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use metawasm_tests::guest::{DESCRIPTION, Guest};
use metawasm_tests::process::{Answer, Folder, raw, request, run, stdout};
use metawasm_tests::{function_plugin, metawasm, root};
use serde_json::{Value, json};

/// A running playground, ended when dropped.
struct Playground {
    child: Child,
    address: SocketAddr,
    /// `/SECRET/`.
    base: String,
}

impl Playground {
    fn start(plugins: &[&Path], args: &[&str]) -> Self {
        let mut child = Command::new(metawasm())
            .arg("playground")
            .args(plugins)
            .args(["--port", "0"])
            .args(args)
            .current_dir(root())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let (address, base) = line
            .trim_end()
            .strip_prefix("http://")
            .and_then(|url| url.split_once('/'))
            .unwrap_or_else(|| panic!("{line:?}"));
        Self {
            child,
            address: address.parse().unwrap(),
            base: format!("/{base}"),
        }
    }

    fn get(&self, path: &str) -> Answer {
        request(self.address, "GET", &format!("{}{path}", self.base), b"")
    }

    fn post(&self, path: &str, body: &Value) -> Answer {
        let path = format!("{}api/plugins/{path}", self.base);
        request(self.address, "POST", &path, body.to_string().as_bytes())
    }

    fn ask(&self, path: &str, body: &Value) -> Value {
        let answer = self.post(path, body);
        assert!(matches!(answer.status, 200 | 201), "{path}: {answer:?}");
        answer.json()
    }

    /// The status and the sentence of a request that is refused.
    fn refused(&self, path: &str, body: &Value) -> (u16, String) {
        let answer = self.post(path, body);
        (answer.status, answer.json()["error"].as_str().unwrap().to_owned())
    }

    /// A request with these lines for a head, and what comes back.
    fn raw(&self, method: &str, path: &str, headers: &str) -> String {
        let head = format!(
            "{method} {}{path} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n",
            self.base
        );
        raw(self.address, head.as_bytes())
    }
}

impl Drop for Playground {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The parent of the guests.
fn parent() -> Value {
    json!({"apiVersion": "core.openfunction.io/v1beta2", "kind": "Function", "metadata": {"name": "f"}, "spec": {}})
}

/// A call of a guest.
fn asked() -> Value {
    json!({"parent": parent(), "kinds": ["ConfigMap.v1"]})
}

fn with(mut body: Value, more: Value) -> Value {
    match (&mut body, more) {
        (Value::Object(body), Value::Object(more)) => body.extend(more),
        (body, more) => panic!("{body} and {more}"),
    }
    body
}

fn config_map(data: &str) -> String {
    format!(
        r#"{{"status": {{}}, "children": [{{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {{"name": "c"}}, "data": {{"a": "{data}"}}}}]}}"#
    )
}

/// A guest whose child is a ConfigMap.
fn guest(guest: Guest) -> Vec<u8> {
    let description = DESCRIPTION.replace(
        r#"[{"apiVersion":"apps/v1","kind":"Deployment","resource":"deployments"}]"#,
        r#"[{"apiVersion":"v1","kind":"ConfigMap","resource":"configmaps"}]"#,
    );
    guest.describe(&description).component()
}

fn kinds(plugin: &Value) -> Vec<String> {
    let children = plugin["children"].as_array().unwrap().iter();
    let text = |child: &Value, field: &str| child[field].as_str().unwrap().to_owned();
    children
        .map(|child| format!("{}.{}", text(child, "kind"), text(child, "apiVersion")))
        .collect()
}

/// The kinds of a cluster that builds nothing.
fn without_builds(plugin: &Value) -> Vec<String> {
    let mut kinds = kinds(plugin);
    kinds.retain(|kind| !kind.contains("shipwright"));
    kinds
}

/// The Function of the proposal.
fn function() -> Value {
    let plugin = function_plugin();
    let args = [
        "render",
        plugin.to_str().unwrap(),
        "-f",
        "examples/function.yaml",
        "-o",
        "request",
    ];
    let request: Value = serde_json::from_str(&stdout(&run(args))).unwrap();
    request["parent"].clone()
}

#[test]
fn plugins_are_described_with_what_the_page_begins_with() {
    let crds = root().join("metacontroller/crd");
    let args = ["-f", "examples/function.yaml", "--crds", crds.to_str().unwrap()];
    let playground = Playground::start(&[&function_plugin(), &function_plugin()], &args);
    let told = playground.get("api/plugins").json();
    let [first, second] = told["plugins"].as_array().unwrap().as_slice() else {
        panic!("{told}");
    };
    assert_eq!(told["cases"], "tests");
    assert_eq!(
        (&first["id"], &second["id"]),
        (&json!("function"), &json!("function-2"))
    );
    assert_eq!(first["hooks"], json!(["sync", "finalize", "customize"]));
    assert_eq!(first["parent"]["kind"], "Function");
    assert!(first["text"].as_str().unwrap().contains("logs-async-handler"));
    assert!(first["settingsSchema"]["properties"]["defaultEngine"].is_object());
    assert!(first["schema"]["properties"]["spec"]["properties"]["image"].is_object());
    assert_eq!(first["columns"][0]["type"], "string");
    assert!(kinds(first).contains(&"HTTPScaledObject.http.keda.sh/v1alpha1".to_owned()));
}

#[test]
fn a_call_shows_the_answer_the_log_and_what_it_took() {
    let folder = Folder::new("playground-call");
    let log = "(call $log (i32.const 0) (i32.const 8192) (i32.const 8)) (call $answer)";
    let logs = Guest::answering(config_map("one")).code(log).with(
        r#"(import "metawasm:hook/logging@0.1.0" "log" (func $log (param i32 i32 i32)))
        (data (i32.const 8192) "<b>hi</b")"#,
    );
    let plugin = folder.write("g.wasm", guest(logs));
    let playground = Playground::start(&[&plugin], &[]);
    let told = playground.get("api/plugins").json();
    // The least that a parent has: the plugin has no self-test.
    let text = told["plugins"][0]["text"].as_str().unwrap();
    assert!(text.contains("name: example"), "{text}");
    let call = playground.ask("g/call", &asked());
    assert_eq!(call["answer"]["children"][0]["data"]["a"], "one", "{call}");
    assert_eq!(call["log"], json!([{"level": "debug", "message": "<b>hi</b"}]));
    assert_eq!(
        (&call["failure"], &call["mismatches"]),
        (&Value::Null, &json!([]))
    );
    let cost = &call["cost"];
    for number in [
        "queueMicros",
        "runMicros",
        "reviewMicros",
        "memoryBytes",
        "requestBytes",
        "answerBytes",
    ] {
        assert!(cost[number].is_u64(), "{number}: {cost}");
    }
    // Neither the log of the call before.
    assert_eq!(
        playground.ask("g/call", &asked())["log"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn a_plugin_that_fails_is_a_sentence_and_the_next_call_is_answered() {
    let folder = Folder::new("playground-failures");
    let trap = Guest::running("(call $_ZN4site6answer17h0123456789abcdefE) (call $answer)")
        .with("(func $_ZN4site6answer17h0123456789abcdefE unreachable)");
    let plugins = [
        ("trap", guest(trap)),
        ("endless", guest(Guest::endless())),
        ("empty", guest(Guest::answering("{}"))),
        (
            "invalid",
            guest(Guest::failing(0, 0, "<script>alert(1)</script>")),
        ),
        ("good", guest(Guest::answering(config_map("one")))),
    ];
    let paths = plugins.map(|(name, bytes)| folder.write(&format!("{name}.wasm"), bytes));
    let playground = Playground::start(&paths.each_ref().map(AsRef::as_ref), &[]);
    let failure =
        |plugin: &str, body: &Value| playground.ask(&format!("{plugin}/call"), body)["failure"].clone();
    let trapped = failure("trap", &asked());
    assert!(
        trapped["message"].as_str().unwrap().contains("trapped"),
        "{trapped}"
    );
    assert_eq!(trapped["trace"][0], "0: site::answer");
    let said = |failure: &Value| failure["message"].as_str().unwrap().to_owned();
    assert!(said(&failure("endless", &asked())).contains("timed out"));
    assert!(said(&failure("invalid", &asked())).contains("<script>"));
    // An answer that would delete every child.
    let observed =
        json!({"observed": [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}]});
    let refused = failure("empty", &with(asked(), observed));
    assert!(said(&refused).contains("children"), "{refused}");
    assert_eq!(failure("good", &asked()), Value::Null);
}

#[test]
fn new_settings_and_new_versions_are_used_from_the_next_call_on() {
    let folder = Folder::new("playground-refresh");
    let one = guest(Guest::answering(config_map("one")));
    let plugin = folder.write("g.wasm", &one);
    let playground = Playground::start(&[&plugin, &function_plugin()], &[]);
    let answer = || playground.ask("g/call", &asked())["answer"]["children"][0]["data"]["a"].clone();
    assert_eq!(answer(), "one");
    folder.write("g.wasm", guest(Guest::answering(config_map("two"))));
    assert_eq!(answer(), "two");
    folder.write("g.wasm", b"no component");
    let (status, sentence) = playground.refused("g/call", &asked());
    assert!(status == 422 && sentence.contains("g.wasm"), "{sentence}");
    folder.write("g.wasm", &one);
    assert_eq!(answer(), "one");

    let function = function();
    let told = playground.get("api/plugins").json();
    let kinds = without_builds(&told["plugins"][1]);
    let children = |settings: Value| {
        let body = json!({"parent": function, "kinds": kinds, "settings": settings});
        let call = playground.ask("function/call", &body);
        let children = call["answer"]["children"].as_array().unwrap().clone();
        children
            .iter()
            .map(|child| child["kind"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let routes = children(json!({"httpAddon": "interceptor-route"}));
    assert_ne!(children(json!({})), routes);
    let body = json!({"parent": function, "kinds": kinds, "settings": {"defaultEngin": "knative"}});
    let (status, sentence) = playground.refused("function/call", &body);
    assert!(
        status == 422 && sentence.contains("did you mean `defaultEngine`?"),
        "{sentence}"
    );
}

/// A person changes a plugin and its CRD together.
#[test]
fn what_a_new_version_says_of_itself_is_told() {
    let folder = Folder::new("playground-description");
    let plugin = folder.write("g.wasm", guest(Guest::answering(config_map("one"))));
    let crd = |field: &str| {
        let crd = format!(
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: functions.core.openfunction.io}}\n\
             spec:\n  group: core.openfunction.io\n  names: {{kind: Function, plural: functions}}\n  scope: Namespaced\n  versions:\n\
             \x20 - name: v1beta2\n    served: true\n    storage: true\n    schema: {{openAPIV3Schema: {{type: object, properties: \
             {{spec: {{type: object, properties: {{{field}: {{type: string}}}}}}}}}}}}\n"
        );
        folder.write("crds/crd.yaml", crd)
    };
    let crds = crd("a").parent().unwrap().to_owned();
    let playground = Playground::start(&[&plugin], &["--crds", crds.to_str().unwrap()]);
    let first = playground.get("api/plugins").json()["plugins"][0].clone();
    assert_eq!(
        first["schema"]["properties"]["spec"]["properties"],
        json!({"a": {"type": "string"}})
    );
    let mismatches = || {
        let parent = with(parent(), json!({"spec": {"colour": "red"}}));
        playground.ask("g/call", &with(asked(), json!({"parent": parent})))["parentMismatches"].clone()
    };
    assert!(mismatches()[0].as_str().unwrap().contains("colour"));
    crd("colour");
    assert_eq!(mismatches(), json!([]));

    // The digest of an answer says that there is something new to ask for.
    let digest = || playground.ask("g/call", &asked())["digest"].clone();
    assert_eq!(digest(), first["digest"]);
    let other = DESCRIPTION.replace(
        r#"[{"apiVersion":"apps/v1","kind":"Deployment","resource":"deployments"}]"#,
        r#"[{"apiVersion":"v1","kind":"ConfigMap","resource":"configmaps"},{"apiVersion":"v1","kind":"Secret","resource":"secrets"}]"#,
    );
    folder.write(
        "g.wasm",
        Guest::answering(config_map("two")).describe(&other).component(),
    );
    assert_ne!(digest(), first["digest"]);
    let told = playground.get("api/plugins").json();
    assert_eq!(kinds(&told["plugins"][0]), ["ConfigMap.v1", "Secret.v1"]);
    assert!(told["plugins"][0]["schema"]["properties"]["spec"]["properties"]["colour"].is_object());
}

#[test]
fn a_parent_among_other_objects_is_what_the_page_begins_with() {
    let folder = Folder::new("playground-file");
    let plugin = folder.write("g.wasm", guest(Guest::answering(config_map("one"))));
    let function = "apiVersion: core.openfunction.io/v1beta2\nkind: Function\nmetadata: {name: f}\n";
    let text = |files: &str| {
        let file = folder.write("f.yaml", files);
        let playground = Playground::start(&[&plugin], &["-f", file.to_str().unwrap()]);
        let told = playground.get("api/plugins").json();
        told["plugins"][0]["text"].as_str().unwrap().to_owned()
    };
    let commented = format!("# mine\n{function}");
    assert_eq!(text(&commented), commented);
    let other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n";
    for several in [
        format!("{other}---\n{function}"),
        format!("{function}---\n{other}"),
    ] {
        let text = text(&several);
        assert!(
            text.contains("kind: Function") && !text.contains("ConfigMap"),
            "{text}"
        );
    }
}

#[test]
fn the_plugins_of_a_configuration_have_their_settings_and_limits() {
    let folder = Folder::new("playground-config");
    folder.write("endless.wasm", guest(Guest::endless()));
    let function = function_plugin();
    let config = folder.write(
        "metawasm.yaml",
        format!(
            "plugins:\n- name: slow\n  source: endless.wasm\n  limits: {{deadline: 50ms}}\n\
             - name: f\n  source: {}\n  settings: {{defaultEngine: keda}}\n",
            function.display()
        ),
    );
    let playground = Playground::start(&[], &["--config", config.to_str().unwrap()]);
    let told = playground.get("api/plugins").json();
    // What is typed in the page is not at a line of the file.
    let mut wrong = asked();
    wrong["kinds"] = json!(kinds(&told["plugins"][1]));
    let wrong = with(wrong, json!({"settings": {"defaultEngine": 3}}));
    let (_, sentence) = playground.refused("f/call", &wrong);
    assert!(!sentence.contains("metawasm.yaml"), "{sentence}");
    assert_eq!(
        (&told["plugins"][0]["id"], &told["plugins"][1]["id"]),
        (&json!("slow"), &json!("f"))
    );
    assert_eq!(told["plugins"][1]["settings"], json!({"defaultEngine": "keda"}));
    let failure = playground.ask("slow/call", &asked())["failure"]["message"].clone();
    assert!(failure.as_str().unwrap().contains("0.05 s"), "{failure}");
}
