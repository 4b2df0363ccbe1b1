//! `cargo xtask run`: builds and serves the Function plugin, and shows its answer to one request.

use std::process::{ExitCode, Stdio};
use std::time::Duration;

use anstream::{eprintln, println};
use anyhow::{Context, Result, ensure};
use clap::Args;
use ureq::Agent;

use crate::build;
use crate::output;
use crate::ports::{self, Ports};
use crate::server::Server;
use crate::stop::Stop;
use crate::table::{BAD, HEADING};
use crate::workspace::{self, Workspace};

/// The timeout of the request: Metacontroller's default.
const PATIENCE: Duration = Duration::from_secs(10);

/// Build, serve, send one request, and show the children of the answer
#[derive(Args)]
#[command(after_help = "\
Serves on loopback only, until Ctrl-C. Sends the request that Metacontroller would send for
examples/function.yaml. Stores it in target/requests/function.json and prints a curl command that repeats it.

Examples:
  cargo xtask run
  cargo xtask run --once
  cargo xtask run --port 9000")]
pub(crate) struct Run {
    /// Stop after the answer instead of serving
    #[arg(long)]
    once: bool,

    /// Port of the hooks on 127.0.0.1; the admin routes use the next port [default: 8080, or a free port]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
}

impl Run {
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<ExitCode> {
        let Ports { hooks, admin } = ports::choose(self.port)?;
        build::build(workspace)?;

        if self.port.is_none() && hooks != ports::DEFAULT {
            eprintln!("Port {} is in use. Using port {hooks}.", ports::DEFAULT);
        }
        let request = request(workspace)?;

        let stop = Stop::listen()?;
        let mut server = Server::start(
            workspace
                .command(workspace.host())
                .arg("serve")
                .arg("--plugin")
                .arg(format!("function=file:{}", workspace.show(&workspace.plugin())))
                .args([
                    "--listen",
                    &format!("127.0.0.1:{hooks}"),
                    "--admin",
                    &format!("127.0.0.1:{admin}"),
                ]),
        )?;
        let agent = agent();
        server.wait_ready(&agent, &format!("http://127.0.0.1:{admin}/readyz"), &stop)?;

        let url = format!("http://127.0.0.1:{hooks}/function/sync");
        let (status, body) = post(&agent, &url, &request)?;
        if status != 200 {
            eprintln!("{BAD}The hook answered {status}:{BAD:#} {}", body.trim_end());
            server.stop()?;
            return Ok(ExitCode::FAILURE);
        }
        println!(
            "\n{HEADING}POST /function/sync → {status}{HEADING:#}, {} bytes\n",
            body.len()
        );
        show(workspace, &body)?;
        say_how(workspace, &url);

        let in_order = if self.once {
            server.stop()?
        } else {
            eprintln!(
                "\nServing on http://127.0.0.1:{hooks}, admin routes on http://127.0.0.1:{admin}. Press Ctrl-C to stop."
            );
            server.wait(&stop)?
        };
        ensure!(in_order, "the server exited with an error; see its output above");
        Ok(ExitCode::SUCCESS)
    }
}

/// Returns the request that Metacontroller would send for the example, and stores it in a file.
fn request(workspace: &Workspace) -> Result<Vec<u8>> {
    let request = host(
        workspace,
        &["render"],
        &["-f", &workspace.example().to_string_lossy(), "-o", "request"],
    )?;
    output::write(&workspace.request(), &request)?;
    Ok(request)
}

/// Shows the answer as the command line does: a summary, then YAML. The answer of the server is the same.
fn show(workspace: &Workspace, answer: &str) -> Result<()> {
    let replayed = host(workspace, &["replay"], &[&workspace.request().to_string_lossy()])?;
    ensure!(
        replayed.trim_ascii() == answer.trim().as_bytes(),
        "`metawasm replay` gives another answer than the server"
    );
    for format in ["summary", "yaml"] {
        let example = workspace.example();
        let shown = host(
            workspace,
            &["render"],
            &["-f", &example.to_string_lossy(), "-o", format],
        )?;
        println!("{}", String::from_utf8_lossy(&shown));
    }
    Ok(())
}

/// Runs the host with a command, the plugin and more arguments, and returns what it prints.
fn host(workspace: &Workspace, command: &[&str], arguments: &[&str]) -> Result<Vec<u8>> {
    let mut host = workspace.command(workspace.host());
    host.args(command)
        .arg(workspace.plugin())
        .args(arguments)
        .stderr(Stdio::inherit());
    let output = host
        .output()
        .with_context(|| format!("cannot start `{}`", workspace::words(&host)))?;
    ensure!(
        output.status.success(),
        "`{}` failed ({})",
        workspace::words(&host),
        output.status
    );
    Ok(output.stdout)
}

/// Creates an HTTP client with Metacontroller's timeout and without proxies.
fn agent() -> Agent {
    Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .http_status_as_error(false)
        .proxy(None)
        .build()
        .into()
}

fn post(agent: &Agent, url: &str, request: &[u8]) -> Result<(u16, String)> {
    let mut answer = agent
        .post(url)
        .header("content-type", "application/json")
        .send(request)
        .with_context(|| format!("no answer from {url}"))?;
    let body = answer
        .body_mut()
        .read_to_string()
        .context("cannot read the answer")?;
    Ok((answer.status().as_u16(), body))
}

fn say_how(workspace: &Workspace, url: &str) {
    let (host, plugin, example, request) = (
        workspace.host(),
        workspace.plugin(),
        workspace.example(),
        workspace.request(),
    );
    println!("\n{HEADING}Try it yourself{HEADING:#}");
    println!(
        "  curl -sS -X POST --data-binary @{} {url}",
        workspace.show(&request)
    );
    println!(
        "  {} render {} -f {}",
        workspace.show(&host),
        workspace.show(&plugin),
        workspace.show(&example)
    );
}
