//! Certificates, and a client that shows and checks them.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::{http1, http2};
use hyper::{Request, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::process::HANG;

/// A certificate authority of a test's own.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key, in PEM.
#[derive(Clone)]
pub struct Pair {
    /// The certificate.
    pub cert: String,
    /// Its private key.
    pub key: String,
}

impl Authority {
    /// A new one.
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("a certificate"))
    }

    /// Its certificate, in PEM.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for 127.0.0.1, of a server or a client.
    pub fn issue(&self) -> Pair {
        self.issue_with(|_| ())
    }

    /// One of a server with a name.
    pub fn issue_for(&self, name: &str) -> Pair {
        let name = name.try_into().expect("a name");
        self.issue_with(|params| params.subject_alt_names = vec![rcgen::SanType::DnsName(name)])
    }

    /// One that has expired.
    pub fn issue_expired(&self) -> Pair {
        self.issue_with(|params| {
            params.not_before = date_time_ymd(2001, 1, 1);
            params.not_after = date_time_ymd(2002, 1, 1);
        })
    }

    fn issue_with(&self, change: impl FnOnce(&mut CertificateParams)) -> Pair {
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("an address");
        change(&mut params);
        let key = KeyPair::generate().expect("a key");
        Pair {
            cert: params.signed_by(&key, &self.0).expect("a certificate").pem(),
            key: key.serialize_pem(),
        }
    }

    /// What a client needs that trusts this authority, shows such a certificate, and wants these protocols.
    pub fn client(&self, own: Option<&Pair>, protocols: &[&str]) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).expect("a root");
        let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots);
        let mut config = match own {
            None => builder.with_no_client_auth(),
            Some(pair) => builder
                .with_client_auth_cert(
                    vec![CertificateDer::from_pem_slice(pair.cert.as_bytes()).expect("PEM")],
                    PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).expect("PEM"),
                )
                .expect("a pair"),
        };
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        Arc::new(config)
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

/// Writes files as Kubernetes mounts a Secret: the names link through `..data` to a folder of this version,
/// and a new version takes over in one step.
pub fn mount(folder: &Path, version: u32, files: &[(&str, &str)]) {
    use std::os::unix::fs::symlink;
    let inner = format!("..version-{version}");
    std::fs::create_dir_all(folder.join(&inner)).expect("a folder");
    for (name, text) in files {
        std::fs::write(folder.join(&inner).join(name), text).expect("a file");
        let link = folder.join(name);
        if !link.is_symlink() {
            symlink(Path::new("..data").join(name), link).expect("a link");
        }
    }
    symlink(&inner, folder.join("..data_tmp")).expect("a link");
    std::fs::rename(folder.join("..data_tmp"), folder.join("..data")).expect("the swap");
}

/// A client with one connection.
pub struct Client {
    sender: Sender,
    address: SocketAddr,
}

enum Sender {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<Full<Bytes>>),
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: hyper::HeaderMap,
    /// The body.
    pub body: String,
}

impl Client {
    /// Connects; over TLS where there is a configuration for it, with the protocol that comes of that.
    ///
    /// # Errors
    ///
    /// What went wrong, in text.
    pub async fn connect(address: SocketAddr, tls: Option<Arc<ClientConfig>>) -> Result<Self, String> {
        let text = |error: &dyn std::fmt::Display| error.to_string();
        let stream = TcpStream::connect(address).await.map_err(|error| text(&error))?;
        stream.set_nodelay(true).map_err(|error| text(&error))?;
        let sender = match tls {
            None => {
                let (sender, connection) = http1::handshake(TokioIo::new(stream))
                    .await
                    .map_err(|error| text(&error))?;
                tokio::spawn(connection);
                Sender::Http1(sender)
            }
            Some(config) => {
                let name = ServerName::try_from(address.ip().to_string()).map_err(|error| text(&error))?;
                let stream = TlsConnector::from(config)
                    .connect(name, stream)
                    .await
                    .map_err(|error| text(&error))?;
                if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                    let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
                        .await
                        .map_err(|error| text(&error))?;
                    tokio::spawn(connection);
                    Sender::Http2(sender)
                } else {
                    let (sender, connection) = http1::handshake(TokioIo::new(stream))
                        .await
                        .map_err(|error| text(&error))?;
                    tokio::spawn(connection);
                    Sender::Http1(sender)
                }
            }
        };
        Ok(Self { sender, address })
    }

    /// Whether it speaks h2.
    pub fn is_http2(&self) -> bool {
        matches!(self.sender, Sender::Http2(_))
    }

    /// Posts a body, with a header `Authorization` where there is one to send.
    ///
    /// # Errors
    ///
    /// What went wrong, in text.
    pub async fn post(
        &mut self,
        path: &str,
        authorization: Option<&str>,
        body: &[u8],
    ) -> Result<Answer, String> {
        let mut request = Request::post(format!("http://{}{path}", self.address));
        if let Sender::Http1(_) = self.sender {
            request = Request::post(path).header("host", self.address.to_string());
        }
        if let Some(value) = authorization {
            request = request.header("authorization", value);
        }
        let request = request
            .body(Full::new(Bytes::copy_from_slice(body)))
            .map_err(|error| error.to_string())?;
        let answer = async {
            let response = match &mut self.sender {
                Sender::Http1(sender) => {
                    sender.ready().await?;
                    sender.send_request(request).await?
                }
                Sender::Http2(sender) => {
                    sender.ready().await?;
                    sender.send_request(request).await?
                }
            };
            let (head, body) = response.into_parts();
            let body = body.collect().await?.to_bytes();
            Ok::<_, hyper::Error>(Answer {
                status: head.status,
                headers: head.headers,
                body: String::from_utf8_lossy(&body).into_owned(),
            })
        };
        within(answer).await.map_err(|error| format!("{error:?}"))
    }
}

/// Waits, but not for ever.
pub async fn within<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(HANG, what).await.expect("it hangs")
}

/// Runs a test that talks to many at once.
pub fn block_on<T>(what: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("an executor")
        .block_on(what)
}

/// Tries until it is so.
pub async fn eventually<F, T>(mut what: F) -> T
where
    F: AsyncFnMut() -> Option<T>,
{
    within(async {
        loop {
            if let Some(found) = what().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await
}
