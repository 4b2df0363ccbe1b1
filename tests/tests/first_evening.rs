//! `docs/writing-a-plugin.md`, followed by somebody who pastes each command: all `console` blocks of the page run in one
//! shell, in an empty directory. A `text` block behind one is what it prints.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::fmt::Write as _;
use std::fs;
use std::net::TcpListener;
use std::process::{Command, Stdio};

use metawasm_tests::process::Folder;
use metawasm_tests::tool::{find, in_ci};
use metawasm_tests::{metawasm, root, skip, target};

/// A block of commands.
#[derive(Debug, Default, PartialEq)]
struct Block {
    commands: Vec<String>,
    /// The output that the page shows.
    prints: Option<String>,
}

impl Block {
    /// The command that goes on until it is stopped.
    fn serves(&self) -> bool {
        self.commands
            .iter()
            .any(|command| command.starts_with("metawasm serve "))
    }
}

/// The `console` blocks of a page, each with the `text` block that follows it.
fn blocks(page: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut lines = page.lines();
    let mut fresh = false;
    while let Some(line) = lines.next() {
        let start = line.trim_start();
        let indent = line.len() - start.len();
        let mut inside = || -> Vec<String> {
            let inside = lines.by_ref().take_while(|line| line.trim_start() != "```");
            inside
                .map(|line| line.get(indent..).unwrap_or_default().to_owned())
                .collect()
        };
        match start {
            "```console" => {
                let commands = inside();
                blocks.push(Block {
                    commands,
                    prints: None,
                });
                fresh = true;
            }
            "```text" => {
                let text = inside().join("\n");
                if let (true, Some(block)) = (fresh, blocks.last_mut()) {
                    block.prints = Some(text);
                }
                fresh = false;
            }
            other if other.starts_with("```") => drop(inside()),
            "" => {}
            _ => fresh = false,
        }
    }
    blocks
}

/// A script of all blocks, in which the output of each goes to a file `out.NUMBER`.
fn script(blocks: &[Block], out: &str, [port, admin]: [u16; 2]) -> String {
    let mut script = String::from("set -euo pipefail\n");
    for (number, block) in blocks.iter().enumerate() {
        let commands = block
            .commands
            .join("\n")
            .replace("127.0.0.1:8080", &format!("127.0.0.1:{port}"));
        writeln!(script, "echo 'block {number}' >&2").unwrap();
        if block.serves() {
            // As in a terminal of its own, which is closed at the end.
            writeln!(script, "{commands} &\nserver=$!\ntrap 'kill $server' EXIT").unwrap();
            // A person sees that it has loaded the plugin.
            let ready = format!("curl -sf http://127.0.0.1:{admin}/readyz >/dev/null");
            writeln!(
                script,
                "for n in $(seq 200); do {ready} && break; sleep 0.1; done"
            )
            .unwrap();
        } else {
            writeln!(script, "{{\n{commands}\n}} > '{out}/out.{number}'").unwrap();
        }
    }
    script
}

#[test]
fn the_page_runs_as_pasted() {
    let page = fs::read_to_string(root().join("docs/writing-a-plugin.md")).unwrap();
    let blocks = blocks(&page);
    assert!(blocks.len() >= 6, "the page is not read: {blocks:#?}");
    for tool in ["cargo", "rustup", "curl", "bash"] {
        if find(&format!("TEST_{}", tool.to_uppercase()), tool).is_none() {
            return;
        }
    }
    let target_is_there = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", "wasm32-unknown-unknown"])
        .output()
        .is_ok_and(|output| fs::exists(String::from_utf8_lossy(&output.stdout).trim()).unwrap_or(false));
    if !target_is_there && !in_ci() {
        skip("the target wasm32-unknown-unknown is not installed");
        return;
    }
    let folder = Folder::new("first-evening");
    // Both are held until both are known, so that they differ.
    let held = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    let ports = held.each_ref().map(|held| held.local_addr().unwrap().port());
    drop(held);
    let [port, admin] = ports;
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
    let printed = |number: usize| fs::read_to_string(folder.path().join(format!("out.{number}"))).unwrap();
    for (number, block) in blocks.iter().enumerate() {
        if let Some(expected) = &block.prints {
            assert_eq!(printed(number).trim_end(), expected, "{:?}", block.commands);
        }
    }
    let answers = blocks
        .iter()
        .position(|block| block.commands.iter().any(|command| command.starts_with("curl ")));
    let answer: serde_json::Value = serde_json::from_str(&printed(answers.unwrap())).unwrap();
    assert_eq!(answer["children"].as_array().map(Vec::len), Some(2), "{answer:#}");
    let golden = fs::read_to_string(folder.path().join("site/tests/hello/expected.yaml")).unwrap();
    let golden: serde_json::Value = serde_saphyr::from_str(&golden).unwrap();
    assert_eq!(answer, golden, "the golden case of the template");
}

#[test]
fn a_block_is_read_with_its_output() {
    let page = "a\n\n   ```console\n   x\n     y\n   ```\n\n   ```text\n   z\n   ```\n\n```sh\nnot run\n```\n\n```console\nw\n```\n\nwords\n\n```text\nno output\n```\n";
    let block = |commands: &[&str], prints: Option<&str>| Block {
        commands: commands.iter().map(|command| (*command).to_owned()).collect(),
        prints: prints.map(str::to_owned),
    };
    assert_eq!(
        blocks(page),
        [block(&["x", "  y"], Some("z")), block(&["w"], None)]
    );
}
