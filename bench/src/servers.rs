//! The servers that people run for hooks today: one process for each hook, in the hook's language.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};
use metawasm_tests::{compiled, root, target, tool};

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
    /// Go's `net/http` with the same package that the plugin has.
    Go,
    /// The baseline's server, with the same crate that the plugin has.
    Rust,
    /// The same server, with the plugin's file compiled to a native library.
    C,
}

impl Native {
    /// Finds or builds the program that serves a hook. Returns its command line.
    ///
    /// # Errors
    ///
    /// Says what is missing.
    pub(crate) fn prepare(self, hook: &Path) -> Result<Vec<PathBuf>> {
        let servers = root().join("bench/servers");
        let hook = hook.to_owned();
        match self {
            Self::Node => {
                let node = tool::look("NODE", "node").map_err(anyhow::Error::msg)?;
                Ok(vec![node, servers.join("node.js"), hook])
            }
            Self::Python => {
                let python = tool::look("PYTHON3", "python3").map_err(anyhow::Error::msg)?;
                Ok(vec![python, servers.join("python.py"), hook])
            }
            Self::GoJsonnet => Ok(vec![go(&servers.join("jsonnet"))?, hook]),
            Self::Go => Ok(vec![go(&servers.join("go"))?]),
            Self::Rust => Ok(vec![std::env::current_exe()?, "--baseline".into()]),
            Self::C => {
                let library = target().join("bench/ordered-set.so");
                // As `metawasm build` compiles it, but for the target.
                let clang = compiled::clang().context("clang is not installed")?;
                let mut command = Command::new(clang);
                command.args(["-std=c11", "-O2", "-shared", "-fPIC", "-o"]);
                build(command.arg(&library).arg(&hook))?;
                let program = std::env::current_exe()?;
                Ok(vec![program, "--baseline".into(), "--library".into(), library])
            }
        }
    }
}

/// Builds the server in a directory.
fn go(directory: &Path) -> Result<PathBuf> {
    let go = tool::look("GO", "go").map_err(anyhow::Error::msg)?;
    let name = directory.file_name().unwrap_or_default();
    let program = target().join("bench").join(name).join("server");
    let mut command = Command::new(go);
    command
        .args(["build", "-trimpath", "-buildvcs=false", "-o"])
        .arg(&program)
        .arg(".")
        .current_dir(directory);
    build(&mut command)?;
    Ok(program)
}

/// Runs a compiler.
fn build(command: &mut Command) -> Result<()> {
    std::fs::create_dir_all(target().join("bench"))?;
    let output = command.output()?;
    if !output.status.success() {
        bail!(
            "a server cannot be built: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(())
}

/// A running server, ended when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts a program and waits for its address.
    pub(crate) fn start(program: &[PathBuf], cores: Cores) -> Result<Self> {
        let (first, rest) = program.split_first().context("there is no program")?;
        let mut command = Command::new(first);
        command.args(rest).stdout(Stdio::piped());
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
