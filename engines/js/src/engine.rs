//! The runtime, with its prelude. A build prepares it once, and every instance begins with its memory.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;

use rquickjs::function::Func;
use rquickjs::{Context, Ctx, Function, Object, Persistent, Result, Runtime, Value};
use sha2::{Digest, Sha256};

use crate::bytecode;
use crate::compiler::{self, MOVED};
use crate::maps::Map;
use crate::modules::{Loads, Resolves};
use crate::paths;
use crate::program::{Bytes, Kind, Program};
use crate::{Level, Log};

/// Bytes that a script may use of the stack that C keeps in memory. The code itself has another stack, of 1 MiB, which
/// nothing can ask about; where it ends first, the call is a trap without a place. Measured: calls of all kinds, from plain
/// ones to those through `sort` and `replace`, stay within both. Data that is nested thousands of levels does not.
const STACK: usize = 224 << 10;
/// Garbage that is not worth a look: an instance lives for one call. Without references in a circle there is none.
const GARBAGE: usize = 16 << 20;

/// The parts of the prelude: each is a function of the natives and of what other parts leave for `run.js`.
const PRELUDE: &[(&str, &str)] = &[
    ("clock.js", include_str!("prelude/clock.js")),
    ("console.js", include_str!("prelude/console.js")),
    ("text.js", include_str!("prelude/text.js")),
    ("clone.js", include_str!("prelude/clone.js")),
    ("url.js", include_str!("prelude/url.js")),
    ("metawasm.js", include_str!("prelude/metawasm.js")),
    ("run.js", include_str!("prelude/run.js")),
];

pub(crate) struct Engine {
    pub(crate) context: Context,
    inside: Persistent<Object<'static>>,
}

thread_local! {
    // Never dropped: what the prelude keeps lives as long as the runtime.
    static ENGINE: OnceCell<&'static Engine> = const { OnceCell::new() };
    static PROGRAM: RefCell<Program> = RefCell::default();
    /// The sources of a script that is being compiled.
    static SOURCES: RefCell<BTreeMap<String, String>> = RefCell::default();
    static FROZEN: Cell<bool> = const { Cell::new(false) };
    static LOG: Cell<Log> = const { Cell::new(|_, _| ()) };
}

/// Makes the runtime, if there is none yet.
pub fn prepare() {
    with_engine(|_| ());
}

pub(crate) fn with_engine<T>(work: impl FnOnce(&Engine) -> T) -> T {
    ENGINE.with(|engine| {
        work(engine.get_or_init(|| match Engine::leaked() {
            Ok(engine) => engine,
            // The prelude is ours: this is a bug that the build sees.
            Err(_) => std::process::abort(),
        }))
    })
}

/// What scripts find: the program, whether its clock stands still, and the log.
pub(crate) fn enter(program: Program, log: Log) {
    FROZEN.set(program.frozen);
    PROGRAM.set(program);
    LOG.set(log);
}

pub(crate) fn with_program<T>(work: impl FnOnce(&mut Program) -> T) -> T {
    PROGRAM.with_borrow_mut(work)
}

/// Runs work that compiles these sources. Imports are looked up in them meanwhile.
pub(crate) fn compiling<T>(sources: BTreeMap<String, String>, work: impl FnOnce() -> T) -> T {
    SOURCES.set(sources);
    let done = work();
    SOURCES.take();
    done
}

/// Returns the source of a file, while it is compiled.
pub(crate) fn source(path: &str) -> Option<String> {
    SOURCES.with_borrow(|sources| sources.get(path).cloned())
}

/// Whether the script has a file that can be imported.
pub(crate) fn has_file(path: &str) -> bool {
    SOURCES.with_borrow(|sources| sources.contains_key(path))
        || with_program(|program| program.files.contains_key(path))
}

/// Whether the script is being compiled.
pub(crate) fn is_compiling() -> bool {
    SOURCES.with_borrow(|sources| !sources.is_empty())
}

impl Engine {
    /// Makes an engine that is never dropped: an instance lives for one call.
    pub(crate) fn leaked() -> Result<&'static Self> {
        Self::new().map(|engine| &*Box::leak(Box::new(engine)))
    }

    fn new() -> Result<Self> {
        let runtime = Runtime::new()?;
        runtime.set_max_stack_size(STACK);
        runtime.set_gc_threshold(GARBAGE);
        runtime.set_loader(Resolves, Loads);
        let context = Context::full(&runtime)?;
        let inside = context.with(|ctx| {
            let (natives, inside) = (natives(&ctx)?, Object::new(ctx.clone())?);
            for (name, source) in PRELUDE {
                let part = bytecode::compile_script(&ctx, name, source)?;
                let part: Function<'_> = bytecode::run_script(&ctx, &part)?.get()?;
                part.call::<_, ()>((natives.clone(), inside.clone()))?;
            }
            Ok::<_, rquickjs::Error>(Persistent::save(&ctx, inside))
        })?;
        Ok(Self { context, inside })
    }

    /// What the prelude keeps to itself.
    pub(crate) fn inside<'js>(&self, ctx: &Ctx<'js>) -> Result<Object<'js>> {
        self.inside.clone().restore(ctx)
    }
}

/// The functions that the prelude has and scripts have not.
fn natives<'js>(ctx: &Ctx<'js>) -> Result<Object<'js>> {
    let natives = Object::new(ctx.clone())?;
    natives.set("moved", MOVED as u32)?;
    natives.set("frozen", Func::from(|| FROZEN.get()))?;
    natives.set(
        "log",
        Func::from(|level: u32, text: String| {
            let level = match level {
                0 => Level::Debug,
                1 => Level::Info,
                2 => Level::Warn,
                _ => Level::Error,
            };
            LOG.get()(level, &text);
        }),
    )?;
    natives.set(
        "sha256",
        Func::from(|text: String| {
            let hash = Sha256::digest(text.as_bytes());
            hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
        }),
    )?;
    // [path, problem]: one of them is null.
    natives.set(
        "resolve",
        Func::from(
            |base: String, name: String| match paths::resolve(&base, &name, has_file) {
                Ok(path) => vec![Some(path), None],
                Err(problem) => vec![None, Some(problem)],
            },
        ),
    )?;
    natives.set(
        "kind",
        Func::from(|path: String| {
            let kind = with_program(|program| program.files.get(&path).map(|(kind, _)| *kind));
            match kind {
                Some(Kind::Common) => "common",
                Some(Kind::Json) => "json",
                Some(Kind::Module | Kind::Bridge) => "module",
                // An error of a file that is being compiled.
                None => source(&path).map_or("none", |text| compiler::likely_kind(&path, &text)),
            }
        }),
    )?;
    natives.set(
        "text",
        Func::from(|path: String| {
            with_program(|program| {
                let text = program.files.get(&path).map_or(&[] as Bytes, |(_, bytes)| bytes);
                String::from_utf8_lossy(text).into_owned()
            })
        }),
    )?;
    // Where a file ends, while it is compiled: line and column.
    natives.set(
        "end",
        Func::from(|path: String| source(&path).map(|source| compiler::end(&source).to_vec())),
    )?;
    // The place `FILE:LINE:COLUMN` that a bundler read, if the file is a bundle with a source map.
    natives.set(
        "original",
        Func::from(|path: String, line: u32, column: u32| {
            with_program(|program| {
                let map = Map::from_bytes(program.maps.get(&path)?)?;
                let (file, line, column) = map.original(line, column)?;
                Some(format!("{file}:{line}:{column}"))
            })
        }),
    )?;
    natives.set("common", Func::from(common))?;
    Ok(natives)
}

/// Returns the function of a CommonJS file.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the types that a script's arguments convert to"
)]
fn common<'js>(ctx: Ctx<'js>, path: String) -> Result<Value<'js>> {
    let bytes = with_program(|program| program.files.get(&path).map(|(_, bytes)| *bytes));
    bytecode::run_script(&ctx, bytes.unwrap_or_default())
}
