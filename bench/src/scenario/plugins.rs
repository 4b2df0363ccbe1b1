//! A hundred plugins: copies of the Function plugin, each with a digest of its own.

use std::fmt::Write as _;
use std::process::Command;
use std::time::Instant;

use anyhow::{Result, bail};
use metawasm_tests::{bodies, metawasm};

use super::Context;
use crate::body::Request;
use crate::figure::{Bar, Figure};
use crate::process::{Cores, host, memory};
use metawasm_tests::client::{Connection, Wait};

const PLUGINS: usize = 100;

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

    let start = Instant::now();
    let host = host(&config, Cores::All)?;
    let ready = start.elapsed();
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
            "100 plugins: start of the process to serving, warm code cache",
            ready.as_secs_f64() * 1e3,
            "ms",
            Bar::AtMost(100.0),
        )
        .note(format!("with an empty cache {:.1} s", cold.as_secs_f64())),
    ])
}

/// The same component with another digest: a custom section at its end.
fn another(component: &[u8], number: usize) -> Vec<u8> {
    let name = format!("copy-{number:03}");
    let mut copy = component.to_vec();
    // Section 0, its size, the length of its name, its name.
    copy.extend([0, name.len() as u8 + 1, name.len() as u8]);
    copy.extend(name.as_bytes());
    copy
}
