//! The servers that people run for hooks today: one process for each hook, in the hook's language.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};
use metawasm_tests::{root, target, tool};

use crate::process::{Cores, on};

/// A language whose own server is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Native {
    /// Node's `http`, without a framework.
    Node,
    /// Go's `net/http` with go-jsonnet, the library of jsonnetd.
    GoJsonnet,
    /// Python's `http.server`, which the hook brings along.
    Python,
}

impl Native {
    /// Finds or builds the program that serves a hook; gives its start, to which the hook's file is added.
    ///
    /// # Errors
    ///
    /// Says what is missing.
    pub(crate) fn prepare(self) -> Result<Vec<PathBuf>> {
        let servers = root().join("bench/servers");
        match self {
            Self::Node => {
                let node = tool::look("NODE", "node").map_err(anyhow::Error::msg)?;
                Ok(vec![node, servers.join("node.js")])
            }
            Self::Python => {
                let python = tool::look("PYTHON3", "python3").map_err(anyhow::Error::msg)?;
                Ok(vec![python, servers.join("python.py")])
            }
            Self::GoJsonnet => {
                let go = tool::look("GO", "go").map_err(anyhow::Error::msg)?;
                let program = target().join("bench/jsonnet-server");
                let output = Command::new(go)
                    .args(["build", "-trimpath", "-buildvcs=false", "-o"])
                    .arg(&program)
                    .arg(".")
                    .current_dir(servers.join("jsonnet"))
                    .output()?;
                if !output.status.success() {
                    bail!(
                        "the server with go-jsonnet cannot be built: {}",
                        String::from_utf8_lossy(&output.stderr).trim()
                    );
                }
                Ok(vec![program])
            }
        }
    }
}

/// A running server, ended when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts a program on a hook and waits for its address.
    pub(crate) fn start(program: &[PathBuf], hook: &Path, cores: Cores) -> Result<Self> {
        let (first, rest) = program.split_first().context("there is no program")?;
        let mut command = Command::new(first);
        command.args(rest).arg(hook).stdout(Stdio::piped());
        let mut child = on(cores, || command.spawn())??;
        let stdout = child.stdout.take().context("the standard output is not a pipe")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line.trim().parse();
        // Owned before anything can fail, so that it is ended.
        let mut server = Self {
            child,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        server.address = address.with_context(|| format!("{} printed no address", first.display()))?;
        Ok(server)
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
