//! A control plane of its own: etcd, kube-apiserver and kube-controller-manager on loopback ports, with an audit log.
//!
//! What is missing of a cluster: nodes. Nothing schedules or runs a pod; what a kubelet would write is written by
//! the scenario that needs it. Rights are checked (RBAC): who plays Metacontroller has those of our manifests only.

mod audit;
mod files;
mod process;
pub mod programs;

use std::net::TcpListener;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use kube::{Client, Config};
use metawasm_tests::process::Folder;

pub use audit::{Audit, Write};
pub use files::User;
use process::Process;
use programs::Programs;

/// How long anything of it may take to start.
const START: Duration = Duration::from_secs(60);

/// A running control plane, ended when dropped.
pub struct Plane {
    folder: Folder,
    url: String,
    /// Its version, as it says itself.
    pub version: String,
    /// What was written, and by whom.
    pub audit: Audit,
    programs: Programs,
    // Ended in this order: nobody should miss the one after it.
    manager: Option<Process>,
    api: Option<Process>,
    etcd: Option<Process>,
}

impl Plane {
    /// Starts it, without the controller manager: see [`Plane::start_controllers`].
    ///
    /// # Errors
    ///
    /// If a program does not start; with what it said.
    pub async fn start(programs: Programs) -> Result<Self> {
        let folder = Folder::new("control-plane");
        let path = folder.path().to_owned();
        let [client, peer, secure] = free_ports()?;
        let etcd_url = format!("http://127.0.0.1:{client}");
        let peer_url = format!("http://127.0.0.1:{peer}");
        let etcd = Process::start(
            &programs.etcd,
            &path,
            &[
                format!("--data-dir={}", path.join("etcd").display()),
                format!("--listen-client-urls={etcd_url}"),
                format!("--advertise-client-urls={etcd_url}"),
                format!("--listen-peer-urls={peer_url}"),
                format!("--initial-advertise-peer-urls={peer_url}"),
                format!("--initial-cluster=default={peer_url}"),
                // Nothing of it outlives the run.
                "--unsafe-no-fsync".to_owned(),
                "--log-level=warn".to_owned(),
            ],
        )?;
        let url = format!("https://127.0.0.1:{secure}");
        let files = files::write(&folder, &url)?;
        let api = Process::start(
            &programs.api_server,
            &path,
            &[
                "--bind-address=127.0.0.1".to_owned(),
                "--advertise-address=127.0.0.1".to_owned(),
                format!("--secure-port={secure}"),
                // Loopback addresses are no endpoints.
                "--endpoint-reconciler-type=none".to_owned(),
                format!("--cert-dir={}", path.join("certificates").display()),
                "--external-hostname=localhost".to_owned(),
                format!("--etcd-servers={etcd_url}"),
                "--service-cluster-ip-range=10.0.0.0/20".to_owned(),
                "--service-account-issuer=https://localhost".to_owned(),
                format!("--service-account-key-file={}", files.public_key.display()),
                format!(
                    "--service-account-signing-key-file={}",
                    files.private_key.display()
                ),
                format!("--token-auth-file={}", files.tokens.display()),
                "--authorization-mode=RBAC".to_owned(),
                format!("--audit-policy-file={}", files.policy.display()),
                format!("--audit-log-path={}", files.audit.display()),
                "--profiling=false".to_owned(),
            ],
        )?;
        let mut plane = Self {
            folder,
            url,
            version: String::new(),
            audit: Audit::new(files.audit),
            programs,
            manager: None,
            api: Some(api),
            etcd: Some(etcd),
        };
        plane.wait_until_ready().await?;
        let client = plane.client(User::Admin)?;
        plane.version = client.apiserver_version().await?.git_version;
        Ok(plane)
    }

    async fn wait_until_ready(&mut self) -> Result<()> {
        let client = self.client(User::Admin)?;
        let end = Instant::now() + START;
        loop {
            for process in [&mut self.etcd, &mut self.api].into_iter().flatten() {
                process.must_run()?;
            }
            let request = http_get("/readyz");
            match client.request_text(request).await {
                Ok(_) => return Ok(()),
                Err(error) if Instant::now() > end => {
                    bail!("kube-apiserver is not ready after {} s: {error}", START.as_secs())
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }

    /// Starts the controllers: garbage collector, namespaces, service accounts, and those of workloads. To be called
    /// when the CRDs are there: the garbage collector looks for new kinds only now and then.
    ///
    /// # Errors
    ///
    /// If the program does not start.
    pub fn start_controllers(&mut self) -> Result<()> {
        let path = self.folder.path();
        self.manager = Some(Process::start(
            &self.programs.controller_manager,
            path,
            &[
                format!("--kubeconfig={}", self.kubeconfig(User::Controllers).display()),
                "--leader-elect=false".to_owned(),
                "--bind-address=127.0.0.1".to_owned(),
                "--secure-port=0".to_owned(),
                "--controllers=namespace-controller,garbage-collector-controller,serviceaccount-controller,\
                 deployment-controller,replicaset-controller,statefulset-controller,job-controller"
                    .to_owned(),
                // Its own limits are those of a small cluster, and would be waited for.
                "--kube-api-qps=500".to_owned(),
                "--kube-api-burst=1000".to_owned(),
                "--profiling=false".to_owned(),
            ],
        )?);
        Ok(())
    }

    /// Fails if a part of it has ended.
    ///
    /// # Errors
    ///
    /// With what that part said last.
    pub fn must_run(&mut self) -> Result<()> {
        for process in [&mut self.etcd, &mut self.api, &mut self.manager]
            .into_iter()
            .flatten()
        {
            process.must_run()?;
        }
        Ok(())
    }

    /// The kubeconfig of a user.
    #[must_use]
    pub fn kubeconfig(&self, user: User) -> PathBuf {
        self.folder.path().join(files::kubeconfig_of(user))
    }

    /// A client that is this user.
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    pub fn client(&self, user: User) -> Result<Client> {
        let mut config = Config::new(self.url.parse().context("the URL of the API server")?);
        // The certificate is made by the API server itself at its start.
        config.accept_invalid_certs = true;
        config.auth_info.token = Some(user.token().to_owned().into());
        Ok(Client::try_from(config)?)
    }
}

/// A GET request.
pub(crate) fn http_get(path: &str) -> http::Request<Vec<u8>> {
    http::Request::get(path)
        .body(Vec::new())
        .expect("a path makes a request")
}

/// Ports that nobody listens on at the moment.
fn free_ports<const N: usize>() -> Result<[u16; N]> {
    let mut listeners = Vec::new();
    let mut ports = [0; N];
    for port in &mut ports {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        *port = listener.local_addr()?.port();
        // Held until all are found, so that none is found twice.
        listeners.push(listener);
    }
    Ok(ports)
}
