//! A million calls: does memory grow?

use std::time::Duration;

use anyhow::Result;
use metawasm_tests::bodies;

use super::{Context, SYNC};
use crate::body::Request;
use crate::figure::{Bar, Figure};
use crate::load::{Shot, closed};
use crate::process::{Cores, host, memory};

const CALLS: u64 = 1_000_000;
/// After these the memo is full and every thread has its arenas.
const FIRST: u64 = 50_000;
const CONNECTIONS: usize = 8;

pub(super) fn run(context: &Context) -> Result<Vec<Figure>> {
    let host = host(&context.config("soak.yaml", ""), Cores::All)?;
    let shot = Shot::Fresh(Request::new(SYNC, "", &bodies::recorded())?);
    let (first, all) = (context.count(FIRST), context.count(CALLS));
    let mut calls = 0;
    let mut after_first = None;
    while calls < all {
        let load = closed(host.hooks, &shot, 200, CONNECTIONS, Duration::from_millis(500))?.clean()?;
        calls += load.latencies.len() as u64;
        if calls >= first && after_first.is_none() {
            after_first = Some(memory(host.id())?);
        }
    }
    let end = memory(host.id())?;
    let before = after_first.map_or(f64::NAN, |memory| memory.resident);
    let figure = Figure::new(
        format!("{calls} calls: resident at the end ÷ after the first {first}"),
        end.resident / before,
        "×",
        Bar::AtMost(1.1),
    );
    Ok(vec![figure.note(format!(
        "{:.1} MB, {:.1} MB of it anonymous; after the first {before:.1} MB",
        end.resident, end.anonymous
    ))])
}
