//! `metawasm render` of the Function plugin, whose compiled code is in the code cache: the time of a command that a person runs.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use metawasm_tests::process::Folder;
use metawasm_tests::{function_plugin, metawasm, root};

use super::Context;
use crate::figure::{Bar, Figure};
use crate::load::median;

const TURNS: usize = 51;

pub(super) fn run(context: &Context) -> Result<Vec<Figure>> {
    let cache = Folder::new("bench-render");
    let first = render(cache.path())?;
    let mut times = Vec::new();
    for _ in 0..context.turns(TURNS) {
        times.push(render(cache.path())?);
    }
    Ok(vec![
        Figure::new(
            "metawasm render, Function plugin, warm".to_owned(),
            median(times),
            "ms",
            Bar::AtMost(50.0),
        )
        .note(format!(
            "median of whole commands; {first:.0} ms without compiled code"
        )),
    ])
}

/// Runs the command and returns its time in milliseconds.
fn render(cache: &Path) -> Result<f64> {
    let mut command = Command::new(metawasm());
    command
        .arg("render")
        .arg(function_plugin())
        .args(["-f", "examples/function.yaml", "-o", "summary"])
        .current_dir(root())
        .env("XDG_CACHE_HOME", cache)
        .env_remove("METAWASM_CODE_CACHE")
        .stdout(Stdio::null());
    let start = Instant::now();
    let status = command.status().context("cannot start metawasm")?;
    let time = start.elapsed().as_secs_f64() * 1e3;
    ensure!(status.success(), "metawasm render failed ({status})");
    Ok(time)
}
