//! Connections: TCP, proxies, TLS.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::client::proxy::matcher::Intercept;
use hyper_util::rt::TokioIo;
use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::origin::Origin;
use super::transport::{Transport, chain};
use crate::error::RegistryError;
use crate::options::OptionsError;

/// Maximum size of a proxy's response.
const HEAD: usize = 8 << 10;

impl Transport {
    pub(super) async fn connect(
        &self,
        to: &Origin,
        proxy: Option<&Intercept>,
    ) -> Result<SendRequest<Full<Bytes>>, RegistryError> {
        let failed = |reason: String| RegistryError::Connect {
            host: to.to_string(),
            reason,
        };
        let stream = match proxy {
            None => {
                let stream = TcpStream::connect((to.host.as_str(), to.port)).await;
                stream.map_err(|error| failed(error.to_string()))?
            }
            Some(proxy) => {
                let uri = proxy.uri();
                let through = |error: String| failed(format!("proxy {}: {error}", place(uri)));
                let mut stream = to_proxy(uri).await.map_err(|error| through(error.to_string()))?;
                if to.secure {
                    let tunnel = tunnel(&mut stream, to, proxy).await;
                    tunnel.map_err(|error| through(error.to_string()))?;
                }
                stream
            }
        };
        stream.set_nodelay(true).ok();
        if !to.secure {
            return http(stream).await.map_err(|error| failed(chain(&error)));
        }
        let config = self.tls()?;
        let name = ServerName::try_from(to.host.clone()).map_err(|error| failed(error.to_string()))?;
        let stream = TlsConnector::from(config).connect(name, stream).await;
        let stream = stream.map_err(|error| failed(tls_words(&error, to)))?;
        http(stream).await.map_err(|error| failed(chain(&error)))
    }

    /// The options of TLS. The CAs of the system are read once, for the first connection.
    fn tls(&self) -> Result<Arc<ClientConfig>, OptionsError> {
        if let Some(config) = self.tls.get() {
            return Ok(config.clone());
        }
        let mut roots = RootCertStore::empty();
        // What cannot be read there is left out: a missing CA is an error of the connection that needs it.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        }
        roots.add_parsable_certificates(self.ca.iter().cloned());
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| OptionsError::Tls(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(self.tls.get_or_init(|| Arc::new(config)).clone())
    }
}

fn tls_words(error: &io::Error, to: &Origin) -> String {
    let text = chain(error);
    if text.contains("InvalidContentType") || text.contains("corrupt message") {
        return format!(
            "TLS failed: {to} may serve plain HTTP; if that is intended, add it to `plainHttp` (--plain-http)"
        );
    }
    if text.contains("UnknownIssuer") {
        return format!("TLS failed: {text}; add its CA with `ca` (--ca)");
    }
    format!("TLS failed: {text}")
}

async fn http<S>(stream: S) -> Result<SendRequest<Full<Bytes>>, hyper::Error>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    // It ends with the sender and the body of the response. Its errors are those of the response.
    tokio::spawn(connection);
    Ok(sender)
}

fn place(uri: &hyper::Uri) -> String {
    format!(
        "{}:{}",
        uri.host().unwrap_or_default(),
        uri.port_u16().unwrap_or(80)
    )
}

async fn to_proxy(uri: &hyper::Uri) -> io::Result<TcpStream> {
    if uri.scheme_str() != Some("http") {
        return Err(io::Error::other("unsupported scheme; expected http://HOST:PORT"));
    }
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    TcpStream::connect((host, uri.port_u16().unwrap_or(80))).await
}

/// Asks a proxy to connect to a host.
async fn tunnel(stream: &mut TcpStream, to: &Origin, proxy: &Intercept) -> io::Result<()> {
    let host = if to.host.contains(':') {
        format!("[{}]:{}", to.host, to.port)
    } else {
        format!("{}:{}", to.host, to.port)
    };
    let mut request = format!("CONNECT {host} HTTP/1.1\r\nhost: {host}\r\n").into_bytes();
    if let Some(value) = proxy.basic_auth() {
        request.extend_from_slice(b"proxy-authorization: ");
        request.extend_from_slice(value.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    stream.write_all(&request).await?;
    let mut head = Vec::new();
    // Byte by byte: what follows the head belongs to the host behind the proxy.
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() >= HEAD {
            return Err(io::Error::other("its response is too long"));
        }
        head.push(stream.read_u8().await?);
    }
    let text = String::from_utf8_lossy(&head);
    let line = text.lines().next().unwrap_or_default();
    match line.split(' ').nth(1) {
        Some("200") => Ok(()),
        _ => Err(io::Error::other(format!(
            "it answered {}",
            metawasm_formats::text::shown(line, 100)
        ))),
    }
}
