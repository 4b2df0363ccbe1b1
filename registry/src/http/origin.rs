//! Where a request goes.

use std::fmt;

use hyper::Uri;

use crate::error::{AnswerError, RegistryError};

/// A scheme, a host and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) secure: bool,
    /// In lower case, an IPv6 address without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
}

/// An origin, and a path with its query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Url {
    pub(crate) origin: Origin,
    pub(crate) path: String,
}

impl Origin {
    /// Takes a host with an optional port apart.
    pub(crate) fn new(authority: &str, secure: bool) -> Self {
        let default = if secure { 443 } else { 80 };
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, port.parse().unwrap_or(default)),
            _ => (authority, default),
        };
        Self {
            secure,
            host: host.trim_matches(['[', ']']).to_ascii_lowercase(),
            port,
        }
    }

    /// The URI of a path here.
    pub(crate) fn uri(&self, path: &str) -> Result<Uri, RegistryError> {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{self}{path}")
            .parse()
            .map_err(|_| self.invalid())
    }

    /// The error of an address that a registry wrote and nobody can use.
    pub(crate) fn invalid(&self) -> RegistryError {
        RegistryError::answer(self, AnswerError::Location)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]", self.host)?;
        } else {
            f.write_str(&self.host)?;
        }
        match (self.secure, self.port) {
            (true, 443) | (false, 80) => Ok(()),
            (_, port) => write!(f, ":{port}"),
        }
    }
}

impl Url {
    /// Resolves the location that a response of this URL has: an absolute URL, or an absolute path.
    pub(crate) fn join(&self, location: &str) -> Option<Self> {
        if location.starts_with('/') && !location.starts_with("//") {
            location.parse::<Uri>().ok()?;
            return Some(Self {
                origin: self.origin.clone(),
                path: location.split('#').next()?.to_owned(),
            });
        }
        Self::parse(location)
    }

    /// Reads an absolute URL with http or https, without a user.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.split('#').next()?.parse().ok()?;
        let secure = match uri.scheme_str()? {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let authority = uri.authority()?.as_str();
        if authority.contains('@') || !crate::reference::is_registry(authority) {
            return None;
        }
        Some(Self {
            origin: Origin::new(authority, secure),
            path: uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_a_path_or_a_whole_url() {
        let base = Url::parse("https://r.example:444/v2/a").unwrap();
        let join = |location: &str| {
            base.join(location)
                .map(|url| format!("{}{}", url.origin, url.path))
        };
        for (location, expected) in [
            ("/b?c=1#d", Some("r.example:444/b?c=1")),
            ("https://Other.example:443/x", Some("other.example/x")),
            ("http://[::1]:80/x", Some("[::1]/x")),
            ("http://127.0.0.1:5000", Some("127.0.0.1:5000/")),
            ("//other.example/x", None),
            ("https://user@other.example/x", None),
            ("ftp://other.example/x", None),
            ("relative", None),
            ("", None),
            ("https:///x", None),
            ("/\u{1}", None),
        ] {
            assert_eq!(join(location).as_deref(), expected, "{location}");
        }
    }
}
