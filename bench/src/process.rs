//! The processes that are measured.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result};
use metawasm_tests::metawasm;
use metawasm_tests::process::Host;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Where a process may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cores {
    All,
    /// The first one alone.
    First,
}

/// Runs something where it may use certain cores only; a process that is started in it inherits that.
pub(crate) fn on<T>(cores: Cores, start: impl FnOnce() -> T) -> Result<T> {
    let before = sched_getaffinity(None)?;
    if cores == Cores::First {
        sched_setaffinity(None, &single(0))?;
    }
    let started = start();
    sched_setaffinity(None, &before)?;
    Ok(started)
}

/// Keeps the calling thread on the last core, away from a server on the first one.
pub(crate) fn stay_on_last_core() -> Result<()> {
    let cores = std::thread::available_parallelism()?.get();
    Ok(sched_setaffinity(None, &single(cores.saturating_sub(1)))?)
}

fn single(core: usize) -> CpuSet {
    let mut set = CpuSet::new();
    set.set(core);
    set
}

/// The host with a configuration file; addresses are chosen by the system.
pub(crate) fn host(config: &Path, cores: Cores) -> Result<Host> {
    let args = ["--config".to_owned(), config.display().to_string()];
    on(cores, || Host::start(Command::new(metawasm()), &args))
}

/// The baseline, ended when dropped.
pub(crate) struct Baseline {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Baseline {
    pub(crate) fn start(cores: Cores) -> Result<Self> {
        let program = std::env::current_exe()?;
        let mut command = Command::new(program);
        command.arg("--baseline").stdout(Stdio::piped());
        let mut child = on(cores, || command.spawn())??;
        let stdout = child.stdout.take().context("the standard output is not a pipe")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line
            .trim()
            .parse()
            .context("the baseline did not print its address")?;
        Ok(Self { child, address })
    }
}

impl Drop for Baseline {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Resident bytes of a process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    pub(crate) resident: f64,
    pub(crate) anonymous: f64,
}

/// In MB (1,000,000 bytes).
pub(crate) fn memory(id: u32) -> Result<Memory> {
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    let of = |name: &str| -> Result<f64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kib: f64 = line
            .and_then(|rest| {
                rest.trim_start_matches(':')
                    .trim()
                    .strip_suffix(" kB")?
                    .parse()
                    .ok()
            })
            .with_context(|| format!("/proc/{id}/status has no {name}"))?;
        Ok(kib * 1024.0 / 1e6)
    };
    Ok(Memory {
        resident: of("VmRSS")?,
        anonymous: of("RssAnon")?,
    })
}

/// The CPU time that a process has used, in seconds: its own and the kernel's for it.
pub(crate) fn cpu(id: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat"))?;
    // The second field, the program's name, may contain spaces.
    let (_, rest) = stat.rsplit_once(')').context("/proc/PID/stat has no name")?;
    let ticks = |field: usize| -> Result<f64> {
        let text = rest.split_whitespace().nth(field);
        Ok(text.context("/proc/PID/stat is too short")?.parse()?)
    };
    // Linux counts in hundredths of a second here, whatever the kernel's own tick is.
    Ok((ticks(11)? + ticks(12)?) / 100.0)
}

/// The CPU time that a thread of a process has used, in seconds; the first one of this name.
pub(crate) fn thread_cpu(id: u32, name: &str) -> Result<f64> {
    for task in fs::read_dir(format!("/proc/{id}/task"))? {
        let task = task?.path();
        if fs::read_to_string(task.join("comm"))?.trim() == name {
            let text = fs::read_to_string(task.join("schedstat"))?;
            let nanos = text.split_whitespace().next().context("schedstat is empty")?;
            return Ok(nanos.parse::<f64>()? / 1e9);
        }
    }
    anyhow::bail!("process {id} has no thread {name}")
}

/// The memory of processes in MB, in which a page that several processes share is counted once (PSS).
pub(crate) fn proportional(ids: &[u32]) -> Result<f64> {
    let mut sum = 0.0;
    for id in ids {
        let text = fs::read_to_string(format!("/proc/{id}/smaps_rollup"))?;
        let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
        let kib = line.and_then(|rest| rest.trim().strip_suffix(" kB"));
        sum += kib.context("smaps_rollup has no Pss")?.parse::<f64>()? * 1024.0 / 1e6;
    }
    Ok(sum)
}
