//! `cargo xtask fuzz`: fuzzes the code of the host that reads untrusted bytes.

use std::fs;
use std::process::{Command, ExitCode, Stdio};

use anstream::eprintln;
use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use crate::workspace::Workspace;

/// A fuzz target.
#[derive(Clone, Copy, ValueEnum)]
enum Target {
    /// Review of plugins' answers
    Review,
    /// Parser of requests
    Envelope,
    /// Views of plugins
    View,
    /// References, manifests, challenges and credentials of registries
    Registry,
    /// Keys and signatures
    Trust,
}

/// Fuzz the host with generated requests, answers, views, manifests and signatures
#[derive(Args)]
#[command(after_help = "\
Requires a nightly compiler and cargo-fuzz. `cargo xtask test` runs the same checks without them, on mutated
recorded input.

Examples:
  cargo xtask fuzz                        run every target for a minute
  cargo xtask fuzz review --seconds 600")]
pub(crate) struct Fuzz {
    /// Target to run [default: all targets]
    target: Option<Target>,
    /// Time for each target in seconds
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
}

impl Target {
    fn name(self) -> &'static str {
        match self {
            Self::Review => "review",
            Self::Envelope => "envelope",
            Self::View => "view",
            Self::Registry => "registry",
            Self::Trust => "trust",
        }
    }
}

impl Fuzz {
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<ExitCode> {
        have(
            "+nightly",
            "version",
            "rustup toolchain install nightly --profile minimal",
        )?;
        have("fuzz", "--version", "cargo install cargo-fuzz")?;
        let all = Target::value_variants().to_vec();
        for target in self.target.map_or(all, |target| vec![target]) {
            let name = target.name();
            let corpus = workspace.fuzz().join("corpus").join(name);
            fs::create_dir_all(&corpus)?;
            if let Target::Envelope = target {
                for entry in fs::read_dir(workspace.fixtures())? {
                    let path = entry?.path();
                    let seed = [&[0], fs::read(&path)?.as_slice()].concat();
                    fs::write(corpus.join(path.file_name().unwrap_or_default()), seed)?;
                }
            }
            if let Target::Trust = target {
                for entry in fs::read_dir(workspace.vectors())? {
                    let path = entry?.path();
                    fs::copy(&path, corpus.join(path.file_name().unwrap_or_default()))?;
                }
            }
            eprintln!("fuzzing {name} for {} s", self.seconds);
            let status = Command::new("cargo")
                .env_remove("RUSTUP_TOOLCHAIN")
                .current_dir(workspace.fuzz())
                .args(["+nightly", "fuzz", "run", "--fuzz-dir", ".", name, "--"])
                .args([
                    &format!("-max_total_time={}", self.seconds),
                    "-max_len=65536",
                    "-timeout=10",
                ])
                .status()?;
            if !status.success() {
                bail!(
                    "{name} found a failing input; it is stored in fuzz/artifacts/{name}, and the command to repeat it is printed above"
                );
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Fails if a tool is missing, with the command that installs it.
fn have(tool: &str, argument: &str, install: &str) -> Result<()> {
    let status = Command::new("cargo")
        .env_remove("RUSTUP_TOOLCHAIN")
        .args([tool, argument])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    if !status.success() {
        bail!("`cargo {tool}` is not available; install it with `{install}`");
    }
    Ok(())
}
