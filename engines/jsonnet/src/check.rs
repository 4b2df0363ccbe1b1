//! Parses the files that a script imports, before anything is evaluated: a file that is missing, or has a syntax error, is found when the
//! script is loaded, and not by the first request that needs it.

use std::collections::BTreeMap;

use jrsonnet_evaluator::SourcePath;
use jrsonnet_ir::visit::{Visitor, visit_expr};
use jrsonnet_ir::{Expr, ImportKind, Source, Span};
use jrsonnet_ir_parser::{ParserSettings, parse};

use crate::files::{Files, HELPERS, InTable};
use crate::sentence::{place, position};
use crate::{Entry, File};

/// The imports of an expression.
#[derive(Default)]
struct Imports(Vec<Import>);

struct Import {
    place: Span,
    path: String,
    /// Whether the file is Jsonnet, and not a text.
    code: bool,
}

impl Visitor for Imports {
    fn visit_expr(&mut self, expr: &Expr) {
        if let Expr::Import(kind, path) = expr
            && let Expr::Str(path) = &**path
        {
            self.0.push(Import {
                place: kind.span.clone(),
                path: path.to_string(),
                code: matches!(**kind, ImportKind::Normal),
            });
        }
        visit_expr(self, expr);
    }
}

/// Parses a file.
///
/// # Errors
///
/// A sentence with a place.
fn parsed(path: &str, text: &str) -> Result<Expr, String> {
    check_nesting(path, text)?;
    let source = Source::new(SourcePath::new(InTable(path.to_owned())), text.into());
    parse(text, &ParserSettings { source }).map_err(|error| {
        let message = crate::sentence::one_line(&error.message);
        format!("{}: syntax error: {message}", place(&error.location))
    })
}

/// Maximum number of brackets inside each other in a file. The parser calls itself for each, on a stack that holds twice as many.
const NESTING: usize = 250;

/// Checks that brackets are not nested too deeply. Those in strings and comments count, too.
fn check_nesting(path: &str, text: &str) -> Result<(), String> {
    let mut depth: usize = 0;
    for (offset, c) in text.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > NESTING {
            let (line, column) = position(text, offset);
            return Err(format!(
                "{path}:{line}:{column}: more than {NESTING} brackets inside each other"
            ));
        }
    }
    Ok(())
}

/// What [`reachable`] finds.
pub(crate) struct Reachable {
    /// The files, without the helpers of the engine.
    pub(crate) files: Vec<File>,
    /// The paths of those that are Jsonnet, and not texts.
    pub(crate) code: Vec<String>,
}

/// Returns the files that the entries reach by imports.
///
/// # Errors
///
/// A sentence with the place of an import that cannot be resolved, or of a syntax error.
pub(crate) fn reachable(files: Vec<File>, entries: &[Entry]) -> Result<Reachable, String> {
    let own_helpers = files.iter().any(|file| file.path == HELPERS);
    let table = Files::new(files);
    let mut found: BTreeMap<String, bool> = BTreeMap::new();
    let mut next: Vec<(String, bool)> = entries.iter().map(|entry| (entry.path.clone(), true)).collect();
    while let Some((path, code)) = next.pop() {
        let known = found.get(&path).copied();
        if known == Some(true) || known == Some(code) {
            continue;
        }
        let text = table
            .text(&path)
            .ok_or_else(|| format!("{path}:1:1: file not found"))?;
        if code {
            let mut imports = Imports::default();
            imports.visit_expr(&parsed(&path, text)?);
            for import in imports.0 {
                let resolved = table.resolve(&path, &import.path);
                let resolved =
                    resolved.map_err(|sentence| format!("{}: {sentence}", place(&import.place)))?;
                next.push((resolved, import.code));
            }
        }
        found.insert(path, code);
    }
    let kept = |path: &&String| own_helpers || *path != HELPERS;
    let file = |path: &String| {
        let (path, content) = (path.clone(), table.text(path)?.to_owned());
        Some(File { path, content })
    };
    Ok(Reachable {
        files: found.keys().filter(kept).filter_map(file).collect(),
        code: found
            .iter()
            .filter(|(_, code)| **code)
            .map(|(path, _)| path.clone())
            .filter(|path| kept(&path))
            .collect(),
    })
}
