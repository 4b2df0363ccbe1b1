//! `docs/writing-a-plugin.md` and `docs/test-a-plugin.md`, followed by somebody who pastes each command: all `console`
//! blocks of a page run in one shell, in an empty directory. A `text` block behind one is what it prints.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::fs;
use std::process::{Command, Stdio};

use metawasm_tests::page::{Block, blocks, free_ports, script};
use metawasm_tests::process::Folder;
use metawasm_tests::tool::{find, in_ci, look};
use metawasm_tests::{metawasm, root, skip, target};

/// A page that was followed.
struct Followed {
    blocks: Vec<Block>,
    folder: Folder,
}

impl Followed {
    fn printed(&self, number: usize) -> String {
        fs::read_to_string(self.folder.path().join(format!("out.{number}"))).unwrap()
    }
}

/// Follows a page, and checks what its commands print. Nothing where a tool is missing.
fn follow(page: &str) -> Option<Followed> {
    let page = fs::read_to_string(root().join(page)).unwrap();
    let mut blocks = blocks(&page);
    assert!(blocks.len() >= 5, "the page is not read: {blocks:#?}");
    for tool in ["cargo", "curl", "bash"] {
        find(&format!("TEST_{}", tool.to_uppercase()), tool)?;
    }
    let target_is_there = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", "wasm32-unknown-unknown"])
        .output()
        .is_ok_and(|output| fs::exists(String::from_utf8_lossy(&output.stdout).trim()).unwrap_or(false));
    if !target_is_there && !in_ci() {
        skip("the target wasm32-unknown-unknown is not installed");
        return None;
    }
    // A toolchain that rustup did not install has its targets from elsewhere.
    if look("TEST_RUSTUP", "rustup").is_err() {
        blocks.retain(|block| {
            !block
                .commands
                .iter()
                .any(|command| command.starts_with("rustup "))
        });
    }
    let folder = Folder::new("first-evening");
    let ports @ [port, admin] = free_ports();
    let out = folder.path().to_str().unwrap();
    let bin = metawasm().parent().unwrap().to_owned();
    let path = std::env::var_os("PATH").unwrap();
    let path = std::env::join_paths(std::iter::once(bin).chain(std::env::split_paths(&path))).unwrap();
    let mut command = Command::new("bash");
    command
        .args(["-c", &script(&blocks, out, ports)])
        .current_dir(folder.path())
        .env("PATH", path)
        .env("XDG_CACHE_HOME", folder.path())
        // Dependencies are compiled once, not by each run of the tests.
        .env("CARGO_TARGET_DIR", target().join("first-evening"))
        .env("METAWASM_LISTEN", format!("127.0.0.1:{port}"))
        .env("METAWASM_ADMIN", format!("127.0.0.1:{admin}"))
        .stdin(Stdio::null());
    // What cargo tells this test about its own crate is not for the cargo of the page.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("CARGO_PKG_") || ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH"].contains(&&*name) {
            command.env_remove(name);
        }
    }
    let output = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    let followed = Followed { blocks, folder };
    for (number, block) in followed.blocks.iter().enumerate() {
        if let Some(expected) = &block.prints {
            let printed = followed.printed(number);
            assert_eq!(printed.trim_end(), expected, "{:?}", block.commands);
        }
    }
    Some(followed)
}

#[test]
fn the_page_about_writing_runs_as_pasted() {
    let Some(followed) = follow("docs/writing-a-plugin.md") else {
        return;
    };
    let mut blocks = followed.blocks.iter();
    let answers = blocks.position(|block| block.commands.iter().any(|command| command.starts_with("curl ")));
    let answer: serde_json::Value = serde_json::from_str(&followed.printed(answers.unwrap())).unwrap();
    assert_eq!(answer["children"].as_array().map(Vec::len), Some(2), "{answer:#}");
    let golden = fs::read_to_string(followed.folder.path().join("site/tests/hello/expected.yaml")).unwrap();
    let golden: serde_json::Value = serde_saphyr::from_str(&golden).unwrap();
    assert_eq!(answer, golden, "the golden case of the template");
}

#[test]
fn the_page_about_tests_runs_as_pasted() {
    follow("docs/test-a-plugin.md");
}
