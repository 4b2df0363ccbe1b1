//! Python: componentize-py of the project, without WASI.
//!
//! A project has its hooks as functions in `hook.py`, or as a server in the only file that serves.

mod export;
mod files;
mod plan;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::super::{Failure, waiting};
use super::{Built, tool};
use files::VERSION;
use plan::Plan;

/// The file by which a project is detected.
pub(super) const HOOK: &str = plan::HOOK;

/// The directory of what surrounds a plugin, in the project.
const AROUND: &str = "target/python";

/// Whether a directory has a hook that is a server of its own, or several.
pub(super) fn has_server(directory: &Path) -> bool {
    !matches!(plan::server(directory), Ok(None))
}

pub(super) fn build(directory: &Path, controller: Option<&Path>) -> Result<Built, Failure> {
    let plan = Plan::of(directory, controller)?;
    let around = directory.join(AROUND);
    files::write(&around, &plan)
        .map_err(|error| Failure::Usage(format!("cannot write {}: {error}", around.display())))?;
    let module = Path::new(AROUND).with_file_name("plugin.wasm");
    let componentize = find(directory).unwrap_or_else(|| "componentize-py".into());
    let mut command = Command::new(componentize);
    command
        .current_dir(directory)
        .args([
            "--quiet",
            "--wit-path",
            &format!("{AROUND}/wit"),
            "--world",
            "plugin",
        ])
        .args(["componentize", "--stub-wasi", "--python-path", "."])
        .args(["--python-path", AROUND, "--output"])
        .arg(&module)
        .arg("metawasm_component.app");
    let packages = directory.join(".venv");
    if packages.is_dir() {
        // Packages of the project are part of the plugin.
        let packages = packages.canonicalize().unwrap_or(packages);
        command.env("VIRTUAL_ENV", packages);
    }
    let missing = format!(
        "install it in the project: `python3 -m venv .venv && .venv/bin/pip install componentize-py=={VERSION}`"
    );
    waiting::told(
        "componentize-py is making a component of the hook, which takes some 20 seconds.",
        || tool(&mut command, &missing),
    )?;
    let path = directory.join(module);
    export::remove(&path)
        .map_err(|error| Failure::Refused(format!("cannot read {}: {error}", path.display())))?;
    Ok(Built {
        name: plan.name,
        path,
    })
}

/// Finds the tool: that of the project, else the first one on the path.
fn find(directory: &Path) -> Option<PathBuf> {
    let own = [".venv/bin/componentize-py", ".venv/Scripts/componentize-py.exe"];
    let own = own.iter().map(|path| directory.join(path));
    let named = env::var_os("PATH").unwrap_or_default();
    let named: Vec<PathBuf> = env::split_paths(&named)
        .map(|folder| folder.join("componentize-py"))
        .collect();
    let found = own.chain(named).find(|path| path.is_file())?;
    // It runs in the directory of the project.
    fs::canonicalize(&found).ok().or(Some(found))
}
