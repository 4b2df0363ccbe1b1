//! One evaluation: its files, its standard library, and its limits.

use std::cell::Cell;
use std::rc::Rc;

use jrsonnet_evaluator::function::CallLocation;
use jrsonnet_evaluator::stack::{StackDepthLimitOverrideGuard, limit_stack_depth};
use jrsonnet_evaluator::trace::PathResolver;
use jrsonnet_evaluator::{IStr, Result, SourcePath, State, StateEnterGuard, Val};
use jrsonnet_gcmodule::Acyclic;
use jrsonnet_stdlib::{ContextInitializer, TracePrinter};

use crate::files::{Files, InTable};
use crate::{File, Log, natives, sentence};

/// Maximum depth of calls and values inside each other. The stack that a host gives a component (1 MiB) holds that many; go-jsonnet
/// has 500.
pub(crate) const DEPTH: usize = 400;

thread_local! {
    /// The standard library, whose object is built once: in the snapshot of the engine. It is never dropped: when a thread
    /// ends, the collector that its objects belong to may be gone before them.
    static STD: Cell<Option<&'static ContextInitializer>> = const { Cell::new(None) };
    /// The log of the evaluation.
    static LOG: Cell<Log> = const { Cell::new(|_| {}) };
}

/// Builds what every evaluation needs.
pub fn prepare() {
    let _ = standard_library();
}

fn standard_library() -> ContextInitializer {
    if let Some(std) = STD.get() {
        return std.clone();
    }
    let std = ContextInitializer::new(PathResolver::Absolute);
    std.settings_mut().trace_printer = Rc::new(Tracer);
    natives::add(&std);
    STD.set(Some(Box::leak(Box::new(std.clone()))));
    std
}

/// Writes `std.trace` to the log.
#[derive(Acyclic)]
struct Tracer;

impl TracePrinter for Tracer {
    fn print_trace(&self, location: CallLocation<'_>, value: IStr) {
        let log = LOG.get();
        match location.0 {
            Some(span) => log(&format!("{}: {value}", sentence::line(span))),
            None => log(&value),
        }
    }
}

/// The files of a script with an evaluator.
pub(crate) struct Evaluation {
    state: State,
}

impl Evaluation {
    pub(crate) fn new(files: Vec<File>, log: Log) -> Self {
        LOG.set(log);
        sentence::remember(&files);
        let std = standard_library();
        let mut state = State::builder();
        state.import_resolver(Files::new(files)).context_initializer(std);
        Self { state: state.build() }
    }

    /// Makes this the evaluation of the thread, until the guard is dropped.
    pub(crate) fn enter(&self) -> (Option<StateEnterGuard>, StackDepthLimitOverrideGuard) {
        (self.state.try_enter(), limit_stack_depth(DEPTH))
    }

    /// Evaluates a file.
    pub(crate) fn value(&self, path: &str) -> Result<Val> {
        sentence::within(path);
        self.state
            .import_resolved(SourcePath::new(InTable(path.to_owned())))
    }

    /// Checks the names in files.
    ///
    /// # Errors
    ///
    /// A sentence with the place of the first error.
    pub(crate) fn check<'a>(&self, files: impl Iterator<Item = &'a File>) -> std::result::Result<(), String> {
        for File { path, content } in files {
            self.state
                .prepare_snippet(path.as_str(), content.as_str())
                .map_err(sentence::of)?;
        }
        Ok(())
    }
}
