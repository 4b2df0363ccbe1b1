//! Work on hostile input, done by a child process of this very binary within bounds of time and memory.
//!
//! Input, result and complaint pass through files in memory, so that nothing can block on a pipe and no directory has
//! to be writable. The child bounds its own memory, and the parent its time. Whatever breaks in the child, a panic of
//! a library included, is a [`ChildError`] here.

mod bounds;
mod inside;

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{MemfdFlags, memfd_create};

pub use bounds::CompileBounds;
use bounds::{FAILED, REFUSED};
pub(crate) use inside::{WorkError, main};

/// This very binary, also where its file has been replaced meanwhile: the child is of this version.
const SELF: &str = "/proc/self/exe";
/// How often the parent looks.
const LOOK: Duration = Duration::from_millis(2);
/// How long a child may take while other work waits that nobody has tried yet.
const FIRST_TURN: Duration = Duration::from_secs(2);
/// Threads of one child at most; more hardly make it faster.
const THREADS: &str = "4";
/// Bytes of a complaint that are read.
const COMPLAINT: u64 = 8 << 10;
/// Bytes of a text that are read.
const ANSWER: u64 = 256 << 10;

/// What a child is to do.
pub(crate) struct Job<'a> {
    /// The hidden command.
    pub(crate) command: &'static str,
    /// Its arguments besides the bounds.
    pub(crate) arguments: &'a [&'static str],
    /// What it reads from standard input.
    pub(crate) input: &'a [u8],
    /// What it may use.
    pub(crate) bounds: CompileBounds,
    /// Says whether other work waits that nobody has tried yet.
    pub(crate) others_wait: &'a dyn Fn() -> bool,
}

/// Why a child gave no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ChildError {
    /// It found its input wrong; its own words.
    #[error("{0}")]
    Refused(String),
    /// It could not do its work; words of the machine.
    #[error("{0}")]
    Machine(String),
    /// It was stopped for taking too long.
    #[error("it took longer than {} s", .limit.as_secs_f64())]
    Time {
        /// [`CompileBounds::time`].
        limit: Duration,
        /// Whether it got so little of the processor that its input need not be the cause.
        starved: bool,
    },
    /// It was stopped after its first turn, for others.
    #[error("it was stopped for others")]
    Interrupted,
    /// It crashed, as where its memory or stack was not enough.
    #[error("it crashed (signal {signal}), as when {} MiB of memory are not enough", .memory >> 20)]
    Crashed {
        /// The signal that it brought on itself.
        signal: i32,
        /// [`CompileBounds::memory`].
        memory: usize,
    },
    /// The system or a person ended it.
    #[error("the system ended it (signal {signal}), as when the machine is short of memory")]
    Killed {
        /// The signal.
        signal: i32,
    },
    /// A library panicked in it.
    #[error("it met a bug of this host")]
    Panicked,
}

/// Does a job, and returns the file in memory with its result.
///
/// # Errors
///
/// Any [`ChildError`]; nothing of the child is left.
pub(crate) fn run(job: &Job<'_>) -> Result<File, ChildError> {
    let machine = |what: &str, error: &io::Error| ChildError::Machine(format!("{what}: {error}"));
    let memory = |error: io::Error| machine("no file in memory", &error);
    let Job { bounds, .. } = job;
    let mut input = file_in_memory("input").map_err(memory)?;
    input.write_all(job.input).map_err(memory)?;
    input.rewind().map_err(memory)?;
    let result = file_in_memory("result").map_err(memory)?;
    let complaint = file_in_memory("complaint").map_err(memory)?;
    let child = Command::new(SELF)
        .arg(job.command)
        .args(["--memory", &bounds.memory.to_string()])
        .args(["--time", &format!("{}ms", bounds.time.as_millis().max(1))])
        .args(job.arguments)
        // What the server was started with is none of a child's business.
        .env_clear()
        .env("RAYON_NUM_THREADS", THREADS)
        // mimalloc, where it is the allocator, else makes a gibibyte writable at once, which counts as used.
        .env("MIMALLOC_ARENA_EAGER_COMMIT", "0")
        .stdin(Stdio::from(input))
        .stdout(Stdio::from(result.try_clone().map_err(memory)?))
        .stderr(Stdio::from(complaint.try_clone().map_err(memory)?))
        .spawn()
        .map_err(|error| machine("it cannot be started", &error))?;
    let end = wait(child, job).map_err(|error| machine("it is lost", &error))?;
    let status = match end {
        End::Itself(status) => status,
        End::Interrupted => return Err(ChildError::Interrupted),
        End::Late { starved } => {
            return Err(ChildError::Time {
                limit: bounds.time,
                starved,
            });
        }
    };
    if status.success() {
        return Ok(result);
    }
    Err(failure(status, &words(complaint).map_err(memory)?, bounds.memory))
}

/// Does a job whose result is a text.
///
/// # Errors
///
/// Any [`ChildError`].
pub(crate) fn run_text(job: &Job<'_>) -> Result<String, ChildError> {
    let machine = |error: io::Error| ChildError::Machine(error.to_string());
    let mut result = run(job)?;
    let mut text = String::new();
    result.rewind().map_err(machine)?;
    result.take(ANSWER).read_to_string(&mut text).map_err(machine)?;
    Ok(text)
}

fn words(mut complaint: File) -> io::Result<String> {
    let mut words = Vec::new();
    complaint.rewind()?;
    complaint.take(COMPLAINT).read_to_end(&mut words)?;
    Ok(String::from_utf8_lossy(&words).trim().to_owned())
}

/// What an end says. Words that are not the child's own (a panic, a run-time system that gives up) may name places of
/// the machine that built it: they are for the log.
fn failure(status: ExitStatus, words: &str, memory: usize) -> ChildError {
    // Of what a process does to itself: abort, a bad access, an illegal instruction, too much time of the processor,
    // too large a file.
    const OWN: [i32; 6] = [4, 6, 7, 11, 24, 25];
    match (
        status.code().and_then(|code| u8::try_from(code).ok()),
        status.signal(),
    ) {
        (Some(REFUSED), _) => return ChildError::Refused(words.to_owned()),
        (Some(FAILED), _) => return ChildError::Machine(words.to_owned()),
        _ => tracing::debug!("a child process ended with {status}: {words}"),
    }
    match status.signal() {
        Some(signal) if OWN.contains(&signal) => ChildError::Crashed { signal, memory },
        Some(signal) => ChildError::Killed { signal },
        None => ChildError::Panicked,
    }
}

/// Makes an empty file in memory.
pub(crate) fn file_in_memory(name: &str) -> io::Result<File> {
    let file = memfd_create(name, MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
    Ok(File::from(file))
}

enum End {
    Itself(ExitStatus),
    Late { starved: bool },
    Interrupted,
}

fn wait(mut child: Child, job: &Job<'_>) -> io::Result<End> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(End::Itself(status));
        }
        let elapsed = start.elapsed();
        let end = if elapsed >= job.bounds.time {
            let starved = processor_time(&child).is_some_and(|used| used < elapsed / 4);
            End::Late { starved }
        } else if elapsed >= FIRST_TURN && (job.others_wait)() {
            End::Interrupted
        } else {
            thread::sleep(LOOK);
            continue;
        };
        child.kill()?;
        child.wait()?;
        return Ok(end);
    }
}

/// How long a child has used a processor, all its threads together.
fn processor_time(child: &Child) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).ok()?;
    // The name of the program, in brackets, may have spaces and brackets itself. Behind it is the third field; the
    // times are the fourteenth and the fifteenth, in hundredths of a second on every Linux.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace().skip(11);
    let ticks = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks.saturating_mul(10)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_childs_own_words_are_passed_on() {
        let place = "thread 'main' panicked at /home/build/lib.rs:7:7";
        for (status, error) in [
            (1 << 8, ChildError::Refused(place.to_owned())),
            (2 << 8, ChildError::Machine(place.to_owned())),
            (4 << 8, ChildError::Panicked),
            (101 << 8, ChildError::Panicked),
            (
                6,
                ChildError::Crashed {
                    signal: 6,
                    memory: 1 << 20,
                },
            ),
            (
                11,
                ChildError::Crashed {
                    signal: 11,
                    memory: 1 << 20,
                },
            ),
            (9, ChildError::Killed { signal: 9 }),
        ] {
            let found = failure(ExitStatus::from_raw(status), place, 1 << 20);
            assert_eq!(found, error);
            let own = matches!(error, ChildError::Refused(_) | ChildError::Machine(_));
            assert_eq!(found.to_string().contains("/home/build"), own, "{found}");
        }
    }
}
