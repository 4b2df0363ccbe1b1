//! Paths of the workspace, and calls of cargo.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{self, Path, PathBuf};
use std::process::{Command, ExitStatus};

use anyhow::{Context, Result, bail};

/// Separates the flags in `CARGO_ENCODED_RUSTFLAGS`.
const SEPARATOR: &str = "\u{1f}";
/// LLVM's inlining threshold for guests, in place of 225: for the Function plugin, the component is a tenth smaller and a
/// call executes 1 to 3 % more instructions. Unlike `-inline-threshold`, it leaves crates at opt-level "z" their own.
const GUEST_INLINING: &str = "-Cllvm-args=-inlinedefault-threshold=60";
/// The same for functions with `#[inline]`, in place of 325.
const GUEST_INLINING_HINT: &str = "-Cllvm-args=-inlinehint-threshold=160";
/// Names of functions with the types of generic parameters, so that each function in a profile has a name of its own.
const GUEST_NAMES: &str = "-Csymbol-mangling-version=v0";
/// Guests scan texts with vectors.
const GUEST_FEATURES: &str = "-Ctarget-feature=+simd128";
const GUEST_FLAGS: [&str; 4] = [GUEST_INLINING, GUEST_INLINING_HINT, GUEST_NAMES, GUEST_FEATURES];

/// The target that guests are compiled for.
pub(crate) const GUEST_TARGET: &str = "wasm32-unknown-unknown";

/// The profile of the host in the image. Cargo has a directory of that name beside the other ones in the target directory.
pub(crate) const IMAGE_PROFILE: &str = "ship";

/// The absolute paths of the checkout and its target directory.
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// The workspace that this xtask belongs to; `CARGO_TARGET_DIR` is honoured as cargo does.
    pub(crate) fn find() -> Result<Self> {
        // Cargo sets the variable when it runs us; the constant serves who starts the binary by hand.
        let manifest = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&manifest)
            .parent()
            .context("cannot find the workspace of xtask")?
            .to_path_buf();
        let target = match env::var_os("CARGO_TARGET_DIR").filter(|dir| !dir.is_empty()) {
            Some(dir) => path::absolute(dir)?,
            None => root.join("target"),
        };
        Ok(Self { root, target })
    }

    /// The checkout.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The binary `metawasm`, as `cargo xtask build` makes it.
    pub(crate) fn host(&self) -> PathBuf {
        self.program("metawasm")
    }

    /// A binary of the release profile.
    fn program(&self, name: &str) -> PathBuf {
        let name = format!("{name}{}", env::consts::EXE_SUFFIX);
        self.target.join("release").join(name)
    }

    /// Builds a binary of the release profile and runs it. Returns whether it succeeded.
    pub(crate) fn run(&self, program: &str, args: &[String]) -> Result<bool> {
        succeed(&mut self.cargo(&["build", "--workspace", "--release", "--bin", program]))?;
        Ok(status(self.command(self.program(program)).args(args))?.success())
    }

    /// The host of the image for a target.
    pub(crate) fn host_for(&self, target: &str) -> PathBuf {
        self.target.join(target).join(IMAGE_PROFILE).join("metawasm")
    }

    /// The container image, an OCI image layout.
    pub(crate) fn image(&self) -> PathBuf {
        self.target.join("image")
    }

    /// The image that tests read.
    pub(crate) fn image_check(&self) -> PathBuf {
        self.target.join("image-check")
    }

    /// The Function plugin, a component.
    pub(crate) fn plugin(&self) -> PathBuf {
        self.plugin_file("function")
    }

    /// A plugin's component, by the plugin's name.
    pub(crate) fn plugin_file(&self, name: &str) -> PathBuf {
        self.target.join("plugins").join(format!("{name}.wasm"))
    }

    /// The core module that a component is made from, by the component's package.
    pub(crate) fn core_module(&self, package: &str) -> PathBuf {
        self.target
            .join(GUEST_TARGET)
            .join("plugin")
            .join(format!("{}.wasm", package.replace('-', "_")))
    }

    /// An engine's component, by the engine's name.
    pub(crate) fn engine_file(&self, name: &str) -> PathBuf {
        self.target.join("engines").join(format!("{name}.wasm"))
    }

    /// The core module that an engine's component is made from, by the engine's name.
    pub(crate) fn engine_module(&self, name: &str) -> PathBuf {
        self.engine_build(name)
            .join(GUEST_TARGET)
            .join("release")
            .join(format!("metawasm_engine_{name}.wasm"))
    }

    /// The target directory of an engine. Each has one of its own: with other flags, cargo would compile again what they
    /// have in common.
    pub(crate) fn engine_build(&self, name: &str) -> PathBuf {
        self.target.join("engines-build").join(name)
    }

    /// The binary that makes snapshots of engines.
    pub(crate) fn snapshot_tool(&self) -> PathBuf {
        self.program("metawasm-snapshot")
    }

    /// The directory of the Function plugin's JavaScript package.
    pub(crate) fn web_plugin(&self) -> PathBuf {
        self.target.join("plugins/web")
    }

    /// The flavour of the JavaScript package for browsers.
    pub(crate) fn web_face(&self) -> PathBuf {
        self.web_plugin().join("web")
    }

    /// The sources of the playground, an npm project.
    pub(crate) fn playground(&self) -> PathBuf {
        self.root.join("playground")
    }

    /// The page of `metawasm playground`, compressed. The host embeds it.
    pub(crate) fn hosted_page(&self) -> PathBuf {
        self.playground().join("dist")
    }

    /// The built playground.
    pub(crate) fn playground_page(&self) -> PathBuf {
        self.target.join("playground")
    }

    /// The WebAssembly module of the JavaScript package.
    pub(crate) fn web_module(&self) -> PathBuf {
        self.target
            .join(GUEST_TARGET)
            .join("plugin/metawasm_function_web.wasm")
    }

    /// The request that `cargo xtask run` sends, kept for sending it by hand.
    pub(crate) fn request(&self) -> PathBuf {
        self.target.join("requests/function.json")
    }

    /// The Function that `cargo xtask run` shows.
    pub(crate) fn example(&self) -> PathBuf {
        self.root.join("examples/function.yaml")
    }

    /// The fuzz targets, a workspace of their own.
    pub(crate) fn fuzz(&self) -> PathBuf {
        self.root.join("fuzz")
    }

    /// Recorded requests.
    pub(crate) fn fixtures(&self) -> PathBuf {
        self.root.join("tests/fixtures")
    }

    /// Keys and signatures of other tools.
    pub(crate) fn vectors(&self) -> PathBuf {
        self.root.join("registry/src/trust/vectors")
    }

    /// The Function's CustomResourceDefinition.
    pub(crate) fn crd(&self) -> PathBuf {
        self.root.join("metacontroller/crd/function.yaml")
    }

    /// Returns a path relative to the root of the workspace, for messages.
    pub(crate) fn show<'p>(&self, path: &'p Path) -> path::Display<'p> {
        path.strip_prefix(&self.root).unwrap_or(path).display()
    }

    /// Returns a command that runs in the root of the workspace.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command
    }

    /// Returns cargo with these arguments, with the same cargo and target directory as this process.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.env("CARGO_TARGET_DIR", &self.target).args(arguments);
        // What cargo says of xtask: some build scripts look at it, and would run anew whenever somebody calls cargo
        // by hand in between.
        for (name, _) in env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&*name);
            }
        }
        command
    }

    /// Returns cargo in an engine's folder, a workspace of its own. Flags of the environment are ignored.
    pub(crate) fn engine_cargo(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = self.cargo(arguments);
        command
            .current_dir(self.root.join("engines").join(name))
            .env("CARGO_TARGET_DIR", self.engine_build(name))
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env_remove("RUSTFLAGS");
        command
    }

    /// Returns cargo for a reproducible build: paths in the binaries (in panic messages) do not depend on this machine.
    /// Flags of the environment are ignored.
    pub(crate) fn cargo_for(&self, target: &str, arguments: &[&str]) -> Result<Command> {
        let mut flags = self.remapped()?;
        if target == GUEST_TARGET {
            for flag in GUEST_FLAGS {
                flags.push(SEPARATOR);
                flags.push(flag);
            }
        }
        let mut command = self.cargo(arguments);
        command
            .args(["--target", target])
            // It changes the code that comes out: the Function plugin is 1 % larger with it.
            .env("CARGO_INCREMENTAL", "0")
            .env("CARGO_ENCODED_RUSTFLAGS", flags);
        Ok(command)
    }

    /// Returns rustc's flags that replace directories of this machine.
    fn remapped(&self) -> Result<OsString> {
        let mut flags = OsString::new();
        for (folder, name) in self.replaced()? {
            if !flags.is_empty() {
                flags.push(SEPARATOR);
            }
            flags.push("--remap-path-prefix=");
            flags.push(folder);
            flags.push("=");
            flags.push(name);
        }
        Ok(flags)
    }

    /// Returns the directories of this machine that a binary may name, and their replacements. The last match is used,
    /// and the target directory may be in the checkout.
    pub(crate) fn replaced(&self) -> Result<[(PathBuf, &'static str); 3]> {
        let home = env::var_os("CARGO_HOME").filter(|home| !home.is_empty());
        let home = match home
            .map(PathBuf::from)
            .or_else(|| Some(env::home_dir()?.join(".cargo")))
        {
            Some(home) => path::absolute(home)?,
            None => bail!("cannot find the home directory of cargo; set CARGO_HOME"),
        };
        Ok([
            (home, "/cargo"),
            (self.root.clone(), "/metawasm"),
            (self.target.clone(), "/target"),
        ])
    }
}

/// Runs a command. The error contains the command line.
pub(crate) fn succeed(command: &mut Command) -> Result<()> {
    match status(command)? {
        status if status.success() => Ok(()),
        status => bail!("`{}` failed ({status})", words(command)),
    }
}

/// Runs a command and returns its status.
pub(crate) fn status(command: &mut Command) -> Result<ExitStatus> {
    command
        .status()
        .with_context(|| format!("cannot start `{}`", words(command)))
}

/// Whether this is CI, which must have all tools.
pub(crate) fn in_ci() -> bool {
    env::var_os("CI").is_some_and(|ci| ci == "true")
}

/// Returns whether a program is not installed.
pub(crate) fn is_missing(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

/// Returns a command line for messages, without the directory of the program.
pub(crate) fn words(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let program = program.file_stem().unwrap_or(command.get_program());
    let words: Vec<_> = [program]
        .into_iter()
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace() -> Workspace {
        Workspace {
            root: "/src/metawasm".into(),
            target: "/src/metawasm/target".into(),
        }
    }

    #[test]
    fn shows_a_path_as_seen_from_the_root() {
        let workspace = workspace();
        assert_eq!(
            workspace.show(&workspace.plugin()).to_string(),
            "target/plugins/function.wasm"
        );
        assert_eq!(workspace.show(Path::new("/tmp/x")).to_string(), "/tmp/x");
    }

    #[test]
    fn a_binary_for_elsewhere_knows_nothing_of_this_machine() {
        let command = workspace()
            .cargo_for("wasm32-unknown-unknown", &["build"])
            .unwrap();
        assert_eq!(words(&command), "cargo build --target wasm32-unknown-unknown");
        let flags = command
            .get_envs()
            .find_map(|(name, value)| (name == "CARGO_ENCODED_RUSTFLAGS").then_some(value?))
            .unwrap();
        let flags: Vec<_> = flags.to_str().unwrap().split('\u{1f}').collect();
        assert!(flags[0].ends_with("=/cargo"), "{flags:?}");
        assert_eq!(
            flags[1..3],
            [
                "--remap-path-prefix=/src/metawasm=/metawasm",
                "--remap-path-prefix=/src/metawasm/target=/target",
            ]
        );
        assert_eq!(flags[3..], GUEST_FLAGS);
    }

    #[test]
    fn names_a_command_without_its_folder() {
        let mut command = workspace().command("/opt/rust/bin/cargo");
        command.args(["fmt", "--all", "--check"]);
        assert_eq!(words(&command), "cargo fmt --all --check");
    }
}
