//! A quiet plugin beside one whose every call burns its deadline.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Result, bail};
use metawasm_tests::bodies;
use metawasm_tests::guest::Guest;

use super::{Context, SYNC};
use crate::body::Request;
use crate::figure::{Bar, Figure};
use crate::load::{Load, Shot, open, until};
use crate::process::{Cores, host};

const TURNS: usize = 5;
/// Calls of the quiet plugin a second: a controller that is busy, not a benchmark of its own.
const RATE: f64 = 500.0;
const BURNING: usize = 4;

pub(super) fn run(context: &Context) -> Result<Vec<Figure>> {
    let endless = ("endless", Guest::endless().component(), "500ms");
    let config = context.config_with("neighbour.yaml", "", &[endless]);
    let host = host(&config, Cores::All)?;
    let quiet = Shot::Fresh(Request::new(SYNC, "", &bodies::recorded())?);
    let burner = Shot::Fresh(Request::new("/endless/sync", "", &bodies::recorded())?);
    let time = context.time(Duration::from_secs(4));
    let (mut silent, mut beside) = (Load::default(), Load::default());
    let mut burnt = 0;
    for _ in 0..context.turns(TURNS) {
        silent.add(open(host.hooks, &quiet, 200, 2, RATE, time)?);
        let stop = AtomicBool::new(false);
        let load = thread::scope(|scope| -> Result<Load> {
            let burners: Vec<_> = (0..BURNING)
                .map(|_| scope.spawn(|| until(host.hooks, &burner, &stop)))
                .collect();
            // So that they all burn.
            thread::sleep(Duration::from_millis(200));
            let load = open(host.hooks, &quiet, 200, 2, RATE, time);
            stop.store(true, Ordering::Relaxed);
            for burner in burners {
                let Ok(counts) = burner.join() else {
                    bail!("a client panicked")
                };
                burnt += counts?.get(&504).copied().unwrap_or_default();
            }
            load
        })?;
        beside.add(load);
    }
    let errors: u64 = silent.others.values().chain(beside.others.values()).sum();
    let of = |quantile| beside.quantile(quantile) / silent.quantile(quantile);
    Ok(vec![
        Figure::new(
            "with 4 calls of an endless plugin: p99 of another plugin ÷ p99 without them",
            of(0.99),
            "×",
            Bar::AtMost(2.0),
        )
        .note(format!(
            "{:.0} µs and {:.0} µs at {RATE} calls/s; {burnt} deadlines exceeded",
            beside.quantile(0.99),
            silent.quantile(0.99)
        )),
        Figure::new("the same, p50", of(0.5), "×", Bar::AtMost(1.1)).note(format!(
            "{:.0} µs and {:.0} µs",
            beside.quantile(0.5),
            silent.quantile(0.5)
        )),
        Figure::new(
            "the same, failed calls of the other plugin",
            errors as f64,
            "calls",
            Bar::AtMost(0.0),
        ),
    ])
}
