//! Compiling a script, and running a hook of it.

use rquickjs::promise::PromiseState;
use rquickjs::{Ctx, Error, Function, Object, Result, Value};

use crate::compiler;
use crate::engine::{Engine, compiling, enter, with_engine, with_program};
use crate::maps;
use crate::modules;
use crate::program::{Bytes, Kind, Program as Compiled};
use crate::{Entry, Failure, File, Log, Program};

/// The comment that lets a script have a clock, which stands still.
const FROZEN: &str = "@metawasm frozen-clock";

/// Compiles the files of a script, and finds its hooks and its description.
///
/// # Errors
///
/// One sentence that begins with a place: `sync.js:3:14: …`.
pub fn compile(files: &[File], entries: &[Entry], log: Log) -> std::result::Result<Program, String> {
    let program = bytecode_of(files, entries)?;
    with_engine(|engine| {
        engine.context.with(|ctx| {
            enter(program, log);
            let (hooks, description) = engine
                .found(&ctx, entries)
                .map_err(|error| engine.sentence(&ctx, &error))?;
            let code = with_program(|program| {
                program.hooks.clone_from(&hooks);
                program.to_bytes()
            });
            Ok(Program {
                code,
                hooks,
                description,
            })
        })
    })
}

/// Calls a hook of a program.
///
/// # Errors
///
/// What the hook says, or what is wrong with its answer.
pub fn call(
    code: Vec<u8>,
    hook: &str,
    request: &str,
    settings: &str,
    log: Log,
) -> std::result::Result<String, Failure> {
    let program = Compiled::from_bytes(code.leak()).ok_or_else(|| {
        Failure::Internal("the program is not one of this version of the engine".to_owned())
    })?;
    let entry = entry_of(&program, hook)
        .ok_or_else(|| Failure::Internal(format!("the script has no hook {hook}")))?;
    with_engine(|engine| {
        engine.context.with(|ctx| {
            enter(program, log);
            let answer = engine.answer(&ctx, &entry, hook, request, settings);
            answer.map_err(|error| engine.failure(&ctx, &error))
        })
    })
}

/// The file with a hook.
fn entry_of(program: &Compiled, hook: &str) -> Option<Entry> {
    let mut entries = program.entries.iter();
    let named = entries.clone().find(|entry| entry.hook.as_deref() == Some(hook));
    named
        .or_else(|| entries.find(|entry| entry.hook.is_none()))
        .cloned()
}

/// Compiles the files in an engine of their own, where nothing is run: modules that are compiled are not those that run.
fn bytecode_of(files: &[File], entries: &[Entry]) -> std::result::Result<Compiled, String> {
    let engine = Engine::leaked().map_err(|error| error.to_string())?;
    let sources = files.iter().map(|file| (file.path.clone(), file.content.clone()));
    compiling(sources.collect(), || {
        engine.context.with(|ctx| compiled(engine, &ctx, files, entries))
    })
}

fn compiled(
    engine: &Engine,
    ctx: &Ctx<'_>,
    files: &[File],
    entries: &[Entry],
) -> std::result::Result<Compiled, String> {
    let mut program = Compiled {
        entries: entries.to_vec(),
        ..Compiled::default()
    };
    for file in files {
        let is_entry = entries.iter().any(|entry| entry.path == file.path);
        program.frozen |= is_entry && is_frozen(&file.content);
        if compiler::is_code(&file.path) {
            match compiler::compile(ctx, &file.path, &file.content) {
                Ok((kind, code)) => {
                    program.files.insert(file.path.clone(), (kind, code.leak()));
                    if let Some(map) = maps::of(ctx, &file.content) {
                        program.maps.insert(file.path.clone(), map.to_bytes().leak());
                    }
                }
                Err(error) if is_entry || is_imported(files, &file.path) => {
                    return Err(engine.sentence(ctx, &error));
                }
                // A file that nothing imports may be anything.
                Err(_) => _ = ctx.catch(),
            }
        } else if file.path.ends_with(".json") {
            let text: Bytes = file.content.clone().into_bytes().leak();
            program.files.insert(file.path.clone(), (Kind::Json, text));
        } else if is_entry {
            return Err(format!(
                "{}: expected a file that ends with .js, .mjs or .cjs",
                file.path
            ));
        }
    }
    Ok(program)
}

/// Whether another file has the name of this one in it.
fn is_imported(files: &[File], path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    files
        .iter()
        .any(|file| file.path != path && file.content.contains(stem))
}

/// Whether one of the first lines is the comment.
fn is_frozen(content: &str) -> bool {
    let mut lines = content.lines().take(20).map(str::trim_start);
    lines.any(|line| {
        (line.starts_with("//") || line.starts_with('*') || line.starts_with("/*")) && line.contains(FROZEN)
    })
}

impl Engine {
    /// Runs the script once, for its hooks and its description.
    fn found<'js>(&self, ctx: &Ctx<'js>, entries: &[Entry]) -> Result<(Vec<String>, Option<String>)> {
        let inside = self.inside(ctx)?;
        let find: Function<'js> = inside.get("find")?;
        let mut found = Vec::new();
        for entry in entries {
            found.push((
                entry.path.clone(),
                entry.hook.clone(),
                self.exports(ctx, &entry.path)?,
            ));
        }
        let rows: Vec<Vec<Value<'js>>> = found
            .into_iter()
            .map(|(path, hook, exports)| {
                let text = |text: &str| {
                    rquickjs::String::from_str(ctx.clone(), text).map(rquickjs::String::into_value)
                };
                let hook = hook.map_or(Ok(Value::new_null(ctx.clone())), |hook| text(&hook))?;
                Ok(vec![text(&path)?, hook, exports])
            })
            .collect::<Result<_>>()?;
        let result: Object<'js> = find.call((rows,))?;
        Ok((result.get("hooks")?, result.get("description")?))
    }

    fn answer<'js>(
        &self,
        ctx: &Ctx<'js>,
        entry: &Entry,
        hook: &str,
        request: &str,
        settings: &str,
    ) -> Result<String> {
        let exports = self.exports(ctx, &entry.path)?;
        let inside = self.inside(ctx)?;
        let start: Function<'js> = inside.get("start")?;
        let named = entry.hook.as_deref();
        let value: Value<'js> = start.call((entry.path.as_str(), exports, named, hook, request, settings))?;
        let value = self.settled(ctx, value, &entry.path)?;
        let finish: Function<'js> = inside.get("finish")?;
        finish.call((entry.path.as_str(), value))
    }

    /// What a file exports: `module.exports`, or the namespace of a module.
    fn exports<'js>(&self, ctx: &Ctx<'js>, path: &str) -> Result<Value<'js>> {
        let kind = with_program(|program| program.files.get(path).map(|(kind, _)| *kind));
        if kind == Some(Kind::Module) {
            let (module, promise) = modules::evaluate(ctx, path)?;
            self.settled(ctx, promise.into_value(), path)?;
            return Ok(module.namespace()?.into_value());
        }
        let require: Function<'js> = self.inside(ctx)?.get("require")?;
        require.call((path,))
    }

    /// The value of a promise, after everything that can run has run.
    fn settled<'js>(&self, ctx: &Ctx<'js>, value: Value<'js>, path: &str) -> Result<Value<'js>> {
        // A failed job is a rejected promise too, which is what counts.
        while ctx.execute_pending_job() {}
        let Some(promise) = value.as_promise().cloned() else {
            return Ok(value);
        };
        match promise.state() {
            PromiseState::Pending => {
                let never: Function<'js> = self.inside(ctx)?.get("never")?;
                never.call((path,))
            }
            _ => promise.result().unwrap_or(Err(Error::Unknown)),
        }
    }

    /// What a script threw, as a sentence with its place.
    fn sentence(&self, ctx: &Ctx<'_>, error: &Error) -> String {
        match self.failure(ctx, error) {
            Failure::Invalid(text) | Failure::Internal(text) => text,
            Failure::RetryLater { reason, .. } => reason,
        }
    }

    fn failure(&self, ctx: &Ctx<'_>, error: &Error) -> Failure {
        if !matches!(error, Error::Exception) {
            return Failure::Internal(error.to_string());
        }
        let thrown = ctx.catch();
        let explained = || -> Result<(String, String, u32)> {
            let failure: Function<'_> = self.inside(ctx)?.get("failure")?;
            let fields: Object<'_> = failure.call((thrown,))?;
            Ok((fields.get("kind")?, fields.get("text")?, fields.get("seconds")?))
        };
        match explained() {
            Ok((kind, text, after_seconds)) => match kind.as_str() {
                "invalid" => Failure::Invalid(text),
                "retry" => Failure::RetryLater {
                    after_seconds,
                    reason: text,
                },
                _ => Failure::Internal(text),
            },
            // Even explaining it failed: no memory, no stack.
            Err(_) => {
                ctx.catch();
                Failure::Internal("the script failed, and so did the explanation of its error".to_owned())
            }
        }
    }
}
