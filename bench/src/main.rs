//! `cargo xtask bench`: measures the cost and the capacity of the host, as ratios to a baseline.
//!
//! The host is the real binary. The baseline ([`baseline`]) is a minimal axum server with the same plugin core, compiled natively, and
//! the same (the system's) allocator. Both run as separate processes on loopback. They take turns of a fraction of a second, so that
//! other load affects both. A figure is a ratio of medians over the turns.
//!
//! A new scenario is a file in `scenario/` and a line in [`scenario::ALL`].

mod baseline;
mod body;
mod certificates;
mod figure;
mod library;
mod load;
mod process;
mod report;
mod scenario;
mod servers;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Parser;
use metawasm_tests::machine;

use crate::figure::Figure;
use crate::report::Section;
use crate::scenario::{ALL, Context};

/// Measure the host against native servers and print a table of ratios
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask bench",
    after_help = "\
Examples:
  cargo xtask bench                    # all scenarios except race and soak, about a quarter of an hour
  cargo xtask bench cold repeat        # selected scenarios
  cargo xtask bench soak               # a million calls
  cargo xtask bench race               # servers in Go, Node and Python, about twelve minutes
  cargo xtask bench --write            # all scenarios; updates the table in docs/performance.md
  cargo xtask bench race --write       # updates the race in docs/performance.md and README.md, and docs/race.svg

Run nothing else meanwhile. The table marks figures that miss their target; the exit code is still 0.

Exit codes:
  0  measured
  1  a scenario failed"
)]
struct Args {
    /// Scenarios to run [default: all except race and soak]
    scenarios: Vec<String>,
    /// Run for a tenth of the time, to test the scenarios; the figures are not reliable
    #[arg(long)]
    quick: bool,
    /// Update the documentation: the table in docs/performance.md, or the part that a scenario has of its own
    #[arg(long)]
    write: bool,
    /// Serve the baseline (started by the scenarios)
    #[arg(long, hide = true)]
    baseline: bool,
    /// Native library with the hook that the baseline serves
    #[arg(long, hide = true)]
    library: Option<PathBuf>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let done = if args.baseline {
        baseline::serve(args.library.as_deref())
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
            bail!("unknown scenario {name:?}; expected one of: {}", names.join(", "));
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
    // Those of the common table.
    let mut common: Vec<Figure> = Vec::new();
    let mut sections: Vec<Section> = Vec::new();
    for scenario in ALL
        .iter()
        .filter(|scenario| asked(scenario.name, scenario.always))
    {
        anstream::eprintln!("── {}: {}", scenario.name, scenario.about);
        let measured = (scenario.run)(&context)?;
        for figure in &measured {
            anstream::eprintln!("   {figure}");
        }
        let published = context.published();
        if published.is_empty() {
            common.extend(measured.iter().cloned());
        }
        sections.extend(published);
        figures.extend(measured);
    }
    anstream::println!("\n{}", report::table(&figures));
    anstream::println!("{}", machine::name());
    if args.write {
        if !common.is_empty() {
            sections.push(report::figures(&common));
        }
        for section in &sections {
            section.write(&metawasm_tests::root())?;
        }
    }
    Ok(())
}
