//! `docs/ship-a-plugin.md`, followed by somebody who pastes each command, with a registry on loopback.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use metawasm_tests::page::{blocks, free_ports, script};
use metawasm_tests::process::Folder;
use metawasm_tests::registry::Registry;
use metawasm_tests::tool::find;
use metawasm_tests::{function_plugin, metawasm, root};

/// Commands of others, or to registries that only the reader has.
const NOT_HERE: [&str; 3] = ["docker run ", "minisign ", "metawasm login ghcr.io "];

#[test]
fn the_page_runs_as_pasted() {
    let Some(registry) = Registry::start() else { return };
    if find("TEST_CURL", "curl").is_none() || find("TEST_BASH", "bash").is_none() {
        return;
    }
    let page = fs::read_to_string(root().join("docs/ship-a-plugin.md")).unwrap();
    let page = page.replace("localhost:5000", &registry.address().to_string());
    let mut blocks = blocks(&page);
    for block in &mut blocks {
        block
            .commands
            .retain(|command| !NOT_HERE.iter().any(|start| command.starts_with(start)));
    }
    blocks.retain(|block| !block.commands.is_empty());
    assert!(blocks.len() >= 6, "the page is not read: {blocks:#?}");

    // What the page uses of the repository, in a directory of the test's own: keys and signatures are written.
    let folder = Folder::new("ship-page");
    fs::create_dir_all(folder.path().join("target/plugins")).unwrap();
    fs::copy(
        function_plugin(),
        folder.path().join("target/plugins/function.wasm"),
    )
    .unwrap();
    symlink(root().join("examples"), folder.path().join("examples")).unwrap();

    let ports @ [port, admin] = free_ports();
    let path = std::env::var_os("PATH").unwrap();
    let bin = metawasm().parent().unwrap().to_owned();
    let path = std::env::join_paths(std::iter::once(bin).chain(std::env::split_paths(&path))).unwrap();
    let output = Command::new("bash")
        .args(["-c", &script(&blocks, folder.path().to_str().unwrap(), ports)])
        .current_dir(folder.path())
        .env("PATH", path)
        .env("XDG_CACHE_HOME", folder.path().join("cache"))
        .env("METAWASM_LISTEN", format!("127.0.0.1:{port}"))
        .env("METAWASM_ADMIN", format!("127.0.0.1:{admin}"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    for done in ["pushed function", "block"] {
        assert!(stderr.contains(done), "{done}: {stderr}");
    }
    for made in [
        "acme.key",
        "acme.pub",
        "function.wasm",
        "target/plugins/function.wasm.minisig",
    ] {
        assert!(folder.path().join(made).exists(), "{made}: {stderr}");
    }
}
