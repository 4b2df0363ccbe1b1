//! TypeScript, and JavaScript with packages: the bundler of the project, esbuild.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::super::Failure;
use super::Bundle;
use crate::input;

/// The file by which a project is detected.
pub(super) const MANIFEST: &str = "package.json";

/// The files that may have the hooks, in the order in which they are looked for.
const MAIN: [&str; 4] = ["index.ts", "src/index.ts", "index.js", "src/index.js"];

/// What the comment says that lets a script have a clock, in one of its first lines. esbuild removes comments.
const FROZEN: &str = "@metawasm frozen-clock";
const FIRST_LINES: usize = 20;

/// How the engine needs the bundle: an ES module for QuickJS, whose errors have the places of the sources. The engine
/// provides the module `metawasm`. Of packages that have code for Node and for browsers, the latter needs less of an
/// operating system.
const FLAGS: &[&str] = &[
    "--bundle",
    "--format=esm",
    "--platform=neutral",
    "--main-fields=browser,module,main",
    "--conditions=browser,module",
    "--target=es2023",
    "--external:metawasm",
    "--define:process.env.NODE_ENV=\"production\"",
    "--charset=utf8",
    "--sourcemap=inline",
    "--sources-content=false",
    "--log-level=warning",
];

/// What `package.json` says.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    name: String,
    #[serde(default)]
    dependencies: Map<String, Value>,
    #[serde(default)]
    dev_dependencies: Map<String, Value>,
}

pub(super) fn build(directory: &Path) -> Result<Bundle, Failure> {
    let manifest = manifest(directory)?;
    let name = file_name(&manifest.name).ok_or_else(|| {
        Failure::Usage(format!(
            "{}: invalid `name` {:?}; expected a name such as site",
            directory.join(MANIFEST).display(),
            manifest.name
        ))
    })?;
    let main = MAIN.iter().find(|main| directory.join(main).is_file());
    let main = main.ok_or_else(|| {
        Failure::Usage(format!(
            "no hooks in {}: expected one of the files {}",
            directory.display(),
            MAIN.join(", ")
        ))
    })?;
    let esbuild = find(directory).ok_or_else(|| missing(directory, &manifest))?;
    let mut command = Command::new(esbuild);
    command.arg(main).args(FLAGS).current_dir(directory);
    if has_frozen_clock(&directory.join(main))? {
        command.arg(format!("--banner:js=// {FROZEN}"));
    }
    Ok(Bundle {
        name: name.to_owned(),
        text: run(command, main)?,
    })
}

fn manifest(directory: &Path) -> Result<Manifest, Failure> {
    let path = directory.join(MANIFEST);
    let bytes = input::file(&path).map_err(|error| Failure::Usage(error.to_string()))?;
    serde_json::from_slice(&bytes).map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))
}

/// Returns the part of a package's name that is the name of a file: `site` of `@example/site`.
fn file_name(package: &str) -> Option<&str> {
    let name = package.rsplit('/').next().unwrap_or_default();
    let valid = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let is_valid = name.starts_with(|first: char| first.is_ascii_alphanumeric()) && name.chars().all(valid);
    is_valid.then_some(name)
}

/// Finds the bundler as Node finds packages: in the project, then in the directories above.
fn find(directory: &Path) -> Option<PathBuf> {
    let directory = directory.canonicalize().ok()?;
    let mut above = directory.ancestors();
    above.find_map(|folder| Some(folder.join("node_modules/.bin/esbuild")).filter(|path| path.is_file()))
}

fn missing(directory: &Path, manifest: &Manifest) -> Failure {
    let dependencies = [&manifest.dependencies, &manifest.dev_dependencies];
    let command = if dependencies.iter().any(|names| names.contains_key("esbuild")) {
        "npm install"
    } else {
        "npm install --save-dev --save-exact esbuild"
    };
    Failure::Usage(format!(
        "esbuild is not installed in {}; run `{command}` there",
        directory.display()
    ))
}

fn has_frozen_clock(main: &Path) -> Result<bool, Failure> {
    let text =
        fs::read(main).map_err(|error| Failure::Usage(format!("cannot read {}: {error}", main.display())))?;
    let text = String::from_utf8_lossy(&text);
    let mut lines = text.lines().take(FIRST_LINES);
    let is_comment = |line: &str| ["//", "/*", "*"].iter().any(|start| line.starts_with(start));
    Ok(lines.any(|line| is_comment(line.trim_start()) && line.contains(FROZEN)))
}

/// Runs the bundler, and returns the bundle. Its messages go to standard error as they are.
fn run(mut command: Command, main: &str) -> Result<Vec<u8>, Failure> {
    command.arg(format!("--color={}", io::stderr().is_terminal()));
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| {
        let esbuild = command.get_program().to_string_lossy();
        Failure::Usage(format!(
            "cannot start {esbuild}: {error}; run `npm install` again"
        ))
    })?;
    // A message that cannot be written is lost, as with a tool that writes by itself.
    let _ = io::stderr().write_all(&output.stderr);
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let hint = if said.contains("is built into node") {
        "; a plugin has no modules of Node: it has no files, network or processes"
    } else {
        ""
    };
    Err(Failure::Refused(format!(
        "`esbuild {main}` failed ({}){hint}",
        output.status
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_package_is_the_name_of_a_file() {
        for (package, name) in [
            ("site", Some("site")),
            ("@example/my-site", Some("my-site")),
            ("a.b_c", Some("a.b_c")),
            ("..", None),
            ("@example/", None),
            ("", None),
            ("a b", None),
            ("-x", None),
        ] {
            assert_eq!(file_name(package), name, "{package}");
        }
    }
}
