//! The project's own commands: `cargo xtask run`, `test`, `build`, `bench`, `image`, `crd`, `web`, `fuzz`.
//!
//! Thin on purpose: a command starts cargo, moves files and shows what came out. What it does for a person it
//! also does for CI. A new command is a file with a clap struct and a `run`, and a line in [`Task`].

mod bench;
mod build;
mod crd;
mod e2e;
mod fuzz;
mod image;
mod ports;
mod run;
mod server;
mod stop;
mod table;
mod test;
mod web;
mod workspace;

use std::process::ExitCode;

use anstream::eprintln;
use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

const EXAMPLES: &str = "\
Examples:
  cargo xtask run           see it work: a Function goes in, its children come out
  cargo xtask run --once    the same, without serving until Ctrl-C
  cargo xtask test          all that CI checks
  cargo xtask build         target/release/metawasm and target/plugins/*.wasm
  cargo xtask e2e           Functions on a real API server
  cargo xtask bench         what the host costs and bears, against native servers
  cargo xtask image         target/image: a container image, without Docker
  cargo xtask crd           metacontroller/crd/function.yaml, from the types in plugin/function/crd
  cargo xtask web           target/plugins/web: the plugin for Node and browsers
  cargo xtask fuzz          made-up requests and answers, with a nightly compiler";

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about = "The commands of the metawasm project"
)]
#[command(after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    Run(run::Run),
    Test(test::Test),
    Build(build::Build),
    Bench(bench::Bench),
    Image(image::Image),
    Crd(crd::Crd),
    E2e(e2e::E2e),
    Web(web::Web),
    Fuzz(fuzz::Fuzz),
}

impl Task {
    fn run(&self, workspace: &Workspace) -> anyhow::Result<ExitCode> {
        match self {
            Self::Run(task) => task.run(workspace),
            Self::Test(task) => task.run(workspace),
            Self::Build(task) => task.run(workspace),
            Self::Bench(task) => task.run(workspace),
            Self::Image(task) => task.run(workspace),
            Self::Crd(task) => task.run(workspace),
            Self::E2e(task) => task.run(workspace),
            Self::Web(task) => task.run(workspace),
            Self::Fuzz(task) => task.run(workspace),
        }
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match Workspace::find().and_then(|workspace| cli.task.run(&workspace)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{}error:{:#} {error:#}", table::BAD, table::BAD);
            ExitCode::FAILURE
        }
    }
}
