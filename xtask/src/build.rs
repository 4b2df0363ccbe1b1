//! `cargo xtask build`: builds the plugins and engines (components) and the host.

use std::fs;
use std::process::ExitCode;

use anstream::eprintln;
use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use metawasm_order::Profile;

use crate::engines;
use crate::output::{self, say, size, write};
use crate::playground;
use crate::table::WARN;
use crate::workspace::{self, GUEST_TARGET, Workspace};

/// A plugin that `cargo xtask build` makes.
pub(crate) struct Plugin {
    /// Its name, and that of its file: `target/plugins/NAME.wasm`.
    pub(crate) name: &'static str,
    /// The package of its component.
    package: &'static str,
    /// Maximum size in bytes. A larger component usually contains a dependency that a pure function does not need.
    budget: usize,
    /// The file with the functions that a call executes, recorded by the test `order`. They come first in the component.
    profile: Option<&'static str>,
}

/// All plugins. A new plugin is a line here.
pub(crate) const PLUGINS: &[Plugin] = &[
    Plugin {
        name: "function",
        package: "metawasm-function-component",
        budget: 620_000,
        profile: Some("plugin/function/component/profile.txt"),
    },
    Plugin {
        name: "grants",
        package: "metawasm-grants-component",
        budget: 120_000,
        profile: None,
    },
];

/// The host's own steps as a module, for the test that counts instructions.
const STEPS: &str = "metawasm-steps";

/// Build the plugins and engines (WebAssembly components) and the host
#[derive(Args)]
#[command(after_help = "\
Writes target/plugins/*.wasm, target/engines/*.wasm and target/release/metawasm, or the same in CARGO_TARGET_DIR.
An engine that contains C requires clang. Without clang this engine is left out with a warning. The page of
`metawasm playground` requires Node 20 or later and npm. Without them the host is built without it, with a warning.

Examples:
  cargo xtask build
  cargo xtask build && target/release/metawasm inspect target/plugins/function.wasm")]
pub(crate) struct Build {}

impl Build {
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<ExitCode> {
        build(workspace)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Builds the plugins, the host and the engines, and prints their sizes.
pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    let sizes = plugins(workspace)?;
    page(workspace)?;

    // `--workspace --bin` and not `--package`: with the features that the whole workspace asks for, the
    // dependencies (wasmtime above all) are the ones that `cargo test --workspace` uses, compiled once.
    workspace::succeed(&mut workspace.cargo(&[
        "build",
        "--release",
        "--workspace",
        "--bin=metawasm",
        "--bin=metawasm-snapshot",
    ]))?;
    let engines = engines::engines(workspace)?;
    let host = fs::metadata(workspace.host())
        .context("cargo built no binary `metawasm`")?
        .len();

    for (plugin, size) in PLUGINS.iter().zip(sizes) {
        say(workspace, &workspace.plugin_file(plugin.name), size as u64);
    }
    for built in engines {
        say(
            workspace,
            &workspace.engine_file(built.engine.name),
            built.size as u64,
        );
    }
    say(workspace, &workspace.host(), host);
    Ok(())
}

/// Builds the page that the host embeds, and returns why it cannot be built, if it cannot: Node is missing, or npm cannot
/// reach its registry.
fn page_or_why(workspace: &Workspace) -> Result<Option<String>> {
    Ok(match playground::lacks(workspace)? {
        Some(why) => Some(why.to_owned()),
        None => playground::hosted(workspace)
            .err()
            .map(|error| format!("{error:#}")),
    })
}

/// Builds the page. Where that is not possible, the host is built without it; with CI=true this is an error.
fn page(workspace: &Workspace) -> Result<()> {
    match page_or_why(workspace)? {
        None => {}
        Some(why) if workspace::in_ci() => bail!("{why}"),
        Some(why) => eprintln!(
            "{WARN}warning:{WARN:#} the host is built without the page of `metawasm playground`: {why}"
        ),
    }
    Ok(())
}

/// Builds the page for the image. An image without it would be another image.
pub(crate) fn page_for_image(workspace: &Workspace) -> Result<()> {
    match page_or_why(workspace)? {
        None => Ok(()),
        Some(why) => bail!("the image needs the page of `metawasm playground`: {why}"),
    }
}

/// Builds all engines for the image. Each must be there: an image without one would be another image.
pub(crate) fn engines(workspace: &Workspace) -> Result<()> {
    workspace::succeed(&mut workspace.cargo(&[
        "build",
        "--release",
        "--workspace",
        "--bin=metawasm-snapshot",
    ]))?;
    let built = engines::engines(workspace)?;
    let missing: Vec<&str> = engines::ENGINES
        .iter()
        .map(|engine| engine.name)
        .filter(|name| built.iter().all(|built| built.engine.name != *name))
        .collect();
    ensure!(
        missing.is_empty(),
        "the image needs all engines; missing: {}",
        missing.join(", ")
    );
    Ok(())
}

/// Builds the plugins reproducibly and returns their sizes.
pub(crate) fn plugins(workspace: &Workspace) -> Result<Vec<usize>> {
    output::have_target(workspace, GUEST_TARGET)?;
    let mut cargo = workspace.cargo_for(GUEST_TARGET, &["build", "--profile=plugin"])?;
    for plugin in PLUGINS {
        cargo.args(["--package", plugin.package]);
    }
    cargo.args(["--package", STEPS]);
    workspace::succeed(&mut cargo)?;
    PLUGINS
        .iter()
        .map(|plugin| componentise(workspace, plugin))
        .collect()
}

/// Orders the functions of the core module, turns it into a component and returns its size. The file is only written if
/// it changed, so that dependent files are not rebuilt.
fn componentise(workspace: &Workspace, plugin: &Plugin) -> Result<usize> {
    let core = workspace.core_module(plugin.package);
    let core = fs::read(&core).with_context(|| format!("cannot read {}", workspace.show(&core)))?;
    let profile = profile(workspace, plugin)?;
    let core = profile
        .apply(&core)
        .with_context(|| format!("cannot order the functions of {}", plugin.package))?;
    let component = output::component(&core)?;

    let path = workspace.plugin_file(plugin.name);
    ensure!(
        component.len() <= plugin.budget,
        "{} is too large: {}, budget {}",
        workspace.show(&path),
        size(component.len() as u64),
        size(plugin.budget as u64),
    );
    if !fs::read(&path).is_ok_and(|old| old == component) {
        write(&path, &component)?;
    }
    Ok(component.len())
}

/// Reads the profile of a plugin. A plugin without one keeps the order of its functions.
fn profile(workspace: &Workspace, plugin: &Plugin) -> Result<Profile> {
    let Some(profile) = plugin.profile else {
        return Ok(Profile::default());
    };
    let text = fs::read_to_string(workspace.root().join(profile))
        .with_context(|| format!("cannot read {profile}"))?;
    Ok(Profile::parse(&text))
}
