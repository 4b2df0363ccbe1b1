//! The real Metacontroller in the driver's place, where `METACONTROLLER_BIN` names one.

use std::env;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};
use kube::Client;

use super::{Apply, Metacontroller, Options};

/// Who calls the hooks, until it is dropped.
pub enum Caller {
    /// The driver of this crate.
    Driver(Metacontroller),
    /// The program.
    Program(Program),
}

/// A running program.
pub struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Caller {
    /// Starts the program that `METACONTROLLER_BIN` names, or the driver if that is not set.
    ///
    /// # Errors
    ///
    /// If the program cannot be started.
    pub fn start(kubeconfig: &Path, client: Client, options: Options) -> Result<Self> {
        match env::var_os("METACONTROLLER_BIN") {
            None => Ok(Self::Driver(Metacontroller::start(client, options))),
            Some(program) => program_of(Path::new(&program), kubeconfig, &options).map(Self::Program),
        }
    }

    /// Who it is, for people.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Driver(_) => "the driver",
            Self::Program(_) => "Metacontroller",
        }
    }

    /// Ends it and waits for its end.
    pub async fn stop(self) {
        match self {
            Self::Driver(driver) => driver.stop().await,
            Self::Program(program) => drop(program),
        }
    }
}

fn program_of(program: &Path, kubeconfig: &Path, options: &Options) -> Result<Program> {
    let strategy = match options.apply {
        Apply::Dynamic => "dynamic-apply",
        Apply::ServerSide => "server-side-apply",
    };
    let child = Command::new(program)
        .arg(format!("--kubeconfig={}", kubeconfig.display()))
        .arg(format!("--apply-strategy={strategy}"))
        .arg(format!("--workers={}", options.workers))
        .arg(format!("--metrics-address=127.0.0.1:{}", free_port()?))
        .arg(format!("--health-probe-bind-address=127.0.0.1:{}", free_port()?))
        .args([
            "--discovery-interval=500ms",
            "--client-go-qps=1000",
            "--client-go-burst=2000",
        ])
        .args(["--events-qps=100", "--events-burst=1000"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    child
        .map(Program)
        .with_context(|| format!("METACONTROLLER_BIN: {} does not start", program.display()))
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
