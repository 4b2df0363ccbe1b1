//! Load: closed (as fast as the answers come) and open (at a rate, whatever the answers do).

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::body::Request;
use crate::process::stay_on_last_core;
use metawasm_tests::client::{Answer, Connection, Tcp, Wait};

/// What a client sends.
#[derive(Clone)]
pub(crate) enum Shot {
    /// The same bytes each time.
    Same(Request),
    /// Never the same.
    Fresh(Request),
}

impl Shot {
    pub(crate) fn call(&mut self, connection: &mut Connection<Tcp>) -> io::Result<Answer> {
        match self {
            Self::Same(request) => connection.call(request.same()),
            Self::Fresh(request) => connection.call(request.fresh()),
        }
    }
}

/// What came of a load.
#[derive(Clone, Debug, Default)]
pub(crate) struct Load {
    /// Of each call with the status that was expected.
    pub(crate) latencies: Vec<Duration>,
    /// Answers with another status.
    pub(crate) others: BTreeMap<u16, u64>,
    pub(crate) elapsed: Duration,
}

impl Load {
    /// Calls a second.
    pub(crate) fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64()
    }

    /// A quantile of the latencies, in microseconds.
    pub(crate) fn quantile(&self, quantile: f64) -> f64 {
        let mut all = self.latencies.clone();
        all.sort_unstable();
        let at = ((all.len() as f64 * quantile) as usize).min(all.len().saturating_sub(1));
        all.get(at)
            .map_or(f64::NAN, |latency| latency.as_secs_f64() * 1e6)
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.latencies.extend(other.latencies);
        for (status, count) in other.others {
            *self.others.entry(status).or_default() += count;
        }
        self.elapsed += other.elapsed;
    }

    /// # Errors
    ///
    /// Says which answers were not expected.
    pub(crate) fn clean(self) -> Result<Self> {
        if self.others.is_empty() && !self.latencies.is_empty() {
            return Ok(self);
        }
        bail!(
            "{} expected answers; others by status: {:?}",
            self.latencies.len(),
            self.others
        )
    }

    fn count(&mut self, status: u16, expected: u16, took: Duration) {
        if status == expected {
            self.latencies.push(took);
        } else {
            *self.others.entry(status).or_default() += 1;
        }
    }
}

/// As fast as the answers come, over so many connections for so long.
pub(crate) fn closed(
    address: SocketAddr,
    shot: &Shot,
    expected: u16,
    connections: usize,
    time: Duration,
) -> Result<Load> {
    together(connections, |_, start| {
        let mut shot = shot.clone();
        let mut connection = Connection::open(address, Wait::Sleep)?;
        let mut load = Load::default();
        while start.elapsed() < time {
            let sent = Instant::now();
            let answer = shot.call(&mut connection)?;
            load.count(answer.status, expected, sent.elapsed());
        }
        Ok(load)
    })
}

/// One connection, on a core of its own, spinning: for so many calls.
pub(crate) fn spinning(address: SocketAddr, shot: &Shot, expected: u16, time: Duration) -> Result<Load> {
    let mut shot = shot.clone();
    thread::scope(|scope| {
        scope
            .spawn(move || {
                stay_on_last_core()?;
                let mut connection = Connection::open(address, Wait::Spin)?;
                let mut load = Load::default();
                let start = Instant::now();
                while start.elapsed() < time {
                    let sent = Instant::now();
                    let answer = shot.call(&mut connection)?;
                    load.count(answer.status, expected, sent.elapsed());
                }
                load.elapsed = start.elapsed();
                Ok(load)
            })
            .join()
            .map_err(|_| anyhow::anyhow!("the client panicked"))?
    })
}

/// At a rate, over so many connections. A call that cannot start in time, because the one before it is not over,
/// counts from when it should have started.
pub(crate) fn open(
    address: SocketAddr,
    shot: &Shot,
    expected: u16,
    connections: usize,
    rate: f64,
    time: Duration,
) -> Result<Load> {
    let step = Duration::from_secs_f64(connections as f64 / rate);
    together(connections, |number, start| {
        let mut shot = shot.clone();
        let mut connection = Connection::open(address, Wait::Sleep)?;
        let mut load = Load::default();
        let mut due = start + step.mul_f64(number as f64 / connections as f64);
        while due.duration_since(start) < time {
            let early = due.saturating_duration_since(Instant::now());
            let sent = if early.is_zero() {
                due
            } else {
                thread::sleep(early);
                Instant::now()
            };
            let answer = shot.call(&mut connection)?;
            load.count(answer.status, expected, sent.elapsed());
            due += step;
        }
        Ok(load)
    })
}

/// What so many clients see at once, each on a thread of its own; it is given its number and the start of all.
fn together(clients: usize, client: impl Fn(usize, Instant) -> io::Result<Load> + Sync) -> Result<Load> {
    let start = Instant::now();
    let loads: Vec<io::Result<Load>> = thread::scope(|scope| {
        let client = &client;
        let threads: Vec<_> = (0..clients)
            .map(|number| scope.spawn(move || client(number, start)))
            .collect();
        threads.into_iter().map(join).collect()
    });
    let mut all = Load::default();
    for load in loads {
        all.add(load?);
    }
    all.elapsed = start.elapsed();
    Ok(all)
}

/// Calls without end until told to stop; what comes back is counted by status.
pub(crate) fn until(address: SocketAddr, shot: &Shot, stop: &AtomicBool) -> io::Result<BTreeMap<u16, u64>> {
    let mut shot = shot.clone();
    let mut connection = Connection::open(address, Wait::Sleep)?;
    let mut counts = BTreeMap::new();
    while !stop.load(Ordering::Relaxed) {
        let answer = shot.call(&mut connection)?;
        *counts.entry(answer.status).or_default() += 1;
    }
    Ok(counts)
}

fn join<T>(thread: thread::ScopedJoinHandle<'_, io::Result<T>>) -> io::Result<T> {
    thread
        .join()
        .unwrap_or_else(|_| Err(io::Error::other("a client panicked")))
}

/// The median of values.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
