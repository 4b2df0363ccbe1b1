//! Signatures of plugins.
//!
//! | what | signature | made and checked by |
//! |---|---|---|
//! | an artifact in a registry | ECDSA P-256 of cosign's payload, beside the artifact | cosign, [`cosign`] |
//! | a file | Ed25519, in `FILE.minisig` | minisign, [`minisign`] |
//!
//! The arithmetic is ring's. The code here reads the formats: each has a fixed or a maximum size, and every byte that
//! counts is compared.

pub mod cosign;
mod ecdsa;
mod error;
mod files;
pub mod minisign;

use std::fmt;

pub use ecdsa::{EcdsaPublicKey, EcdsaSecretKey};
pub use error::KeyError;
use error::LIMIT;

/// A public key of either kind.
#[derive(Clone, PartialEq, Eq)]
pub enum PublicKey {
    /// For artifacts in registries.
    Ecdsa(EcdsaPublicKey),
    /// For files.
    Minisign(minisign::PublicKey),
}

/// A secret key of either kind.
pub enum SecretKey {
    /// For artifacts in registries.
    Ecdsa(EcdsaSecretKey),
    /// For files.
    Minisign(minisign::SecretKey),
}

impl PublicKey {
    /// Reads a public key file.
    ///
    /// # Errors
    ///
    /// If it is of another format or algorithm.
    pub fn parse(bytes: &[u8]) -> Result<Self, KeyError> {
        let text = files::text(bytes, LIMIT, KeyError::TooLarge, KeyError::NotPublic)?;
        if text.contains("PRIVATE KEY") || text.contains("secret key") {
            return Err(KeyError::Secret);
        }
        if text.contains("-----BEGIN") {
            return EcdsaPublicKey::parse(text).map(Self::Ecdsa);
        }
        minisign::PublicKey::parse(text)
            .map(Self::Minisign)
            .ok_or(KeyError::NotPublic)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ecdsa(_) => "Ecdsa",
            Self::Minisign(_) => "Minisign",
        })
    }
}

impl SecretKey {
    /// Reads a secret key file.
    ///
    /// # Errors
    ///
    /// If it is of another format or algorithm, or encrypted.
    pub fn parse(bytes: &[u8]) -> Result<Self, KeyError> {
        let text = files::text(bytes, LIMIT, KeyError::TooLarge, KeyError::NotSecret)?;
        if text.contains("-----BEGIN") {
            return EcdsaSecretKey::parse(text).map(Self::Ecdsa);
        }
        minisign::SecretKey::parse(text).map(Self::Minisign)
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_file_is_said_to_be_no_key() {
        let rsa = "-----BEGIN PUBLIC KEY-----\nMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf\n9Cnzj4p4WGeKLs1Pt8QuKUpRKfFLfRYC9AIKjbJTWit+CqvjWYzvQwECAwEAAQ==\n-----END PUBLIC KEY-----\n";
        let ed25519 = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";
        for (text, expected) in [
            (rsa, KeyError::Algorithm),
            (ed25519, KeyError::Algorithm),
            ("-----BEGIN PUBLIC KEY-----\n", KeyError::NotPublic),
            ("-----BEGIN PRIVATE KEY-----\n", KeyError::Secret),
            ("", KeyError::NotPublic),
            ("untrusted comment: x\nRWQ=\n", KeyError::NotPublic),
        ] {
            assert_eq!(PublicKey::parse(text.as_bytes()), Err(expected), "{text}");
        }
        assert_eq!(PublicKey::parse(b"\xff"), Err(KeyError::NotPublic));
        assert_eq!(PublicKey::parse(&[b'a'; LIMIT + 1]), Err(KeyError::TooLarge));
        for (text, expected) in [
            (
                "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n",
                KeyError::Encrypted,
            ),
            ("-----BEGIN ENCRYPTED PRIVATE KEY-----\n", KeyError::Encrypted),
            ("-----BEGIN EC PRIVATE KEY-----\n", KeyError::Sec1),
            (ed25519, KeyError::NotSecret),
            ("", KeyError::NotSecret),
        ] {
            let error = SecretKey::parse(text.as_bytes()).err();
            assert_eq!(error, Some(expected), "{text}");
        }
    }
}
