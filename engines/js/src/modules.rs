//! Imports of ES modules.

use rquickjs::loader::{ImportAttributes, Loader, Resolver};
use rquickjs::module::Declared;
use rquickjs::{Ctx, Error, Exception, Function, Module, Result};

use crate::bytecode;
use crate::compiler;
use crate::engine::{has_file, is_compiling, source, with_engine, with_program};
use crate::paths;
use crate::program::{Bytes, Kind};

pub(crate) struct Resolves;
pub(crate) struct Loads;

impl Resolver for Resolves {
    fn resolve<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        base: &str,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> Result<String> {
        paths::resolve(base, name, has_file)
            .map_err(|problem| Exception::throw_message(ctx, &format!("{base}: {problem}")))
    }
}

impl Loader for Loads {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> Result<Module<'js, Declared>> {
        if is_compiling() {
            return compiled(ctx, name);
        }
        let file = with_program(|program| match program.files.get(name) {
            Some((Kind::Module, bytes)) => Some(*bytes),
            _ => program.bridges.get(name).copied(),
        });
        let bytes = match file {
            Some(bytes) => bytes,
            None => bridge(ctx, name)?,
        };
        bytecode::read_module(ctx, bytes)
    }
}

/// A module that is imported by one that is being compiled. Nothing is run: what is no ES module has no names yet.
fn compiled<'js>(ctx: &Ctx<'js>, path: &str) -> Result<Module<'js, Declared>> {
    match source(path).filter(|_| compiler::is_code(path)) {
        Some(text) => match compiler::compile(ctx, path, &text)? {
            (Kind::Module, bytes) => bytecode::read_module(ctx, bytes.leak()),
            _ => Module::declare(ctx.clone(), path, ""),
        },
        None => Module::declare(ctx.clone(), path, ""),
    }
}

/// Makes a module that exports what a CommonJS or JSON file exports: it is run for its names, when the script is compiled.
fn bridge(ctx: &Ctx<'_>, path: &str) -> Result<Bytes> {
    let source: String = with_engine(|engine| {
        let bridge: Function<'_> = engine.inside(ctx)?.get("bridge")?;
        bridge.call((path,))
    })?;
    let bytes: Bytes = bytecode::compile_module(ctx, path, &source)?.leak();
    with_program(|program| program.bridges.insert(path.to_owned(), bytes));
    Ok(bytes)
}

/// Evaluates an ES module of the program. Its promise is settled by the caller.
pub(crate) fn evaluate<'js>(
    ctx: &Ctx<'js>,
    path: &str,
) -> Result<(Module<'js, rquickjs::module::Evaluated>, rquickjs::Promise<'js>)> {
    let bytes = with_program(|program| program.files.get(path).map(|(_, bytes)| *bytes));
    let bytes = bytes.ok_or(Error::Unknown)?;
    bytecode::read_module(ctx, bytes)?.eval()
}
