//! A mistake in an environment variable, said with its name. clap names the flag that it stands in for, and whoever
//! set the variable wrote no flag.

use std::borrow::Cow;
use std::env;
use std::error::Error as _;
use std::ffi::OsStr;

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};
use clap::{Command, CommandFactory, Id};

use super::Cli;
use crate::text::cut;

/// Bytes of a value that a sentence shows.
const MOST: usize = 200;

/// The sentence about a variable, where the command line is refused for the sake of one.
pub(super) fn at_fault(error: &Error) -> Option<String> {
    let of_a_value = [
        ErrorKind::InvalidValue,
        ErrorKind::ValueValidation,
        ErrorKind::InvalidUtf8,
    ];
    if !of_a_value.contains(&error.kind()) {
        return None;
    }
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
    let Some(value) = value.to_str() else {
        return format!("{name} is not UTF-8");
    };
    let why = match (error.source(), error.get(ContextKind::ValidValue)) {
        (Some(why), _) => Cow::Owned(why.to_string()),
        (None, Some(ContextValue::Strings(values))) => {
            Cow::Owned(format!("one of {} is expected", values.join(", ")))
        }
        (None, _) => Cow::Borrowed("that is no value of it"),
    };
    let mut value = value.to_owned();
    cut(&mut value, MOST);
    format!("{name}={value}: {why}")
}
