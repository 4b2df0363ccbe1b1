//! The engine for hooks in JavaScript: QuickJS, with what scripts may expect of a server's JavaScript.
//!
//! [`compile`] turns the files of a script into bytecode and runs it once, to find its hooks and its description.
//! [`call`] runs the bytecode for one request, in a fresh instance. `component` exports both in the world
//! `script-engine` of `wit/engine.wit`.
//!
//! | module | topic |
//! |---|---|
//! | `bytecode` | functions of QuickJS as bytes, the only unsafe code |
//! | `compiler` | which kind of module a file is, and its bytecode |
//! | `engine` | the runtime with its prelude, as a build leaves it |
//! | `maps` | source maps of bundles |
//! | `modules` | imports of ES modules |
//! | `paths` | the paths of imports |
//! | `program` | the bytes of a program |
//! | `prelude/` | in JavaScript: console, URL, text, clocks that fail, the module `metawasm`, and how a hook is run |

mod bytecode;
mod compiler;
#[cfg(target_arch = "wasm32")]
mod component;
mod engine;
mod maps;
mod modules;
mod paths;
mod program;
mod run;

pub use engine::prepare;
pub use run::{call, compile};

/// A file of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The path in the script's folder, with `/`.
    pub path: String,
    /// The text.
    pub content: String,
}

/// A file with hooks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The path of a file.
    pub path: String,
    /// The only hook of the file.
    pub hook: Option<String>,
}

/// A compiled script.
#[derive(Debug, PartialEq, Eq)]
pub struct Program {
    /// The input of [`call`].
    pub code: Vec<u8>,
    /// The names of the hooks. Empty if the script is a single function.
    pub hooks: Vec<String>,
    /// What `describe` says, as JSON.
    pub description: Option<String>,
}

/// The reason why a hook did not answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    /// The parent is invalid.
    Invalid(String),
    /// The hook cannot answer yet.
    RetryLater {
        /// Seconds until the next attempt.
        after_seconds: u32,
        /// The reason.
        reason: String,
    },
    /// An error of the script, with its place.
    Internal(String),
}

/// How loud a line of the log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// `console.debug`, `console.trace`.
    Debug,
    /// `console.log`, `console.info`.
    Info,
    /// `console.warn`.
    Warn,
    /// `console.error`.
    Error,
}

/// Where `console` writes.
pub type Log = fn(Level, &str);
