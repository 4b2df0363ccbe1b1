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
use crate::process::{Cores, host, thread_cpu};

const TURNS: usize = 31;
/// Long enough for a state after the first one.
const TURN: Duration = Duration::from_millis(1500);
const WATCHERS: usize = 2;

pub(super) fn run(context: &Context) -> Result<Vec<Figure>> {
    let host = host(&context.config("watched.yaml", ""), Cores::First)?;
    let request = Request::new(SYNC, "", &bodies::recorded())?;
    let shots = [
        ("new requests", Shot::Fresh(request.clone())),
        ("repeated requests", Shot::Same(request)),
    ];
    let mut figures = Vec::new();
    let mut events = 0;
    // Of the page's thread, and the time in which there were watchers, in seconds.
    let (mut used, mut watched_time) = (0.0, 0.0);
    for (name, shot) in &shots {
        let mut ratios = Vec::new();
        for number in 0..context.turns(TURNS) {
            let mut times = [f64::NAN; 2];
            // Each of both is first in every second turn.
            for watched in [number % 2, 1 - number % 2] {
                let watchers = Watchers::start(&host, if watched == 1 { WATCHERS } else { 0 })?;
                let before = thread_cpu(host.id(), "page")?;
                let load = spinning(host.hooks, shot, 200, TURN)?.clean()?;
                if watched == 1 {
                    used += thread_cpu(host.id(), "page")? - before;
                    watched_time += load.elapsed.as_secs_f64();
                }
                events += watchers.end(&host)?;
                if let Some(time) = times.get_mut(watched) {
                    *time = 1.0 / load.rate();
                }
            }
            let [alone, watched] = times;
            ratios.push(watched / alone);
        }
        let name = format!("{name}, {WATCHERS} watchers of the host's page: time of a call ÷ without");
        ratios.sort_by(f64::total_cmp);
        let part = |share: usize| ratios.get(ratios.len() * share / 4).copied().unwrap_or(f64::NAN);
        let note = format!(
            "the median of {} pairs of turns; half of them from {:.2} to {:.2}",
            ratios.len(),
            part(1),
            part(3)
        );
        figures.push(Figure::new(name, median(ratios), "×", Bar::AtMost(1.02)).note(note));
    }
    figures.push(
        Figure::new(
            "the same: CPU time of the page's thread in a second",
            used / watched_time * 1e3,
            "ms",
            Bar::AtMost(1.0),
        )
        .note(format!("{events} events")),
    );
    Ok(figures)
}

/// Those who watch.
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
