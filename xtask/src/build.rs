//! `cargo xtask build`: builds the plugins (components) and the host.

use std::fs;
use std::path::Path;
use std::process::{ExitCode, Stdio};

use anstream::eprintln;
use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use wit_component::ComponentEncoder;

use crate::workspace::{self, GUEST_TARGET, Workspace};

/// A plugin that `cargo xtask build` makes.
pub(crate) struct Plugin {
    /// Its name, and that of its file: `target/plugins/NAME.wasm`.
    pub(crate) name: &'static str,
    /// The package of its component.
    package: &'static str,
    /// Maximum size in bytes. A larger component usually contains a dependency that a pure function does not need.
    budget: usize,
}

/// All plugins. A new plugin is a line here.
pub(crate) const PLUGINS: &[Plugin] = &[
    Plugin {
        name: "function",
        package: "metawasm-function-component",
        budget: 730_000,
    },
    Plugin {
        name: "grants",
        package: "metawasm-grants-component",
        budget: 120_000,
    },
];

/// Build the plugins (WebAssembly components) and the host
#[derive(Args)]
#[command(after_help = "\
Writes target/plugins/*.wasm and target/release/metawasm, or the same in CARGO_TARGET_DIR.

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

/// Builds the plugins and the host, and prints their sizes.
pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    let sizes = plugins(workspace)?;

    // `--workspace --bin` and not `--package`: with the features that the whole workspace asks for, the
    // dependencies (wasmtime above all) are the ones that `cargo test --workspace` uses, compiled once.
    workspace::succeed(&mut workspace.cargo(&["build", "--release", "--workspace", "--bin=metawasm"]))?;
    let host = fs::metadata(workspace.host())
        .context("cargo built no binary `metawasm`")?
        .len();

    for (plugin, size) in PLUGINS.iter().zip(sizes) {
        say(workspace, &workspace.plugin_file(plugin.name), size as u64);
    }
    say(workspace, &workspace.host(), host);
    Ok(())
}

/// Builds the plugins reproducibly and returns their sizes.
pub(crate) fn plugins(workspace: &Workspace) -> Result<Vec<usize>> {
    have_target(workspace, GUEST_TARGET)?;
    let mut cargo = workspace.cargo_for(GUEST_TARGET, &["build", "--profile=plugin"])?;
    for plugin in PLUGINS {
        cargo.args(["--package", plugin.package]);
    }
    workspace::succeed(&mut cargo)?;
    PLUGINS
        .iter()
        .map(|plugin| componentise(workspace, plugin))
        .collect()
}

/// Prints the size and path of a file.
pub(crate) fn say(workspace: &Workspace, path: &Path, bytes: u64) {
    eprintln!("{:>10}  {}", size(bytes), workspace.show(path));
}

/// Turns the core module into a component and returns its size. The file is only written if it changed, so that
/// dependent files are not rebuilt.
fn componentise(workspace: &Workspace, plugin: &Plugin) -> Result<usize> {
    let core = workspace.core_module(plugin.package);
    let core = fs::read(&core).with_context(|| format!("cannot read {}", workspace.show(&core)))?;
    let component = ComponentEncoder::default()
        .validate(true)
        .module(&core)
        .and_then(ComponentEncoder::encode)
        .context("cannot create a component from the module of the guest")?;

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

/// Writes a file and the folders that it needs.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

/// Installs the standard library for a target if it is missing.
pub(crate) fn have_target(workspace: &Workspace, target: &str) -> Result<()> {
    let libraries = workspace
        .command("rustc")
        .args(["--print", "target-libdir", "--target", target])
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start `rustc`")?;
    if Path::new(String::from_utf8_lossy(&libraries.stdout).trim()).is_dir() {
        return Ok(());
    }

    let mut rustup = workspace.command("rustup");
    rustup.args(["target", "add", target]);
    match rustup.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => bail!("`{}` failed ({status})", workspace::words(&rustup)),
        Err(error) if workspace::is_missing(&error) => bail!(
            "the standard library of rustc for {target} is missing, and rustup is not installed; \
             install rustup, or install the target in the way in which rustc was installed"
        ),
        Err(error) => Err(error).context("cannot start `rustup`"),
    }
}

/// Formats a size in decimal units.
pub(crate) fn size(bytes: u64) -> String {
    // A size in a message loses nothing that matters in an f64.
    let bytes = bytes as f64;
    if bytes < 1_000_000.0 {
        format!("{:.1} KB", bytes / 1_000.0)
    } else {
        format!("{:.1} MB", bytes / 1_000_000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_decimal() {
        assert_eq!(size(272), "0.3 KB");
        assert_eq!(size(500_000), "500.0 KB");
        assert_eq!(size(13_400_000), "13.4 MB");
    }
}
