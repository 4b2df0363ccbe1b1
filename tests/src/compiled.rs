//! Plugins in the languages that `metawasm build` compiles.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::tool::{find, in_ci, look};
use crate::{metawasm, root, skip, target};

/// Finds clang, under its own name or with a version.
pub fn clang() -> Option<PathBuf> {
    let numbered = (14..=22).map(|version| format!("clang-{version}"));
    let found = std::iter::once("clang".to_owned())
        .chain(numbered)
        .find_map(|name| look("TEST_CLANG", &name).ok());
    found.or_else(|| find("TEST_CLANG", "clang"))
}

/// Whether C can be compiled here.
pub fn has_clang() -> bool {
    clang().is_some()
}

/// Whether Rust can be compiled for a plugin here.
///
/// # Panics
///
/// In CI, if it cannot.
pub fn has_cargo() -> bool {
    let libraries = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", "wasm32-unknown-unknown"])
        .output();
    let found =
        libraries.is_ok_and(|output| Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir());
    if !found {
        assert!(!in_ci(), "the target wasm32-unknown-unknown is not installed");
        skip("the target wasm32-unknown-unknown is not installed");
    }
    found
}

/// Returns a command without what cargo tells this process about its own crate. `folder` has its caches.
pub fn command(program: impl AsRef<Path>, folder: &Path) -> Command {
    let mut command = Command::new(program.as_ref());
    command
        .stdin(Stdio::null())
        .env("XDG_CACHE_HOME", folder)
        // Dependencies are compiled once, not by each run of the tests.
        .env("CARGO_TARGET_DIR", target().join("first-evening"))
        .env("GOCACHE", target().join("go-cache"))
        .env("GOTOOLCHAIN", "local")
        .env("GOPROXY", "off");
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("CARGO_PKG_") || ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH"].contains(&&*name) {
            command.env_remove(name);
        }
    }
    command
}

/// Builds the hook `examples/hooks/ordered-set` in a language: `go`, `rust` or `c`. Nothing, and a line, if its tools are
/// not installed.
///
/// # Errors
///
/// What the tools say.
///
/// # Panics
///
/// In CI, if the tools are not installed.
pub fn ordered_set(language: &str) -> Result<Option<PathBuf>, String> {
    let has_tools = match language {
        "go" => find("TEST_GO", "go").is_some(),
        "rust" => has_cargo(),
        _ => has_clang(),
    };
    if !has_tools {
        return Ok(None);
    }
    let folder = target().join("compiled");
    let component = folder.join(format!("ordered-set-{language}.wasm"));
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut command = command(metawasm(), &folder);
    command
        .arg("build")
        .arg(root().join("examples/hooks/ordered-set").join(language))
        .arg("--output")
        .arg(&component);
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(Some(component));
    }
    Err(format!(
        "the ordered set in {language} cannot be built: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    ))
}
