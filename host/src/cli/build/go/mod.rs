//! Go: its own compiler, for WASI, and a small module in the place of WASI.

mod wasi;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use super::super::Failure;
use super::{Built, tool};

const GO: &str = "install Go 1.24 or newer from https://go.dev/dl";

/// The hooks, and the words in the source that set them. Each is compiled in only if the plugin has it, because the
/// host asks for the hooks that a plugin exports.
const HOOKS: [(&str, &str); 3] = [
    ("metawasm_sync", "metawasm.Sync("),
    ("metawasm_finalize", "metawasm.Finalize("),
    ("metawasm_customize", "metawasm.Customize("),
];

/// What `go list -json` says about a package.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Package {
    import_path: String,
    name: String,
    #[serde(default)]
    go_files: Vec<String>,
}

pub(super) fn build(directory: &Path) -> Result<Built, Failure> {
    let go = |args: &[&str]| {
        let mut command = Command::new("go");
        command
            .args(args)
            .current_dir(directory)
            .env("GOOS", "wasip1")
            .env("GOARCH", "wasm");
        tool(&mut command, GO)
    };
    let package = go(&["list", "-json=ImportPath,Name,GoFiles", "."])?;
    let package: Package = serde_json::from_slice(&package)
        .map_err(|error| Failure::Refused(format!("cannot read the output of `go list`: {error}")))?;
    let tags = tags(directory, &package)?;
    let target = directory.join("target");
    fs::create_dir_all(&target)
        .map_err(|error| Failure::Usage(format!("cannot create {}: {error}", target.display())))?;
    let module = Path::new("target").join("module.wasm");
    go(&[
        "build",
        "-buildmode=c-shared",
        "-trimpath",
        "-ldflags=-s -w",
        "-tags",
        &tags,
        "-o",
        &module.to_string_lossy(),
        ".",
    ])?;
    let module = directory.join(module);
    let path = target.join("plugin.wasm");
    adapt(&module, &path).map_err(|error| {
        Failure::Refused(format!(
            "cannot put the log in the place of WASI in {}: {error}",
            module.display()
        ))
    })?;
    let name = package.import_path.rsplit('/').next().unwrap_or_default();
    Ok(Built {
        name: name.to_owned(),
        path,
    })
}

/// Returns the build tags of the hooks that the package sets.
fn tags(directory: &Path, package: &Package) -> Result<String, Failure> {
    if package.name != "main" {
        return Err(Failure::Usage(format!(
            "{} has the package {}; expected package main, with an empty function main",
            directory.display(),
            package.name
        )));
    }
    let mut sources = String::new();
    for file in &package.go_files {
        let path: PathBuf = directory.join(file);
        let text = fs::read_to_string(&path)
            .map_err(|error| Failure::Usage(format!("cannot read {}: {error}", path.display())))?;
        sources.push_str(&text);
    }
    let tags: Vec<&str> = HOOKS
        .iter()
        .filter(|(_, word)| sources.contains(word))
        .map(|(tag, _)| *tag)
        .collect();
    if tags.is_empty() {
        return Err(Failure::Usage(format!(
            "no hook in {}: call metawasm.Sync in a function init of package main",
            directory.display()
        )));
    }
    Ok(tags.join(","))
}

/// Makes a component of the module of the compiler. The module stays: the compiler does not write it again if nothing
/// has changed.
fn adapt(module: &Path, component: &Path) -> Result<(), String> {
    let module = fs::read(module).map_err(|error| error.to_string())?;
    let bytes = wasi::component(module)?;
    fs::write(component, bytes).map_err(|error| error.to_string())
}
