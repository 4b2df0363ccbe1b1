//! What signals do to `metawasm serve`. `docs/operations.md` has the table for its readers.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The exit code after a second signal to stop: that of a shell for a process that SIGINT ended.
const AT_ONCE: i32 = 130;

/// Signals that must not end a server: without a handler, each of them would.
///
/// SIGPIPE is not among them: the standard library ignores it, and a write to a closed socket is an error.
pub(super) struct Harmless {
    reload: Signal,
    user1: Signal,
    user2: Signal,
}

impl Harmless {
    /// Handles them from now on. Those that come before somebody waits for [`reload`](Self::reload) are kept.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            reload: signal(SignalKind::hangup())?,
            user1: signal(SignalKind::user_defined1())?,
            user2: signal(SignalKind::user_defined2())?,
        })
    }

    /// Done at the next SIGHUP. Logs the others meanwhile.
    pub(super) async fn reload(&mut self) {
        loop {
            let name = tokio::select! {
                _ = self.reload.recv() => return,
                _ = self.user1.recv() => "SIGUSR1",
                _ = self.user2.recv() => "SIGUSR2",
            };
            tracing::info!("ignored {name}; SIGHUP reloads, SIGTERM drains and stops");
        }
    }
}

/// Signals to stop.
struct Stopping {
    terminate: Signal,
    interrupt: Signal,
    quit: Signal,
}

impl Stopping {
    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => (),
            _ = self.interrupt.recv() => (),
            _ = self.quit.recv() => (),
        }
    }
}

/// Returns a future that is done at the first signal to stop (SIGTERM, SIGINT or SIGQUIT). The second one ends the
/// process.
pub(super) fn stop() -> io::Result<impl Future<Output = ()>> {
    let mut stopping = Stopping {
        terminate: signal(SignalKind::terminate())?,
        interrupt: signal(SignalKind::interrupt())?,
        quit: signal(SignalKind::quit())?,
    };
    Ok(async move {
        stopping.next().await;
        tracing::info!("draining");
        tokio::spawn(async move {
            stopping.next().await;
            std::process::exit(AT_ONCE);
        });
    })
}
