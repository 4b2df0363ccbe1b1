//! The same request again: out of the memo, and as a 304.

use anyhow::{Context as _, Result};
use metawasm_tests::bodies;

use super::{Context, SYNC, TURN};
use crate::body::{self, Request};
use crate::figure::{Bar, Figure};
use crate::load::{Shot, closed, median};
use crate::process::{Baseline, Cores, host};
use metawasm_tests::client::{Connection, Wait};

const TURNS: usize = 21;

pub(super) fn run(context: &Context) -> Result<Vec<Figure>> {
    let host = host(&context.config("repeat.yaml", ""), Cores::All)?;
    let baseline = Baseline::start(Cores::All)?;
    let conditional = body::with_etag(&bodies::recorded())?;
    let same = |path: &str, headers: &str| Request::new(path, headers, &conditional).map(Shot::Same);
    let (ours, empty) = (same(SYNC, "")?, same("/empty", "")?);
    let etag = etag(host.hooks, &ours)?;
    let unchanged = same(SYNC, &format!("If-None-Match: {etag}\r\n"))?;
    let mut figures = Vec::new();
    for connections in [8, 1] {
        let mut rates = [const { Vec::new() }; 4];
        for _ in 0..context.turns(TURNS) {
            let of = |address, shot: &Shot, expected| -> Result<f64> {
                Ok(closed(address, shot, expected, connections, TURN)?
                    .clean()?
                    .rate())
            };
            let turn = [
                of(host.hooks, &ours, 200)?,
                of(host.hooks, &unchanged, 304)?,
                of(baseline.address, &empty, 200)?,
                of(baseline.address, &ours, 200)?,
            ];
            for (rates, rate) in rates.iter_mut().zip(turn) {
                rates.push(rate);
            }
        }
        let [memo, unchanged, empty, native] = rates.map(median);
        let bar = |bar| if connections == 8 { bar } else { Bar::None };
        let note = |rate: f64| format!("{:.1} k/s", rate / 1e3);
        for (what, rate) in [("repeated", memo), ("304", unchanged)] {
            figures.push(
                Figure::new(
                    format!(
                        "{what}, {connections} connections: throughput ÷ empty handler that reads the body"
                    ),
                    rate / empty,
                    "×",
                    bar(Bar::AtLeast(0.75)),
                )
                .note(note(rate)),
            );
            figures.push(Figure::new(
                format!("{what}, {connections} connections: throughput ÷ native core in axum"),
                rate / native,
                "×",
                bar(Bar::AtLeast(2.0)),
            ));
        }
    }
    Ok(figures)
}

/// The validator of an answer.
fn etag(address: std::net::SocketAddr, shot: &Shot) -> Result<String> {
    let mut connection = Connection::open(address, Wait::Sleep)?;
    shot.clone()
        .call(&mut connection)?
        .etag
        .context("the answer has no ETag")
}
