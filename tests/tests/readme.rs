//! The commands of the README, pasted in the root of the repository.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::process::{Command, Stdio};

use metawasm_tests::page::{Block, blocks, free_ports, script};
use metawasm_tests::process::Folder;
use metawasm_tests::tool::find;
use metawasm_tests::{metawasm, root};
use serde_json::Value;

/// How the commands begin that build the repository. They build what this test is part of; CI and the other tests run them.
const XTASK: &str = "cargo xtask ";

/// The blocks of the README without the commands that build.
fn readme() -> (Vec<Block>, Vec<String>) {
    let page = fs::read_to_string(root().join("README.md")).unwrap();
    let (mut kept, mut built) = (Vec::new(), Vec::new());
    for mut block in blocks(&page) {
        built.extend(
            block
                .commands
                .iter()
                .filter(|command| command.starts_with(XTASK))
                .cloned(),
        );
        block.commands.retain(|command| !command.starts_with(XTASK));
        if !block.commands.is_empty() {
            kept.push(block);
        }
    }
    (kept, built)
}

#[test]
fn the_commands_run_as_pasted() {
    let (blocks, _) = readme();
    assert!(blocks.len() >= 5, "the page is not read: {blocks:#?}");
    for tool in ["curl", "bash"] {
        if find(&format!("TEST_{}", tool.to_uppercase()), tool).is_none() {
            return;
        }
    }
    let folder = Folder::new("readme");
    let ports @ [port, admin] = free_ports();
    let path = std::env::var_os("PATH").unwrap();
    let bin = metawasm().parent().unwrap().to_owned();
    let path = std::env::join_paths(std::iter::once(bin).chain(std::env::split_paths(&path))).unwrap();
    let output = Command::new("bash")
        .args(["-c", &script(&blocks, folder.path().to_str().unwrap(), ports)])
        .current_dir(root())
        .env("PATH", path)
        .env("XDG_CACHE_HOME", folder.path())
        .env("METAWASM_LISTEN", format!("127.0.0.1:{port}"))
        .env("METAWASM_ADMIN", format!("127.0.0.1:{admin}"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let printed = |of: &str| {
        let number = blocks
            .iter()
            .position(|block| block.commands.iter().any(|line| line.contains(of)));
        fs::read_to_string(folder.path().join(format!("out.{}", number.unwrap()))).unwrap()
    };
    let summary = printed("-o summary");
    assert!(
        summary.starts_with("KIND               NAME        APIVERSION\n"),
        "{summary}"
    );
    let answer: Value = serde_json::from_str(&printed("curl ")).unwrap();
    assert_eq!(answer["children"].as_array().map(Vec::len), Some(4), "{answer:#}");
}

/// The other commands are at least ones that there are.
#[test]
fn each_xtask_of_the_readme_exists() {
    let main = fs::read_to_string(root().join("xtask/src/main.rs"))
        .unwrap()
        .to_lowercase();
    let (_, built) = readme();
    assert!(!built.is_empty());
    for command in built {
        let name = command.trim_start_matches(XTASK).split(' ').next().unwrap();
        assert!(main.contains(&format!("    {name}(")), "{command}");
    }
}
