//! Rust: cargo, for a target without an operating system.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use super::super::Failure;
use super::{Built, tool};

/// WASI would be an import that no host provides.
const TARGET: &str = "wasm32-unknown-unknown";

const CARGO: &str = "install Rust from https://rustup.rs";

/// What `cargo metadata` says.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    target_directory: PathBuf,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    crate_types: Vec<String>,
}

pub(super) fn build(directory: &Path) -> Result<Built, Failure> {
    let cargo = |args: &[&str]| {
        let mut command = Command::new("cargo");
        command.args(args).current_dir(directory);
        tool(&mut command, CARGO)
    };
    let metadata = cargo(&["metadata", "--no-deps", "--format-version", "1"])?;
    let metadata: Metadata = serde_json::from_slice(&metadata)
        .map_err(|error| Failure::Refused(format!("cannot read the output of `cargo metadata`: {error}")))?;
    let (name, library) = library(&metadata, directory)?;
    check_target(directory)?;
    cargo(&["build", "--release", "--target", TARGET])?;
    let file = format!("{}.wasm", library.replace('-', "_"));
    Ok(Built {
        name,
        path: metadata.target_directory.join(TARGET).join("release").join(file),
    })
}

/// Returns the name of the package in a directory, and of its library.
fn library(metadata: &Metadata, directory: &Path) -> Result<(String, String), Failure> {
    let manifest = directory.join("Cargo.toml").canonicalize().unwrap_or_default();
    let package = metadata
        .packages
        .iter()
        .find(|package| package.manifest_path.canonicalize().is_ok_and(|path| path == manifest))
        .ok_or_else(|| {
            let names: Vec<&str> = metadata.packages.iter().map(|package| &*package.name).collect();
            Failure::Usage(format!(
                "{} is a workspace without a package of its own; name the directory of one of its packages: {}",
                manifest.display(),
                names.join(", ")
            ))
        })?;
    let is_module = |target: &&Target| target.crate_types.iter().any(|kind| kind == "cdylib");
    let library = package.targets.iter().find(is_module).ok_or_else(|| {
        Failure::Usage(format!(
            "{} has no library of the type cdylib; add `crate-type = [\"cdylib\"]` to its section [lib]",
            manifest.display()
        ))
    })?;
    Ok((package.name.clone(), library.name.clone()))
}

/// Checks that the standard library for the target is installed. cargo would only say that it cannot find `core`.
fn check_target(directory: &Path) -> Result<(), Failure> {
    let mut rustc = Command::new("rustc");
    rustc
        .args(["--print", "target-libdir", "--target", TARGET])
        .current_dir(directory);
    let path = tool(&mut rustc, CARGO)?;
    if Path::new(String::from_utf8_lossy(&path).trim()).is_dir() {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "the Rust target {TARGET} is not installed; run `rustup target add {TARGET}`"
    )))
}
