//! The same hook in each language, compared with the server that runs the same files natively: new requests, repeated
//! ones, and fifty hooks in one host against fifty servers.

mod table;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use metawasm_tests::client::{Connection, Wait};
use metawasm_tests::process::{self, Host};
use metawasm_tests::{plain, skip};
use serde_json::{Map, Value, json};

use self::table::{ALL, Language, Runs, example};
use super::{Context, TURN};
use crate::body::Request;
use crate::figure::{Bar, Figure};
use crate::load::{Shot, closed, median, spinning};
use crate::process::{Cores, cpu, host, memory, proportional};
use crate::servers::Server;

const TURNS: usize = 21;
const HOOKS: usize = 50;
/// Pods in the request, which make it about 20 KB.
const PODS: usize = 52;

pub(super) fn run(context: &Context) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for language in &ALL {
        let Some(plugin) = language.plugin()? else {
            continue;
        };
        let program = match language.native.prepare(&language.hook()) {
            Ok(program) => program,
            Err(why) => {
                skip(format!("{}: {why:#}", language.name));
                continue;
            }
        };
        figures.extend(one(context, language, &plugin, &program)?);
        figures.extend(fifty(context, language, &plugin, &program)?);
    }
    Ok(figures)
}

/// A recorded request with so many Pods that it has the size of a common one.
fn body() -> Result<Vec<u8>> {
    let path = example().join("requests/sync-many.json");
    let text = std::fs::read(&path).with_context(|| path.display().to_string())?;
    let mut request: Value = serde_json::from_slice(&text)?;
    let replicas = request.pointer_mut("/parent/spec/replicas");
    *replicas.context("the recorded request has no replicas")? = json!(PODS);
    let pods = request
        .pointer_mut("/children/Pod.v1")
        .and_then(Value::as_object_mut);
    let pods = pods.context("the recorded request has no Pods")?;
    let pod = pods
        .get("db-0")
        .context("the recorded request has no Pod db-0")?
        .clone();
    for number in 0..PODS {
        let mut pod = pod.clone();
        let name = format!("db-{number}");
        let metadata = pod.get_mut("metadata").and_then(Value::as_object_mut);
        let metadata = metadata.context("the recorded Pod has no metadata")?;
        metadata.insert("name".to_owned(), json!(name));
        metadata.insert(
            "uid".to_owned(),
            json!(format!("00000000-0000-4000-8000-{number:012}")),
        );
        pods.insert(name, pod);
    }
    Ok(request.to_string().into_bytes())
}

/// What was measured of the host, or of a server.
#[derive(Default)]
struct Side {
    calls: usize,
    seconds: f64,
    rates: Vec<f64>,
}

impl Side {
    /// Measures one turn of new requests.
    fn turn(&mut self, address: SocketAddr, id: u32, shot: &Shot) -> Result<()> {
        let before = cpu(id)?;
        let load = spinning(address, shot, 200, TURN)?.clean()?;
        self.seconds += cpu(id)? - before;
        self.calls += load.latencies.len();
        self.rates.push(load.rate());
        Ok(())
    }

    /// Microseconds of CPU for each call.
    fn cost(&self) -> f64 {
        self.seconds / self.calls as f64 * 1e6
    }
}

/// Checks that the host and the server give equal answers to all recorded requests.
fn agree(name: &str, host: SocketAddr, native: SocketAddr) -> Result<()> {
    for entry in std::fs::read_dir(example().join("requests"))? {
        let path = entry?.path();
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let hook = if file.starts_with("finalize") {
            "finalize"
        } else {
            "sync"
        };
        let request = std::fs::read(&path)?;
        let ask = |address| process::request(address, "POST", &format!("/hook/{hook}"), &request);
        let (ours, theirs) = (ask(host), ask(native));
        let is_equal =
            (ours.status, theirs.status) == (200, 200) && plain(&ours.json()) == plain(&theirs.json());
        ensure!(
            is_equal,
            "{name}: the answers to {} differ: the host {} {}, the server {} {}",
            path.display(),
            ours.status,
            ours.body,
            theirs.status,
            theirs.body
        );
    }
    Ok(())
}

/// One hook against one server.
fn one(
    context: &Context,
    language: &Language,
    plugin: &Map<String, Value>,
    program: &[PathBuf],
) -> Result<Vec<Figure>> {
    let Language { name, server, .. } = language;
    let config = language.config(context, plugin, &["hook".to_owned()])?;
    let host = host(&config, Cores::First)?;
    let native = Server::start(program, Cores::First)?;
    agree(name, host.hooks, native.address)?;
    let body = body()?;
    let request = Request::new("/hook/sync", "", &body)?;
    let size = body.len() as f64 / 1e3;
    let fresh = Shot::Fresh(request.clone());
    // Compilers and caches are warm before anything is measured.
    for address in [host.hooks, native.address] {
        spinning(address, &fresh, 200, context.time(Duration::from_secs(2)))?.clean()?;
    }
    let (mut ours, mut theirs) = (Side::default(), Side::default());
    for _ in 0..context.turns(TURNS) {
        ours.turn(host.hooks, host.id(), &fresh)?;
        theirs.turn(native.address, native.id(), &fresh)?;
    }
    let same = Shot::Same(request);
    let (mut memo, mut again) = (Vec::new(), Vec::new());
    for _ in 0..context.turns(TURNS) {
        for (rates, address) in [(&mut memo, host.hooks), (&mut again, native.address)] {
            rates.push(closed(address, &same, 200, 1, TURN)?.clean()?.rate());
        }
    }
    let (memo, again) = (median(memo), median(again));
    let cost = (ours.cost(), theirs.cost());
    let (ours, theirs) = (median(ours.rates), median(theirs.rates));
    Ok(vec![
        Figure::new(
            format!("{name}, new requests, {size:.1} KB: CPU of a call ÷ {server}"),
            cost.0 / cost.1,
            "×",
            language.bar,
        )
        .note(format!("{:.0} µs and {:.0} µs", cost.0, cost.1)),
        Figure::new(
            format!("{name}, the same: throughput on 1 core ÷ {server}"),
            ours / theirs,
            "×",
            Bar::None,
        )
        .note(format!("{ours:.0}/s and {theirs:.0}/s")),
        Figure::new(
            format!("{name}, repeated request: throughput on 1 core ÷ {server}"),
            memo / again,
            "×",
            Bar::None,
        )
        .note(format!("{memo:.0}/s and {again:.0}/s")),
    ])
}

/// Fifty hooks in one host against fifty servers.
fn fifty(
    context: &Context,
    language: &Language,
    plugin: &Map<String, Value>,
    program: &[PathBuf],
) -> Result<Vec<Figure>> {
    let name = language.name;
    let plugin_is = match language.runs {
        Runs::Engine(_) => "script plugin",
        Runs::Component | Runs::Compiled => "plugin",
    };
    let names: Vec<String> = (0..HOOKS).map(|number| format!("hook-{number}")).collect();
    let one = language.config(context, plugin, &["hook".to_owned()])?;
    let all = language.config(context, plugin, &names)?;
    // The first start fills the cache of compiled code.
    drop(host(&all, Cores::All)?);
    let single = host(&one, Cores::All)?;
    call(&single, "hook")?;
    let alone = memory(single.id())?;
    drop(single);

    let start = Instant::now();
    let many = host(&all, Cores::All)?;
    let ready = start.elapsed();
    for name in &names {
        call(&many, name)?;
    }
    let (ours, pss) = (memory(many.id())?, proportional(&[many.id()])?);
    drop(many);

    let start = Instant::now();
    let mut servers = Vec::new();
    for _ in 0..HOOKS {
        servers.push(Server::start(program, Cores::All)?);
    }
    let started = start.elapsed();
    let body = body()?;
    for server in &servers {
        let request = Request::new("/", "", &body)?;
        let status = Connection::open(server.address, Wait::Sleep)?
            .call(request.same())?
            .status;
        ensure!(status == 200, "a server answers {status}");
    }
    let ids: Vec<u32> = servers.iter().map(Server::id).collect();
    let mut resident = 0.0;
    for id in &ids {
        resident += memory(*id)?.resident;
    }
    let theirs = proportional(&ids)?;
    Ok(vec![
        Figure::new(
            format!("{name}: resident memory of each {plugin_is} beyond the first, called once"),
            (ours.resident - alone.resident) / (HOOKS - 1) as f64,
            "MB",
            Bar::AtMost(6.0),
        )
        .note(format!("a server {:.1} MB", resident / HOOKS as f64)),
        Figure::new(
            format!("{name}: {HOOKS} hooks in one host, PSS ÷ {HOOKS} servers"),
            pss / theirs,
            "×",
            Bar::None,
        )
        .note(format!(
            "{pss:.0} MB and {theirs:.0} MB; resident {:.0} MB and {resident:.0} MB",
            ours.resident
        )),
        Figure::new(
            format!("{name}: start of {HOOKS} hooks in one host, warm code cache ÷ start of {HOOKS} servers, one after the other"),
            ready.as_secs_f64() / started.as_secs_f64(),
            "×",
            Bar::None,
        )
        .note(format!(
            "{:.0} ms and {:.0} ms",
            ready.as_secs_f64() * 1e3,
            started.as_secs_f64() * 1e3
        )),
    ])
}

/// Calls a hook once.
fn call(host: &Host, name: &str) -> Result<()> {
    let request = Request::new(&format!("/{name}/sync"), "", &body()?)?;
    let status = Connection::open(host.hooks, Wait::Sleep)?
        .call(request.same())?
        .status;
    if status != 200 {
        bail!("{name} answers {status}");
    }
    Ok(())
}
