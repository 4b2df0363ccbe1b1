//! Sends requests, within their limits of time.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{HOST, HeaderValue, PROXY_AUTHORIZATION, USER_AGENT};
use hyper::{Request, Response, Uri};
use hyper_util::client::proxy::matcher::Matcher;
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use tokio::time::{Instant, timeout_at};

use super::origin::{Origin, Url};
use crate::error::RegistryError;
use crate::options::{Options, OptionsError, Timeouts, read_ca};

/// Sends requests.
pub(crate) struct Transport {
    plain: Option<Vec<String>>,
    pub(super) ca: Vec<CertificateDer<'static>>,
    pub(super) tls: OnceLock<Arc<ClientConfig>>,
    proxies: Matcher,
    timeouts: Timeouts,
}

impl Default for Transport {
    fn default() -> Self {
        Self {
            plain: None,
            ca: Vec::new(),
            tls: OnceLock::new(),
            proxies: Matcher::from_env(),
            timeouts: Timeouts::default(),
        }
    }
}

impl Transport {
    pub(crate) fn new(options: &Options) -> Result<Self, OptionsError> {
        let ca = match &options.ca {
            Some(path) => read_ca(path)?,
            None => Vec::new(),
        };
        let plain = match &options.plain_http {
            None if !ca.is_empty() => Some(Vec::new()),
            plain => plain.clone(),
        };
        for registry in plain.iter().flatten() {
            if !crate::reference::is_registry(registry) {
                return Err(OptionsError::Plain(registry.clone()));
            }
        }
        Ok(Self {
            plain,
            ca,
            timeouts: options.timeouts,
            ..Self::default()
        })
    }

    pub(crate) fn timeouts(&self) -> Timeouts {
        self.timeouts
    }

    /// Returns where a registry is.
    pub(crate) fn origin(&self, registry: &str) -> Origin {
        let registry = match registry {
            "docker.io" | "index.docker.io" => "registry-1.docker.io",
            other => other,
        };
        let secure = !self.is_plain(registry);
        Origin::new(registry, secure)
    }

    /// Whether plain HTTP is allowed for a host with an optional port.
    pub(crate) fn is_plain(&self, authority: &str) -> bool {
        match &self.plain {
            Some(listed) => listed.iter().any(|other| other.eq_ignore_ascii_case(authority)),
            None => is_loopback(&Origin::new(authority, false).host),
        }
    }

    /// Sends a request, and waits for the head of the response.
    pub(crate) async fn send(
        &self,
        mut request: Request<Full<Bytes>>,
        to: &Url,
        deadline: Instant,
    ) -> Result<Response<Incoming>, RegistryError> {
        let origin = &to.origin;
        let uri = origin.uri(&to.path)?;
        let proxy = (!is_loopback(&origin.host))
            .then(|| self.proxies.intercept(&uri))
            .flatten();
        let limit = deadline.min(Instant::now() + self.timeouts.connect);
        let connecting = self.connect(origin, proxy.as_ref());
        let mut sender = timeout_at(limit, connecting)
            .await
            .map_err(|_| RegistryError::Connect {
                host: origin.to_string(),
                reason: format!("timed out after {} s", self.timeouts.connect.as_secs_f32()),
            })??;
        *request.uri_mut() = match &proxy {
            // A proxy forwards a request without TLS if its line has the whole address.
            Some(proxy) if !origin.secure => {
                if let Some(value) = proxy.basic_auth() {
                    request.headers_mut().insert(PROXY_AUTHORIZATION, value.clone());
                }
                uri
            }
            _ => to.path.parse::<Uri>().map_err(|_| origin.invalid())?,
        };
        let host = HeaderValue::from_str(&origin.to_string()).map_err(|_| origin.invalid())?;
        let agent = concat!("metawasm/", env!("CARGO_PKG_VERSION"));
        request.headers_mut().insert(HOST, host);
        request
            .headers_mut()
            .insert(USER_AGENT, HeaderValue::from_static(agent));
        // While a body is sent, only the limit of the whole transfer counts.
        let empty = hyper::body::Body::size_hint(request.body()).exact() == Some(0);
        let idle = if empty {
            self.timeouts.idle
        } else {
            self.timeouts.whole
        };
        let end = deadline.min(Instant::now() + idle);
        match timeout_at(end, sender.send_request(request)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(self.broken(origin, &error)),
            Err(_) => Err(self.late(origin, deadline)),
        }
    }

    pub(super) fn broken(&self, origin: &Origin, error: &hyper::Error) -> RegistryError {
        RegistryError::Broken {
            host: origin.to_string(),
            reason: chain(error),
        }
    }

    /// The error of a wait that was too long.
    pub(super) fn late(&self, origin: &Origin, deadline: Instant) -> RegistryError {
        let host = origin.to_string();
        if Instant::now() >= deadline {
            let after = self.timeouts.whole;
            RegistryError::Slow { host, after }
        } else {
            let after = self.timeouts.idle;
            RegistryError::Idle { host, after }
        }
    }
}

/// An error with its causes.
pub(super) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    metawasm_formats::text::shown(&text, 300)
}

fn is_loopback(host: &str) -> bool {
    let address = host.parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}
