//! `cargo xtask e2e`: tests the plugins on a real API server.

use std::env;
use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::Args;

use crate::build;
use crate::workspace::{self, Workspace};

/// Variables with the paths of prebuilt programs, instead of building them with Go.
const PROGRAMS: [&str; 3] = ["KUBE_APISERVER", "KUBE_CONTROLLER_MANAGER", "ETCD"];

/// Run the end-to-end scenarios on a real API server, without nodes
#[derive(Args)]
#[command(disable_help_flag = true)]
pub(crate) struct E2e {
    /// Scenarios and flags; see `cargo xtask e2e --help`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

impl E2e {
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<ExitCode> {
        build::build(workspace)?;
        Ok(if workspace.run(SUITE, &self.args)? {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }
}

/// The suite, which runs with what is built of the host.
const SUITE: &str = "metawasm-e2e";

/// The step of `cargo xtask test`.
pub(crate) fn all(workspace: &Workspace) -> Result<()> {
    ensure!(
        workspace.run(SUITE, &[])?,
        "a scenario failed; see the output above"
    );
    Ok(())
}

/// Returns a message if a required program is missing on this machine.
pub(crate) fn lacks(workspace: &Workspace) -> Result<Option<&'static str>> {
    // The CRDs of third parties come from Go modules, also with prebuilt programs.
    if is_missing(workspace, "go", "version")? {
        return Ok(Some(
            "Go is not installed (https://go.dev, 1.26 or later); it builds the control plane and provides the CRDs of third parties",
        ));
    }
    let kubectl = env::var("KUBECTL").unwrap_or_else(|_| "kubectl".to_owned());
    if is_missing(workspace, &kubectl, "help")? {
        return Ok(Some(
            "kubectl is not installed (https://kubernetes.io/docs/tasks/tools)",
        ));
    }
    let named = PROGRAMS.iter().filter(|name| env::var_os(name).is_some()).count();
    ensure!(
        named == 0 || named == PROGRAMS.len(),
        "only some of {} are set; set all of them or none",
        PROGRAMS.join(", ")
    );
    Ok(None)
}

fn is_missing(workspace: &Workspace, program: &str, argument: &str) -> Result<bool> {
    match workspace.command(program).arg(argument).output() {
        Err(error) if workspace::is_missing(&error) => Ok(true),
        done => done.map(|_| false).map_err(Into::into),
    }
}
