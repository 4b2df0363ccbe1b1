//! Compiling in a child process: `metawasm compile`, both ends of it.
//!
//! Component, code and complaint pass through files in memory, so that nothing can block on a pipe
//! and no folder has to be writable. The child bounds its own memory, and the parent its time.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
use rustix::process::{Resource, Rlimit, Signal, set_parent_process_death_signal, setrlimit};

use super::artifact::{Artifact, Key, MOST};
use super::compile::CompileBounds;
use super::engine::compiling_engine;
use super::error::{LoadError, one_line};

/// This very binary, also where its file has been replaced meanwhile: what the child makes is for
/// this version.
const SELF: &str = "/proc/self/exe";
/// How often the parent looks.
const LOOK: Duration = Duration::from_millis(2);
/// Threads of one child at most; more hardly make it faster.
const THREADS: &str = "4";
/// Bytes of a complaint that are read.
const COMPLAINT: u64 = 8 << 10;

/// Has a child compile a component.
///
/// # Errors
///
/// [`LoadError::Compile`] with the compiler's words, [`LoadError::CompileTime`], or
/// [`LoadError::Compiler`] where the child could not do its work.
pub(super) fn compile(
    bytes: &[u8],
    key: &Key,
    pooled: bool,
    bounds: &CompileBounds,
) -> Result<Artifact, LoadError> {
    let failed = |what: &str, error: &dyn std::fmt::Display| LoadError::Compiler(format!("{what}: {error}"));
    let memory = |error: io::Error| failed("no file in memory", &error);
    let mut component = file_in_memory("component").map_err(memory)?;
    component.write_all(bytes).map_err(memory)?;
    component.rewind().map_err(memory)?;
    let code = file_in_memory("code").map_err(memory)?;
    let mut complaint = file_in_memory("complaint").map_err(memory)?;
    let mut command = Command::new(SELF);
    command
        .arg("compile")
        .args(["--memory", &bounds.memory.to_string()])
        .args(["--time", &format!("{}s", bounds.time.as_secs().max(1))])
        // What the server was started with is none of a compiler's business.
        .env_clear()
        .env("RAYON_NUM_THREADS", THREADS)
        // mimalloc, where it is the allocator, else makes a gibibyte writable at once, which counts as used.
        .env("MIMALLOC_ARENA_EAGER_COMMIT", "0")
        .stdin(Stdio::from(component))
        .stdout(Stdio::from(code.try_clone().map_err(memory)?))
        .stderr(Stdio::from(complaint.try_clone().map_err(memory)?));
    if !pooled {
        command.arg("--on-demand");
    }
    let child = command
        .spawn()
        .map_err(|error| failed("the compiler cannot be started", &error))?;
    let status = wait(child, bounds.time)
        .map_err(|error| failed("the compiler is lost", &error))?
        .ok_or(LoadError::CompileTime { limit: bounds.time })?;
    if !status.success() {
        let mut words = Vec::new();
        let read = complaint
            .rewind()
            .and_then(|()| complaint.take(COMPLAINT).read_to_end(&mut words));
        read.map_err(memory)?;
        let words = one_line(&String::from_utf8_lossy(&words));
        return Err(match status.code() {
            Some(code) if code == i32::from(COMPILE_REFUSED) => LoadError::Compile(words),
            _ => LoadError::Compiler(format!("the compiler {}: {words}", ended(status, bounds))),
        });
    }
    let artifact = Artifact::seal(code, key).map_err(|error| failed("the compiler's code", &error))?;
    // From here on nobody can change it, we neither.
    fcntl_add_seals(
        artifact.file(),
        SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL,
    )
    .map_err(|error| failed("the compiler's code cannot be sealed", &error))?;
    Ok(artifact)
}

/// How a child ended that did not compile.
fn ended(status: ExitStatus, bounds: &CompileBounds) -> String {
    match status.signal() {
        Some(signal) => format!(
            "was ended by signal {signal}, as when its memory ({} MiB) is not enough",
            bounds.memory >> 20
        ),
        None => format!("failed ({status})"),
    }
}

pub(super) fn file_in_memory(name: &str) -> io::Result<File> {
    let file = memfd_create(name, MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
    Ok(File::from(file))
}

/// The child's end; nothing where it had to be killed for taking too long.
fn wait(mut child: Child, most: Duration) -> io::Result<Option<ExitStatus>> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() >= most {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(LOOK);
    }
}

/// The exit code of a child that has found the component wrong.
pub const COMPILE_REFUSED: u8 = 1;

/// What the child is told.
#[derive(Clone, Copy, Debug)]
pub struct CompilerTask {
    /// For an engine with a pool of instances.
    pub pooled: bool,
    /// What it may use.
    pub bounds: CompileBounds,
}

/// Why the child made no code.
#[derive(Debug, thiserror::Error)]
pub enum CompilerError {
    /// The component is wrong.
    #[error("{0}")]
    Refused(String),
    /// Something of the machine.
    #[error("{0}")]
    Failed(String),
}

/// What the child does: a component from standard input to machine code on standard output.
///
/// # Errors
///
/// Words of the compiler or of the machine.
pub fn compile_stdin(task: CompilerTask) -> Result<(), CompilerError> {
    let failed = |error: &dyn std::fmt::Display| CompilerError::Failed(error.to_string());
    bound(&task.bounds).map_err(|error| failed(&error))?;
    let mut bytes = Vec::new();
    io::stdin()
        .read_to_end(&mut bytes)
        .map_err(|error| failed(&error))?;
    let engine = compiling_engine(task.pooled).map_err(|error| failed(&error))?;
    let code = engine
        .precompile_component(&bytes)
        .map_err(|error| CompilerError::Refused(format!("{error:#}")))?;
    let mut out = io::stdout();
    out.write_all(&code)
        .and_then(|()| out.flush())
        .map_err(|error| failed(&error))
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
    limit(Resource::Fsize, MOST)?;
    limit(Resource::Core, 0)?;
    // Of all its threads together.
    limit(Resource::Cpu, bounds.time.as_secs().saturating_mul(4).max(1))?;
    Ok(())
}
