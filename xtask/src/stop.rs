//! Handles Ctrl-C and SIGTERM, so that the server stops before this process.

use std::sync::{Arc, OnceLock};
use std::thread;

use anyhow::{Context, Result};
use tokio::runtime;

/// A signal to stop.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Ctrl-C. A terminal also sends it to the server.
    Interrupt,
    /// SIGTERM, sent only to this process.
    Terminate,
}

/// Records signals to stop.
#[derive(Clone)]
pub(crate) struct Stop(Arc<OnceLock<Signal>>);

impl Stop {
    /// Starts handling the signals. They no longer end the process.
    pub(crate) fn listen() -> Result<Self> {
        let stop = Self(Arc::default());
        let asked = stop.clone();
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("cannot handle signals")?;
        let signal = runtime
            .block_on(async { signals() })
            .context("cannot handle signals")?;
        thread::spawn(move || {
            let signal = runtime.block_on(signal);
            asked.0.get_or_init(|| signal);
        });
        Ok(stop)
    }

    /// Returns the first signal, if any.
    pub(crate) fn asked(&self) -> Option<Signal> {
        self.0.get().copied()
    }
}

/// Installs the handlers. The future completes at the first signal.
#[cfg(unix)]
fn signals() -> std::io::Result<impl Future<Output = Signal> + Send> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => Signal::Interrupt,
            _ = terminate.recv() => Signal::Terminate,
        }
    })
}

#[cfg(not(unix))]
fn signals() -> std::io::Result<impl Future<Output = Signal> + Send> {
    Ok(async {
        // An error means that nothing can be listened for: then Ctrl-C ends the process as it always did.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Signal::Interrupt
    })
}
