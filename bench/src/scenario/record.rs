//! New requests while they are recorded. Both hosts have the first core for themselves, with the thread that records.

use anyhow::Result;
use metawasm_tests::bodies;

use super::{Context, SYNC, TURN};
use crate::body::Request;
use crate::figure::{Bar, Figure};
use crate::load::{Shot, median, spinning};
use crate::process::{Cores, host};

const TURNS: usize = 21;

pub(super) fn run(context: &Context) -> Result<Vec<Figure>> {
    let plain = host(&context.config("plain.yaml", ""), Cores::First)?;
    let directory = context.folder.path().join("recorded");
    let text = format!("record: {{directory: {}}}", directory.display());
    let recording = host(&context.config("record.yaml", &text), Cores::First)?;
    let shot = Shot::Fresh(Request::new(SYNC, "", &bodies::recorded())?);
    let (mut times, mut tails) = ([const { Vec::new() }; 2], [const { Vec::new() }; 2]);
    for _ in 0..context.turns(TURNS) {
        let hosts = [plain.hooks, recording.hooks].into_iter();
        for (address, (times, tails)) in hosts.zip(times.iter_mut().zip(&mut tails)) {
            let load = spinning(address, &shot, 200, TURN)?.clean()?;
            times.push(1.0 / load.rate());
            tails.push(load.quantile(0.99));
        }
    }
    let written = recording
        .metric(r#"metawasm_recorded_total{result="written"}"#)
        .unwrap_or_default();
    let dropped = recording
        .metric(r#"metawasm_recorded_total{result="dropped"}"#)
        .unwrap_or_default();
    let [plain, recording] = times.map(median);
    let [plain_tail, recording_tail] = tails.map(median);
    Ok(vec![
        Figure::new(
            "new requests, recorded: time of a call ÷ without recording",
            recording / plain,
            "×",
            Bar::AtMost(1.1),
        )
        .note(format!("{written:.0} written, {dropped:.0} dropped")),
        Figure::new(
            "new requests, recorded: p99 ÷ without recording",
            recording_tail / plain_tail,
            "×",
            Bar::None,
        ),
    ])
}
