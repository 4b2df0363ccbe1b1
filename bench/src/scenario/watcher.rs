//! New and repeated requests while two people watch the host's page, compared with nobody who watches.
//!
//! The host has the first core for itself, with the thread that makes the page's data; the clients have the last one.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail};
use metawasm_tests::bodies;
use metawasm_tests::events::Events;
use metawasm_tests::process::Host;

use super::{Context, SYNC};
use crate::body::Request;
use crate::figure::{Bar, Figure};
use crate::load::{Shot, median, spinning};
use crate::process::{Cores, host};

const TURNS: usize = 15;
/// Long enough for several states.
const TURN: Duration = Duration::from_millis(2500);
const WATCHERS: usize = 2;

pub(super) fn run(context: &Context) -> Result<Vec<Figure>> {
    let host = host(&context.config("watched.yaml", ""), Cores::First)?;
    let request = Request::new(SYNC, "", &bodies::recorded())?;
    let mut figures = Vec::new();
    for (name, shot) in [
        ("new requests", Shot::Fresh(request.clone())),
        ("repeated requests", Shot::Same(request)),
    ] {
        let (mut alone, mut watched) = (Vec::new(), Vec::new());
        let mut events = 0;
        for turn in 0..context.turns(TURNS) {
            // Each of them is first in every second turn.
            for watch in [turn % 2 == 0, turn % 2 == 1] {
                let watchers = if watch {
                    Watchers::start(&host, WATCHERS)?
                } else {
                    Watchers::default()
                };
                let load = spinning(host.hooks, &shot, 200, TURN)?.clean()?;
                let seen = watchers.end(&host)?;
                if watch {
                    events += seen;
                    watched.push(1.0 / load.rate());
                } else {
                    alone.push(1.0 / load.rate());
                }
            }
        }
        let (alone, watched) = (median(alone), median(watched));
        figures.push(
            Figure::new(
                format!("{name}, {WATCHERS} watchers of the host's page: time of a call ÷ without"),
                watched / alone,
                "×",
                Bar::AtMost(1.02),
            )
            .note(format!(
                "{:.0} µs and {:.0} µs; {events} events",
                watched * 1e6,
                alone * 1e6
            )),
        );
    }
    Ok(figures)
}

/// Those who watch.
#[derive(Default)]
struct Watchers(Vec<thread::JoinHandle<usize>>);

impl Watchers {
    fn start(host: &Host, count: usize) -> Result<Self> {
        let watch = |_| {
            let events = Events::open(host.admin).map_err(|answer| anyhow!("no stream: {answer:?}"))?;
            // A turn has a few; the last one is waited for when the turn is over.
            let end = Instant::now() + TURN;
            Ok(thread::spawn(move || {
                events.take_while(|_| Instant::now() < end).count()
            }))
        };
        Ok(Self((0..count).map(watch).collect::<Result<_>>()?))
    }

    /// Waits until all are gone, and returns how many events they saw.
    fn end(self, host: &Host) -> Result<usize> {
        let mut seen = 0;
        for watcher in self.0 {
            seen += watcher.join().map_err(|_| anyhow!("a watcher panicked"))?;
        }
        let start = Instant::now();
        loop {
            let status =
                metawasm_tests::events::get(host.admin, "/status", &[("Host", &host.admin.to_string())]);
            match status
                .json()
                .pointer("/state/host/watchers")
                .and_then(serde_json::Value::as_u64)
            {
                Some(0) => return Ok(seen),
                _ if start.elapsed() > Duration::from_secs(10) => bail!("a watcher stays: {status:?}"),
                _ => thread::sleep(Duration::from_millis(20)),
            }
        }
    }
}
