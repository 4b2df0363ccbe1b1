//! `cargo xtask playground`: builds the playground, a static page, and serves it on loopback.
//!
//! The npm project in `playground/` makes two pages: the static one on the plugin's JavaScript face, and that of
//! `metawasm playground`, which the host embeds. Only they and their tests need Node and npm.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::SystemTime;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use crate::server::Server;
use crate::stop::Stop;
use crate::web;
use crate::workspace::{self, Workspace};

/// The oldest major version of Node whose test runner has what the tests use.
const NODE: u32 = 20;

/// Names of the browser in `PATH`.
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Build the playground and serve it on loopback
#[derive(Args)]
#[command(after_help = "\
Writes the page to target/playground, or the same in CARGO_TARGET_DIR. Every web server can serve this directory, also
below a sub-path. Writes the page of `metawasm playground` to playground/dist; `cargo xtask build` embeds it.
Needs Node 20 or later and npm. The first run downloads the packages of playground/package-lock.json.

Examples:
  cargo xtask playground
  cargo xtask playground --port 9000
  cargo xtask playground --build")]
pub(crate) struct Playground {
    /// Build the page without serving it
    #[arg(long)]
    build: bool,

    /// Port on 127.0.0.1; 0 for a free port
    #[arg(long, default_value_t = 8088)]
    port: u16,
}

impl Playground {
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<ExitCode> {
        if let Some(why) = lacks(workspace)? {
            bail!("{why}");
        }
        web::build(workspace)?;
        build(workspace)?;
        if self.build {
            return Ok(ExitCode::SUCCESS);
        }
        let stop = Stop::listen()?;
        let mut serve = node(workspace, "scripts/serve.mjs");
        serve
            .arg("--dir")
            .arg(workspace.playground_page())
            .args(["--port", &self.port.to_string()]);
        let in_order = Server::start(&mut serve)?.wait(&stop)?;
        ensure!(in_order, "the server exited with an error; see its output above");
        Ok(ExitCode::SUCCESS)
    }
}

/// Returns why the playground cannot be built here, if it cannot.
pub(crate) fn lacks(workspace: &Workspace) -> Result<Option<&'static str>> {
    if node_major(workspace)?.is_none_or(|major| major < NODE) {
        return Ok(Some("Node 20 or later is not installed (https://nodejs.org)"));
    }
    if !runs(workspace, "npm")? {
        return Ok(Some("npm is not installed (Debian: apt-get install npm)"));
    }
    Ok(None)
}

/// Returns the major version of Node: 20 of `v20.1.0`.
fn node_major(workspace: &Workspace) -> Result<Option<u32>> {
    match workspace.command("node").arg("--version").output() {
        Err(error) if workspace::is_missing(&error) => Ok(None),
        output => Ok(major(&String::from_utf8_lossy(&output?.stdout))),
    }
}

fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// Builds both pages. The JavaScript face must be there.
pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    hosted(workspace)?;
    let mut build = node(workspace, "scripts/build.mjs");
    build
        .arg("--face")
        .arg(workspace.web_face())
        .arg("--out")
        .arg(workspace.playground_page());
    workspace::succeed(&mut build)
}

/// Builds the page of `metawasm playground`. It needs no plugin, and files that are up to date are not written again.
pub(crate) fn hosted(workspace: &Workspace) -> Result<()> {
    install_packages(workspace)?;
    let mut build = node(workspace, "scripts/build.mjs");
    build.arg("--hosted").arg(workspace.hosted_page());
    workspace::succeed(&mut build)
}

/// Runs the checks of types and format, and the tests in Node and in a browser: of the static page, and of the pages that
/// the host serves. The host and the plugins must be there.
pub(crate) fn test(workspace: &Workspace, browser: &OsStr) -> Result<()> {
    workspace::succeed(npm(workspace).args(["run", "--silent", "check"]))?;
    workspace::succeed(
        node(workspace, "scripts/unit.mjs")
            .arg("--face")
            .arg(workspace.web_face()),
    )?;
    let function = workspace.plugin();
    let plugins = function.parent().context("the plugin is in no directory")?;
    workspace::succeed(
        npm(workspace)
            .args(["run", "--silent", "browser"])
            .env("PLAYGROUND", workspace.playground_page())
            .env("HOSTED", workspace.hosted_page())
            .env("METAWASM", workspace.host())
            .env("PLUGINS", plugins)
            .env("CHROMIUM", browser),
    )
}

/// Finds Chromium: the variable `CHROMIUM`, or a program in `PATH`. Installs it with Debian's `apt-get` if asked to.
pub(crate) fn chromium(workspace: &Workspace, install: bool) -> Result<Option<OsString>> {
    let named = env::var_os("CHROMIUM").filter(|path| !path.is_empty());
    let find = || -> Result<Option<OsString>> {
        for program in named
            .iter()
            .map(OsString::as_os_str)
            .chain(BROWSERS.iter().map(OsStr::new))
        {
            if runs(workspace, program)? {
                return Ok(Some(program.to_owned()));
            }
        }
        Ok(None)
    };
    match find()? {
        None if install && runs(workspace, "apt-get")? => {
            workspace::succeed(workspace.command("apt-get").arg("update"))?;
            workspace::succeed(
                workspace
                    .command("apt-get")
                    .args(["install", "--yes", "chromium"]),
            )?;
            find()
        }
        found => Ok(found),
    }
}

/// Installs the packages of the lock file, unless they are those of an earlier run.
fn install_packages(workspace: &Workspace) -> Result<()> {
    let folder = workspace.playground();
    let wanted = modified(&folder.join("package-lock.json"));
    let installed = modified(&folder.join("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= wanted {
        return Ok(());
    }
    workspace::succeed(npm(workspace).args(["ci", "--no-fund", "--no-audit"]))
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|file| file.modified()).ok()
}

fn npm(workspace: &Workspace) -> Command {
    in_playground(workspace, "npm")
}

fn node(workspace: &Workspace, script: &str) -> Command {
    let mut node = in_playground(workspace, "node");
    node.arg(script);
    node
}

fn in_playground(workspace: &Workspace, program: &str) -> Command {
    let mut command = workspace.command(program);
    command.current_dir(workspace.playground());
    command
}

/// Whether a program is installed.
fn runs(workspace: &Workspace, program: impl AsRef<OsStr>) -> Result<bool> {
    let mut command = workspace.command(program);
    match command
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
    {
        Err(error) if workspace::is_missing(&error) => Ok(false),
        found => Ok(found?.success()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_node_is_read() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("v8.0.0"), Some(8));
        assert_eq!(major("20"), None);
        assert_eq!(major(""), None);
    }

    /// The limits of the pages are in one place: the script that measures them.
    #[test]
    fn the_budgets_of_the_pages_are_those_of_their_documentation() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../playground");
        let build = fs::read_to_string(folder.join("scripts/build.mjs")).unwrap();
        let readme = fs::read_to_string(folder.join("README.md")).unwrap();
        assert!(build.contains("const BUDGET = 600_000;"));
        assert!(readme.contains("at most 600 KB"));
        assert!(build.contains("const HOSTED_BUDGET = 300_000;"));
        assert!(readme.contains("at most 300 KB"));
    }
}
