//! minisign: Ed25519 signatures of files.
//!
//! Formats: <https://jedisct1.github.io/minisign/>.

use blake2::{Blake2b512, Digest as _};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use super::error::KeyError;
use super::files::{base64, exact, take, text};

/// Maximum size of a signature file, whose comments have no limit of their own.
const LIMIT: usize = 16 << 10;
/// The algorithm of keys, and of signatures of files as they are.
const PLAIN: [u8; 2] = *b"Ed";
/// The algorithm of signatures of a file's BLAKE2b-512.
const HASHED: [u8; 2] = *b"ED";
/// The name of the checksum of secret keys.
const CHECKSUM: [u8; 2] = *b"B2";

/// A public key.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    id: [u8; 8],
    key: [u8; 32],
}

/// A secret key.
pub struct SecretKey {
    id: [u8; 8],
    seed: [u8; 32],
    public: [u8; 32],
    pair: Ed25519KeyPair,
}

/// Reasons why a signature does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// It is not a signature file.
    #[error("not a minisign signature")]
    Format,
    /// It is of another algorithm.
    #[error("an unsupported algorithm; expected Ed25519, as minisign and `metawasm sign` use it")]
    Algorithm,
    /// It is of another key.
    #[error("made with another key, {found}; expected {expected}")]
    OtherKey {
        /// The ID of its key.
        found: String,
        /// The ID of the key that it should be of.
        expected: String,
    },
    /// It is of other content.
    #[error("not valid for this content: the file or the signature was changed")]
    Invalid,
    /// Its comment was changed.
    #[error("the trusted comment was changed")]
    Comment,
}

impl PublicKey {
    /// Reads a key file, or its last line alone.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let line = text.lines().find(|line| !is_comment(line) && !line.is_empty())?;
        let bytes: [u8; 42] = exact(line)?;
        let mut rest = &bytes[..];
        let algorithm = take::<2>(&mut rest)?;
        let id = *take::<8>(&mut rest)?;
        let key = *take::<32>(&mut rest)?;
        (*algorithm == PLAIN).then_some(Self { id, key })
    }

    /// Returns the key file.
    pub fn to_text(&self) -> String {
        let bytes = [&PLAIN[..], &self.id, &self.key].concat();
        format!(
            "untrusted comment: minisign public key {}\n{}\n",
            self.id(),
            base64(&bytes)
        )
    }

    /// Returns the ID, as minisign prints it.
    pub fn id(&self) -> String {
        id(self.id)
    }

    /// Checks the signature file of a content.
    ///
    /// # Errors
    ///
    /// If the signature is of another key or content, or was changed.
    pub fn verify(&self, content: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        use SignatureError::{Algorithm, Comment, Format, Invalid, OtherKey};
        let text = text(signature, LIMIT, Format, Format)?;
        let mut lines = text.lines();
        let mut line = || lines.next().ok_or(Format);
        if !is_comment(line()?) {
            return Err(Format);
        }
        let bytes: [u8; 74] = exact(line()?).ok_or(Format)?;
        let comment = line()?.strip_prefix("trusted comment: ").ok_or(Format)?;
        let over_all: [u8; 64] = exact(line()?).ok_or(Format)?;
        let mut rest = &bytes[..];
        let algorithm = *take::<2>(&mut rest).ok_or(Format)?;
        let key = *take::<8>(&mut rest).ok_or(Format)?;
        let signature = rest;
        if key != self.id {
            return Err(OtherKey {
                found: id(key),
                expected: self.id(),
            });
        }
        let valid = match algorithm {
            PLAIN => self.signed(content, signature),
            HASHED => self.signed(&Blake2b512::digest(content), signature),
            _ => return Err(Algorithm),
        };
        if !valid {
            return Err(Invalid);
        }
        let with_comment = [signature, comment.as_bytes()].concat();
        if self.signed(&with_comment, &over_all) {
            Ok(())
        } else {
            Err(Comment)
        }
    }

    fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(&ED25519, &self.key);
        key.verify(message, signature).is_ok()
    }
}

impl SecretKey {
    /// Creates a key.
    ///
    /// # Errors
    ///
    /// [`KeyError::Random`].
    pub fn generate() -> Result<Self, KeyError> {
        let (mut id, mut seed) = ([0; 8], [0; 32]);
        let random = SystemRandom::new();
        let filled = random.fill(&mut id).and_then(|()| random.fill(&mut seed));
        filled.map_err(|_| KeyError::Random)?;
        Self::from_parts(id, seed)
    }

    fn from_parts(id: [u8; 8], seed: [u8; 32]) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| KeyError::NotSecret)?;
        let public = pair.public_key().as_ref().try_into();
        Ok(Self {
            id,
            seed,
            public: public.map_err(|_| KeyError::NotSecret)?,
            pair,
        })
    }

    /// Reads a key file without a password.
    pub(super) fn parse(text: &str) -> Result<Self, KeyError> {
        let line = text.lines().find(|line| !is_comment(line) && !line.is_empty());
        let bytes: [u8; 158] = line.and_then(exact).ok_or(KeyError::NotSecret)?;
        let mut rest = &bytes[..];
        let mut parts = || {
            let algorithm = *take::<2>(&mut rest)?;
            let derivation = *take::<2>(&mut rest)?;
            let checksum = *take::<2>(&mut rest)?;
            // The salt and the limits of the derivation.
            take::<48>(&mut rest)?;
            let id = *take::<8>(&mut rest)?;
            let seed = *take::<32>(&mut rest)?;
            let public = *take::<32>(&mut rest)?;
            Some((algorithm, derivation, checksum, id, seed, public))
        };
        let (algorithm, derivation, checksum, id, seed, public) = parts().ok_or(KeyError::NotSecret)?;
        if (algorithm, checksum) != (PLAIN, CHECKSUM) {
            return Err(KeyError::NotSecret);
        }
        if derivation != [0; 2] {
            return Err(KeyError::Encrypted);
        }
        let secret = Self::from_parts(id, seed)?;
        // The checksum is one of encrypted keys: minisign leaves it zero here.
        if secret.public == public {
            Ok(secret)
        } else {
            Err(KeyError::NotSecret)
        }
    }

    /// Returns the key file, without a password.
    pub fn to_text(&self) -> String {
        let bytes = [
            &PLAIN[..],
            &[0; 2],
            &CHECKSUM,
            &[0; 48],
            &self.id,
            &self.seed,
            &self.public,
            &[0; 32],
        ]
        .concat();
        format!(
            "untrusted comment: minisign unencrypted secret key\n{}\n",
            base64(&bytes)
        )
    }

    /// Returns the public key.
    pub fn public(&self) -> PublicKey {
        PublicKey {
            id: self.id,
            key: self.public,
        }
    }

    /// Signs a content, and returns the signature file. The comment is one line.
    pub fn sign(&self, content: &[u8], comment: &str) -> String {
        let comment = metawasm_formats::text::one_line(comment);
        let signature = self.pair.sign(&Blake2b512::digest(content));
        let signature = signature.as_ref();
        let over_all = self.pair.sign(&[signature, comment.as_bytes()].concat());
        let bytes = [&HASHED[..], &self.id, signature].concat();
        format!(
            "untrusted comment: signature of metawasm, key {}\n{}\ntrusted comment: {comment}\n{}\n",
            id(self.id),
            base64(&bytes),
            base64(over_all.as_ref())
        )
    }
}

fn is_comment(line: &str) -> bool {
    line.starts_with("untrusted comment:")
}

/// The ID is a little-endian number.
fn id(bytes: [u8; 8]) -> String {
    format!("{:016X}", u64::from_le_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::trust;

    #[test]
    fn a_key_is_read_as_it_is_written_and_knows_its_signatures() {
        let secret = SecretKey::generate().unwrap();
        let public = secret.public();
        let trust::SecretKey::Minisign(read) = trust::SecretKey::parse(secret.to_text().as_bytes()).unwrap()
        else {
            panic!("a minisign key");
        };
        assert!(read.public() == public);
        let read = trust::PublicKey::parse(public.to_text().as_bytes());
        assert_eq!(read, Ok(trust::PublicKey::Minisign(public.clone())));
        let signature = secret.sign(b"content", "file: a\nb");
        assert_eq!(public.verify(b"content", signature.as_bytes()), Ok(()));
        assert_eq!(
            public.verify(b"contenu", signature.as_bytes()),
            Err(SignatureError::Invalid)
        );
        let comment = signature.replace("file: a b", "file: c");
        assert_eq!(
            public.verify(b"content", comment.as_bytes()),
            Err(SignatureError::Comment)
        );
        let other = SecretKey::generate().unwrap().public();
        let error = other.verify(b"content", signature.as_bytes()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("made with another key, {}; expected {}", public.id(), other.id())
        );
        for text in ["", "untrusted comment: x\n", "\u{0}", &signature[..120]] {
            let error = public.verify(b"content", text.as_bytes());
            assert_eq!(error, Err(SignatureError::Format), "{text}");
        }
        let large = vec![b'a'; LIMIT + 1];
        assert_eq!(public.verify(b"content", &large), Err(SignatureError::Format));
    }

    /// Made with minisign 0.11: `minisign -G -W`, `minisign -S -t comment`.
    #[test]
    fn keys_and_a_signature_of_minisign_are_valid() {
        let public = trust::PublicKey::parse(include_bytes!("vectors/minisign.pub"));
        let Ok(trust::PublicKey::Minisign(public)) = public else {
            panic!("a key of minisign");
        };
        let signature = include_bytes!("vectors/minisign.sig");
        assert_eq!(public.verify(b"metawasm\n", signature), Ok(()));
        let secret = trust::SecretKey::parse(include_bytes!("vectors/minisign.key"));
        let Ok(trust::SecretKey::Minisign(secret)) = secret else {
            panic!("a secret key of minisign");
        };
        assert!(secret.public() == public);
    }

    proptest! {
        #[test]
        fn no_changed_byte_is_taken(at in 0_usize..400, with: u8) {
            let secret = SecretKey::from_parts([1; 8], [2; 32]).unwrap();
            let file = secret.sign(b"content", "comment");
            // The first line is not signed.
            let start = file.find('\n').unwrap() + 1;
            let mut bytes = file.clone().into_bytes();
            let at = start + at % (bytes.len() - start);
            prop_assume!(bytes[at] != with);
            bytes[at] = with;
            let changed = String::from_utf8_lossy(&bytes).into_owned();
            // Line ends and what follows the last one do not count.
            prop_assume!(!changed.lines().map(str::trim_end).eq(file.lines()));
            prop_assert!(secret.public().verify(b"content", &bytes).is_err());
        }
    }
}
