//! `cargo xtask bench`: measures the host against native servers.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::build;
use crate::workspace::Workspace;

/// Measure the host against native servers and print a table of ratios
#[derive(Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Bench {
    /// Scenarios and flags; see `cargo xtask bench --help`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

impl Bench {
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<ExitCode> {
        build::build(workspace)?;
        Ok(if workspace.run("metawasm-bench", &self.args)? {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }
}
