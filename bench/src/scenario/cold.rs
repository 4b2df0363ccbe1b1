//! Requests that were never seen before: a fresh instance for each, with everything switched on. Host and baseline each have the
//! first core for themselves, the client spins on the last one.

use anyhow::Result;
use metawasm_tests::bodies;

use super::{Context, SYNC, TURN};
use crate::body::Request;
use crate::figure::{Bar, Figure};
use crate::load::{Shot, median, spinning};
use crate::process::{Baseline, Cores, host};

const TURNS: usize = 41;

pub(super) fn run(context: &Context) -> Result<Vec<Figure>> {
    let config = context.config("cold.yaml", "");
    let host = host(&config, Cores::First)?;
    let baseline = Baseline::start(Cores::First)?;
    let mut figures = Vec::new();
    for (body, bar) in [
        (bodies::recorded(), Bar::AtMost(1.4)),
        (bodies::large(), Bar::AtMost(1.0)),
        (bodies::small(), Bar::None),
    ] {
        let shot = Shot::Fresh(Request::new(SYNC, "", &body)?);
        let (mut ours, mut native) = (Vec::new(), Vec::new());
        let (mut ours_p50, mut native_p50) = (Vec::new(), Vec::new());
        for _ in 0..context.turns(TURNS) {
            let load = spinning(host.hooks, &shot, 200, TURN)?.clean()?;
            ours.push(load.rate());
            ours_p50.push(load.quantile(0.5));
            let load = spinning(baseline.address, &shot, 200, TURN)?.clean()?;
            native.push(load.rate());
            native_p50.push(load.quantile(0.5));
        }
        let (ours, native) = (median(ours), median(native));
        let (ours_p50, native_p50) = (median(ours_p50), median(native_p50));
        figures.push(
            Figure::new(
                format!(
                    "new requests, {:.1} KB: time of a call ÷ native core in axum",
                    body.len() as f64 / 1e3
                ),
                native / ours,
                "×",
                bar,
            )
            .note(format!(
                "1 ÷ throughput, 1 connection; p50 {ours_p50:.0} µs ÷ {native_p50:.0} µs = {:.2}",
                ours_p50 / native_p50
            )),
        );
    }
    Ok(figures)
}
