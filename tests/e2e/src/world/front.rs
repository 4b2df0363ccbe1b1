//! One address in front of several hosts, as a Service is.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use anyhow::Result;
use tokio::net::{TcpListener, TcpStream};

/// Connections go to the hosts in turn; where there is none they are closed.
pub(super) struct Front {
    address: SocketAddr,
    hosts: Arc<Mutex<Vec<SocketAddr>>>,
    accepting: tokio::task::JoinHandle<()>,
}

impl Front {
    pub(super) async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let hosts: Arc<Mutex<Vec<SocketAddr>>> = Arc::default();
        let shared = Arc::clone(&hosts);
        let next = AtomicUsize::new(0);
        let accepting = tokio::spawn(async move {
            while let Ok((mut caller, _)) = listener.accept().await {
                let host = {
                    let hosts = shared.lock().expect("no thread panics with it");
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    hosts.get(number % hosts.len().max(1)).copied()
                };
                let Some(host) = host else { continue };
                tokio::spawn(async move {
                    if let Ok(mut host) = TcpStream::connect(host).await {
                        // Either side's end ends the other; what is lost with it is the caller's to repeat.
                        tokio::io::copy_bidirectional(&mut caller, &mut host).await.ok();
                    }
                });
            }
        });
        Ok(Self {
            address,
            hosts,
            accepting,
        })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// New connections go to these from now on.
    pub(super) fn to(&self, hosts: Vec<SocketAddr>) {
        *self.hosts.lock().expect("no thread panics with it") = hosts;
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
