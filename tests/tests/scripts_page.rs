//! `docs/languages/javascript.md`, `typescript.md`, `jsonnet.md` and `docs/migrate.md`, followed by somebody who pastes each command.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::fs;
use std::process::{Command, Stdio};

use metawasm_tests::npm;
use metawasm_tests::page::{blocks, free_ports, script};
use metawasm_tests::process::Folder;
use metawasm_tests::tool::find;
use metawasm_tests::{has_engine, metawasm, root};

#[test]
fn the_page_about_javascript_runs_as_pasted() {
    follow("javascript", "js");
}

#[test]
fn the_page_about_typescript_runs_as_pasted() {
    if npm::node_modules().is_some() && find("TEST_CURL", "curl").is_some() {
        follow("typescript", "js");
    }
}

#[test]
fn the_page_about_jsonnet_runs_as_pasted() {
    follow("jsonnet", "jsonnet");
}

#[test]
fn the_page_about_migration_runs_as_pasted() {
    if find("TEST_PATCH", "patch").is_some() && has_engine("js") {
        follow("../migrate", "jsonnet");
    }
}

fn follow(language: &str, engine: &str) {
    if !has_engine(engine) || find("TEST_BASH", "bash").is_none() {
        return;
    }
    let page = fs::read_to_string(root().join(format!("docs/languages/{language}.md"))).unwrap();
    let blocks = blocks(&page);
    assert!(blocks.len() >= 3, "the page is not read: {blocks:#?}");
    let folder = Folder::new("page");
    let ports @ [port, admin] = free_ports();
    let bin = metawasm().parent().unwrap().to_owned();
    let path = std::env::var_os("PATH").unwrap();
    let path = std::env::join_paths(std::iter::once(bin).chain(std::env::split_paths(&path))).unwrap();
    let output = npm::cached(&mut Command::new("bash"))
        .args(["-c", &script(&blocks, folder.path().to_str().unwrap(), ports)])
        .current_dir(folder.path())
        .env("PATH", path)
        .env("XDG_CACHE_HOME", folder.path())
        .env("METAWASM_REPOSITORY", root())
        .env("METAWASM_LISTEN", format!("127.0.0.1:{port}"))
        .env("METAWASM_ADMIN", format!("127.0.0.1:{admin}"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    for (number, block) in blocks.iter().enumerate() {
        if let Some(expected) = &block.prints {
            let printed = fs::read_to_string(folder.path().join(format!("out.{number}"))).unwrap();
            assert_eq!(printed.trim_end(), expected, "{:?}", block.commands);
        }
    }
}
