//! The life of a plugin, from a new project to a roll-back, with the real commands, a real registry and a real host: what a
//! person and a pipeline do, in their order.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use metawasm_tests::client::{Connection, Wait};
use metawasm_tests::process::{Folder, HANG, Host, request, show};
use metawasm_tests::registry::Registry;
use metawasm_tests::tool::{find, in_ci};
use metawasm_tests::{metawasm, skip, target};
use serde_json::{Value, json};

/// Where everything happens.
struct Bench {
    folder: Folder,
    registry: Registry,
}

impl Bench {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Output {
        Command::new(metawasm())
            .args(args)
            .current_dir(self.folder.path())
            .env("XDG_CACHE_HOME", self.path("cache"))
            .env("CARGO_TARGET_DIR", target().join("first-evening"))
            .output()
            .unwrap()
    }

    /// Runs a command that must succeed, and returns what it prints.
    fn run(&self, args: &[&str]) -> String {
        let output = self.command(args);
        assert!(output.status.success(), "{args:?}: {}", show(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    fn reference(&self, rest: &str) -> String {
        format!("oci://{}/team/site{rest}", self.registry.address())
    }

    /// Builds the project as a version that says `word`, and pushes it under a tag.
    fn publish(&self, word: &str, tag: &str) -> String {
        let source = self.path("site/src/lib.rs");
        let text = fs::read_to_string(&source).unwrap();
        let changed = text.replace("<h1>{}</h1>", &format!("<h1>{{}} {word}</h1>"));
        assert_ne!(text, changed, "the template has the page");
        fs::write(&source, &changed).unwrap();
        self.run(&["build", "site"]);
        fs::write(&source, text).unwrap();
        let pushed = self.run(&["push", "site/site.wasm", &self.reference(&format!(":{tag}"))]);
        let digest = pushed.lines().find(|line| line.starts_with("sha256:")).unwrap();
        digest.to_owned()
    }

    fn configure(&self, source: &str, more: &str) {
        let text = format!(
            "reload: {{files: 100ms, tags: 500ms}}\nregistries: {{store: {store}}}\n\
             verify: {{required: true, keys: [team.pub]}}\nplugins:\n- name: site\n  source: {source}\n{more}",
            store = self.path("store").display()
        );
        let new = self.folder.write("metawasm.yaml.new", text);
        fs::rename(new, self.path("metawasm.yaml")).unwrap();
    }
}

/// The page that the ConfigMap of an answer has.
fn page(answer: &Value) -> String {
    let children = answer["children"].as_array().unwrap();
    let map = children
        .iter()
        .find(|child| child["kind"] == "ConfigMap")
        .unwrap();
    map["data"]["index.html"].as_str().unwrap().trim().to_owned()
}

fn until(what: &str, mut so: impl FnMut() -> bool) {
    let end = Instant::now() + HANG;
    while !so() {
        assert!(Instant::now() < end, "never: {what}");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

fn post(host: &Host, path: &str) -> Value {
    let answer = request(host.admin, "POST", path, b"");
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    answer.json()
}

/// Calls the plugin without a pause until `over`, and returns how often. Each call must be answered.
fn calls(host: &Host, body: &[u8], over: &AtomicBool) -> usize {
    let head = format!(
        "POST /site/sync HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let request = [head.as_bytes(), body].concat();
    let mut connection = Connection::open(host.hooks, Wait::Sleep).unwrap();
    let mut calls = 0;
    while !over.load(Ordering::SeqCst) {
        let answer = connection.call(&request).unwrap();
        assert_eq!(answer.status, 200, "call {calls}");
        calls += 1;
    }
    calls
}

#[test]
fn from_a_new_project_to_a_roll_back_without_a_failed_call() {
    let target_is_there = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", "wasm32-unknown-unknown"])
        .output()
        .is_ok_and(|output| Path::new(String::from_utf8_lossy(&output.stdout).trim()).exists());
    if !target_is_there && !in_ci() {
        return skip("the target wasm32-unknown-unknown is not installed");
    }
    if find("TEST_CARGO", "cargo").is_none() {
        return;
    }
    let Some(registry) = Registry::start() else { return };
    let bench = Bench {
        folder: Folder::new("whole-round"),
        registry,
    };

    // A project that builds and whose tests pass.
    bench.run(&["new", "site"]);
    bench.run(&["build", "site"]);
    bench.run(&["test", "site/site.wasm", "site/tests"]);
    let parent = bench.path("site/example.yaml");
    let body = bench.run(&[
        "render",
        "site/site.wasm",
        "-f",
        parent.to_str().unwrap(),
        "-o",
        "request",
    ]);

    // Published and signed.
    bench.run(&["keygen", "--output", "team"]);
    let first = bench.publish("one", "stable");
    bench.run(&[
        "sign",
        "--key",
        "team.key",
        &bench.reference(&format!("@{first}")),
    ]);
    bench.run(&["verify", "--key", "team.pub", &bench.reference(":stable")]);

    // Served, signed only.
    bench.configure(&bench.reference(":stable"), "");
    let config = bench.path("metawasm.yaml");
    let arguments = ["--config".to_owned(), config.to_str().unwrap().to_owned()];
    let host = Host::start(Command::new(metawasm()), &arguments);
    let page_now = || {
        let answer = host.post("/site/sync", body.as_bytes());
        assert_eq!(answer.status, 200, "{answer:?}");
        page(&answer.json())
    };
    let plugin = || host.get_admin("/plugins").json()["plugins"][0].clone();
    assert!(page_now().ends_with(" one</h1>"), "{}", page_now());

    let over = AtomicBool::new(false);
    let made = std::thread::scope(|scope| {
        let caller = scope.spawn(|| calls(&host, body.as_bytes(), &over));
        let guard = Over(&over);

        // A candidate beside it, which is only compared.
        let second = bench.publish("two", "candidate");
        bench.run(&[
            "sign",
            "--key",
            "team.key",
            &bench.reference(&format!("@{second}")),
        ]);
        bench.configure(
            &bench.reference(":stable"),
            &format!("  shadow: {}\n", bench.reference(":candidate")),
        );
        let shadow = || {
            let answer = host.get_admin("/plugins/site/shadow");
            if answer.status == 200 {
                answer.json()
            } else {
                Value::Null
            }
        };
        // The memo answers the repeated call; a new one is compared.
        until("the candidate is compared", || {
            let mut other: Value = serde_json::from_str(&body).unwrap();
            let stamp = format!("{:?}", Instant::now());
            other["parent"]["spec"]["message"] = json!(stamp);
            assert_eq!(host.post("/site/sync", other.to_string().as_bytes()).status, 200);
            shadow()["different"].as_u64().unwrap_or(0) > 0
        });
        let told = shadow();
        let change = &told["differences"][0]["children"][0];
        assert!(
            change["child"].as_str().unwrap().starts_with("ConfigMap"),
            "{told}"
        );
        let field = &change["fields"][0];
        assert!(
            field["path"].as_str().unwrap().contains("index.html")
                && field["old"].as_str().unwrap().contains(" one</h1>")
                && field["new"].as_str().unwrap().contains(" two</h1>"),
            "{told}"
        );
        assert!(
            page_now().ends_with(" one</h1>"),
            "only the one that serves answers"
        );

        // Promoted.
        post(&host, "/plugins/site/promote");
        assert!(page_now().ends_with(" two</h1>"), "{}", page_now());

        // Somebody moves the tag to a version that nobody signed: the last good one serves on, and everybody is told.
        let serving = plugin()["digest"].clone();
        bench.configure(&bench.reference(":candidate"), "");
        bench.publish("evil", "candidate");
        until("the refusal is shown", || {
            plugin()["candidate"].to_string().contains("signature")
        });
        assert_eq!(plugin()["digest"], serving, "{}", plugin());
        assert!(page_now().ends_with(" two</h1>"), "{}", page_now());

        // Rolled back.
        post(&host, "/plugins/site/rollback");
        assert!(page_now().ends_with(" one</h1>"), "{}", page_now());
        drop(guard);
        caller.join().unwrap()
    });
    assert!(made > 100, "{made} calls, of which none failed");
}

/// Ends the calls, also when a check fails.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}
