//! `metawasm build`: from a project to a component, with the tool chain of its language.

mod c;
mod go;
mod rust;
mod world;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use metawasm_formats::text::one_line;
use wit_component::ComponentEncoder;

use super::cache::CacheArgs;
use super::offline::{Offline, PluginArgs};
use super::registry::RegistryArgs;
use super::script::ScriptArgs;
use super::{Failure, Output, inspect};

/// Build the plugin in a directory, and check it
///
/// Detects the tool chain by the files of the project, runs it, makes a component of its module, writes NAME.wasm into
/// the directory, and checks it like `metawasm inspect`.
///
/// Tool chains: Rust (Cargo.toml; requires cargo and the target wasm32-unknown-unknown), C (plugin.c; requires clang
/// and lld), Go (go.mod; requires Go 1.24 or newer).
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  metawasm build
  metawasm build plugins/site
  metawasm build --output /tmp/site.wasm

Exit codes:
  0  success
  1  the tool chain failed
  2  invalid usage, or a tool is not installed
  3  the component is not a valid plugin
  4  a bug in metawasm")]
pub(super) struct Args {
    /// Directory of the project
    #[arg(value_name = "DIRECTORY", default_value = ".")]
    directory: PathBuf,
    /// Component to write [default: NAME.wasm in the directory]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    cache: CacheArgs,
}

/// A way to build plugins.
struct Toolchain {
    /// The file by which a project is detected.
    file: &'static str,
    /// Builds the project in a directory.
    build: fn(&Path) -> Result<Built, Failure>,
}

/// All ways. A further one is a file and a line.
const TOOLCHAINS: &[Toolchain] = &[
    Toolchain {
        file: "Cargo.toml",
        build: rust::build,
    },
    Toolchain {
        file: "plugin.c",
        build: c::build,
    },
    Toolchain {
        file: "go.mod",
        build: go::build,
    },
];

/// The product of a tool chain.
struct Built {
    /// The name of the project.
    name: String,
    /// The module or component.
    path: PathBuf,
}

pub(super) fn run(args: &Args) -> Result<Output, Failure> {
    let directory = &args.directory;
    if !directory.is_dir() {
        return Err(Failure::Usage(format!(
            "{} is not a directory; expected the directory of a plugin's project",
            directory.display()
        )));
    }
    let toolchain = TOOLCHAINS
        .iter()
        .find(|toolchain| directory.join(toolchain.file).is_file())
        .ok_or_else(|| unknown(directory))?;
    let built = (toolchain.build)(directory)?;
    let bytes = fs::read(&built.path)
        .map_err(|error| Failure::Refused(format!("cannot read {}: {error}", built.path.display())))?;
    let component = component(bytes, &built.path)?;
    let output = args
        .output
        .clone()
        .unwrap_or_else(|| beside(directory, &format!("{}.wasm", built.name)));
    fs::write(&output, &component)
        .map_err(|error| Failure::Usage(format!("cannot write {}: {error}", output.display())))?;
    check(args, &output)
}

/// Returns the path of a file in a directory, without `./`.
fn beside(directory: &Path, name: &str) -> PathBuf {
    let path = directory.join(name);
    path.strip_prefix(".").map(Path::to_owned).unwrap_or(path)
}

fn unknown(directory: &Path) -> Failure {
    let files: Vec<&str> = TOOLCHAINS.iter().map(|toolchain| toolchain.file).collect();
    Failure::Usage(format!(
        "no project in {}: expected one of the files {}; to create a project, run `metawasm new NAME`",
        directory.display(),
        files.join(", ")
    ))
}

/// Makes a component of a module. A component stays as it is.
fn component(mut bytes: Vec<u8>, path: &Path) -> Result<Vec<u8>, Failure> {
    if matches!(bytes.get(..8), Some([0, b'a', b's', b'm', _, _, 1, 0])) {
        return Ok(bytes);
    }
    let encoded = world::embed(&mut bytes).and_then(|()| {
        let encoded = ComponentEncoder::default()
            .validate(true)
            .module(&bytes)
            .and_then(ComponentEncoder::encode);
        encoded.map_err(|error| format!("{error:#}"))
    });
    encoded.map_err(|error| {
        Failure::Refused(format!(
            "cannot make a component of {}: {}; does the code implement a world of wit/hook.wit and export it?",
            path.display(),
            one_line(&error)
        ))
    })
}

/// Loads the component as a host would.
fn check(args: &Args, path: &Path) -> Result<Output, Failure> {
    let plugin = PluginArgs {
        // A bare path could be taken for another kind of source.
        source: format!("file:{}", path.display()),
        settings: None,
        cache: args.cache.clone(),
        script: ScriptArgs::default(),
        registry: RegistryArgs::default(),
        verbose: false,
    };
    let offline = Offline::start(&plugin)?;
    Ok(inspect::built(offline.plugin()?, path))
}

/// Runs a tool of a tool chain, which writes to standard error, and returns its standard output. `missing` says what to
/// install.
fn tool(command: &mut Command, missing: &str) -> Result<Vec<u8>, Failure> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Failure::Usage(format!("{name} is not installed; {missing}")),
        _ => Failure::Usage(format!("cannot start {name}: {error}")),
    })?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        let words: Vec<_> = command.get_args().map(|arg| arg.to_string_lossy()).collect();
        Err(Failure::Refused(format!(
            "`{name} {}` failed ({})",
            words.join(" "),
            output.status
        )))
    }
}
