//! Plugins in Python: the page about them, followed by somebody who pastes each command, and the hook `hello`.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use metawasm_tests::page::{blocks, free_ports, script};
use metawasm_tests::process::Folder;
use metawasm_tests::python::{self, Component, Project};
use metawasm_tests::tool::find;
use metawasm_tests::{metawasm, root};

fn succeeds(command: &mut Command) -> Output {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "{command:?}: {}{}",
        text(&output.stderr),
        text(&output.stdout)
    );
    output
}

#[test]
fn the_page_about_python_runs_as_pasted() {
    let (Some(bash), Some(_)) = (find("TEST_BASH", "bash"), find("TEST_CURL", "curl")) else {
        return;
    };
    let Some(tools) = python::tools() else { return };
    let page = fs::read_to_string(root().join("docs/languages/python.md")).unwrap();
    let blocks = blocks(&page);
    assert_eq!(blocks.len(), 4, "the page is not read: {blocks:#?}");
    let folder = Folder::new("python-page");
    let ports @ [port, admin] = free_ports();
    let out = folder.path().to_str().unwrap();
    let bin = metawasm().parent().unwrap().to_owned();
    let path = std::env::var_os("PATH").unwrap();
    let path = std::env::join_paths(std::iter::once(bin).chain(std::env::split_paths(&path))).unwrap();
    // The page calls a hook in words only.
    let mut commands = script(&blocks, out, ports);
    commands.push_str(&format!(
        "curl -sf -H 'Content-Type: application/json' http://127.0.0.1:{port}/site/sync -d '{}' > '{out}/answer'\n",
        r#"{"controller":{},"parent":{"apiVersion":"example.com/v1","kind":"Site","metadata":{"name":"a","namespace":"b"},"spec":{"message":"Hi"}},"children":{"ConfigMap.v1":{},"Deployment.apps/v1":{}},"related":{},"finalizing":false}"#,
    ));
    succeeds(
        Command::new(bash)
            .args(["-c", &commands])
            .current_dir(folder.path())
            .env("PATH", path)
            // Both kinds of commands have one cache, so that the component is compiled once.
            .env("METAWASM_CODE_CACHE", folder.path().join("site/.cache"))
            .env("PIP_NO_INDEX", "1")
            .env("PIP_FIND_LINKS", &tools.wheels)
            .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
            .env("METAWASM_LISTEN", format!("127.0.0.1:{port}"))
            .env("METAWASM_ADMIN", format!("127.0.0.1:{admin}")),
    );
    for (number, block) in blocks.iter().enumerate() {
        if let Some(expected) = &block.prints {
            let printed = fs::read_to_string(folder.path().join(format!("out.{number}"))).unwrap();
            assert_eq!(printed.trim_end(), expected, "{:?}", block.commands);
        }
    }
    let answer = fs::read_to_string(folder.path().join("answer")).unwrap();
    assert!(answer.contains("<h1>Hi</h1>"), "{answer}");
}

#[test]
fn the_module_passes_its_own_tests() {
    if let Some(python) = find("TEST_PYTHON", "python3") {
        succeeds(
            Command::new(python)
                .args(["-m", "unittest", "discover"])
                .current_dir(root().join("sdk/python")),
        );
    }
}

/// What hooks do that they cannot do, and the sentence that they get.
const BAD: &[(&str, &str, &str)] = &[
    ("boom", "raise ValueError('boom')", "hook.py:40: ValueError: boom"),
    ("key", "{}['spec']", ": KeyError: 'spec'"),
    (
        "time",
        "__import__('time').time()",
        ": time.time: a plugin has no clock; ",
    ),
    (
        "now",
        "datetime.datetime.now(datetime.timezone.utc)",
        ": datetime.now: a plugin has no clock; ",
    ),
    ("today", "datetime.date.today()", ": a plugin has no clock; "),
    ("sleep", "time.sleep(1)", ": time.sleep: a plugin cannot wait; "),
    (
        "random",
        "random.random()",
        ": random.random: a plugin has no random numbers; ",
    ),
    (
        "generator",
        "random.Random()",
        ": random.Random: a plugin has no random numbers; ",
    ),
    (
        "uuid",
        "import uuid; uuid.uuid4()",
        ": os.urandom: a plugin has no random numbers; ",
    ),
    ("open", "open('/etc/passwd')", ": open: a plugin has no files; "),
    (
        "path",
        "pathlib.Path('/etc/passwd').read_text()",
        ": open: a plugin has no files; ",
    ),
    ("list", "os.listdir('/')", ": os.listdir: a plugin has no files; "),
    (
        "leave",
        "os._exit(3)",
        ": os._exit: a plugin has no operating system; ",
    ),
    ("exit", "sys.exit(3)", "the hook called sys.exit(3); "),
    (
        "process",
        "import subprocess; subprocess.run(['ls'])",
        ": subprocess.Popen: a plugin has no operating system; ",
    ),
    (
        "socket",
        "socket.create_connection(('127.0.0.1', 80))",
        "a plugin has no network; ",
    ),
    (
        "url",
        "urllib.request.urlopen('http://127.0.0.1:1/')",
        "a plugin has no network; ",
    ),
    (
        "thread",
        "import threading; threading.Thread(target=print).start()",
        ": threading.Thread.start: a plugin has one thread; ",
    ),
    (
        "recursion",
        "deep = lambda n: deep(n + 1); deep(0)",
        "RecursionError: maximum recursion depth exceeded",
    ),
    ("loop", "while True: pass", "timed out after 2 s"),
    (
        "memory",
        "x = [1]\n            while True: x += x",
        "memory limit of 64 MiB exceeded",
    ),
    ("none", "return None", "the hook returned None; expected a dict"),
    (
        "list-answer",
        "return []",
        "the hook returned a value of type list; expected a dict",
    ),
    (
        "nan",
        "return {'status': {'x': float('nan')}, 'children': []}",
        "the answer is not JSON: ",
    ),
    (
        "cycle",
        "x = {}; x['x'] = x; return x",
        "the answer is not JSON: ",
    ),
    (
        "date",
        "return {'status': datetime.date(2020, 1, 1)}",
        "the answer is not JSON: ",
    ),
    (
        "surrogate",
        r"return {'status': '\ud800', 'children': []}",
        "the answer is not JSON: ",
    ),
    ("eval", "eval('1 +')", "SyntaxError: invalid syntax"),
    (
        "late",
        "__import__('xmlrpc.client')",
        "import it at the top level of hook.py",
    ),
    (
        "global",
        "globals().setdefault('left', []).append(1); assert left == [1], left; raise Invalid('once')",
        "once",
    ),
    (
        "patched",
        "assert not hasattr(json, 'left'); json.left = 1; raise Invalid('clean')",
        "clean",
    ),
];

/// What hooks can do, and what is in the log.
const GOOD: &[(&str, &str, &str)] = &[
    ("print", r"print('printed', '\nand more', end='')", "and more"),
    (
        "seeded",
        "random.seed(7); print(random.Random(3).random())",
        "0.23796462709189137",
    ),
    (
        "times",
        "print(datetime.datetime.fromisoformat('2020-01-02T03:04:05Z') + datetime.timedelta(1))",
        "2020-01-03 03:04:05+00:00",
    ),
    (
        "error",
        "sys.stderr.write('to standard error\\n')",
        "[error] Hello default/x: to standard error",
    ),
    (
        "caught",
        "\n            try: {}['a']\n            except KeyError: logging.exception('caught')",
        "KeyError: 'a'",
    ),
    (
        "inside",
        "import decimal; print(decimal.Decimal('0.1') * 3)",
        "0.3",
    ),
];

/// The hook `hello`, which does something else for some names.
fn hello(tools: &python::Tools) -> Component {
    let path = root().join("examples/hello/python/hook.py");
    let source = fs::read_to_string(path).unwrap();
    let mut cases = String::from("    match who:\n");
    for (who, code, _) in BAD.iter().chain(GOOD) {
        cases.push_str(&format!("        case {who:?}:\n            {code}\n"));
    }
    let place = "    deployment = find(";
    assert_eq!(source.matches(place).count(), 1);
    let imports =
        "import datetime, json, os, pathlib, random, socket, sys, time, urllib.request\nimport logging\n";
    let source =
        source
            .replacen("import logging\n", imports, 1)
            .replacen(place, &format!("{cases}\n{place}"), 1);
    python::build(
        tools,
        &Project {
            group: "hello",
            name: "hello",
            files: vec![("hook.py".to_owned(), source)],
            controller: None,
        },
    )
}

#[test]
fn hello_passes_the_cases_and_what_a_hook_cannot_do_ends_with_a_sentence() {
    let Some(tools) = python::tools() else { return };
    let hello = hello(&tools);
    let run = |args: &[&Path]| {
        let mut command = Command::new(metawasm());
        command.args(args).env("METAWASM_CODE_CACHE", &hello.code);
        command
    };
    let cases = root().join("examples/hello/tests");
    // The first call reads the code from the disk.
    run(&["test".as_ref(), &hello.path, &cases]).output().unwrap();
    let output = succeeds(&mut run(&["test".as_ref(), &hello.path, &cases]));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let number = fs::read_dir(&cases).unwrap().count();
    assert!(text.ends_with(&format!("{number} passed, 0 failed\n")), "{text}");
    let output = succeeds(&mut run(&["inspect".as_ref(), &hello.path, "--verbose".as_ref()]));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let imports = text
        .lines()
        .find(|line| line.starts_with("imports "))
        .unwrap_or_default();
    assert!(imports.ends_with(" metawasm:hook/logging@0.1.0"), "{text}");

    let folder = Folder::new("python-hello");
    let render = |who: &str| {
        let parent = format!(
            "{{apiVersion: example.com/v1, kind: Hello, metadata: {{name: x, namespace: default}}, spec: {{who: {who:?}}}}}"
        );
        let parent = folder.write("parent.yaml", parent);
        let mut command = run(&["render".as_ref(), &hello.path, "-f".as_ref(), &parent]);
        let output = command.args(["--log", "info"]).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            matches!(output.status.code(), Some(0 | 1 | 3)),
            "{who}: {:?} {text}",
            output.status
        );
        (output.status.success(), text)
    };
    // The deadline is one of the wall's clock, and this machine may do much else.
    let in_time = |who: &str| {
        let mut found = render(who);
        for _ in 0..5 {
            if who == "loop" || !found.1.contains("timed out") {
                break;
            }
            found = render(who);
        }
        found
    };
    let mut wrong = Vec::new();
    for (expected, list) in [(false, BAD), (true, GOOD)] {
        for (who, _, sentence) in list {
            // Twice: nothing is left of the first.
            for _ in 0..2 {
                let (succeeded, text) = in_time(who);
                if succeeded != expected || !text.contains(sentence) {
                    wrong.push(format!("{who}: {text}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_project_that_cannot_be_built_is_told_why() {
    let folder = Folder::new("python-projects");
    for (files, args, sentence) in [
        (
            &[("hook.py", "def synchronise(request): pass")][..],
            &[][..],
            "no hook in ",
        ),
        (
            &[("hook.py", "def sync(request): pass")],
            &[],
            "componentize-py is not installed; install it in the project: ",
        ),
        (
            &[("a.py", "x.serve_forever()"), ("b.py", "y.serve_forever()")],
            &[],
            "a.py and b.py in ",
        ),
        (
            &[("a.py", "x.serve_forever()")],
            &[],
            "is unknown; name the manifest of its controller with --controller FILE, or write plugin.yaml",
        ),
        (
            &[("a.py", "x.serve_forever()")],
            &["--controller", "/nowhere.yaml"],
            "cannot read /nowhere.yaml",
        ),
        (&[("a.py", "def sync(request): pass")], &[], "no project in "),
    ] {
        let project = folder.path().join("project");
        fs::remove_dir_all(&project).ok();
        fs::create_dir_all(&project).unwrap();
        for (path, text) in files {
            fs::write(project.join(path), text).unwrap();
        }
        let mut command = Command::new(metawasm());
        let output = command
            .arg("build")
            .arg(&project)
            .args(args)
            .env("PATH", "")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.contains(sentence), "{sentence}: {text}");
    }
}
