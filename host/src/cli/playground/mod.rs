//! `metawasm playground`: plugins in a page of the person's browser.
//!
//! The page is part of the program and served on loopback. What it asks for, the plugins answer in the same pipeline as
//! in the server: one thread has them all, and answers one request after the other.

mod asked;
mod call;
mod guard;
mod hosted;
mod http;
mod page;
mod save;
mod timeline;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use axum::http::StatusCode;
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use super::cache::CacheArgs;
use super::offline::RuleArgs;
use super::registry::RegistryArgs;
use super::script::ScriptArgs;
use super::{Failure, Output, panics};
use crate::telemetry::{self, LineOptions, PluginLog};
use asked::Asked;
use guard::Guard;
use hosted::Hosted;
use http::Site;

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
  metawasm playground site.js -f site.yaml --cases tests
  metawasm playground function.wasm grants.wasm -f examples/function.yaml --port 0

Exit codes:
  0  ended by Ctrl-C or SIGTERM
  2  invalid usage or input, or the port is in use
  3  a plugin cannot be loaded
  4  a bug in metawasm")]
pub(super) struct Args {
    /// Plugins: paths of components or scripts, directories of scripts, or oci://REGISTRY/REPOSITORY:TAG
    #[arg(value_name = "PLUGIN", required = true)]
    plugins: Vec<String>,
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

/// A request of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Route {
    /// What plugins there are.
    Plugins,
    /// A call of a plugin.
    Call(String),
    /// A simulation.
    Simulate(String),
    /// A case to save.
    Save(String),
}

impl Route {
    /// Reads what follows `api/` in a path.
    fn of(path: &str) -> Option<Self> {
        let mut parts = path.split('/');
        let route = match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some("plugins"), None, _, _) => Self::Plugins,
            (Some("plugins"), Some(id), Some("call"), None) => Self::Call(id.to_owned()),
            (Some("plugins"), Some(id), Some("simulate"), None) => Self::Simulate(id.to_owned()),
            (Some("plugins"), Some(id), Some("save"), None) => Self::Save(id.to_owned()),
            _ => return None,
        };
        Some(route)
    }
}

/// A request that waits for the plugins.
struct Job {
    route: Route,
    body: Bytes,
    answer: oneshot::Sender<Result<Value, Problem>>,
}

/// Why the page does not get what it asks for.
#[derive(Debug)]
enum Problem {
    /// The request is wrong.
    Invalid(String),
    /// There is no such plugin or route.
    Unknown(String),
    /// The case exists.
    Exists(String),
    /// The request is too large.
    TooLarge(String),
    /// Too many requests wait.
    Busy(String),
    /// Nothing came of it.
    Failed(String),
}

impl Problem {
    /// The status and the sentence.
    fn told(self) -> (StatusCode, String) {
        match self {
            Self::Invalid(sentence) => (StatusCode::BAD_REQUEST, sentence),
            Self::Unknown(sentence) => (StatusCode::NOT_FOUND, sentence),
            Self::Exists(sentence) => (StatusCode::CONFLICT, sentence),
            Self::TooLarge(sentence) => (StatusCode::PAYLOAD_TOO_LARGE, sentence),
            Self::Busy(sentence) => (StatusCode::SERVICE_UNAVAILABLE, sentence),
            Self::Failed(sentence) => (StatusCode::UNPROCESSABLE_ENTITY, sentence),
        }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Usage(sentence) => Self::Invalid(sentence),
            Failure::Refused(sentence) | Failure::Trapped { sentence, .. } | Failure::Load(sentence) => {
                Self::Failed(sentence)
            }
            Failure::Bug => Self::Failed(panics::SENTENCE.to_owned()),
        }
    }
}

/// The plugins, and what they need.
struct Bench {
    hosted: Vec<Hosted>,
    log: PluginLog,
    cases: PathBuf,
}

impl Bench {
    /// Answers requests until the server is gone.
    fn run(mut self, jobs: &Receiver<Job>) {
        for job in jobs {
            // Nobody waits for an answer to an older text.
            if job.answer.is_closed() {
                continue;
            }
            job.answer.send(self.answer(&job.route, &job.body)).ok();
        }
    }

    fn answer(&mut self, route: &Route, body: &[u8]) -> Result<Value, Problem> {
        let id = match route {
            Route::Plugins => return self.plugins(),
            Route::Call(id) | Route::Simulate(id) | Route::Save(id) => id,
        };
        let hosted = self.hosted.iter_mut().find(|hosted| hosted.id == *id);
        let hosted = hosted.ok_or_else(|| Problem::Unknown("there is no such plugin".to_owned()))?;
        let asked = Asked::parse(body)?;
        match route {
            Route::Simulate(_) => timeline::simulate(hosted, &self.log, &asked),
            Route::Save(_) => save::save(hosted, &self.cases, &asked),
            Route::Plugins | Route::Call(_) => call::call(hosted, &self.log, &asked),
        }
    }

    fn plugins(&self) -> Result<Value, Problem> {
        let facts: Result<Vec<Value>, Failure> = self.hosted.iter().map(Hosted::facts).collect();
        Ok(json!({"plugins": facts?, "cases": self.cases.display().to_string()}))
    }
}

pub(super) fn run(args: &Args) -> Result<Output, Failure> {
    if args.settings.is_some() && args.plugins.len() > 1 {
        return Err(Failure::Usage(
            "--settings requires exactly one plugin, because settings belong to one".to_owned(),
        ));
    }
    let log = telemetry::init_lines(LineOptions {
        plugins: args.rules.log(),
        verbose: args.verbose,
        keep: true,
    });
    let mut hosted = Vec::new();
    for source in &args.plugins {
        let next = Hosted::load(args, source, &hosted)?;
        hosted.push(next);
    }
    let bench = Bench {
        hosted,
        log,
        cases: args.cases.clone(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| Failure::Load(format!("cannot start the async runtime: {error}")))?;
    runtime.block_on(serve(args.port, bench))?;
    Ok(Output::default())
}

/// Serves until a signal.
async fn serve(port: u16, bench: Bench) -> Result<(), Failure> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let cannot = |error: io::Error| Failure::Usage(format!("cannot listen on {address} (--port): {error}"));
    let listener = TcpListener::bind(address).await.map_err(cannot)?;
    let guard = listener.local_addr().and_then(Guard::new).map_err(cannot)?;
    let no_signals = |error: io::Error| Failure::Usage(format!("cannot handle signals: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(no_signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(no_signals)?;
    let (jobs, waiting) = sync_channel(WAITING);
    thread::Builder::new()
        .name("plugins".to_owned())
        .spawn(move || bench.run(&waiting))
        .map_err(|error| Failure::Usage(format!("cannot start the thread of the plugins: {error}")))?;
    anstream::println!("{}", guard.url());
    anstream::eprintln!("Open this address in a browser. Ctrl-C ends the playground.");
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    // A page keeps connections open; nothing is lost with them.
    let serving = http::serve(Site { guard, jobs }, listener);
    tokio::select! {
        served = serving => served.map_err(|error| Failure::Usage(format!("cannot accept connections: {error}"))),
        () = stop => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_read() {
        for (path, route) in [
            ("plugins", Some(Route::Plugins)),
            ("plugins/a/call", Some(Route::Call("a".to_owned()))),
            ("plugins/a/simulate", Some(Route::Simulate("a".to_owned()))),
            ("plugins/a/save", Some(Route::Save("a".to_owned()))),
            ("plugins/a", None),
            ("plugins/a/call/b", None),
            ("", None),
        ] {
            assert_eq!(Route::of(path), route, "{path}");
        }
    }
}
