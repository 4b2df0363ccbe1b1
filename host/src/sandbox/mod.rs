//! Running a plugin so that it can hurt nobody.
//!
//! The sandbox narrows wasmtime to what a hook needs: a component of the package
//! `metawasm:hook`, called with two strings, answering with one, in a fresh instance each
//! time. It knows nothing of Kubernetes, HTTP or JSON.
//!
//! # Guarantees
//!
//! - A call uses no more memory than its [`Limits`] say, whatever number of memories,
//!   tables and instances the component brings along.
//! - A call ends by its deadline. The clock is an OS thread, so that a busy executor cannot
//!   stop it.
//! - A call that computes for longer than its first turn (6 ms) leaves the thread that it was made on:
//!   the async executor of the server is never blocked by a guest, and a plugin with slow calls
//!   slows down its own.
//! - Compiling is bounded too, in time and memory, where children do it ([`Compiler::ChildProcesses`]).
//! - Equal component, request and settings give equal answers: no clock, no randomness, no
//!   I/O, and floats without payload bits.
//! - Every way to fail is a variant of [`LoadError`] or [`CallError`], told apart by type.
//!
//! # What is not limited
//!
//! Memory that wasmtime itself needs for a store (some kilobytes), and the copy of the
//! request and of the answer on the host's side; the caller limits the request,
//! [`Limits::answer`] the answer. Strings are UTF-8 alone, so that reading one is a check and a copy; of a line of the
//! log, only the part that is kept is read.

mod artifact;
mod bindings;
mod cache;
mod call;
mod child;
mod clock;
mod code;
mod compile;
mod compiled;
mod encodings;
mod engine;
mod error;
mod features;
mod files;
mod kept;
mod lane;
mod limits;
mod line;
mod log;
mod native;
mod program;
mod room;
mod script;
mod shared;
mod state;

pub use bindings::{HOOKS, Level, PACKAGE, PACKAGE_VERSION};
pub use cache::{Cache, CacheRefusal};
pub(crate) use cache::{ours, owned_folder};
pub use call::{Call, CallUse};
pub(crate) use child::compile_stdin;
pub use compile::{ChildProcesses, Compiler, Origin};
pub use engine::{Allocation, PoolUse, Sandbox, SandboxError, SandboxOptions};
pub use error::{CallError, Failure, LoadError};
pub use files::{Entry, File, Script};
pub use limits::Limits;
pub use log::{LogLine, LogSink};
pub use program::Program;

pub use crate::child::CompileBounds;
