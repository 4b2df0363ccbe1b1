//! `cargo xtask bench`: what the host costs and bears, as ratios, measured side by side.
//!
//! The host is the real binary. The baseline ([`baseline`]) is a plain axum server with the very same core compiled natively
//! and the same (the system's) allocator. Both run as processes of their own, on loopback, and take turns of a fraction of a second
//! each, so that what else the machine does hits both; a figure is a ratio of medians over the turns.
//!
//! A new scenario is a file in `scenario/` and a line in [`scenario::ALL`].

mod baseline;
mod body;
mod certificates;
mod figure;
mod load;
mod process;
mod report;
mod scenario;

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Parser;
use metawasm_tests::machine;

use crate::figure::Figure;
use crate::scenario::{ALL, Context};

/// Measure the host against native servers: a table of ratios
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask bench",
    after_help = "\
Examples:
  cargo xtask bench                    # all but the soak, about six minutes
  cargo xtask bench cold repeat        # some
  cargo xtask bench soak               # a million calls
  cargo xtask bench --write            # all, and docs/performance.md gets the table

Nothing else should run meanwhile. A figure that misses its bar is said, not hidden; the exit code stays 0."
)]
struct Args {
    /// Which scenarios; all but the soak where none is named
    scenarios: Vec<String>,
    /// A tenth of the time: to see that it works, not to believe the figures
    #[arg(long)]
    quick: bool,
    /// Put the table into docs/performance.md
    #[arg(long)]
    write: bool,
    /// Serve the baseline: what the scenarios start for themselves
    #[arg(long, hide = true)]
    baseline: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let done = if args.baseline {
        baseline::serve()
    } else {
        bench(&args)
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn bench(args: &Args) -> Result<()> {
    for name in &args.scenarios {
        if !ALL.iter().any(|scenario| scenario.name == name) {
            let names: Vec<&str> = ALL.iter().map(|scenario| scenario.name).collect();
            bail!("there is no scenario {name:?}; there are {}", names.join(", "));
        }
    }
    let asked = |name: &str, always: bool| {
        if args.scenarios.is_empty() {
            always
        } else {
            args.scenarios.iter().any(|other| other == name)
        }
    };
    let context = Context::new(args.quick);
    let mut figures: Vec<Figure> = Vec::new();
    for scenario in ALL
        .iter()
        .filter(|scenario| asked(scenario.name, scenario.always))
    {
        anstream::eprintln!("── {}: {}", scenario.name, scenario.about);
        for figure in (scenario.run)(&context)? {
            anstream::eprintln!("   {figure}");
            figures.push(figure);
        }
    }
    anstream::println!("\n{}", report::table(&figures));
    anstream::println!("{}", machine::name());
    if args.write {
        report::write(&figures)?;
    }
    Ok(())
}
