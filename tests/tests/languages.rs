//! The pages of `docs/languages` about compiled languages, followed by somebody who pastes each command, and the hello
//! hook of `examples/hello` in each of these languages.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use metawasm_tests::compiled::{command, has_cargo, has_clang};
use metawasm_tests::page::{blocks, free_ports, script};
use metawasm_tests::process::Folder;
use metawasm_tests::tool::find;
use metawasm_tests::{metawasm, root};

fn succeeded(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "{}{}",
        text(&output.stdout),
        text(&output.stderr)
    );
    text(&output.stdout)
}

/// Follows a page in an empty directory, and checks what its commands print.
fn follow(language: &str) {
    let page = fs::read_to_string(root().join(format!("docs/languages/{language}.md"))).unwrap();
    let blocks = blocks(&page);
    assert_eq!(blocks.len(), 4, "the page is not read: {blocks:#?}");
    let folder = Folder::new(&format!("language-{language}"));
    let ports @ [port, admin] = free_ports();
    let out = folder.path().to_str().unwrap();
    let bin: PathBuf = metawasm().parent().unwrap().to_owned();
    let path = std::env::var_os("PATH").unwrap();
    let path = std::env::join_paths(std::iter::once(bin).chain(std::env::split_paths(&path))).unwrap();
    let output = command("bash", folder.path())
        .args(["-c", &script(&blocks, out, ports)])
        .current_dir(folder.path())
        .env("PATH", path)
        .env("METAWASM_LISTEN", format!("127.0.0.1:{port}"))
        .env("METAWASM_ADMIN", format!("127.0.0.1:{admin}"))
        .output()
        .unwrap();
    succeeded(&output);
    for (number, block) in blocks.iter().enumerate() {
        if let Some(expected) = &block.prints {
            let printed = fs::read_to_string(folder.path().join(format!("out.{number}"))).unwrap();
            assert_eq!(printed.trim_end(), expected, "{:?}", block.commands);
        }
    }
}

/// Builds the hello hook in a language, and holds it against the cases of all languages.
fn hello(language: &str) {
    let folder = Folder::new(&format!("hello-{language}"));
    let plugin = folder.path().join("hello.wasm");
    let run = |args: &[&Path]| {
        let mut command = command(metawasm(), folder.path());
        succeeded(&command.args(args).current_dir(root()).output().unwrap())
    };
    let source = Path::new("examples/hello").join(language);
    let said = run(&["build".as_ref(), &source, "--output".as_ref(), &plugin]);
    let imports = said
        .lines()
        .find(|line| line.starts_with("imports "))
        .unwrap_or_default();
    assert!(imports.ends_with(" metawasm:hook/logging@0.1.0"), "{said}");
    let said = run(&["test".as_ref(), &plugin, "examples/hello/tests".as_ref()]);
    let cases = fs::read_dir(root().join("examples/hello/tests")).unwrap().count();
    assert!(said.ends_with(&format!("{cases} passed, 0 failed\n")), "{said}");
    let mut command = command(metawasm(), folder.path());
    let parent = "examples/hello/tests/first/parent.yaml";
    command
        .arg("render")
        .arg(&plugin)
        .args(["-f", parent, "--log", "info"]);
    let output = command.current_dir(root()).output().unwrap();
    succeeded(&output);
    let log = String::from_utf8_lossy(&output.stderr);
    assert_eq!(log.matches("example: 2 replicas greet world").count(), 1, "{log}");
}

#[test]
fn the_page_about_rust_runs_as_pasted() {
    if has_cargo() && find("TEST_CURL", "curl").is_some() {
        follow("rust");
    }
}

#[test]
fn the_page_about_c_runs_as_pasted() {
    if has_clang() && find("TEST_CURL", "curl").is_some() {
        follow("c");
    }
}

#[test]
fn hello_in_rust_passes_the_cases() {
    if has_cargo() {
        hello("rust");
    }
}

#[test]
fn hello_in_c_passes_the_cases() {
    if has_clang() {
        hello("c");
    }
}
