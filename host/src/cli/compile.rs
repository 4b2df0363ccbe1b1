//! `metawasm compile` and `metawasm check-settings`: child processes that the other commands start to process untrusted
//! input within limits. They are not for people: they read binary standard input and write binary standard output.

use std::process::ExitCode;
use std::time::Duration;

use crate::catalogue::check_stdin;
use crate::sandbox::{CompileBounds, compile_stdin};
use crate::units;

/// Compile a component (used by the other commands)
#[derive(Debug, clap::Args)]
#[command(hide = true)]
pub(super) struct Args {
    #[command(flatten)]
    bounds: Bounds,
    /// Compile for a server without an instance pool
    #[arg(long)]
    on_demand: bool,
}

/// Check settings against a schema (used by the other commands)
#[derive(Debug, clap::Args)]
#[command(hide = true)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    bounds: Bounds,
}

#[derive(Debug, clap::Args)]
struct Bounds {
    /// Memory limit
    #[arg(long, value_parser = units::parse_size)]
    memory: usize,
    /// Time limit
    #[arg(long, value_parser = units::parse_duration)]
    time: Duration,
}

impl Bounds {
    fn decode(&self) -> CompileBounds {
        CompileBounds {
            time: self.time,
            memory: self.memory,
        }
    }
}

pub(super) fn run(args: &Args) -> ExitCode {
    compile_stdin(!args.on_demand, &args.bounds.decode())
}

pub(super) fn check(args: &CheckArgs) -> ExitCode {
    check_stdin(&args.bounds.decode())
}
