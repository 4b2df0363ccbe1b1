//! Reasons why a registry cannot be used.

use std::time::Duration;

use hyper::StatusCode;

use crate::credentials::CredentialsError;
use crate::digest::Digest;
use crate::manifest::ManifestError;
use crate::options::OptionsError;

/// Reasons why a request to a registry failed.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The connection failed.
    #[error("cannot connect to {host}: {reason}")]
    Connect {
        /// The host with its port.
        host: String,
        /// What failed: the name, TCP, the proxy, TLS.
        reason: String,
    },
    /// Nothing arrived for too long.
    #[error("{host} sent nothing for {} s", after.as_secs_f32())]
    Idle {
        /// The host with its port.
        host: String,
        /// The limit.
        after: Duration,
    },
    /// The transfer takes too long as a whole.
    #[error("the transfer from {host} did not finish within {} s", after.as_secs_f32())]
    Slow {
        /// The host with its port.
        host: String,
        /// The limit.
        after: Duration,
    },
    /// The connection broke.
    #[error("the connection to {host} broke: {reason}")]
    Broken {
        /// The host with its port.
        host: String,
        /// What HTTP says.
        reason: String,
    },
    /// The registry refuses.
    #[error("{host} answered {status}{}{}", words(.message), advice(*.status, .host, *.known))]
    Status {
        /// The host with its port.
        host: String,
        /// The status.
        status: StatusCode,
        /// The registry's message, or nothing.
        message: String,
        /// Whether there were credentials.
        known: bool,
    },
    /// The response breaks the rules of registries.
    #[error("{host}: {error}")]
    Answer {
        /// The host with its port.
        host: String,
        /// What is wrong.
        error: AnswerError,
    },
    /// The artifact is not a plugin.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The docker configuration cannot be used.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// The options cannot be used.
    #[error(transparent)]
    Options(#[from] OptionsError),
}

/// What is wrong with a response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// It is larger than allowed.
    #[error("{what} is larger than {limit} bytes, the limit")]
    TooLarge {
        /// What was asked for.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// It is larger or smaller than its descriptor says.
    #[error("the content {digest} has {found} bytes; its manifest says {size}")]
    Size {
        /// What was asked for.
        digest: Digest,
        /// The bytes that it has, or more.
        found: u64,
        /// The bytes that it should have.
        size: u64,
    },
    /// It is other content.
    #[error("the registry returned other content: the digest is {found}; expected {expected}")]
    Digest {
        /// The digest that was asked for.
        expected: Digest,
        /// The digest of what arrived.
        found: Digest,
    },
    /// It is a web page, for example.
    #[error("this is not an OCI registry, or a proxy answered in its place: the response is {0}")]
    NotARegistry(String),
    /// Too many redirects in a row.
    #[error("more than {0} redirects")]
    Redirects(usize),
    /// A redirect without a valid destination.
    #[error("the redirect has no valid location")]
    Location,
    /// A redirect or a token server that would expose the transfer.
    #[error("refused to use plain HTTP for {0}, which the response names")]
    Plain(String),
    /// The header that says how to authenticate cannot be used.
    #[error("unsupported authentication: {0}")]
    Challenge(String),
    /// The token server's response has no token.
    #[error("the token server {0} returned no valid token")]
    Token(String),
}

fn words(message: &str) -> String {
    if message.is_empty() {
        String::new()
    } else {
        format!(": {message}")
    }
}

fn advice(status: StatusCode, host: &str, known: bool) -> String {
    match status {
        StatusCode::UNAUTHORIZED if known => {
            format!("; the credentials are not valid, renew them with `metawasm login {host}`")
        }
        StatusCode::UNAUTHORIZED => format!(
            "; credentials are required, add them with `metawasm login {host}` or `registries.credentials`"
        ),
        StatusCode::FORBIDDEN if known => {
            "; the credentials do not grant access to this repository".to_owned()
        }
        StatusCode::FORBIDDEN => "; the repository may require credentials".to_owned(),
        StatusCode::NOT_FOUND => "; check the repository and the tag".to_owned(),
        _ => String::new(),
    }
}

impl RegistryError {
    pub(crate) fn answer(host: &impl ToString, error: AnswerError) -> Self {
        let host = host.to_string();
        Self::Answer { host, error }
    }

    /// Returns whether the registry could not be asked, so that another try may succeed. The other errors are answers.
    pub fn is_unreachable(&self) -> bool {
        match self {
            Self::Connect { .. } | Self::Idle { .. } | Self::Slow { .. } | Self::Broken { .. } => true,
            Self::Status { status, .. } => {
                status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS
            }
            _ => false,
        }
    }

    /// Returns whether the registry does not have what was asked for.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Status { status, .. } if *status == StatusCode::NOT_FOUND)
    }
}
