//! `metawasm compile`: what the server starts to have a component compiled. No command for people: it
//! writes machine code to standard output, and takes standard input as it is.

use std::process::ExitCode;
use std::time::Duration;

use crate::sandbox::{COMPILE_REFUSED, CompileBounds, CompilerError, CompilerTask, compile_stdin};
use crate::units;

/// Compile a component for `serve` (used by it)
#[derive(Debug, clap::Args)]
#[command(hide = true)]
pub(super) struct Args {
    /// Memory that it may use
    #[arg(long, value_parser = units::parse_size)]
    memory: usize,
    /// Time that it may use
    #[arg(long, value_parser = units::parse_duration)]
    time: Duration,
    /// For a server without a pool of instances
    #[arg(long)]
    on_demand: bool,
}

pub(super) fn run(args: &Args) -> ExitCode {
    let task = CompilerTask {
        pooled: !args.on_demand,
        bounds: CompileBounds {
            time: args.time,
            memory: args.memory,
        },
    };
    match compile_stdin(task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            super::say(&error.to_string());
            match error {
                CompilerError::Refused(_) => ExitCode::from(COMPILE_REFUSED),
                CompilerError::Failed(_) => ExitCode::from(2),
            }
        }
    }
}
