//! ECDSA P-256 keys with SHA-256, as cosign has them.

use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair, UnparsedPublicKey,
};
use rustls::pki_types::pem::{PemObject, SectionKind};

use super::error::KeyError;
use super::files::pem;
use crate::digest::Digest;

/// All bytes of a P-256 SubjectPublicKeyInfo before the point: the algorithm and the curve.
const PREFIX: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
/// An uncompressed point.
const POINT: usize = 65;

/// A public key.
#[derive(Clone, PartialEq, Eq)]
pub struct EcdsaPublicKey([u8; POINT]);

/// A secret key, and its PKCS#8 document.
pub struct EcdsaSecretKey {
    pair: EcdsaKeyPair,
    document: Vec<u8>,
}

impl EcdsaPublicKey {
    /// Reads a PEM file.
    pub(super) fn parse(text: &str) -> Result<Self, KeyError> {
        let der = section(text, SectionKind::PublicKey).ok_or(KeyError::NotPublic)?;
        let point = der.strip_prefix(&PREFIX).ok_or(KeyError::Algorithm)?;
        let point: [u8; POINT] = point.try_into().map_err(|_| KeyError::Algorithm)?;
        match point {
            [4, ..] => Ok(Self(point)),
            _ => Err(KeyError::Algorithm),
        }
    }

    /// Returns whether a signature (ASN.1) of a message is of this key.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &self.0);
        key.verify(message, signature).is_ok()
    }

    /// Returns the SubjectPublicKeyInfo.
    fn der(&self) -> Vec<u8> {
        [&PREFIX[..], &self.0].concat()
    }

    /// Returns the PEM file.
    pub fn to_pem(&self) -> String {
        pem("PUBLIC KEY", &self.der())
    }

    /// Returns the SHA-256 of the key, as `openssl pkey -pubin -outform DER | sha256sum` prints it.
    pub fn fingerprint(&self) -> Digest {
        Digest::of(&self.der())
    }
}

impl EcdsaSecretKey {
    /// Creates a key.
    ///
    /// # Errors
    ///
    /// [`KeyError::Random`].
    pub fn generate() -> Result<Self, KeyError> {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new());
        let document = document.map_err(|_| KeyError::Random)?;
        Self::from_pkcs8(document.as_ref())
    }

    fn from_pkcs8(document: &[u8]) -> Result<Self, KeyError> {
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document, &random);
        Ok(Self {
            pair: pair.map_err(|_| KeyError::NotSecret)?,
            document: document.to_vec(),
        })
    }

    /// Reads a PEM file.
    pub(super) fn parse(text: &str) -> Result<Self, KeyError> {
        if text.contains("ENCRYPTED") {
            return Err(KeyError::Encrypted);
        }
        if text.contains("EC PRIVATE KEY") {
            return Err(KeyError::Sec1);
        }
        let document = section(text, SectionKind::PrivateKey).ok_or(KeyError::NotSecret)?;
        Self::from_pkcs8(&document)
    }

    /// Returns the PEM file, without encryption.
    pub fn to_pem(&self) -> String {
        pem("PRIVATE KEY", &self.document)
    }

    /// Returns the public key.
    pub fn public(&self) -> EcdsaPublicKey {
        let bytes = self.pair.public_key().as_ref();
        // ring's public keys of this curve are uncompressed points.
        EcdsaPublicKey(bytes.try_into().unwrap_or([0; POINT]))
    }

    /// Signs a message, and returns the signature (ASN.1).
    ///
    /// # Errors
    ///
    /// [`KeyError::Random`].
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let signature = self.pair.sign(&SystemRandom::new(), message);
        signature
            .map(|signature| signature.as_ref().to_vec())
            .map_err(|_| KeyError::Random)
    }
}

/// Returns the first section of a kind.
fn section(text: &str, kind: SectionKind) -> Option<Vec<u8>> {
    let sections = <(SectionKind, Vec<u8>) as PemObject>::pem_slice_iter(text.as_bytes());
    let mut sections = sections.map_while(Result::ok);
    sections.find_map(|(found, der)| (found == kind).then_some(der))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::{PublicKey, SecretKey};

    #[test]
    fn a_key_is_read_as_it_is_written_and_knows_its_signatures() {
        let secret = EcdsaSecretKey::generate().unwrap();
        let public = secret.public();
        let read = SecretKey::parse(secret.to_pem().as_bytes()).unwrap();
        assert!(matches!(read, SecretKey::Ecdsa(read) if read.public() == public));
        let read = PublicKey::parse(public.to_pem().as_bytes());
        assert_eq!(read, Ok(PublicKey::Ecdsa(public.clone())));
        let signature = secret.sign(b"message").unwrap();
        assert!(public.verify(b"message", &signature));
        assert!(!public.verify(b"messagf", &signature));
        assert!(
            !EcdsaSecretKey::generate()
                .unwrap()
                .public()
                .verify(b"message", &signature)
        );
        let mut flipped = signature.clone();
        flipped[10] ^= 1;
        assert!(!public.verify(b"message", &flipped));
        assert!(!public.verify(b"message", &[0; 64]));
    }

    /// Made with openssl: `openssl ecparam -name prime256v1 -genkey`, `openssl dgst -sha256 -sign`.
    #[test]
    fn a_signature_of_openssl_is_valid() {
        let public = include_str!("vectors/ec.pub");
        let signature = include_bytes!("vectors/ec.sig");
        let Ok(PublicKey::Ecdsa(public)) = PublicKey::parse(public.as_bytes()) else {
            panic!("a key of openssl");
        };
        assert!(public.verify(b"metawasm\n", signature));
        assert!(!public.verify(b"metawasm", signature));
    }
}
