//! The arguments.

use std::path::PathBuf;

use crate::cli::cache::CacheArgs;
use crate::cli::offline::RuleArgs;
use crate::cli::registry::RegistryArgs;
use crate::cli::script::ScriptArgs;

/// Try plugins in the browser: edit objects, and see the answer, its drawing, and the loop over time
///
/// Serves a page on loopback and prints its address, which contains a secret. The plugins run in the same pipeline as in
/// the server, and a new version of a file is used from the next call on. A call can be saved as a case of
/// `metawasm test`. Nothing is sent to a cluster.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  metawasm playground function.wasm
  metawasm playground --config metawasm.yaml -f example.yaml
  metawasm playground site.js -f site.yaml --cases tests
  metawasm playground function.wasm grants.wasm -f examples/function.yaml --port 0

Exit codes:
  0  ended by Ctrl-C or SIGTERM
  2  invalid usage or input, or the port is in use
  3  a plugin cannot be loaded
  4  a bug in metawasm")]
pub(in crate::cli) struct Args {
    /// Plugins: paths of components or scripts, directories of scripts, or oci://REGISTRY/REPOSITORY:TAG
    /// [default: those of the configuration]
    #[arg(value_name = "PLUGIN")]
    pub(super) plugins: Vec<String>,
    /// Configuration of `metawasm serve` (YAML file), for its plugins with their settings and limits, its CRDs and its
    /// apply strategy [default: metawasm.yaml, if it exists]
    #[arg(short, long, value_name = "FILE", conflicts_with = "plugins")]
    pub(super) config: Option<PathBuf>,
    /// Settings to begin with (YAML or JSON file), for exactly one plugin
    #[arg(long, value_name = "FILE")]
    pub(super) settings: Option<PathBuf>,
    /// Parent to begin with (YAML or JSON file); each plugin begins with the first file that contains a parent of its kind.
    /// Repeatable
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    pub(super) parents: Vec<PathBuf>,
    /// Directory that cases are saved to
    #[arg(long, value_name = "DIRECTORY", default_value = "tests")]
    pub(super) cases: PathBuf,
    /// Port on 127.0.0.1; 0 for a free port
    #[arg(long, value_name = "PORT", default_value_t = 8089)]
    pub(super) port: u16,
    #[command(flatten)]
    pub(super) rules: RuleArgs,
    #[command(flatten)]
    pub(super) cache: CacheArgs,
    /// Show more details, and why the code cache is not used
    #[arg(short, long)]
    pub(super) verbose: bool,
    #[command(flatten)]
    pub(super) script: ScriptArgs,
    #[command(flatten)]
    pub(super) registry: RegistryArgs,
}
