//! The engines of scripts: what `cargo xtask build` makes of `engines/*`.
//!
//! An engine is a workspace of its own in `engines/NAME`. Its module becomes a component, and the component a snapshot:
//! `metawasm-snapshot` initialises it and writes `target/engines/NAME.wasm`.

mod clang;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anstream::eprintln;
use anyhow::{Context, Result, bail, ensure};

use crate::output::{component, digest, have_target, size, write};
use crate::table::WARN;
use crate::workspace::{self, GUEST_TARGET, Workspace};
use clang::Clang;

/// An engine that `cargo xtask build` makes.
pub(crate) struct Engine {
    /// Its name, that of its folder `engines/NAME` and of its file `target/engines/NAME.wasm`. Its package is
    /// `metawasm-engine-NAME`.
    pub(crate) name: &'static str,
    /// Whether it contains C, which only clang compiles for WebAssembly.
    pub(crate) needs_clang: bool,
    /// Maximum size of the snapshot in bytes.
    budget: usize,
}

/// All engines. A new engine is a line here.
pub(crate) const ENGINES: &[Engine] = &[
    Engine {
        name: "js",
        needs_clang: true,
        budget: 1_700_000,
    },
    Engine {
        name: "jsonnet",
        needs_clang: false,
        budget: 2_400_000,
    },
];

/// An engine that was built, and the size of its snapshot.
pub(crate) struct Built {
    pub(crate) engine: &'static Engine,
    pub(crate) size: usize,
}

/// Builds the engines reproducibly and returns those that were built. An engine whose compiler is missing is left out
/// with a warning; with CI=true this is an error. The program `metawasm-snapshot` must be built.
pub(crate) fn engines(workspace: &Workspace) -> Result<Vec<Built>> {
    have_target(workspace, GUEST_TARGET)?;
    let mut built = Vec::new();
    for engine in ENGINES {
        let mut cargo =
            workspace.engine_cargo(engine.name, &["build", "--release", "--target", GUEST_TARGET]);
        if let Err(lacks) = engine.compile_for_wasm(workspace, &mut cargo)? {
            if workspace::in_ci() {
                bail!("{lacks}");
            }
            eprintln!("{WARN}warning:{WARN:#} {lacks}");
            // What an earlier build left would be a component of other sources.
            remove(&workspace.engine_file(engine.name))?;
            continue;
        }
        workspace::succeed(&mut cargo)?;
        let size = snapshot(workspace, engine)?;
        built.push(Built { engine, size });
    }
    Ok(built)
}

impl Engine {
    /// Sets what cargo needs to compile the engine for WebAssembly: flags that replace directories of this machine, and a
    /// C compiler. Returns a sentence if the compiler is missing.
    pub(crate) fn compile_for_wasm(
        &self,
        workspace: &Workspace,
        cargo: &mut Command,
    ) -> Result<Result<(), String>> {
        // As configuration and not in the environment, because an engine may have flags of its own in
        // `.cargo/config.toml`: cargo joins them with these.
        let flags: Vec<String> = workspace
            .replaced()?
            .iter()
            .map(|(folder, name)| format!("--remap-path-prefix={}={name}", folder.display()))
            .collect();
        cargo
            .args([
                "--config",
                &format!(
                    "target.{GUEST_TARGET}.rustflags={}",
                    serde_json::to_string(&flags)?
                ),
            ])
            .env("CARGO_INCREMENTAL", "0");
        if !self.needs_clang {
            return Ok(Ok(()));
        }
        let Some(clang) = Clang::find(workspace) else {
            return Ok(Err(format!(
                "cannot build the engine {}: no clang with the target wasm32 was found (Debian: apt-get install clang)",
                self.name
            )));
        };
        let mut flags = OsString::new();
        for (folder, name) in workspace.replaced()? {
            flags.push(format!("-ffile-prefix-map={}={name} ", folder.display()));
        }
        cargo
            .envs(clang.variables())
            .env(format!("CFLAGS_{}", clang::TARGET), flags);
        Ok(Ok(()))
    }
}

/// Makes the component and its snapshot, and returns the snapshot's size. Nothing is written if nothing changed.
fn snapshot(workspace: &Workspace, engine: &Engine) -> Result<usize> {
    let core = workspace.engine_module(engine.name);
    let core = fs::read(&core).with_context(|| format!("cannot read {}", workspace.show(&core)))?;
    let component = component(&core).with_context(|| format!("the engine {} is not usable", engine.name))?;
    let input = workspace.engine_build(engine.name).join("component.wasm");
    let output = workspace.engine_file(engine.name);

    let tool = workspace.snapshot_tool();
    let tool_bytes = fs::read(&tool).context("cargo built no binary `metawasm-snapshot`")?;
    let record = Record {
        file: input.with_extension("made"),
        from: format!("{} {}", digest(&component), digest(&tool_bytes)),
    };
    if !record.describes(&output) {
        write(&input, &component)?;
        let made = input.with_extension("snapshot");
        workspace::succeed(workspace.command(tool).arg(&input).arg(&made))?;
        let bytes = fs::read(&made).with_context(|| format!("cannot read {}", made.display()))?;
        if !fs::read(&output).is_ok_and(|old| old == bytes) {
            write(&output, &bytes)?;
        }
        record.store(&output)?;
    }

    let size_now = fs::read(&output)?.len();
    ensure!(
        size_now <= engine.budget,
        "{} is too large: {}, budget {}",
        workspace.show(&output),
        size(size_now as u64),
        size(engine.budget as u64),
    );
    Ok(size_now)
}

/// A file that says what a snapshot was made from.
struct Record {
    file: PathBuf,
    from: String,
}

impl Record {
    /// Whether a snapshot exists and was made from the same.
    fn describes(&self, snapshot: &Path) -> bool {
        let Ok(bytes) = fs::read(snapshot) else {
            return false;
        };
        fs::read_to_string(&self.file).is_ok_and(|text| text == self.text(&bytes))
    }

    fn store(&self, snapshot: &Path) -> Result<()> {
        let bytes = fs::read(snapshot).with_context(|| format!("cannot read {}", snapshot.display()))?;
        write(&self.file, self.text(&bytes).as_bytes())
    }

    fn text(&self, snapshot: &[u8]) -> String {
        format!("{} {}\n", self.from, digest(snapshot))
    }
}

/// Removes a file if it exists.
fn remove(file: &Path) -> Result<()> {
    match fs::remove_file(file) {
        Err(error) if !workspace::is_missing(&error) => {
            Err(error).with_context(|| format!("cannot remove {}", file.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_made_again_if_its_input_or_itself_changed() {
        let folder = std::env::temp_dir().join(format!("xtask-engines-{}", std::process::id()));
        let snapshot = folder.join("x.wasm");
        let record = |from: &str| Record {
            file: folder.join("x.made"),
            from: from.to_owned(),
        };
        assert!(!record("a").describes(&snapshot));
        write(&snapshot, b"snapshot").unwrap();
        assert!(!record("a").describes(&snapshot));
        record("a").store(&snapshot).unwrap();
        assert!(record("a").describes(&snapshot));
        assert!(!record("b").describes(&snapshot));
        write(&snapshot, b"other").unwrap();
        assert!(!record("a").describes(&snapshot));
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_missing_file_is_removed_already() {
        remove(Path::new("/no/such/file")).unwrap();
    }

    #[test]
    fn the_root_workspace_leaves_all_engines_out() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
        for engine in ENGINES {
            let folder = format!("engines/{}", engine.name);
            assert!(manifest.contains(&format!("\"{folder}\"")), "{folder}");
            assert!(root.join(&folder).join("Cargo.lock").is_file(), "{folder}");
        }
    }
}
