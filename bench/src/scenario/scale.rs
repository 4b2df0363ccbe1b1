//! Two connections against one, on all cores, which the client uses too.

use anyhow::Result;
use metawasm_tests::bodies;

use super::{Context, SYNC, TURN};
use crate::body::Request;
use crate::figure::{Bar, Figure};
use crate::load::{Shot, closed, median};
use crate::process::{Baseline, Cores, host};

const TURNS: usize = 21;

pub(super) fn run(context: &Context) -> Result<Vec<Figure>> {
    let host = host(&context.config("scale.yaml", ""), Cores::All)?;
    let baseline = Baseline::start(Cores::All)?;
    let shot = Shot::Fresh(Request::new(SYNC, "", &bodies::recorded())?);
    let mut rates = [const { Vec::new() }; 4];
    for _ in 0..context.turns(TURNS) {
        let of = |address, connections| -> Result<f64> {
            Ok(closed(address, &shot, 200, connections, TURN)?.clean()?.rate())
        };
        let turn = [
            of(host.hooks, 1)?,
            of(host.hooks, 2)?,
            of(baseline.address, 1)?,
            of(baseline.address, 2)?,
        ];
        for (rates, rate) in rates.iter_mut().zip(turn) {
            rates.push(rate);
        }
    }
    let [one, two, native_one, native_two] = rates.map(median);
    let figure = Figure::new(
        "new requests, 20.8 KB: throughput of 2 connections ÷ 1 connection",
        two / one,
        "×",
        Bar::AtLeast(1.5),
    );
    Ok(vec![figure.note(format!(
        "{:.1} k/s and {:.1} k/s; the native core {:.2}",
        two / 1e3,
        one / 1e3,
        native_two / native_one
    ))])
}
