//! `metawasm-snapshot`: initialises an engine and writes it as a component that needs no initialisation.

use std::fs;
use std::path::PathBuf;

use clap::Parser;
use wasmtime::Result;
use wasmtime::error::Context;

/// Initialise an engine (a component of the world `script-engine`) and write its snapshot
#[derive(Parser)]
#[command(
    name = "metawasm-snapshot",
    after_help = "\
Calls the function `init` of the engine and writes a component whose initial memory is the memory after that call.
Log lines of the engine go to standard error.

Examples:
  metawasm-snapshot engine.wasm target/engines/jsonnet.wasm

Exit codes:
  0  success
  1  failed
  2  invalid usage"
)]
struct Cli {
    /// The engine's component
    input: PathBuf,
    /// The file to write
    output: PathBuf,
}

fn main() -> Result<()> {
    let Cli { input, output } = Cli::parse();
    let component = fs::read(&input).with_context(|| format!("cannot read {}", input.display()))?;
    let snapshot = metawasm_snapshot::snapshot(&component, |level, line| eprintln!("{level}: {line}"))
        .with_context(|| format!("cannot create a snapshot of {}", input.display()))?;
    fs::write(&output, snapshot).with_context(|| format!("cannot write {}", output.display()))
}
