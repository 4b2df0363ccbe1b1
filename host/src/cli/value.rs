//! A value that is refused, in one sentence with the name that it was given by. Where that is an environment variable,
//! clap names the flag that it stands in for, and whoever set the variable wrote no flag.

use std::borrow::Cow;
use std::env;
use std::error::Error as _;
use std::ffi::OsStr;

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};
use clap::{Command, CommandFactory, Id};
use metawasm_formats::text::cut;

use super::Cli;

/// Bytes of a value that a sentence shows.
const MOST: usize = 200;

/// The sentence about a value, where the command line is refused for the sake of one.
pub(super) fn refused(error: &Error) -> Option<String> {
    let of_a_value = [
        ErrorKind::InvalidValue,
        ErrorKind::ValueValidation,
        ErrorKind::InvalidUtf8,
    ];
    if of_a_value.contains(&error.kind()) {
        of_a_variable(error).or_else(|| of_a_flag(error))
    } else {
        None
    }
}

fn of_a_variable(error: &Error) -> Option<String> {
    let command = Cli::command();
    for subcommand in command.get_subcommands() {
        for argument in subcommand.get_arguments() {
            if let Some(name) = argument.get_env()
                && let Some(value) = env::var_os(name)
                && without(subcommand, argument.get_id()) != Some(error.to_string())
            {
                return Some(sentence(&name.to_string_lossy(), &value, error));
            }
        }
    }
    None
}

/// What the same command line is refused for where one argument has no variable. An error that is gone then, or is
/// another, was the variable's: it is not looked at where the flag is there.
fn without(subcommand: &Command, argument: &Id) -> Option<String> {
    Cli::command()
        .mut_subcommand(subcommand.get_name(), |subcommand| {
            subcommand.mut_arg(argument, |argument| argument.env(None::<&'static str>))
        })
        .try_get_matches_from(env::args_os())
        .err()
        .map(|error| error.to_string())
}

fn sentence(name: &str, value: &OsStr, error: &Error) -> String {
    if value.is_empty() {
        return format!("{name} is set and empty; give it a value, or leave it out");
    }
    match value.to_str() {
        Some(value) => format!("{name}={}: {}", cut(value, MOST), why(error)),
        None => format!("{name} is not UTF-8"),
    }
}

fn of_a_flag(error: &Error) -> Option<String> {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    // Without the name of its value, which is behind a space or, where it may be left out, a bracket.
    let flag = text(ContextKind::InvalidArg)?.split([' ', '[']).next()?;
    Some(match text(ContextKind::InvalidValue)? {
        "" => format!("{flag} has no value; give it one"),
        value => format!("{flag} {}: {}", cut(value, MOST), why(error)),
    })
}

fn why(error: &Error) -> Cow<'static, str> {
    match (error.source(), error.get(ContextKind::ValidValue)) {
        (Some(why), _) => Cow::Owned(why.to_string()),
        (None, Some(ContextValue::Strings(values))) => {
            Cow::Owned(format!("one of {} is expected", values.join(", ")))
        }
        (None, _) => Cow::Borrowed("that is no value of it"),
    }
}
