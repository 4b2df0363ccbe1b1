//! The hooks of `examples/hooks`, which are of the kinds that people have: each runs in its language's own way (Node, go-jsonnet, a Python
//! server) and here, on the same recorded requests, and the answers are equal.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use metawasm_tests::compiled;
use metawasm_tests::process::{Folder, Host, request};
use metawasm_tests::python::{self, Component, Project};
use metawasm_tests::tool::find;
use metawasm_tests::{has_engine, plain, root, target};
use serde_json::{Value, json};

/// A status and a body.
type Answer = (u16, Value);

/// A recorded request.
struct Case {
    example: String,
    /// Its file's name.
    name: String,
    /// `sync`, `finalize` or `customize`.
    hook: String,
    request: Value,
}

fn examples() -> PathBuf {
    root().join("examples/hooks")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The examples that have a language.
fn with(language: &str) -> Vec<String> {
    let all = names(&examples()).into_iter();
    all.filter(|name| examples().join(name).join(language).is_dir())
        .collect()
}

fn cases(language: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    for example in with(language) {
        let folder = examples().join(&example).join("requests");
        for file in names(&folder) {
            let name = file.strip_suffix(".json").unwrap().to_owned();
            cases.push(Case {
                hook: name.split('-').next().unwrap().to_owned(),
                request: serde_json::from_slice(&fs::read(folder.join(&file)).unwrap()).unwrap(),
                example: example.clone(),
                name,
            });
        }
    }
    assert!(cases.len() >= 15, "{language}");
    cases
}

/// The file of a hook. Where there is none of its own, it shares a URL with the sync hook.
fn file(case: &Case, language: &str, ending: &str) -> PathBuf {
    let folder = examples().join(&case.example).join(language);
    let own = folder.join(format!("{}.{ending}", case.hook));
    if own.is_file() {
        own
    } else {
        folder.join(format!("sync.{ending}"))
    }
}

/// The answers of a program that reads requests as lines, and prints its answers as lines.
fn by_lines(command: &mut Command, cases: &[Case], language: &str, ending: &str) -> Vec<Answer> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let lines: Vec<String> = cases
        .iter()
        .map(|case| json!({"file": file(case, language, ending), "request": case.request}).to_string())
        .collect();
    let writer = std::thread::spawn(move || {
        for line in lines {
            writeln!(input, "{line}").unwrap();
        }
    });
    let answers = BufReader::new(child.stdout.take().unwrap()).lines();
    let answers = answers.map(|line| {
        let answer: Value = serde_json::from_str(&line.unwrap()).unwrap();
        (
            u16::try_from(answer["status"].as_u64().unwrap()).unwrap(),
            answer["body"].clone(),
        )
    });
    let answers = answers.collect();
    writer.join().unwrap();
    assert!(child.wait().unwrap().success());
    answers
}

/// A hook that is a server of its own.
struct Server(Child, u16);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

impl Server {
    fn start(python: &Path, script: &Path) -> Self {
        let mut command = Command::new(python);
        command.arg(root().join("tests/native/server.py")).arg(script);
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        Self(child, line.trim().parse().unwrap())
    }
}

/// A host that serves the example of each name in a language. Nothing if the engine is not built.
fn host(language: &str) -> Option<Host> {
    if !has_engine(language) {
        return None;
    }
    let plugins = with(language).into_iter().map(|name| {
        let folder = examples().join(&name);
        json!({
            "name": name,
            "source": format!("file:{}", folder.join(language).display()),
            "controller": folder.join("controller.yaml"),
        })
    });
    Some(serving(&json!({"plugins": plugins.collect::<Vec<_>>()})))
}

fn serving(config: &Value) -> Host {
    let folder = Folder::new("stock-hooks");
    let config = folder.write("metawasm.yaml", config.to_string());
    let args = ["--config", config.to_str().unwrap()].map(str::to_owned);
    Host::start(Command::new(metawasm_tests::metawasm()), &args)
}

/// A host that serves the examples in Python, which are servers, as components.
fn python_host(tools: &python::Tools) -> Host {
    let build = |name: &str| {
        let folder = examples().join(name);
        python::build(
            tools,
            &Project {
                group: "stock-hooks",
                name,
                files: vec![(
                    "sync.py".to_owned(),
                    fs::read_to_string(folder.join("python/sync.py")).unwrap(),
                )],
                controller: Some(folder.join("controller.yaml")),
            },
        )
    };
    let names = with("python");
    // A build has one thread most of the time.
    let components: Vec<Component> = std::thread::scope(|scope| {
        let builds: Vec<_> = names
            .iter()
            .map(|name| scope.spawn(move || build(name)))
            .collect();
        builds.into_iter().map(|build| build.join().unwrap()).collect()
    });
    let plugins = names.iter().zip(&components).map(
        |(name, component)| json!({"name": name, "source": format!("file:{}", component.path.display())}),
    );
    serving(&json!({
        "plugins": plugins.collect::<Vec<_>>(),
        "compile": {"cache": components[0].code},
    }))
}

/// Compares what a language's own way answers with what the host answers.
fn compare(language: &str, cases: &[Case], native: &[Answer]) {
    if let Some(host) = host(language) {
        compare_with(&host, cases, native);
    }
}

fn compare_with(host: &Host, cases: &[Case], native: &[Answer]) {
    assert_eq!(cases.len(), native.len());
    let mut different = BTreeMap::new();
    let mut equal = 0;
    for (case, (status, body)) in cases.iter().zip(native) {
        let path = format!("/{}/{}", case.example, case.hook);
        let answer = host.post(&path, case.request.to_string().as_bytes());
        let is_equal = match status {
            200 => answer.status == 200 && plain(&answer.json()) == plain(body),
            // The sentence is the same one; the place and the status are the host's.
            _ => {
                answer.status >= 400
                    && case.name.ends_with("-invalid")
                    && answer.body.contains("invalid port")
            }
        };
        if is_equal {
            equal += 1;
        } else {
            let here = format!("{} {}", answer.status, answer.body);
            different.insert(
                format!("{} {}", case.example, case.name),
                (format!("{status} {body}"), here),
            );
        }
    }
    assert!(
        different.is_empty(),
        "{equal} are equal; natively and here: {different:#?}"
    );
}

#[test]
fn jsonnet_hooks_answer_as_with_go_jsonnet() {
    let Some(go) = find("TEST_GO", "go") else { return };
    let program = target().join("native/jsonnet");
    let mut build = Command::new(go);
    build.args(["build", "-o"]).arg(&program).arg(".");
    let output = build
        .current_dir(root().join("tests/native/jsonnet"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let cases = cases("jsonnet");
    let native = by_lines(&mut Command::new(program), &cases, "jsonnet", "jsonnet");
    compare("jsonnet", &cases, &native);
}

#[test]
fn javascript_hooks_answer_as_with_node() {
    let Some(node) = find("TEST_NODE", "node") else {
        return;
    };
    let cases = cases("js");
    let native = by_lines(
        Command::new(node).arg(root().join("tests/native/node.js")),
        &cases,
        "js",
        "js",
    );
    compare("js", &cases, &native);
}

/// The same hook answers the same in each language: Python's servers, and the other two in their own way.
#[test]
fn python_servers_answer_as_the_same_hooks_in_javascript() {
    let (Some(python), Some(node)) = (find("TEST_PYTHON", "python3"), find("TEST_NODE", "node")) else {
        return;
    };
    let mut cases = cases("python");
    // The quotes of the languages' own texts differ.
    cases.retain(|case| !case.name.ends_with("-invalid"));
    let script = root().join("tests/native/node.js");
    let expected = by_lines(Command::new(node).arg(script), &cases, "js", "js");
    for ((case, native), (status, body)) in cases.iter().zip(by_servers(&python, &cases)).zip(expected) {
        let what = format!("{} {}", case.example, case.name);
        assert_eq!((native.0, plain(&native.1)), (status, plain(&body)), "{what}");
    }
}

/// The answers of Python's servers.
fn by_servers(python: &Path, cases: &[Case]) -> Vec<Answer> {
    let mut servers = BTreeMap::new();
    let answers = cases.iter().map(|case| {
        let script = examples().join(&case.example).join("python/sync.py");
        let server = servers
            .entry(&case.example)
            .or_insert_with(|| Server::start(python, &script));
        let address = ([127, 0, 0, 1], server.1).into();
        let body = case.request.to_string();
        let answer = request(address, "POST", &format!("/{}", case.hook), body.as_bytes());
        (answer.status, answer.json())
    });
    answers.collect()
}

#[test]
fn python_servers_answer_as_in_a_component() {
    let Some(python) = find("TEST_PYTHON", "python3") else {
        return;
    };
    let Some(tools) = python::tools() else { return };
    let cases = cases("python");
    let native = by_servers(&python, &cases);
    compare_with(&python_host(&tools), &cases, &native);
}

/// The hook that is there in compiled languages too answers the same in each of them.
#[test]
fn components_answer_as_the_same_hook_in_javascript() {
    let Some(node) = find("TEST_NODE", "node") else {
        return;
    };
    let mut cases = cases("js");
    cases.retain(|case| case.example == "ordered-set");
    let script = root().join("tests/native/node.js");
    let expected = by_lines(Command::new(node).arg(script), &cases, "js", "js");
    for language in ["go", "rust", "c"] {
        let Some(component) = compiled::ordered_set(language).unwrap() else {
            continue;
        };
        let source = format!("file:{}", component.display());
        let host = serving(&json!({
            "plugins": [{"name": "ordered-set", "source": source}],
            "compile": {"cache": target().join("compiled/code")},
        }));
        compare_with(&host, &cases, &expected);
    }
}
