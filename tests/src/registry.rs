//! A real registry on loopback: Debian's `docker-registry`.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::process::{Folder, HANG};
use crate::tls::Pair;
use crate::tool;

/// The name and the password of a registry that wants them.
pub const LOGIN: (&str, &str) = ("jane", "secret");
/// [`LOGIN`] as `htpasswd -B` writes it.
const HTPASSWD: &str = "jane:$2b$04$tgOJiAoxqi9vxhCWcuxNe.RSB9Dhg4xf2HOhvRRtG6zUedJRBvP2G\n";

/// A registry, ended when dropped.
pub struct Registry {
    child: Child,
    address: SocketAddr,
    files: Folder,
    program: PathBuf,
}

impl Registry {
    /// Starts a registry. Without the program it says what is skipped; in CI it panics.
    pub fn start() -> Option<Self> {
        Self::with(|_, _| ())
    }

    /// The same, for clients with [`LOGIN`].
    pub fn with_login() -> Option<Self> {
        Self::with(|files, config| {
            let path = files.write("htpasswd", HTPASSWD);
            config["auth"] = json!({"htpasswd": {"realm": "test", "path": path}});
        })
    }

    /// The same, with TLS.
    pub fn with_tls(pair: &Pair) -> Option<Self> {
        Self::with(|files, config| {
            let (cert, key) = (
                files.write("cert.pem", &pair.cert),
                files.write("key.pem", &pair.key),
            );
            config["http"]["tls"] = json!({"certificate": cert, "key": key});
        })
    }

    fn with(change: impl FnOnce(&Folder, &mut Value)) -> Option<Self> {
        let program = tool::find("REGISTRY_BIN", "docker-registry")?;
        let files = Folder::new("registry");
        // It cannot say which port it took, so one that was free a moment ago.
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut config = json!({
            "version": "0.1",
            "log": {"level": "error"},
            "storage": {"filesystem": {"rootdirectory": files.path().join("blobs")}},
            "http": {"addr": address.to_string(), "secret": "test"},
        });
        change(&files, &mut config);
        files.write("config.yml", config.to_string());
        let child = run(&program, files.path());
        let mut registry = Self {
            child,
            address,
            files,
            program,
        };
        registry.wait();
        Some(registry)
    }

    fn wait(&mut self) {
        let end = Instant::now() + HANG;
        while TcpStream::connect(self.address).is_err() {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "the registry ended: {ended:?}");
            assert!(Instant::now() < end, "the registry does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Its host and port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `oci://…` of a repository and a tag.
    pub fn oci(&self, name: &str) -> String {
        format!("oci://{}/{name}", self.address)
    }

    /// Ends it. What it has stays.
    pub fn stop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }

    /// Starts it again, at the same address.
    pub fn start_again(&mut self) {
        self.child = run(&self.program, self.files.path());
        self.wait();
    }
}

fn run(program: &Path, files: &Path) -> Child {
    let mut command = Command::new(program);
    command.arg("serve").arg(files.join("config.yml"));
    let command = command.stdout(Stdio::null()).stderr(Stdio::null());
    command
        .spawn()
        .unwrap_or_else(|error| panic!("docker-registry cannot be started: {error}"))
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.stop();
    }
}
