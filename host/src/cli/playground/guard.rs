//! Who may ask: the page that this process serves, and nobody else.
//!
//! Any page in the person's browser can send requests to loopback. The path begins with a secret, which only the person
//! and the page have; `Host` keeps out a name that another page has had resolved to loopback, `Origin` and
//! `Sec-Fetch-Site` requests of another page that knows the secret.

use std::fs::File;
use std::io::{self, Read};
use std::net::SocketAddr;

use axum::http::{HeaderMap, header};
use metawasm_formats::text::shown;
use subtle::ConstantTimeEq;

/// The port that an address need not name.
const HTTP: u16 = 80;

/// Bytes of the secret.
const SECRET: usize = 16;

/// Bytes of a header in a sentence.
const SHOWN: usize = 100;

/// What a request must have.
pub(super) struct Guard {
    secret: String,
    /// `127.0.0.1:8089` and its other names.
    hosts: Vec<String>,
}

/// Why a request is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    /// The path does not begin with the secret.
    #[error("open the complete address that `metawasm playground` printed; this one lacks its secret part")]
    Secret,
    /// It is for another host.
    #[error("the header Host is {0}; only requests to {1} are answered")]
    Host(String, String),
    /// It is from another page.
    #[error("the request is from another page ({0})")]
    Origin(String),
}

impl Guard {
    /// A guard with a new secret, for a server on this address.
    pub(super) fn new(address: SocketAddr) -> io::Result<Self> {
        let mut bytes = [0; SECRET];
        File::open("/dev/urandom")?.read_exact(&mut bytes)?;
        let secret = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut hosts = vec![address.to_string(), format!("localhost:{}", address.port())];
        if address.port() == HTTP {
            hosts.extend([address.ip().to_string(), "localhost".to_owned()]);
        }
        Ok(Self { secret, hosts })
    }

    /// The address of the page.
    pub(super) fn url(&self) -> String {
        let host = self.hosts.first().map_or("", String::as_str);
        format!("http://{host}/{}/", self.secret)
    }

    /// Returns what follows the secret in the path, without the slash; `None` where even that is missing.
    ///
    /// # Errors
    ///
    /// If the request is not of the page.
    pub(super) fn admit<'a>(&self, path: &'a str, headers: &HeaderMap) -> Result<Option<&'a str>, Refusal> {
        let text = |name| {
            let value = headers.get(name);
            value.map(|value| String::from_utf8_lossy(value.as_bytes()))
        };
        let host = text(header::HOST).unwrap_or_default();
        if !self.hosts.iter().any(|known| host.eq_ignore_ascii_case(known)) {
            return Err(Refusal::Host(shown(&host, SHOWN), self.hosts.join(" and ")));
        }
        if let Some(origin) = text(header::ORIGIN)
            && origin.strip_prefix("http://") != Some(&*host)
        {
            return Err(Refusal::Origin(shown(&origin, SHOWN)));
        }
        let (secret, rest) = match path.strip_prefix('/').and_then(|path| path.split_once('/')) {
            Some((secret, rest)) => (secret, Some(rest)),
            None => (path.strip_prefix('/').unwrap_or_default(), None),
        };
        if !bool::from(secret.as_bytes().ct_eq(self.secret.as_bytes())) {
            return Err(Refusal::Secret);
        }
        // A person may follow a link to the page; whatever else a page asks for, it asks of itself.
        let is_page = rest.is_none_or(str::is_empty);
        if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site"))
            && !is_page
            && !matches!(&*site, "same-origin" | "none")
        {
            return Err(Refusal::Origin(shown(&site, SHOWN)));
        }
        Ok(rest)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    type Headers<'a> = &'a [(&'static str, &'a str)];

    #[test]
    fn only_the_page_itself_gets_an_answer() {
        let guard = Guard::new(SocketAddr::from(([127, 0, 0, 1], 8089))).unwrap();
        let other = Guard::new(SocketAddr::from(([127, 0, 0, 1], 8089))).unwrap();
        assert_ne!(guard.secret, other.secret);
        assert_eq!(guard.secret.len(), 2 * SECRET);
        let api = format!("/{}/api/plugins", guard.secret);
        let page = format!("/{}/", guard.secret);
        let host = ("host", "127.0.0.1:8089");
        let table: [(&str, Headers<'_>, bool); 13] = [
            (&api, &[host], true),
            (&page, &[host], true),
            (&api, &[("host", "localhost:8089")], true),
            (&api, &[host, ("origin", "http://127.0.0.1:8089")], true),
            (&api, &[host, ("sec-fetch-site", "same-origin")], true),
            // A link in a chat.
            (&page, &[host, ("sec-fetch-site", "cross-site")], true),
            (&api, &[host, ("sec-fetch-site", "cross-site")], false),
            (&api, &[host, ("origin", "null")], false),
            (&api, &[host, ("origin", "http://localhost:8089")], false),
            (&api, &[host, ("origin", "https://evil.example")], false),
            // A name that was made to mean loopback.
            (&api, &[("host", "evil.example:8089")], false),
            (&api, &[], false),
            ("/0123/api/plugins", &[host], false),
        ];
        for (path, headers, admitted) in table {
            let map = headers
                .iter()
                .map(|(name, value)| {
                    (
                        header::HeaderName::from_static(name),
                        HeaderValue::from_str(value).unwrap(),
                    )
                })
                .collect();
            assert_eq!(guard.admit(path, &map).is_ok(), admitted, "{path} {headers:?}");
        }
        let headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(host.1))]);
        assert_eq!(guard.admit(&api, &headers), Ok(Some("api/plugins")));
        assert_eq!(guard.admit(page.trim_end_matches('/'), &headers), Ok(None));
        assert_eq!(guard.admit("/", &headers), Err(Refusal::Secret));
        let of_http = Guard::new(SocketAddr::from(([127, 0, 0, 1], 80))).unwrap();
        let short = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static("localhost"))]);
        assert!(of_http.admit(&format!("/{}/", of_http.secret), &short).is_ok());
        assert!(guard.admit(&page, &short).is_err());
        let long = HeaderValue::from_str(&"x".repeat(5000)).unwrap();
        let refusal = guard
            .admit(&api, &HeaderMap::from_iter([(header::HOST, long)]))
            .unwrap_err();
        assert!(refusal.to_string().len() < 300, "{refusal}");
    }
}
