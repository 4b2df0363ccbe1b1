//! C: clang, without an operating system and without a C library.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::super::Failure;
use super::{Built, tool};

/// The oldest version that is known to work, and the newest whose package name carries a version.
const VERSIONS: std::ops::RangeInclusive<u32> = 14..=22;

const CLANG: &str = "install clang 14 or newer and lld, for example with `apt-get install clang lld`, or set CC to a \
                     clang";

/// Memory that the module starts with: the stack, data, and room for a usual request, so that a call does not have to
/// ask for memory.
const FLAGS: &[&str] = &[
    "--target=wasm32-unknown-unknown",
    "-std=c11",
    "-O2",
    "-Wall",
    "-Wextra",
    "-ffreestanding",
    "-nostdlib",
    "-mbulk-memory",
    "-fvisibility=hidden",
    "-Wl,--no-entry",
    "-Wl,-z,stack-size=262144",
    "-Wl,--initial-memory=1048576",
    "-Wl,--gc-sections",
];

pub(super) fn build(directory: &Path) -> Result<Built, Failure> {
    let clang = clang().ok_or_else(|| Failure::Usage(format!("clang is not installed; {CLANG}")))?;
    let name = directory.canonicalize().ok();
    let name = name
        .as_deref()
        .and_then(Path::file_name)
        .and_then(|name| name.to_str());
    let name = name.unwrap_or("plugin").to_owned();
    let target = directory.join("target");
    fs::create_dir_all(&target)
        .map_err(|error| Failure::Usage(format!("cannot create {}: {error}", target.display())))?;
    let mut command = Command::new(clang);
    command
        .args(FLAGS)
        .arg("-o")
        .arg("target/plugin.wasm")
        .args(sources(directory)?);
    tool(command.current_dir(directory), CLANG)?;
    Ok(Built {
        name,
        path: target.join("plugin.wasm"),
    })
}

/// Returns the C files of a directory, sorted.
fn sources(directory: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |error| Failure::Usage(format!("cannot read {}: {error}", directory.display()));
    let mut sources = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let name = PathBuf::from(entry.map_err(failed)?.file_name());
        if name.extension().is_some_and(|end| end == "c") {
            // A name with a hyphen at its start is not an option.
            sources.push(Path::new(".").join(name));
        }
    }
    sources.sort();
    Ok(sources)
}

/// Returns the compiler: `CC` if it is a clang, else the first clang on the path.
fn clang() -> Option<PathBuf> {
    let named = env::var_os("CC").map(PathBuf::from);
    let is_clang = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with("clang"))
    };
    let numbered = VERSIONS.rev().map(|version| format!("clang-{version}"));
    let names = std::iter::once("clang".to_owned()).chain(numbered);
    named.filter(is_clang).or_else(|| {
        let folders = env::var_os("PATH")?;
        let folders: Vec<PathBuf> = env::split_paths(&folders).collect();
        names
            .flat_map(|name| folders.iter().map(move |folder| folder.join(&name)))
            .find(|path| path.is_file())
    })
}
