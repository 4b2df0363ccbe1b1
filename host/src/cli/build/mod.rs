//! `metawasm build`: from a project to a plugin, with the tool chain of its language.

mod c;
mod go;
mod node;
mod python;
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
/// the directory, and checks it like `metawasm inspect`. A project in TypeScript becomes a script, NAME.js.
///
/// Tool chains: Rust (Cargo.toml; requires cargo and the target wasm32-unknown-unknown), C (plugin.c; requires clang
/// and lld), Go (go.mod; requires Go 1.24 or newer), TypeScript and JavaScript with packages (package.json; requires
/// esbuild in node_modules), Python (hook.py, or a file with a server; requires componentize-py).
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
  3  the result is not a valid plugin
  4  a bug in metawasm")]
pub(super) struct Args {
    /// Directory of the project
    #[arg(value_name = "DIRECTORY", default_value = ".")]
    directory: PathBuf,
    /// File to write [default: NAME.wasm in the directory; NAME.js for a script]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    cache: CacheArgs,
    #[command(flatten)]
    script: ScriptArgs,
}

/// A way to build plugins.
struct Toolchain {
    /// The file by which a project is detected.
    file: &'static str,
    /// Builds the project in a directory.
    build: Build,
}

/// What a tool chain makes.
enum Build {
    /// A module or a component.
    Component(fn(&Path) -> Result<Built, Failure>),
    /// A component, of a project that a controller may describe.
    Described(fn(&Path, Option<&Path>) -> Result<Built, Failure>),
    /// A script that an engine runs.
    Script(fn(&Path) -> Result<Bundle, Failure>),
}

/// All ways. A further one is a file and a line.
const TOOLCHAINS: &[Toolchain] = &[
    Toolchain {
        file: "Cargo.toml",
        build: Build::Component(rust::build),
    },
    Toolchain {
        file: "plugin.c",
        build: Build::Component(c::build),
    },
    Toolchain {
        file: "go.mod",
        build: Build::Component(go::build),
    },
    Toolchain {
        file: node::MANIFEST,
        build: Build::Script(node::build),
    },
    Toolchain {
        file: python::HOOK,
        build: Build::Described(python::build),
    },
];

/// The way for a hook in Python that is a server, in a file of any name.
const SERVER: Toolchain = Toolchain {
    file: python::HOOK,
    build: Build::Described(python::build),
};

/// The product of a tool chain.
struct Built {
    /// The name of the project.
    name: String,
    /// The module or component.
    path: PathBuf,
}

impl Built {
    /// Returns the name of the component's file, and its bytes.
    fn finish(self) -> Result<(String, Vec<u8>), Failure> {
        let bytes = fs::read(&self.path)
            .map_err(|error| Failure::Refused(format!("cannot read {}: {error}", self.path.display())))?;
        Ok((format!("{}.wasm", self.name), component(bytes, &self.path)?))
    }
}

/// The product of a tool chain for scripts.
struct Bundle {
    /// The name of the project.
    name: String,
    /// The text of the script.
    text: Vec<u8>,
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
        .or_else(|| python::has_server(directory).then_some(&SERVER))
        .ok_or_else(|| unknown(directory))?;
    let (name, bytes) = match toolchain.build {
        Build::Component(build) => build(directory)?.finish()?,
        Build::Described(build) => build(directory, args.script.controller())?.finish()?,
        Build::Script(build) => {
            check_ending(args.output.as_deref())?;
            let bundle = build(directory)?;
            (format!("{}.js", bundle.name), bundle.text)
        }
    };
    let output = args.output.clone().unwrap_or_else(|| beside(directory, &name));
    fs::write(&output, &bytes)
        .map_err(|error| Failure::Usage(format!("cannot write {}: {error}", output.display())))?;
    check(args, &output)
}

/// The engine of a script is chosen by the ending of its file.
fn check_ending(output: Option<&Path>) -> Result<(), Failure> {
    let is_script = |path: &Path| path.extension().is_some_and(|end| end == "js" || end == "mjs");
    match output {
        Some(path) if !is_script(path) => Err(Failure::Usage(format!(
            "invalid --output {}: a script's file ends with .js or .mjs",
            path.display()
        ))),
        _ => Ok(()),
    }
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

/// Loads the plugin as a host would.
fn check(args: &Args, path: &Path) -> Result<Output, Failure> {
    let plugin = PluginArgs {
        // A bare path could be taken for another kind of source.
        source: format!("file:{}", path.display()),
        settings: None,
        cache: args.cache.clone(),
        script: args.script.without_controller(),
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
