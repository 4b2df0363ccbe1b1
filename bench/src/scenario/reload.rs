//! Versions that are swapped under full load.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use metawasm_tests::bodies;
use metawasm_tests::process::{Host, request};

use super::{Context, SYNC, another};
use crate::body::Request;
use crate::figure::{Bar, Figure};
use crate::load::{Load, Shot, closed};
use crate::process::{Cores, host};

const TURNS: usize = 5;
const CONNECTIONS: usize = 4;
/// Time between two swaps.
const STEP: Duration = Duration::from_millis(500);

pub(super) fn run(context: &Context) -> Result<Vec<Figure>> {
    let function = std::fs::read(metawasm_tests::function_plugin())?;
    let plugin = context.folder.write("function.wasm", &function);
    let text = format!(
        "compile: {{cache: {}}}\nreload: {{watch: false}}\nplugins:\n- name: function\n  source: file:{}\n",
        context.folder.path().join("code").display(),
        plugin.display()
    );
    let host = host(&context.folder.write("reload.yaml", text), Cores::All)?;
    let shot = Shot::Fresh(Request::new(SYNC, "", &bodies::recorded())?);
    let time = context.time(Duration::from_secs(4)).max(STEP * 2);
    // So that the code of both is known.
    swap(&host, &plugin, &another(&function, 1))?;
    swap(&host, &plugin, &function)?;
    let (mut before, mut known, mut new) = (Load::default(), Load::default(), Load::default());
    let mut swaps = 2;
    let mut next = 1;
    for _ in 0..context.turns(TURNS) {
        before.add(closed(host.hooks, &shot, 200, CONNECTIONS, time)?);
        // Versions whose code is in the cache, in turns.
        let version = |number: usize| {
            if number.is_multiple_of(2) {
                another(&function, 1)
            } else {
                function.clone()
            }
        };
        let (load, count) = during(&host, &plugin, &shot, time, version)?;
        known.add(load);
        swaps += count;
        // Versions that nobody has seen before, which are compiled.
        let first = next;
        let (load, count) = during(&host, &plugin, &shot, time, |number| {
            another(&function, first + 1 + number)
        })?;
        new.add(load);
        swaps += count;
        next += 1 + count;
    }
    let failed: u64 = [&before, &known, &new]
        .iter()
        .flat_map(|load| load.others.values())
        .sum();
    let calls = known.latencies.len() + new.latencies.len();
    let ratio = |load: &Load| load.quantile(0.99) / before.quantile(0.99);
    let note = |load: &Load| {
        format!(
            "{:.0} µs and {:.0} µs",
            load.quantile(0.99),
            before.quantile(0.99)
        )
    };
    Ok(vec![
        Figure::new(
            "reload under full load: failed calls",
            failed as f64,
            "calls",
            Bar::AtMost(0.0),
        )
        .note(format!("{swaps} swaps in {calls} calls")),
        Figure::new(
            "reload under full load, code in the cache: p99 while versions are swapped ÷ before",
            ratio(&known),
            "×",
            Bar::AtMost(2.0),
        )
        .note(format!("{}; a swap every {} ms", note(&known), STEP.as_millis())),
        Figure::new(
            "the same, versions that have to be compiled",
            ratio(&new),
            "×",
            Bar::AtMost(2.0),
        )
        .note(note(&new)),
    ])
}

/// A load while versions are swapped; returns how many were.
fn during(
    host: &Host,
    plugin: &Path,
    shot: &Shot,
    time: Duration,
    version: impl Fn(usize) -> Vec<u8> + Sync,
) -> Result<(Load, usize)> {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let swapping = scope.spawn(|| -> Result<usize> {
            let mut count = 0;
            while !over.load(Ordering::Relaxed) {
                swap(host, plugin, &version(count))?;
                count += 1;
                thread::sleep(STEP);
            }
            Ok(count)
        });
        let load = closed(host.hooks, shot, 200, CONNECTIONS, time);
        over.store(true, Ordering::Relaxed);
        let Ok(count) = swapping.join() else {
            bail!("the thread that swaps panicked")
        };
        Ok((load?, count?))
    })
}

/// Puts a version in place of the plugin and has it loaded.
fn swap(host: &Host, plugin: &Path, bytes: &[u8]) -> Result<()> {
    let new = plugin.with_extension("new");
    std::fs::write(&new, bytes)?;
    std::fs::rename(&new, plugin)?;
    let answer = request(host.admin, "POST", "/reload", b"");
    let report = answer.json();
    let result = report.pointer("/plugins/0/result").context("no report")?;
    if result != "swapped" {
        bail!("the version was not swapped: {report}");
    }
    Ok(())
}
