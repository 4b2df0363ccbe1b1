//! Certificates as Kubernetes mounts them, and a client that trusts their issuer.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use metawasm_tests::client::{Connection, connect};

/// An authority, and a folder with a certificate of it.
pub(crate) struct Certificates {
    folder: PathBuf,
    issuer: Issuer<'static, KeyPair>,
    client: Arc<ClientConfig>,
    version: u32,
}

impl Certificates {
    /// Makes both. The files are `tls.crt` and `tls.key`, links into `..data`, which is a link itself.
    pub(crate) fn new(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate()?;
        let authority = params.self_signed(&key)?;
        let mut roots = RootCertStore::empty();
        roots.add(authority.der().clone())?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut certificates = Self {
            folder: folder.to_owned(),
            issuer: Issuer::new(params, key),
            client: Arc::new(client),
            version: 0,
        };
        certificates.rotate()?;
        for name in ["tls.crt", "tls.key"] {
            symlink(format!("..data/{name}"), folder.join(name))?;
        }
        Ok(certificates)
    }

    /// A new key and certificate, put in place in one step.
    pub(crate) fn rotate(&mut self) -> Result<()> {
        self.version += 1;
        let name = format!("..version-{}", self.version);
        let version = self.folder.join(&name);
        fs::create_dir(&version)?;
        let key = KeyPair::generate()?;
        let certificate =
            CertificateParams::new(vec!["localhost".to_owned()])?.signed_by(&key, &self.issuer)?;
        fs::write(version.join("tls.crt"), certificate.pem())?;
        fs::write(version.join("tls.key"), key.serialize_pem())?;
        let next = self.folder.join("..data_tmp");
        symlink(name, &next)?;
        Ok(fs::rename(next, self.folder.join("..data"))?)
    }

    /// A connection over TLS, without session resumption, its handshake done.
    pub(crate) fn connect(client: &Arc<ClientConfig>, address: SocketAddr) -> io::Result<Connection<Tls>> {
        let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
        let session = ClientConnection::new(client.clone(), name).map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(session, connect(address)?);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        Ok(Connection::over(stream))
    }

    pub(crate) fn client(&self) -> Arc<ClientConfig> {
        self.client.clone()
    }
}

/// A stream over TLS.
pub(crate) type Tls = StreamOwned<ClientConnection, std::net::TcpStream>;
