//! Packages of npm, which tests of TypeScript need.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::tool::{find, in_ci};
use crate::{root, skip, target};

/// Makes npm download a package once, and not with each run of the tests.
pub fn cached(command: &mut Command) -> &mut Command {
    command
        .env("npm_config_cache", target().join("npm/cache"))
        .env("npm_config_prefer_offline", "true")
        .env("npm_config_audit", "false")
        .env("npm_config_fund", "false")
        .env("npm_config_update_notifier", "false")
        .env("npm_config_loglevel", "error")
}

/// Returns a directory `node_modules` with the packages of `examples/hello/ts`. Where there is no npm, or no registry,
/// nothing, and a line that says what is skipped.
///
/// # Panics
///
/// Where there is none in CI.
pub fn node_modules() -> Option<PathBuf> {
    find("TEST_NODE", "node")?;
    let npm = find("TEST_NPM", "npm")?;
    let folder = target().join("npm");
    fs::create_dir_all(&folder).expect("a folder for packages");
    let lock = fs::File::create(folder.join("lock")).expect("a file in it");
    lock.lock().expect("one test installs at a time");
    let manifest = root().join("examples/hello/ts/package.json");
    let (wanted, installed) = (fs::read(&manifest), folder.join("installed.json"));
    let wanted = wanted.expect("the example is there");
    let modules = folder.join("node_modules");
    if fs::read(&installed).is_ok_and(|bytes| bytes == wanted) {
        return Some(modules);
    }
    fs::write(folder.join("package.json"), &wanted).expect("a file in it");
    let mut command = Command::new(npm);
    command.arg("install").current_dir(&folder).stdin(Stdio::null());
    let output = cached(&mut command).output().expect("npm starts");
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!in_ci(), "{said}");
        skip(format!(
            "npm cannot install: {}",
            said.lines().next().unwrap_or_default()
        ));
        return None;
    }
    fs::write(installed, wanted).expect("a file in it");
    Some(modules)
}

/// Lets a project use installed packages.
pub fn link(modules: &Path, project: &Path) {
    std::os::unix::fs::symlink(modules, project.join("node_modules")).expect("the project has none");
}
