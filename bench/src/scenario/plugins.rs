//! A hundred plugins: copies of the Function plugin, each with a digest of its own.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use metawasm_tests::{bodies, metawasm};

use super::{Context, another};
use crate::body::Request;
use crate::figure::{Bar, Figure};
use crate::process::{Cores, Memory, host, memory};
use metawasm_tests::client::{Connection, Wait};
use metawasm_tests::process::Host;

const PLUGINS: usize = 100;
const FEW: usize = 20;
/// How long nobody calls a plugin before the memory at rest is read.
const REST: Duration = Duration::from_secs(60);
/// Starts, of which the best one counts: the first ones read the files from the disk.
const STARTS: usize = 3;

pub(super) fn run(context: &Context) -> Result<Vec<Figure>> {
    let function = std::fs::read(metawasm_tests::function_plugin())?;
    let mut config = format!(
        "compile: {{cache: {}}}\nplugins:\n",
        context.folder.path().join("code").display()
    );
    for number in 0..PLUGINS {
        let name = format!("copy-{number}");
        let path = context
            .folder
            .write(&format!("{name}.wasm"), another(&function, number));
        writeln!(config, "- name: {name}\n  source: file:{}", path.display())?;
    }
    let few = config
        .lines()
        .take(2 + 2 * FEW)
        .fold(String::new(), |text, line| text + line + "\n");
    let few = context.folder.write("few.yaml", few);
    let config = context.folder.write("plugins.yaml", config);
    // Compiling a hundred plugins takes minutes, longer than a start may take that does not hang.
    let cold = Instant::now();
    let checked = Command::new(metawasm())
        .args(["serve", "--check-config", "--log", "off", "--config"])
        .arg(&config)
        .output()?;
    if !checked.status.success() {
        bail!("{}", String::from_utf8_lossy(&checked.stderr));
    }
    let cold = cold.elapsed();

    let few = warm(&few)?.1;
    let (host, ready) = warm(&config)?;
    if host.get_admin("/readyz").status != 200 {
        bail!("the host is not ready");
    }
    let loaded = memory(host.id())?;
    let body = bodies::recorded();
    let mut connection = Connection::open(host.hooks, Wait::Sleep)?;
    for number in 0..PLUGINS {
        let mut request = Request::new(&format!("/copy-{number}/sync"), "", &body)?;
        let status = connection.call(request.fresh())?.status;
        if status != 200 {
            bail!("plugin {number} answers {status}");
        }
    }
    let called = memory(host.id())?;
    drop(connection);
    sleep(REST);
    let rested = memory(host.id())?;
    drop(host);
    let (one, names) = (named(context, 1)?, named(context, PLUGINS)?);
    Ok(vec![
        Figure::new(
            "100 plugins, each called once: resident",
            called.resident,
            "MB",
            Bar::AtMost(90.0),
        )
        .note(format!("loaded {:.1} MB", loaded.resident)),
        Figure::new("the same, anonymous", called.anonymous, "MB", Bar::AtMost(10.0))
            .note(format!("loaded {:.1} MB", loaded.anonymous)),
        Figure::new(
            "the same, after a minute at rest: resident",
            rested.resident,
            "MB",
            Bar::None,
        )
        .note(format!("anonymous {:.1} MB", rested.anonymous)),
        Figure::new(
            "100 plugins: start of the process to serving, warm code cache",
            ready.as_secs_f64() * 1e3,
            "ms",
            Bar::AtMost(100.0),
        )
        .note(format!("with an empty cache {:.1} s", cold.as_secs_f64())),
        Figure::new(
            "20 plugins: start of the process to serving, warm code cache",
            few.as_secs_f64() * 1e3,
            "ms",
            Bar::AtMost(50.0),
        ),
        Figure::new(
            "one component under 100 names: resident, beyond the one of 1 name",
            names.resident - one.resident,
            "MB",
            Bar::AtMost(5.0),
        )
        .note(format!(
            "{:.1} MB and {:.1} MB; anonymous {:.1} MB and {:.1} MB",
            names.resident, one.resident, names.anonymous, one.anonymous
        )),
    ])
}

/// Starts a host; the code of its plugins is in the cache. The best of some starts, and the last host.
fn warm(config: &Path) -> Result<(Host, Duration)> {
    let mut best = Duration::MAX;
    for _ in 1..STARTS {
        let start = Instant::now();
        drop(host(config, Cores::All)?);
        best = best.min(start.elapsed());
    }
    let start = Instant::now();
    let host = host(config, Cores::All)?;
    Ok((host, best.min(start.elapsed())))
}

/// The memory of a host with the Function plugin under so many names.
fn named(context: &Context, names: usize) -> Result<Memory> {
    let plugin = metawasm_tests::function_plugin();
    let mut config = format!(
        "compile: {{cache: {}}}\nplugins:\n",
        context.folder.path().join("code").display()
    );
    for number in 0..names {
        writeln!(
            config,
            "- name: name-{number}\n  source: file:{}",
            plugin.display()
        )?;
    }
    let config = context.folder.write("names.yaml", config);
    // The first start fills the cache.
    drop(host(&config, Cores::All)?);
    memory(host(&config, Cores::All)?.id())
}
