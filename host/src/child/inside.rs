//! The child's end: it bounds itself, reads standard input, and writes its result to standard output.

use std::io::{self, Read, Write};
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use rustix::process::{
    Resource, Rlimit, Signal, set_parent_process_death_signal, setpriority_process, setrlimit,
};

use super::bounds::{CompileBounds, FAILED, PANICKED, REFUSED};

/// How much less a child counts than the server's own threads: about a third. Whoever waits for it should not wait long.
const NICE: i32 = 2;
/// Bytes that a child may write.
const MOST_WRITTEN: u64 = 1 << 30;

/// Why the child has no result.
pub(crate) enum WorkError {
    /// The input is wrong: a sentence.
    Input(String),
    /// The machine failed it: a sentence.
    Machine(String),
}

/// Does a child's work, from its input to its result.
pub(crate) fn main(
    bounds: &CompileBounds,
    work: impl FnOnce(&[u8]) -> Result<Vec<u8>, WorkError>,
) -> ExitCode {
    // The message of a panic is for the parent's log.
    panic::set_hook(Box::new(|panic| {
        writeln!(io::stderr(), "{panic}").ok();
    }));
    let whole = || {
        let machine = |error: io::Error| WorkError::Machine(error.to_string());
        bound(bounds).map_err(machine)?;
        let mut input = Vec::new();
        io::stdin().read_to_end(&mut input).map_err(machine)?;
        let result = work(&input)?;
        let mut out = io::stdout();
        out.write_all(&result).and_then(|()| out.flush()).map_err(machine)
    };
    let outcome = panic::catch_unwind(AssertUnwindSafe(whole));
    let (code, words) = match outcome {
        Ok(Ok(())) => return ExitCode::SUCCESS,
        Ok(Err(WorkError::Input(words))) => (REFUSED, words),
        Ok(Err(WorkError::Machine(words))) => (FAILED, words),
        Err(_) => return ExitCode::from(PANICKED),
    };
    // Without a reader the code still says what happened.
    writeln!(io::stderr(), "{words}").ok();
    ExitCode::from(code)
}

/// Bounds this process: its memory, its time where the parent is gone, the size of what it writes.
fn bound(bounds: &CompileBounds) -> io::Result<()> {
    let limit = |resource, most: u64| {
        setrlimit(
            resource,
            Rlimit {
                current: Some(most),
                maximum: Some(most),
            },
        )
    };
    // Without a parent nobody waits.
    set_parent_process_death_signal(Some(Signal::KILL))?;
    // What can be written, so that address space that is only reserved does not count.
    limit(Resource::Data, bounds.memory as u64)?;
    limit(Resource::Fsize, MOST_WRITTEN)?;
    limit(Resource::Core, 0)?;
    // Of all its threads together.
    limit(Resource::Cpu, bounds.time.as_secs().saturating_mul(4).max(4))?;
    // Calls of plugins that are ready come first. Where the machine is short of memory, the child goes and not the
    // server. Both are asked for and not needed.
    setpriority_process(None, NICE).ok();
    std::fs::write("/proc/self/oom_score_adj", "1000").ok();
    Ok(())
}
