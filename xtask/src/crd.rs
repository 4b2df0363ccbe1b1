//! `cargo xtask crd`: generates the Function CRD from the Rust types of a Function.

use std::fs;
use std::process::ExitCode;

use anstream::eprintln;
use anyhow::{Context, Result, bail};
use clap::Args;

use crate::output::write;
use crate::workspace::Workspace;

/// Generate the Function CRD from the types in plugin/function/crd
#[derive(Args)]
#[command(after_help = "\
Writes metacontroller/crd/function.yaml. `cargo xtask test` fails if the file differs from the types.

Examples:
  cargo xtask crd
  cargo xtask crd --check")]
pub(crate) struct Crd {
    /// Write nothing; fail if the file is out of date
    #[arg(long)]
    check: bool,
}

impl Crd {
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<ExitCode> {
        let path = workspace.crd();
        let file = workspace.show(&path);
        let text = metawasm_function_crd::yaml().context("cannot write the CRD as YAML")?;
        let is_there = fs::read_to_string(&path).is_ok_and(|old| old == text);
        match (is_there, self.check) {
            (true, _) => eprintln!("{file} is up to date"),
            (false, true) => {
                bail!("{file} is out of date; run `cargo xtask crd`")
            }
            (false, false) => {
                write(&path, text.as_bytes())?;
                eprintln!("updated {file}");
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
