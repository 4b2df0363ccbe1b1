//! How loading and calling fail.

use std::time::Duration;

use metawasm_formats::size::mebibytes;
use metawasm_formats::text;
use wasmtime::{PoolConcurrencyLimitError, Trap};

use super::bindings::{PACKAGE, PACKAGE_VERSION, SERVED, WireFailure};
use super::limits::{GrowthFailed, MemoryExceeded, TableExceeded};

/// Reasons why a file cannot be loaded as a plugin. Every message says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The bytes are not WebAssembly.
    #[error("not a WebAssembly component (the first bytes are {found}); a plugin is a binary .wasm file")]
    NotWasm {
        /// The first bytes, printable.
        found: String,
    },
    /// A core module, which has no typed interface.
    #[error(
        "a core WebAssembly module, not a component; convert it with `wasm-tools component new` or the wit-component \
         crate"
    )]
    CoreModule,
    /// Broken, or with features that the host has switched off.
    #[error("compilation failed: {0}")]
    Compile(String),
    /// It needs more of something than a call can have.
    #[error("it needs {needed} {what}, but the limit is {limit}; {advice}")]
    Room {
        /// Such as memory.
        what: &'static str,
        /// How much it needs.
        needed: String,
        /// How much there is.
        limit: String,
        /// What to do.
        advice: &'static str,
    },
    /// Its compilation took longer than it may.
    #[error(
        "compilation timed out after {}; raise `compile.time`, or make the component smaller",
        seconds(*limit)
    )]
    CompileTime {
        /// [`CompileBounds::time`](super::CompileBounds::time).
        limit: Duration,
        /// Whether the compiler got so little of the processor that the component need not be the cause.
        starved: bool,
    },
    /// Its compilation crashed, as it does where its memory is not enough.
    #[error(
        "the compiler crashed, probably because {} of memory are not enough; raise `compile.memory`, or make the \
         component smaller",
        mebibytes(*limit)
    )]
    CompileMemory {
        /// [`CompileBounds::memory`](super::CompileBounds::memory).
        limit: usize,
    },
    /// The compiler panicked.
    #[error(
        "the compiler panicked, which is a bug; report it with this component, and build the component differently \
         until it is fixed"
    )]
    CompilerBug,
    /// It exchanges strings in another encoding than UTF-8.
    #[error(
        "unsupported string encoding {0}; build the plugin with string encoding UTF-8 (`utf8` in wit-bindgen and \
         wasm-tools)"
    )]
    Encoding(String),
    /// It could not be compiled at an earlier start.
    #[error(
        "{0}; this happened at an earlier start and is not tried again until the component, `compile.time` or \
         `compile.memory` changes, or the host starts with --retry-failed"
    )]
    Remembered(String),
    /// Its compilation was stopped after its first turn, because other plugins wait for theirs.
    #[error("the compilation waits for other plugins")]
    Interrupted,
    /// The compiler cannot be run; the component may be valid.
    #[error("cannot run the compiler: {0}")]
    Compiler(String),
    /// It imports something that the host does not provide.
    #[error(
        "unsupported imports: {}; a plugin may import only {PACKAGE}/logging; {}",
        listed(.0),
        import_advice(.0)
    )]
    Imports(Vec<String>),
    /// It exports something that the host does not know.
    #[error(
        "unknown exports: {}; a plugin exports only `describe` and hooks (sync, finalize, customize) of {PACKAGE}",
        listed(.0)
    )]
    Exports(Vec<String>),
    /// Built against a version of the package that this host does not have.
    #[error(
        "unsupported version: built for {}, but this host serves {PACKAGE} {}; update metawasm, or rebuild the plugin against \
         {PACKAGE}@{PACKAGE_VERSION}",
        text::shown(found, 100),
        served()
    )]
    Version {
        /// The interface that it names.
        found: String,
    },
    /// It uses an interface that a newer patch version of the package adds.
    #[error(
        "it uses {}, which this host does not have yet: it has {PACKAGE}@{PACKAGE_VERSION}; update metawasm",
        text::shown(found, 100)
    )]
    Newer {
        /// The interface that it names.
        found: String,
    },
    /// It exports the same interface in several versions.
    #[error("it exports {PACKAGE}/{0} in more than one version; export one of them")]
    Repeated(&'static str),
    /// No hook among its exports.
    #[error(
        "no hook exported; export at least one of {PACKAGE}/sync, finalize, customize @{PACKAGE_VERSION}"
    )]
    NoHooks,
    /// `describe` is not exported.
    #[error("`describe` is required; export {PACKAGE}/describe@{PACKAGE_VERSION}")]
    NoDescribe,
    /// An import or export of the right name and the wrong type.
    #[error(
        "invalid type of {}; expected the type in {PACKAGE}@{PACKAGE_VERSION}: {detail}",
        text::shown(name, 100)
    )]
    Signature {
        /// Interface or function.
        name: String,
        /// wasmtime's words.
        detail: String,
    },
    /// `describe` failed.
    #[error("`describe` failed: {}{}", .0, setting(.0))]
    Describe(#[source] CallError),
    /// An engine where a plugin is expected.
    #[error(
        "an engine, not a plugin; an engine runs scripts: set it in `engines` by the ending of their files"
    )]
    Engine,
    /// Not an engine.
    #[error("not an engine; an engine exports {PACKAGE}/engine@{PACKAGE_VERSION}")]
    NotAnEngine,
    /// The engine failed to compile a script.
    #[error("its engine failed: {0}")]
    CompileScript(#[source] CallError),
    /// A script has an error.
    #[error("{}", text::shown(.0, SCRIPT))]
    Script(String),
    /// A script has a hook that does not exist.
    #[error("its engine found an unknown hook {}; expected sync, finalize, customize", text::shown(.0, 100))]
    UnknownHook(String),
}

/// Bytes of what an engine says of a script.
const SCRIPT: usize = 1000;

/// Reasons why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The plugin returned a failure.
    #[error("{0}")]
    Plugin(Failure),
    /// It did not finish in time.
    #[error("timed out after {}", seconds(*limit))]
    Deadline {
        /// [`Limits::deadline`](super::Limits::deadline), or less where the caller waits less.
        limit: Duration,
    },
    /// [`Limits::memory`](super::Limits::memory) was not enough.
    #[error("memory limit of {} exceeded: {} requested", mebibytes(*limit), mebibytes(*asked))]
    Memory {
        /// Bytes that it would have had.
        asked: usize,
        /// Bytes that it may have.
        limit: usize,
    },
    /// [`Limits::table_elements`](super::Limits::table_elements) was not enough.
    #[error("table limit of {limit} elements exceeded: {asked} requested")]
    Table {
        /// Elements that it would have had.
        asked: usize,
        /// Elements that it may have.
        limit: usize,
    },
    /// It trapped: unreachable code, a stack overflow, an access out of bounds.
    #[error("trapped: {what}")]
    Trap {
        /// The kind of trap, in a few words.
        what: String,
        /// The whole story, with the guest's backtrace, for the log.
        detail: String,
    },
    /// The answer is outside of the guest's memory, not UTF-8, or larger than
    /// [`Limits::answer`](super::Limits::answer).
    #[error("cannot read the answer (the limit is {}): {detail}", mebibytes(*limit))]
    Unreadable {
        /// Bytes that an answer may have.
        limit: usize,
        /// wasmtime's words.
        detail: String,
    },
    /// More calls at once than the sandbox has room for.
    #[error("too many calls are running")]
    Crowded,
    /// The plugin has no such hook.
    #[error("hook {hook} not found")]
    NoSuchHook {
        /// The hook that was asked for.
        hook: String,
    },
    /// The host lost the call.
    #[error("the host lost the call")]
    Lost,
}

/// What a hook returns in place of an answer: `failure` of the WIT package.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The parent is wrong until a person edits it.
    #[error("{0}")]
    Invalid(String),
    /// Not now.
    #[error("{reason}")]
    RetryLater {
        /// Seconds, as the plugin gave them.
        after_seconds: u32,
        /// One sentence.
        reason: String,
    },
    /// A bug of the plugin that it noticed itself.
    #[error("{0}")]
    Internal(String),
}

/// The deadline has passed; raised inside the guest by the epoch callback.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("deadline exceeded")]
pub(super) struct DeadlineExceeded {
    pub(super) limit: Duration,
}

impl CallError {
    /// What kept an instance from starting.
    pub(super) fn start(error: &wasmtime::Error) -> Self {
        Self::known(error).unwrap_or_else(|| Self::Trap {
            what: format!("instantiation failed: {}", one_line(&format!("{error:#}"))),
            detail: format!("{error:?}"),
        })
    }

    /// What stopped a call of an instance. `answer` is the limit on the answer's bytes.
    pub(super) fn run(error: &wasmtime::Error, answer: usize) -> Self {
        Self::known(error).unwrap_or_else(|| Self::Unreadable {
            limit: answer,
            detail: one_line(&error.root_cause().to_string()),
        })
    }

    /// What has a type of its own.
    fn known(error: &wasmtime::Error) -> Option<Self> {
        if let Some(&DeadlineExceeded { limit }) = error.downcast_ref() {
            return Some(Self::Deadline { limit });
        }
        if let Some(&MemoryExceeded { asked, limit }) = error.downcast_ref() {
            return Some(Self::Memory { asked, limit });
        }
        if let Some(&TableExceeded { asked, limit }) = error.downcast_ref() {
            return Some(Self::Table { asked, limit });
        }
        if error.is::<PoolConcurrencyLimitError>() {
            return Some(Self::Crowded);
        }
        let what = match error.downcast_ref::<Trap>() {
            Some(trap) => trap.to_string(),
            None if error.is::<GrowthFailed>() => format!("{error:#}"),
            None => return None,
        };
        Some(Self::Trap {
            what: one_line(&what),
            detail: format!("{error:?}"),
        })
    }
}

impl From<WireFailure> for Failure {
    fn from(failure: WireFailure) -> Self {
        match failure {
            WireFailure::Invalid(text) => Self::Invalid(text),
            WireFailure::RetryLater(retry) => Self::RetryLater {
                after_seconds: retry.after_seconds,
                reason: retry.reason,
            },
            WireFailure::Internal(text) => Self::Internal(text),
        }
    }
}

impl LoadError {
    /// Whether it is about a script, and not about its engine.
    pub fn is_of_script(&self) -> bool {
        matches!(
            self,
            Self::Script(_) | Self::CompileScript(_) | Self::UnknownHook(_) | Self::NoHooks
        )
    }

    /// Whether the next attempt to compile the component within the same bounds would fail alike, and cost as much.
    pub(super) fn is_lasting(&self) -> bool {
        match self {
            Self::Compile(_) | Self::CompileMemory { .. } | Self::CompilerBug | Self::Encoding(_) => true,
            Self::CompileTime { starved, .. } => !starved,
            _ => false,
        }
    }
}

/// Error texts go into sentences: lines become one, and a long one is cut.
pub(super) fn one_line(text: &str) -> String {
    const MOST: usize = 300;
    // What becomes white space is shown in less: more is read than is shown.
    let line = text::one_line(&text::cut(text, 16 * MOST));
    text::shown(line.strip_prefix("wasm trap: ").unwrap_or(&line), MOST)
}

fn listed(names: &[String]) -> String {
    const MOST: usize = 5;
    let shown = names.iter().take(MOST).map(|name| text::shown(name, 100));
    let mut text = shown.collect::<Vec<_>>().join(", ");
    if names.len() > MOST {
        text.push_str(&format!(" and {} more", names.len() - MOST));
    }
    text
}

/// The versions that this host serves: `0.1.x`.
fn served() -> String {
    let minors = SERVED
        .iter()
        .filter_map(|version| version.rsplit_once('.'))
        .map(|(minor, _)| format!("{minor}.x"));
    minors.collect::<Vec<_>>().join(" and ")
}

fn import_advice(names: &[String]) -> &'static str {
    if names.iter().any(|name| name.starts_with("wasi:")) {
        "build it without WASI (Rust: target wasm32-unknown-unknown; JavaScript and Python: --stub-wasi)"
    } else {
        "put what it needs into the request or the settings"
    }
}

/// The setting that a call without an answer is about.
fn setting(error: &CallError) -> &'static str {
    match error {
        CallError::Memory { .. } => "; raise `limits.memory` of the plugin",
        CallError::Deadline { .. } => "; raise `limits.deadline` of the plugin, or make it start faster",
        _ => "",
    }
}

fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_one_line_and_short() {
        assert_eq!(
            one_line("wasm trap: call stack\n  exhausted"),
            "call stack exhausted"
        );
        let long = one_line(&"é".repeat(1000));
        assert!(
            long.len() < 340 && long.ends_with("bytes more)"),
            "{}",
            long.len()
        );
    }

    #[test]
    fn an_import_of_wasi_comes_with_the_advice_how_to_avoid_it() {
        let names = (0..7).map(|n| format!("wasi:io/poll{n}@0.2.0")).collect();
        let text = LoadError::Imports(names).to_string();
        assert!(
            text.contains("wasi:io/poll4@0.2.0 and 2 more") && text.contains("--stub-wasi"),
            "{text}"
        );
    }

    #[test]
    fn times_read_well() {
        assert_eq!(seconds(Duration::from_millis(1500)), "1.5 s");
    }
}
