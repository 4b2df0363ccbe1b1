//! A running `metawasm serve` that ends with this process.

use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use ureq::Agent;

use crate::stop::{Signal, Stop};

/// Timeout for the start, long enough for a busy machine.
const READY_WITHIN: Duration = Duration::from_secs(30);
/// Time between SIGTERM and SIGKILL.
const STOP_WITHIN: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(50);

/// The server's process. Dropping it ends the process.
pub(crate) struct Server {
    child: Child,
}

impl Server {
    /// Starts the server. Its output goes to standard error.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let child = command
            .stdin(Stdio::null())
            .spawn()
            .context("cannot start the server")?;
        Ok(Self { child })
    }

    /// Waits until `url` returns 200.
    ///
    /// # Errors
    ///
    /// If the server exits, is not ready in time, or this process is asked to stop.
    pub(crate) fn wait_ready(&mut self, agent: &Agent, url: &str, stop: &Stop) -> Result<()> {
        let start = Instant::now();
        while start.elapsed() < READY_WITHIN {
            if let Some(status) = self.child.try_wait()? {
                bail!("the server exited before it was ready ({status}); see its output above");
            }
            if stop.asked().is_some() {
                bail!("stopped");
            }
            if agent.get(url).call().is_ok_and(|answer| answer.status() == 200) {
                return Ok(());
            }
            thread::sleep(POLL);
        }
        bail!(
            "timed out: the server is not ready after {} s; {url} does not return 200",
            READY_WITHIN.as_secs()
        );
    }

    /// Waits until the server exits, or this process is asked to stop. Returns whether the server succeeded.
    pub(crate) fn wait(mut self, stop: &Stop) -> Result<bool> {
        let signal = loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status.success());
            }
            if let Some(signal) = stop.asked() {
                break signal;
            }
            thread::sleep(POLL);
        };
        // After Ctrl-C the server stops by itself, and a second signal might cut its drain short.
        if signal == Signal::Interrupt
            && let Some(status) = self.ends_within(STOP_WITHIN)?
        {
            return Ok(status.success());
        }
        self.stop()
    }

    /// Stops the server and waits for it. Returns whether it succeeded.
    pub(crate) fn stop(mut self) -> Result<bool> {
        self.terminate()?;
        Ok(self
            .ends_within(STOP_WITHIN)?
            .is_some_and(|status| status.success()))
    }

    fn ends_within(&mut self, time: Duration) -> Result<Option<ExitStatus>> {
        let start = Instant::now();
        while start.elapsed() < time {
            if let Some(status) = self.child.try_wait()? {
                return Ok(Some(status));
            }
            thread::sleep(POLL);
        }
        Ok(None)
    }

    /// Sends SIGTERM with `kill`: the standard library only supports SIGKILL, and a system call would need `unsafe`.
    #[cfg(unix)]
    fn terminate(&mut self) -> Result<()> {
        let mut kill = Command::new("kill");
        kill.args(["-TERM", &self.child.id().to_string()]);
        crate::workspace::succeed(&mut kill)
    }

    #[cfg(not(unix))]
    fn terminate(&mut self) -> Result<()> {
        self.child.kill().context("cannot stop the server")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only for a process that is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
