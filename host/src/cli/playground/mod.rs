//! `metawasm playground`: plugins in a page of the person's browser.
//!
//! The page is part of the program and served on loopback. What it asks for, the plugins answer in the same pipeline as
//! in the server: one thread has them all, and answers one request after the other.

mod args;
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
mod start;
mod timeline;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::mpsc::sync_channel;
use std::thread;

use tokio::signal::unix::{SignalKind, signal};

use super::objects::documents;
use super::{Failure, Output};
use crate::telemetry::{self, LineOptions};
pub(super) use args::Args;
use bench::Bench;
use guard::Guard;
use hosted::Hosted;
use http::Site;

/// Requests that may wait for the plugins.
const WAITING: usize = 16;

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
    let (listener, guard) = listen(args.port)?;
    let bench = Bench {
        hosted: hosted(args)?,
        log,
        cases: args.cases.clone(),
    };
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

/// Opens the port: before the plugins are loaded, which may take a minute.
fn listen(port: u16) -> Result<(TcpListener, Guard), Failure> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let cannot = |error: io::Error| {
        let hint = match error.kind() {
            io::ErrorKind::AddrInUse => "; choose another port, or 0 for a free one",
            _ => "",
        };
        Failure::Usage(format!("cannot listen on {address} (--port): {error}{hint}"))
    };
    let listener = TcpListener::bind(address).map_err(cannot)?;
    listener.set_nonblocking(true).map_err(cannot)?;
    let guard = listener.local_addr().and_then(Guard::new).map_err(cannot)?;
    Ok((listener, guard))
}

/// Loads the plugins. Each file of a parent must be of use to one of them.
fn hosted(args: &Args) -> Result<Vec<Hosted>, Failure> {
    let mut hosted = Vec::new();
    for start in start::starts(args)? {
        let next = Hosted::load(start, &args.parents, &hosted)?;
        hosted.push(next);
    }
    for file in &args.parents {
        let documents = documents(file)?;
        let is_used = |hosted: &Hosted| {
            documents
                .iter()
                .any(|document| hosted.is_parent(&document.object))
        };
        if !hosted.iter().any(is_used) {
            let kinds: Vec<String> = hosted.iter().filter_map(Hosted::parent_kind).collect();
            return Err(Failure::Usage(format!(
                "{} has no parent of a loaded plugin; expected {}",
                file.display(),
                kinds.join(" or ")
            )));
        }
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
