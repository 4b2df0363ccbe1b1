//! What a build lives through, and which image runs meanwhile.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests fails as a test does"
)]

mod support;

use serde_json::{Value, json};
use support::{KINDS, applied, parent, request, sync};

const BUILD: &str = "Build.shipwright.io/v1beta1";
const BUILD_RUN: &str = "BuildRun.shipwright.io/v1beta1";

fn function() -> Value {
    parent(json!({
        "metadata": {"name": "hello"},
        "spec": {
            "image": "example.com/hello:v1",
            "build": {"builder": "b", "srcRepo": {"url": "u", "revision": "main"}},
            "serving": {"triggers": {"http": {"engine": "keda"}}},
        },
    }))
}

/// A Function with its children, as a cluster without Shipwright's controllers has them.
struct Cluster {
    function: Value,
    observed: Vec<Value>,
    answer: Value,
}

impl Cluster {
    fn new(function: Value) -> Self {
        let mut cluster = Cluster {
            function,
            observed: Vec::new(),
            answer: Value::Null,
        };
        cluster.sync();
        cluster
    }

    /// Does what Metacontroller does: children become as they are asked for, and keep their status.
    fn sync(&mut self) {
        let mut kinds = KINDS.to_vec();
        kinds.extend([BUILD, BUILD_RUN]);
        self.answer = sync(&request(&self.function, &kinds, &self.observed), &json!({}));
        self.function["status"] = self.answer["status"].clone();
        let mut observed = applied(&self.answer);
        for object in &mut observed {
            let same = |old: &&Value| {
                old["kind"] == object["kind"] && old["metadata"]["name"] == object["metadata"]["name"]
            };
            if let Some(old) = self.observed.iter().find(same) {
                object["status"] = old["status"].clone();
            }
        }
        self.observed = observed;
    }

    fn names(&self, kind: &str) -> Vec<&str> {
        let children = self.answer["children"].as_array().unwrap().iter();
        children
            .filter(|child| child["kind"] == kind)
            .map(|child| child["metadata"]["name"].as_str().unwrap())
            .collect()
    }

    fn run(&self) -> String {
        self.answer["status"]["build"]["resourceRef"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Sets the status of one child, and syncs.
    fn set(&mut self, kind: &str, name: &str, status: Value) {
        let object = self
            .observed
            .iter_mut()
            .find(|object| object["kind"] == kind && object["metadata"]["name"] == name);
        object.unwrap()["status"] = status;
        self.sync();
    }

    fn ends(&mut self, status: &str, reason: &str, more: Value) {
        let mut ended = more;
        ended["conditions"] =
            json!([{"type": "Succeeded", "status": status, "reason": reason, "message": "told"}]);
        self.set("BuildRun", &self.run(), ended);
    }

    /// Goes on until the BuildRun is there, and lets it end well.
    fn builds(&mut self, digest: &str) {
        self.sync();
        self.sync();
        self.ends("True", "Succeeded", json!({"output": {"digest": digest}}));
    }

    fn image(&self) -> Option<&str> {
        let children = self.answer["children"].as_array().unwrap().iter();
        let mut deployments = children.filter(|child| child["kind"] == "Deployment");
        deployments
            .next()?
            .pointer("/spec/template/spec/containers/0/image")?
            .as_str()
    }

    fn condition(&self, r#type: &str) -> (&str, &str) {
        let conditions = self.answer["status"]["conditions"].as_array().unwrap();
        let condition = conditions.iter().find(|condition| condition["type"] == r#type);
        let condition = condition.unwrap();
        (
            condition["status"].as_str().unwrap(),
            condition["reason"].as_str().unwrap(),
        )
    }
}

#[test]
fn a_function_runs_when_its_image_is_there() {
    let mut cluster = Cluster::new(function());
    assert_eq!(cluster.names("BuildRun"), [""; 0], "the Build comes first");
    assert_eq!(cluster.condition("Ready"), ("False", "NotThereYet"));
    cluster.sync();
    let run = cluster.run();
    assert_eq!(cluster.names("BuildRun"), [&run]);
    cluster.sync();
    assert_eq!(cluster.condition("Ready"), ("False", "Building"));
    assert_eq!(cluster.condition("Build"), ("Unknown", "Building"));
    assert_eq!(cluster.answer["status"]["build"]["state"], "Building");
    assert_eq!(cluster.image(), None);
    cluster.ends("True", "Succeeded", json!({"output": {"digest": "sha256:1"}}));
    assert_eq!(cluster.image(), Some("example.com/hello:v1@sha256:1"));
    assert_eq!(cluster.condition("Build"), ("True", "Succeeded"));
    let before = cluster.answer.clone();
    cluster.sync();
    assert_eq!(cluster.names("BuildRun"), [&run]);
    assert_eq!(cluster.answer["children"], before["children"]);
    let before = cluster.answer.clone();
    cluster.sync();
    assert_eq!(cluster.answer, before, "it is settled");
}

#[test]
fn what_runs_stays_until_the_next_image_is_there() {
    let mut cluster = Cluster::new(function());
    cluster.builds("sha256:1");
    let first = cluster.run();
    cluster.function["spec"]["build"]["srcRepo"]["revision"] = json!("v2");
    cluster.function["spec"]["image"] = json!("example.com/other:v2");
    cluster.sync();
    let second = cluster.run();
    assert_ne!(second, first);
    assert_eq!(cluster.names("BuildRun"), [""; 0], "the Build is changed first");
    for _ in 0..3 {
        assert_eq!(cluster.image(), Some("example.com/hello:v1@sha256:1"));
        assert_ne!(cluster.condition("Build").0, "True");
        cluster.sync();
    }
    cluster.ends("False", "Failed", json!({}));
    assert_eq!(cluster.image(), Some("example.com/hello:v1@sha256:1"));
    assert_eq!(cluster.condition("Build"), ("False", "Failed"));
    assert_eq!(
        cluster.answer["status"]["build"]["lastSuccessfulResourceRef"],
        first
    );
    cluster.function["spec"]["build"]["srcRepo"]["revision"] = json!("v3");
    cluster.builds("sha256:3");
    assert_eq!(cluster.image(), Some("example.com/other:v2@sha256:3"));
    assert_eq!(
        cluster.names("BuildRun"),
        [&cluster.run(), &second],
        "one failed build is kept"
    );
}

/// A digest is of one image alone, and a function that was never built has none.
#[test]
fn a_function_that_runs_already_goes_on_while_it_is_built_first() {
    let mut unbuilt = function();
    unbuilt["spec"]["build"].take();
    let mut cluster = Cluster::new(unbuilt);
    assert_eq!(cluster.image(), Some("example.com/hello:v1"));
    cluster.function["spec"]["build"] = function()["spec"]["build"].clone();
    cluster.sync();
    cluster.sync();
    cluster.sync();
    assert_eq!(cluster.image(), Some("example.com/hello:v1"));
    assert_eq!(cluster.condition("Build"), ("Unknown", "Building"));
    cluster.builds("sha256:1");
    assert_eq!(cluster.image(), Some("example.com/hello:v1@sha256:1"));
}

#[test]
fn a_status_of_openfunction_itself_has_a_digest_and_no_image() {
    let mut function = function();
    function["status"] = json!({"build": {"state": "Succeeded", "resourceHash": "12345678901234567890"},
        "revision": {"imageDigest": "sha256:0"}});
    let cluster = Cluster::new(function);
    assert_eq!(cluster.image(), Some("example.com/hello:v1@sha256:0"));
    assert_eq!(cluster.condition("Build"), ("False", "NotThereYet"));
}

#[test]
fn a_run_that_is_gone_is_repeated_unless_it_has_succeeded() {
    let mut cluster = Cluster::new(function());
    cluster.builds("sha256:1");
    let built = cluster.answer["status"]["build"].clone();
    cluster.observed.retain(|object| object["kind"] != "BuildRun");
    cluster.sync();
    assert_eq!(cluster.names("BuildRun"), [""; 0]);
    assert_eq!(cluster.image(), Some("example.com/hello:v1@sha256:1"));
    assert_eq!(cluster.answer["status"]["build"], built);
    cluster.sync();
    assert_eq!(cluster.names("BuildRun"), [""; 0]);

    let mut cluster = Cluster::new(function());
    cluster.sync();
    cluster.sync();
    cluster.ends("False", "Failed", json!({}));
    cluster.observed.retain(|object| object["kind"] != "BuildRun");
    cluster.sync();
    assert_eq!(cluster.names("BuildRun"), [&cluster.run()]);
    assert_eq!(cluster.condition("Ready"), ("False", "NotThereYet"));
}

#[test]
fn an_invalid_edit_forgets_nothing() {
    let mut cluster = Cluster::new(function());
    cluster.builds("sha256:1");
    cluster.sync();
    let good = cluster.answer.clone();
    cluster.function["spec"]["build"]["timeout"] = json!("soon");
    cluster.sync();
    assert_eq!(cluster.condition("Ready"), ("False", "Invalid"));
    for part in ["build", "revision"] {
        assert_eq!(cluster.answer["status"][part], good["status"][part]);
    }
    let sorted = |answer: &Value| {
        let mut children = answer["children"].as_array().unwrap().clone();
        children.sort_by_key(Value::to_string);
        children
    };
    assert_eq!(sorted(&cluster.answer), sorted(&good));
    cluster.function["spec"]["build"]["timeout"] = json!("10m");
    cluster.sync();
    assert_eq!(cluster.image(), Some("example.com/hello:v1@sha256:1"));
}

#[test]
fn a_build_that_shipwright_refuses_is_told_and_not_run() {
    let mut cluster = Cluster::new(function());
    let refusal =
        json!({"registered": "False", "reason": "UndefinedParameter", "message": "no builder-image"});
    cluster.set("Build", "hello", refusal);
    assert_eq!(cluster.names("BuildRun"), [""; 0]);
    assert_eq!(cluster.condition("Ready"), ("False", "UndefinedParameter"));
    assert_eq!(cluster.answer["status"]["build"]["state"], "Failed");
    cluster.set("Build", "hello", json!({"registered": "True"}));
    assert_eq!(cluster.names("BuildRun"), [&cluster.run()]);
    cluster.sync();
    cluster.ends("True", "Succeeded", json!({"output": {"digest": "sha256:1"}}));
    cluster.set("Build", "hello", json!({"registered": "False"}));
    assert_eq!(cluster.condition("Build"), ("True", "Succeeded"), "it is built");
}

#[test]
fn how_a_build_ends() {
    for (status, reason, state) in [
        ("Unknown", "Pending", "Building"),
        ("True", "Succeeded", "Succeeded"),
        ("False", "Failed", "Failed"),
        ("False", "PodEvicted", "Failed"),
        ("False", "BuildRunTimeout", "Timeout"),
        ("False", "BuildRunCanceled", "Canceled"),
    ] {
        let mut cluster = Cluster::new(function());
        cluster.sync();
        cluster.sync();
        let times = json!({"startTime": "2026-01-01T00:00:10Z", "completionTime": "2026-01-01T00:02:00Z"});
        cluster.ends(status, reason, times);
        let build = &cluster.answer["status"]["build"];
        assert_eq!(build["state"], state, "{reason}");
        let reason = if state == "Building" { "Building" } else { reason };
        assert_eq!(build["reason"], reason);
        let ended = state != "Building";
        assert_eq!(build.get("buildDuration"), ended.then(|| json!("1m50s")).as_ref());
        let runs = state == "Succeeded";
        assert_eq!(
            cluster.image(),
            runs.then_some("example.com/hello:v1"),
            "{reason}"
        );
        assert_eq!(cluster.condition("Build").1, reason);
    }
}

#[test]
fn only_what_is_built_makes_a_new_build() {
    let run = |function: Value| Cluster::new(function).run();
    let first = run(function());
    assert_eq!(first.len(), "hello-".len() + 8);
    for (pointer, value) in [
        ("/spec/build/timeout", json!("1h")),
        ("/spec/build/shipwright/timeout", json!("1h")),
        ("/spec/build/builderMaxAge", json!("1h")),
        ("/spec/build/builderCredentials", json!({"name": "c"})),
        ("/spec/build/successfulBuildsHistoryLimit", json!(5)),
        ("/spec/build/failedBuildsHistoryLimit", json!(5)),
        ("/spec/version", json!("v2")),
        ("/spec/serving/params", json!({"a": "b"})),
        ("/metadata/generation", json!(7)),
    ] {
        let mut other = function();
        set(&mut other, pointer, value);
        assert_eq!(run(other), first, "{pointer}");
    }
    let mut runs = vec![first];
    for (pointer, value) in [
        ("/spec/image", json!("example.com/hello:v2")),
        ("/spec/imageCredentials", json!({"name": "push"})),
        ("/spec/workloadRuntime", json!("WasmEdge")),
        ("/spec/build/builder", json!("c")),
        ("/spec/build/dockerfile", json!("Dockerfile")),
        ("/spec/build/env", json!({"A": "a"})),
        ("/spec/build/env", json!({"A": "b"})),
        ("/spec/build/srcRepo/url", json!("v")),
        ("/spec/build/srcRepo/revision", json!("v2")),
        ("/spec/build/srcRepo/sourceSubPath", json!("p")),
        ("/spec/build/srcRepo/credentials", json!({"name": "fetch"})),
        ("/spec/build/srcRepo/bundleContainer", json!({"image": "i"})),
        ("/spec/build/shipwright/strategy", json!({"name": "openfunction"})),
        (
            "/spec/build/shipwright/params",
            json!([{"name": "a", "value": "b"}]),
        ),
        (
            "/spec/build/shipwright/params",
            json!([{"name": "a", "values": [{"value": "b"}]}]),
        ),
    ] {
        let mut other = function();
        set(&mut other, pointer, value);
        let other = run(other);
        assert!(!runs.contains(&other), "{pointer}");
        runs.push(other);
    }
}

fn set(function: &mut Value, pointer: &str, value: Value) {
    let keys = pointer.split('/').skip(1);
    *keys.fold(function, |object, key| &mut object[key]) = value;
}

#[test]
fn a_long_name_still_has_a_run() {
    let mut function = function();
    function["metadata"]["name"] = json!("a.".repeat(40) + "a");
    let mut cluster = Cluster::new(function);
    cluster.sync();
    let run = cluster.run();
    assert_eq!(cluster.names("BuildRun"), [&run]);
    assert!(run.len() <= 63, "{run}");
    assert!(cluster.names("Build")[0].len() <= 63);
}

#[test]
fn both_kinds_are_needed() {
    for kind in [BUILD, BUILD_RUN] {
        let mut kinds = KINDS.to_vec();
        kinds.push(kind);
        let answer = sync(&request(&function(), &kinds, &[]), &json!({}));
        let build = &answer["status"]["conditions"][1];
        assert_eq!(
            (&build["type"], &build["reason"]),
            (&json!("Build"), &json!("KindNotDeclared"))
        );
        assert_eq!(
            answer["children"].as_array().unwrap().len(),
            4,
            "it runs spec.image"
        );
    }
}

#[test]
fn odd_observations_are_no_image() {
    let odd = [
        json!(null),
        json!(7),
        json!(""),
        json!([]),
        json!({"digest": 7}),
        json!({"digest": "a b"}),
    ];
    for value in odd {
        let mut cluster = Cluster::new(function());
        cluster.sync();
        cluster.sync();
        cluster.ends(
            "True",
            "Succeeded",
            json!({"output": value, "source": value, "startTime": value}),
        );
        assert_eq!(cluster.image(), Some("example.com/hello:v1"), "{value}");
        let mut function = function();
        function["status"] = json!({"build": value, "revision": value, "sources": value});
        assert_eq!(Cluster::new(function).image(), None, "{value}");
    }
}
