//! Runs the contenders of one form side by side.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use metawasm_tests::bodies;
use metawasm_tests::client::{Connection, Wait};
use metawasm_tests::process::{self, Host};

use super::compare::same;
use super::contender::{EMPTY, FUNCTION, Form};
use super::prepare::{Prepared, Start};
use super::result::{Body, CONNECTIONS, Footprint, Measured, Row, Side};
use crate::body::Request;
use crate::load::{Shot, closed, median};
use crate::process::{Cores, cpu, host, memory};
use crate::scenario::{Context, TURN};
use crate::servers::Server;

const TURNS: usize = 7;
const STARTS: usize = 5;
/// A shorter turn has too few calls of the slowest contender.
const SHORTEST: Duration = Duration::from_millis(100);

/// A contender that runs.
enum Running {
    Host(Host),
    Server(Server),
}

impl Running {
    /// Starts a contender, whose answer is in a file if it is a floor.
    fn start(prepared: &Prepared, answer: Option<&Path>) -> Result<Self> {
        Ok(match &prepared.start {
            Start::Host(config) => Self::Host(host(config, Cores::All)?),
            Start::Program(program) => {
                let words: Vec<_> = program
                    .iter()
                    .cloned()
                    .chain(answer.map(Path::to_owned))
                    .collect();
                Self::Server(Server::start(&words, Cores::All)?)
            }
        })
    }

    fn address(&self) -> SocketAddr {
        match self {
            Self::Host(host) => host.hooks,
            Self::Server(server) => server.address,
        }
    }

    fn id(&self) -> u32 {
        match self {
            Self::Host(host) => host.id(),
            Self::Server(server) => server.id(),
        }
    }

    /// What the host has logged of its first failed call.
    fn why(&mut self) -> String {
        const ERROR: &str = r#""level":"ERROR""#;
        let Self::Host(host) = self else {
            return String::new();
        };
        if host.count_lines(ERROR) == 0 {
            return String::new();
        }
        format!("; {}", host.wait_for_line(ERROR))
    }
}

/// Measures all contenders of a form.
pub(super) fn measure(context: &Context, form: Form, contenders: &[Prepared]) -> Result<Measured> {
    let mut measured = Measured::default();
    for (number, body) in [bodies::small(), bodies::recorded(), bodies::large()]
        .iter()
        .enumerate()
    {
        anstream::eprintln!("   {}, {:.1} KB", form.about(), body.len() as f64 / 1e3);
        let answer = match form {
            Form::Floor => Some(
                context
                    .folder
                    .write("race-answer.json", answer(contenders, body)?),
            ),
            Form::Hook => None,
        };
        let answer = answer.as_deref();
        let mut running = Vec::new();
        for prepared in contenders {
            running.push(Running::start(prepared, answer)?);
        }
        agree(form, contenders, &running, body)?;
        measured.bodies.push(Body {
            size: body.len(),
            rows: rows(context, contenders, &mut running, body)?,
        });
        // The usual body, that in the middle, stands for memory and start.
        if number == 1 {
            let resident = running.iter().map(|one| Ok(memory(one.id())?.resident));
            let resident: Vec<f64> = resident.collect::<Result<_>>()?;
            drop(running);
            for (prepared, memory) in contenders.iter().zip(resident) {
                measured.footprints.push(Footprint {
                    contender: prepared.contender,
                    memory,
                    start: start(prepared, answer, body)?,
                    ship: prepared.ship,
                });
            }
        }
    }
    Ok(measured)
}

/// The answer of the Function plugin, which the floors write.
fn answer(contenders: &[Prepared], body: &[u8]) -> Result<String> {
    let function = contenders
        .iter()
        .find(|prepared| prepared.contender.server == FUNCTION);
    let function = function.context("the Function plugin does not take part")?;
    ask(&Running::start(function, None)?, function, body)
}

fn ask(running: &Running, prepared: &Prepared, body: &[u8]) -> Result<String> {
    let answer = process::request(running.address(), "POST", prepared.path, body);
    if answer.status != 200 {
        bail!(
            "{} answers {}: {}",
            prepared.contender.name,
            answer.status,
            answer.body
        );
    }
    Ok(answer.body)
}

/// Proves that all contenders give the same answer.
fn agree(form: Form, contenders: &[Prepared], running: &[Running], body: &[u8]) -> Result<()> {
    let mut first: Option<(&str, String)> = None;
    for (prepared, running) in contenders.iter().zip(running) {
        let contender = prepared.contender;
        let answer = ask(running, prepared, body)?;
        if contender.server == EMPTY {
            continue;
        }
        match &first {
            None => first = Some((contender.name, answer)),
            Some((name, expected)) => {
                same(form, expected, &answer).with_context(|| format!("{name} and {}", contender.name))?;
            }
        }
    }
    Ok(())
}

/// Measures with one body, in turns.
fn rows(
    context: &Context,
    contenders: &[Prepared],
    running: &mut [Running],
    body: &[u8],
) -> Result<Vec<Row>> {
    let mut shots = Vec::new();
    let mut rows = Vec::new();
    for prepared in contenders {
        let request = Request::new(prepared.path, "", body)?;
        shots.push([Shot::Fresh(request.clone()), Shot::Same(request)]);
        rows.push(Row {
            contender: prepared.contender,
            new: Side::default(),
            repeated: Side::default(),
        });
    }
    let turn = context.time(TURN).max(SHORTEST);
    // Compilers and caches are warm before anything is measured.
    let warm = context.time(TURN * 4).max(SHORTEST);
    for ([fresh, _], running) in shots.iter().zip(&*running) {
        closed(running.address(), fresh, 200, 2, warm)?;
    }
    for is_new in [true, false] {
        for _ in 0..context.turns(TURNS) {
            for (place, connections) in CONNECTIONS.into_iter().enumerate() {
                for ((row, running), [fresh, repeated]) in rows.iter_mut().zip(&*running).zip(&shots) {
                    let (side, shot) = if is_new {
                        (&mut row.new, fresh)
                    } else {
                        (&mut row.repeated, repeated)
                    };
                    let before = cpu(running.id())?;
                    let load = closed(running.address(), shot, 200, connections, turn)
                        .with_context(|| format!("{}, {connections} connections", row.contender.name))?;
                    side.add(place, &load, cpu(running.id())? - before);
                }
            }
        }
    }
    for (row, running) in rows.iter().zip(running) {
        let failed: u64 = row
            .new
            .failed()
            .chain(row.repeated.failed())
            .map(|(_, count)| count)
            .sum();
        if failed > 0 {
            anstream::eprintln!(
                "   {}: {failed} failed calls{}",
                row.contender.name,
                running.why()
            );
        }
    }
    Ok(rows)
}

/// The median time from the start of the process to its first answer.
fn start(prepared: &Prepared, answer: Option<&Path>, body: &[u8]) -> Result<Duration> {
    let request = Request::new(prepared.path, "", body)?;
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let begin = Instant::now();
        let running = Running::start(prepared, answer)?;
        let status = Connection::open(running.address(), Wait::Sleep)?
            .call(request.same())?
            .status;
        times.push(begin.elapsed().as_secs_f64());
        if status != 200 {
            bail!("{} answers {status}", prepared.contender.name);
        }
    }
    Ok(Duration::from_secs_f64(median(times)))
}
