//! Signals of `metawasm serve`. `docs/operations.md` documents them in a table.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The exit code after a second signal to stop: the code that shells use for SIGINT.
const AT_ONCE: i32 = 130;

/// Signals that must not end a server. Without a handler, each of them would.
///
/// SIGPIPE is not included: the standard library ignores it, and a write to a closed socket is an error.
pub(super) struct Harmless {
    reload: Signal,
    user1: Signal,
    user2: Signal,
}

impl Harmless {
    /// Starts handling the signals. Signals that arrive before [`reload`](Self::reload) is awaited are kept.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            reload: signal(SignalKind::hangup())?,
            user1: signal(SignalKind::user_defined1())?,
            user2: signal(SignalKind::user_defined2())?,
        })
    }

    /// Waits for the next SIGHUP, and logs the other signals meanwhile.
    pub(super) async fn reload(&mut self) {
        loop {
            let name = tokio::select! {
                _ = self.reload.recv() => return,
                _ = self.user1.recv() => "SIGUSR1",
                _ = self.user2.recv() => "SIGUSR2",
            };
            tracing::info!("ignored {name}; SIGHUP reloads, SIGTERM shuts down");
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

/// Returns a future that completes at the first signal to stop (SIGTERM, SIGINT or SIGQUIT). The second signal ends
/// the process.
pub(super) fn stop() -> io::Result<impl Future<Output = ()>> {
    let mut stopping = Stopping {
        terminate: signal(SignalKind::terminate())?,
        interrupt: signal(SignalKind::interrupt())?,
        quit: signal(SignalKind::quit())?,
    };
    Ok(async move {
        stopping.next().await;
        tracing::info!("draining: running calls finish, new calls get 429");
        tokio::spawn(async move {
            stopping.next().await;
            std::process::exit(AT_ONCE);
        });
    })
}
