//! The message about an invalid value, with the name of its flag or environment variable. clap alone would name the flag
//! even if the value came from the variable.

use std::env;
use std::error::Error as _;
use std::ffi::OsStr;

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};
use clap::{Command, CommandFactory, Id};
use metawasm_formats::nearest::nearest;
use metawasm_formats::text::cut;

use super::Cli;

/// Maximum length in bytes of a value in a message.
const MOST: usize = 200;

/// Returns the message if a command line is rejected because of a value.
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

/// Returns the error of the same command line if one argument has no variable. If the error disappears or changes, the
/// variable caused it. The variable is not read if the flag is set.
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
        return format!("environment variable {name} is empty; set a value or unset it");
    }
    match value.to_str() {
        Some(value) => invalid(value, name, error),
        None => format!("environment variable {name} is not valid UTF-8"),
    }
}

fn of_a_flag(error: &Error) -> Option<String> {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    // Without the name of its value, which follows a space or, if it is optional, a bracket.
    let flag = text(ContextKind::InvalidArg)?.split([' ', '[']).next()?;
    Some(match text(ContextKind::InvalidValue)? {
        "" => format!("{flag} requires a value"),
        value => invalid(value, flag, error),
    })
}

fn invalid(value: &str, name: &str, error: &Error) -> String {
    let value = cut(value, MOST);
    match (error.source(), error.get(ContextKind::ValidValue)) {
        (Some(why), _) => format!("invalid value '{value}' for {name}: {why}"),
        (None, Some(ContextValue::Strings(values))) => {
            let meant = nearest(&value, &mut values.iter().map(String::as_str));
            let hint = meant.map_or_else(String::new, |meant| format!("; did you mean {meant}?"));
            format!(
                "invalid value '{value}' for {name}; allowed: {}{hint}",
                values.join(", ")
            )
        }
        (None, _) => format!("invalid value '{value}' for {name}"),
    }
}
