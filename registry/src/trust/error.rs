//! Reasons why a key cannot be used.

/// Maximum size of a key file.
pub(super) const LIMIT: usize = 16 << 10;

/// Reasons why a text is not a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It is larger than any key.
    #[error("larger than {LIMIT} bytes, the limit for a key")]
    TooLarge,
    /// Not a public key in a supported format.
    #[error("not a public key; expected ECDSA P-256 (PEM), as `metawasm keygen` writes it, or minisign")]
    NotPublic,
    /// Not a secret key in a supported format.
    #[error(
        "not a secret key; expected ECDSA P-256 (PKCS#8 PEM), as `metawasm keygen` writes it, or minisign"
    )]
    NotSecret,
    /// It is a secret key where a public key belongs.
    #[error("a secret key; expected a public key")]
    Secret,
    /// Another algorithm or curve.
    #[error("an unsupported public key; expected ECDSA P-256, or minisign")]
    Algorithm,
    /// It needs a password.
    #[error("an encrypted key, which is not supported; create one without a password with `metawasm keygen`")]
    Encrypted,
    /// The older form of an ECDSA key.
    #[error("an EC PRIVATE KEY; convert it with `openssl pkcs8 -topk8 -nocrypt`")]
    Sec1,
    /// The system's random numbers are missing.
    #[error("the system has no random numbers")]
    Random,
}
