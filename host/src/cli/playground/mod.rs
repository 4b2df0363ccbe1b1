//! `metawasm playground`: plugins in a page of the person's browser.
//!
//! The page is part of the program and served on loopback. What it asks for, the plugins answer in the same pipeline as
//! in the server: one thread has them all, and answers one request after the other.

mod asked;
mod bench;
mod call;
mod guard;
mod hosted;
mod http;
mod page;
mod problem;
mod route;
mod save;
mod timeline;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;
use std::thread;

use tokio::signal::unix::{SignalKind, signal};

use super::cache::CacheArgs;
use super::offline::{Loading, PluginArgs, RuleArgs};
use super::registry::RegistryArgs;
use super::script::ScriptArgs;
use super::{Failure, Output};
use crate::catalogue::Fetcher;
use crate::config::Config;
use crate::telemetry::{self, LineOptions};
use bench::Bench;
use guard::Guard;
use hosted::Hosted;
use http::Site;

/// The configuration that a new project has.
const CONFIG: &str = "metawasm.yaml";

/// Requests that may wait for the plugins.
const WAITING: usize = 16;

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
pub(super) struct Args {
    /// Plugins: paths of components or scripts, directories of scripts, or oci://REGISTRY/REPOSITORY:TAG
    /// [default: those of the configuration]
    #[arg(value_name = "PLUGIN")]
    plugins: Vec<String>,
    /// Configuration of `metawasm serve` (YAML file), for its plugins with their settings and limits, its CRDs and its
    /// apply strategy [default: metawasm.yaml, if it exists]
    #[arg(short, long, value_name = "FILE", conflicts_with = "plugins")]
    config: Option<PathBuf>,
    /// Settings to begin with (YAML or JSON file), for exactly one plugin
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Parent to begin with (YAML or JSON file); each plugin begins with the first file that contains a parent of its kind.
    /// Repeatable
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    parents: Vec<PathBuf>,
    /// Directory that cases are saved to
    #[arg(long, value_name = "DIRECTORY", default_value = "tests")]
    cases: PathBuf,
    /// Port on 127.0.0.1; 0 for a free port
    #[arg(long, value_name = "PORT", default_value_t = 8089)]
    port: u16,
    #[command(flatten)]
    rules: RuleArgs,
    #[command(flatten)]
    cache: CacheArgs,
    /// Show more details, and why the code cache is not used
    #[arg(short, long)]
    verbose: bool,
    #[command(flatten)]
    script: ScriptArgs,
    #[command(flatten)]
    registry: RegistryArgs,
}

pub(super) fn run(args: &Args) -> Result<Output, Failure> {
    if args.settings.is_some() && args.plugins.len() != 1 {
        return Err(Failure::Usage(
            "--settings requires exactly one plugin, because settings belong to one".to_owned(),
        ));
    }
    let log = telemetry::init_lines(LineOptions {
        plugins: args.rules.log(),
        verbose: args.verbose,
        keep: true,
    });
    let hosted = if args.plugins.is_empty() {
        configured(args)?
    } else {
        named(args)?
    };
    let bench = Bench {
        hosted,
        log,
        cases: args.cases.clone(),
    };
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, args.port));
    let cannot = |error: io::Error| Failure::Usage(format!("cannot listen on {address} (--port): {error}"));
    let listener = TcpListener::bind(address).map_err(cannot)?;
    listener.set_nonblocking(true).map_err(cannot)?;
    let guard = listener.local_addr().and_then(Guard::new).map_err(cannot)?;
    let (jobs, waiting) = sync_channel(WAITING);
    thread::Builder::new()
        .name("plugins".to_owned())
        .spawn(move || bench.run(&waiting))
        .map_err(|error| Failure::Usage(format!("cannot start the thread of the plugins: {error}")))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| Failure::Load(format!("cannot start the async runtime: {error}")))?;
    runtime.block_on(serve(Site { guard, jobs }, listener))?;
    Ok(Output::default())
}

/// Loads the plugins of the arguments.
fn named(args: &Args) -> Result<Vec<Hosted>, Failure> {
    let mut hosted = Vec::new();
    for source in &args.plugins {
        let plugin = PluginArgs {
            source: source.clone(),
            settings: args.settings.clone(),
            cache: args.cache.clone(),
            verbose: args.verbose,
            script: args.script.clone(),
            registry: args.registry.clone(),
        };
        let next = Hosted::load(plugin.loading()?, source, &args.rules, &args.parents, &hosted)?;
        hosted.push(next);
    }
    Ok(hosted)
}

/// Loads the plugins of the configuration, with their settings and limits.
fn configured(args: &Args) -> Result<Vec<Hosted>, Failure> {
    let path = args.config.as_deref().unwrap_or(Path::new(CONFIG));
    if args.config.is_none() && !path.is_file() {
        return Err(Failure::Usage(format!(
            "no plugin is named, and there is no {CONFIG} here; name a plugin, or a configuration with --config"
        )));
    }
    let mut config = Config::read(path).map_err(Failure::Usage)?;
    args.registry.merge(&mut config.fetch.registry);
    args.script.engines.merge(&mut config.fetch.engines);
    let rules = args.rules.with_config(&config);
    let mut hosted = Vec::new();
    for spec in config.plugins {
        let source = spec.source.to_string();
        let loading = Loading {
            spec,
            fetcher: Fetcher::new(&config.fetch).map_err(Failure::usage)?,
            cache: &args.cache,
            verbose: args.verbose,
        };
        let next = Hosted::load(loading, &source, &rules, &args.parents, &hosted)?;
        hosted.push(next);
    }
    if hosted.is_empty() {
        return Err(Failure::Usage(format!("{} has no plugins", path.display())));
    }
    Ok(hosted)
}

/// Serves until a signal. A page keeps its connections open; nothing is lost with them.
async fn serve(site: Site, listener: TcpListener) -> Result<(), Failure> {
    let no_signals = |error: io::Error| Failure::Usage(format!("cannot handle signals: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(no_signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(no_signals)?;
    anstream::println!("{}", site.guard.url());
    anstream::eprintln!("Open this address in a browser. Ctrl-C ends the playground.");
    tokio::select! {
        served = http::serve(site, listener) => {
            served.map_err(|error| Failure::Usage(format!("cannot accept connections: {error}")))
        }
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
    }
}
