//! The development commands of the project: `cargo xtask run`, `test`, `build`, `bench`, `image`, `crd`, `manifests`, `web`, `playground`, `fuzz`.
//!
//! A command starts cargo, moves files and shows the result. CI runs the same commands. A new command is a file with a
//! clap struct and a `run` function, and a line in [`Task`].

mod bench;
mod build;
mod crd;
mod e2e;
mod engines;
mod fuzz;
mod image;
mod manifests;
mod output;
mod playground;
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
  cargo xtask run --once    build, serve, and show the children of an example Function
  cargo xtask run           the same, and serve until Ctrl-C
  cargo xtask test          run all checks of CI
  cargo xtask build         build target/release/metawasm and target/plugins/*.wasm
  cargo xtask e2e           test the plugins on a real API server
  cargo xtask bench         measure the host against native servers
  cargo xtask image         build a container image in target/image, without Docker
  cargo xtask crd           generate metacontroller/crd/function.yaml from plugin/function/crd
  cargo xtask manifests     generate the kinds in metacontroller/ and describe.json from the plugin's table of kinds
  cargo xtask web           build the Function plugin for Node and browsers in target/plugins/web
  cargo xtask playground    build the playground, a static page, and serve it on loopback
  cargo xtask fuzz          fuzz the host, with a nightly compiler

Exit codes:
  0  success
  1  failed
  2  invalid usage";

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about = "Development commands of metawasm"
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
    Manifests(manifests::Manifests),
    E2e(e2e::E2e),
    Web(web::Web),
    Playground(playground::Playground),
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
            Self::Manifests(task) => task.run(workspace),
            Self::E2e(task) => task.run(workspace),
            Self::Web(task) => task.run(workspace),
            Self::Playground(task) => task.run(workspace),
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
