//! From a file to its bytecode.

use rquickjs::{Ctx, Error, Result};

use crate::bytecode;
use crate::program::Kind;

/// What Node puts around a CommonJS file. It is on the first line of the file, so that lines are right.
const BEFORE: &str = "(function (exports, require, module, __filename, __dirname) {";
const AFTER: &str = "\n})";

/// Columns that the first line of a CommonJS file is moved by.
pub(crate) const MOVED: usize = BEFORE.len();

/// Returns the line and the column after the last character of a file that is not white space.
pub(crate) fn end(source: &str) -> [u32; 2] {
    let source = source.trim_end();
    let last = source.rsplit('\n').next().unwrap_or_default();
    [source.matches('\n').count() + 1, last.chars().count() + 1]
        .map(|count| u32::try_from(count).unwrap_or(u32::MAX))
}

/// Returns the kind of a file by its name; `None` for files that no script runs.
pub(crate) fn is_code(path: &str) -> bool {
    [".js", ".mjs", ".cjs"]
        .iter()
        .any(|ending| path.ends_with(ending))
}

/// Compiles a file. `.mjs` is an ES module, `.cjs` is CommonJS; `.js` is an ES module if it is valid as nothing else, as in
/// Node.
pub(crate) fn compile(ctx: &Ctx<'_>, path: &str, source: &str) -> Result<(Kind, Vec<u8>)> {
    // A line for a shell.
    let shell = source.strip_prefix("#!").map(|rest| format!("//{rest}"));
    let source = shell.as_deref().unwrap_or(source);
    let module =
        |ctx: &Ctx<'_>| bytecode::compile_module(ctx, path, source).map(|bytes| (Kind::Module, bytes));
    if path.ends_with(".mjs") {
        return module(ctx);
    }
    let wrapped = format!("{BEFORE}{source}{AFTER}");
    let common = bytecode::compile_script(ctx, path, &wrapped).map(|bytes| (Kind::Common, bytes));
    if path.ends_with(".cjs") || !matches!(common, Err(Error::Exception)) {
        return common;
    }
    let as_common = ctx.catch();
    match module(ctx) {
        Err(Error::Exception) if !looks_like_a_module(source) => {
            ctx.catch();
            Err(ctx.throw(as_common))
        }
        done => done,
    }
}

/// Which kind a file that cannot be compiled was meant to be.
pub(crate) fn likely_kind(path: &str, source: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("mjs") => "module",
        Some("js") if looks_like_a_module(source) => "module",
        Some("js" | "cjs") => "common",
        _ => "json",
    }
}

fn looks_like_a_module(source: &str) -> bool {
    source.lines().any(|line| {
        let line = line.trim_start();
        ["import ", "import{", "export ", "export{", "export*"]
            .iter()
            .any(|word| line.starts_with(word))
    })
}
