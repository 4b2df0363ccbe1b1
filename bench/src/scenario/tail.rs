//! The slowest of a hundred at half of saturation.

use std::time::Duration;

use anyhow::Result;
use metawasm_tests::bodies;

use super::{Context, SYNC};
use crate::body::Request;
use crate::figure::{Bar, Figure};
use crate::load::{Load, Shot, closed, open};
use crate::process::{Baseline, Cores, host};

const CONNECTIONS: usize = 4;
const TURNS: usize = 5;

pub(super) fn run(context: &Context) -> Result<Vec<Figure>> {
    let host = host(&context.config("tail.yaml", ""), Cores::All)?;
    let baseline = Baseline::start(Cores::All)?;
    let shot = Shot::Fresh(Request::new(SYNC, "", &bodies::recorded())?);
    let time = context.time(Duration::from_secs(3));
    let mut loads = [Load::default(), Load::default()];
    let mut half = [0.0; 2];
    for _ in 0..context.turns(TURNS) {
        for ((address, load), half) in [host.hooks, baseline.address]
            .into_iter()
            .zip(&mut loads)
            .zip(&mut half)
        {
            if *half == 0.0 {
                *half = closed(address, &shot, 200, CONNECTIONS, time)?.clean()?.rate() / 2.0;
            }
            load.add(open(address, &shot, 200, CONNECTIONS, *half, time)?.clean()?);
        }
    }
    let ratio = |load: &Load| load.quantile(0.99) / load.quantile(0.5);
    let [ours, native] = &loads;
    let [rate, native_rate] = half;
    let figure = Figure::new(
        "new requests, 20.8 KB, at half of the maximum rate: p99 ÷ median",
        ratio(ours),
        "×",
        Bar::AtMost(3.0),
    );
    Ok(vec![figure.note(format!(
        "p99 {:.0} µs at {:.1} k/s; the native core {:.2} at {:.1} k/s",
        ours.quantile(0.99),
        rate / 1e3,
        ratio(native),
        native_rate / 1e3
    ))])
}
