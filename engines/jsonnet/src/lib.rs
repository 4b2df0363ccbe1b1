//! The engine for hooks in Jsonnet.
//!
//! [`compile`] checks the files of a script and returns them as a program. [`call`] evaluates the program for one request.
//! `component` exports both in the world `script-engine` of `wit/engine.wit`.
//!
//! | module | topic |
//! |---|---|
//! | `bundle` | the bytes of a program |
//! | `check` | parses the files that a script imports |
//! | `evaluate` | one evaluation: its files, its standard library |
//! | `files` | the table of files, and the paths of imports |
//! | `hooks` | the hooks of a value, and their parameters |
//! | `natives` | the functions of `std.native` |
//! | `sentence` | errors as sentences with a place |

mod bundle;
mod check;
#[cfg(target_arch = "wasm32")]
mod component;
mod evaluate;
mod files;
mod hooks;
mod natives;
#[cfg(target_arch = "wasm32")]
mod random;
mod sentence;

use jrsonnet_evaluator::Val;
use jrsonnet_evaluator::manifest::JsonFormat;

use crate::bundle::Bundle;
use crate::evaluate::Evaluation;
pub use crate::evaluate::prepare;
use crate::hooks::{HOOKS, Hooks};

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

/// A checked script.
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

/// Where `std.trace` writes.
pub type Log = fn(&str);

/// Checks the files of a script, and finds its hooks and its description.
///
/// # Errors
///
/// One sentence that begins with a place: `sync.jsonnet:3:14: …`.
pub fn compile(files: Vec<File>, entries: Vec<Entry>, log: Log) -> Result<Program, String> {
    let check::Reachable { files, code } = check::reachable(files, &entries)?;
    let evaluation = Evaluation::new(files.clone(), log);
    evaluation.check(files.iter().filter(|file| code.contains(&file.path)))?;
    let _entered = evaluation.enter();

    let mut names: Vec<String> = Vec::new();
    let mut description = None;
    let mut answers_all = false;
    for entry in &entries {
        let value = evaluation.value(&entry.path).map_err(sentence::of)?;
        let hooks = Hooks::of(&value, entry)?;
        if description.is_none() {
            description = hooks.description(&entry.path)?;
        }
        match (&entry.hook, hooks) {
            (Some(name), _) => names.push(name.clone()),
            (None, Hooks::Single(_)) => answers_all = true,
            (None, Hooks::Named(object)) => names.extend(hooks::names(&object, &entry.path)?),
        }
    }
    if answers_all && entries.len() > 1 {
        // One of several files, and nothing says for which hook it is.
        return Err(ambiguous(&entries));
    }
    names.sort_by_key(|name| HOOKS.iter().position(|hook| hook == name));
    if let Some(twice) = names.windows(2).find_map(|pair| match pair {
        [one, two] if one == two => Some(one),
        _ => None,
    }) {
        return Err(format!(
            "{}:1:1: the hook `{twice}` is defined in two files",
            path(&entries)
        ));
    }
    let code = Bundle { files, entries }.encode();
    Ok(Program {
        code,
        hooks: names,
        description,
    })
}

fn path(entries: &[Entry]) -> &str {
    entries.last().map_or("", |entry| &entry.path)
}

fn ambiguous(entries: &[Entry]) -> String {
    format!(
        "{}:1:1: a single function beside other files with hooks; name the file after its hook (sync.jsonnet), or list the \
         files under `hooks` in plugin.yaml",
        path(entries)
    )
}

/// Calls a hook of a program.
///
/// # Errors
///
/// A [`Failure`].
pub fn call(code: &[u8], hook: &str, request: &str, settings: &str, log: Log) -> Result<String, Failure> {
    let internal = |text: &str| Failure::Internal(text.to_owned());
    let Bundle { files, entries } = Bundle::decode(code).ok_or_else(|| internal("the program is damaged"))?;
    let argument = |what: &str, text: &str| {
        serde_json::from_str::<Val>(text)
            .map_err(|error| Failure::Internal(format!("cannot read the {what}: {error}")))
    };
    let evaluation = Evaluation::new(files, log);
    let _entered = evaluation.enter();
    let request = argument("request", request)?;
    let settings = argument("settings", settings)?;

    let own = entries.iter().filter(|entry| entry.hook.as_deref() == Some(hook));
    let others = entries.iter().filter(|entry| entry.hook.is_none());
    for entry in own.chain(others) {
        let value = evaluation.value(&entry.path).map_err(sentence::failure)?;
        let Some(function) = Hooks::of(&value, entry)
            .map_err(Failure::Internal)?
            .function(hook, &entry.path)?
        else {
            continue;
        };
        let answer = hooks::call(function, request, settings, &entry.path)?;
        if answer.as_obj().is_none() {
            return Err(Failure::Internal(format!(
                "{}:1:1: the hook `{hook}` returned {}; expected an object",
                entry.path,
                hooks::kind(&answer)
            )));
        }
        return answer.manifest(JsonFormat::minify()).map_err(sentence::failure);
    }
    Err(Failure::Internal(format!(
        "{}:1:1: the script has no hook `{hook}`",
        path(&entries)
    )))
}
