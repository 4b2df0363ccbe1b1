//! Which signatures a plugin needs.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use metawasm_registry::trust::cosign::CosignError;
use metawasm_registry::trust::minisign::{self, SignatureError};
use metawasm_registry::trust::{EcdsaPublicKey, KeyError, PublicKey};

/// Maximum size of a key or signature file.
const LIMIT: u64 = 64 << 10;

/// The keys that a plugin must be signed with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Whether a plugin without keys is refused.
    pub required: bool,
    /// Files of public keys. A signature of one of them is enough. Without any, no signature is checked.
    pub keys: Vec<PathBuf>,
}

/// Reasons why a plugin is not trusted.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// Signatures are required, and there is no key.
    #[error(
        "`verify.required` is set, and no key is configured for it; add one to `verify.keys` or to the plugin's"
    )]
    NoKeys,
    /// None of the keys is of the right kind.
    #[error("`verify.keys` has no {needed} key, which {what} needs")]
    OtherKind {
        /// The kind of key.
        needed: &'static str,
        /// The kind of source.
        what: &'static str,
    },
    /// A key file cannot be read.
    #[error("cannot read the key {}: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        error: io::Error,
    },
    /// A key file is invalid.
    #[error("the key {} is {error}", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: KeyError,
    },
    /// The signature file cannot be read.
    #[error("cannot read its signature {}: {error}; create it with `metawasm sign`", path.display())]
    NoSignature {
        /// The file.
        path: PathBuf,
        /// The system's error.
        error: io::Error,
    },
    /// The signature file does not fit.
    #[error("its signature {} is {error}", path.display())]
    Signature {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: SignatureError,
    },
    /// No signature in the registry fits.
    #[error(transparent)]
    Cosign(#[from] CosignError),
}

/// Public keys of one kind, each with its file.
pub(super) struct Keys<K>(Vec<(PathBuf, K)>);

impl<K> Keys<K> {
    pub(super) fn list(&self) -> Vec<&K> {
        self.0.iter().map(|(_, key)| key).collect()
    }

    /// Returns the file of a key.
    pub(super) fn file(&self, index: usize) -> Option<&Path> {
        self.0.get(index).map(|(path, _)| path.as_path())
    }
}

impl Policy {
    /// Reads the keys for artifacts in registries; `None` if no signature is needed.
    pub(super) fn ecdsa(&self) -> Result<Option<Keys<EcdsaPublicKey>>, PolicyError> {
        let of = |key| match key {
            PublicKey::Ecdsa(key) => Some(key),
            PublicKey::Minisign(_) => None,
        };
        self.read(of, "ECDSA P-256", "an oci: source")
    }

    /// Reads the keys for files; `None` if no signature is needed.
    pub(super) fn minisign(&self) -> Result<Option<Keys<minisign::PublicKey>>, PolicyError> {
        let of = |key| match key {
            PublicKey::Minisign(key) => Some(key),
            PublicKey::Ecdsa(_) => None,
        };
        self.read(of, "minisign", "a file: source")
    }

    fn read<K>(
        &self,
        of: impl Fn(PublicKey) -> Option<K>,
        needed: &'static str,
        what: &'static str,
    ) -> Result<Option<Keys<K>>, PolicyError> {
        if self.keys.is_empty() {
            return if self.required {
                Err(PolicyError::NoKeys)
            } else {
                Ok(None)
            };
        }
        let mut keys = Vec::new();
        for path in &self.keys {
            let bytes = read(path).map_err(|error| PolicyError::Read {
                path: path.clone(),
                error,
            })?;
            let key = PublicKey::parse(&bytes).map_err(|error| PolicyError::Key {
                path: path.clone(),
                error,
            })?;
            keys.extend(of(key).map(|key| (path.clone(), key)));
        }
        if keys.is_empty() {
            return Err(PolicyError::OtherKind { needed, what });
        }
        Ok(Some(Keys(keys)))
    }

    /// Checks the signature of a file, `FILE.minisig`, and returns the file of its key.
    pub(super) fn check_file(&self, path: &Path, content: &[u8]) -> Result<Option<PathBuf>, PolicyError> {
        let Some(keys) = self.minisign()? else {
            return Ok(None);
        };
        let signature_path = signature_of(path);
        let signature = read(&signature_path).map_err(|error| PolicyError::NoSignature {
            path: signature_path.clone(),
            error,
        })?;
        let mut closest = None;
        for (index, key) in keys.list().into_iter().enumerate() {
            match key.verify(content, &signature) {
                Ok(()) => return Ok(keys.file(index).map(Path::to_owned)),
                // A key that made the signature says more than one that did not.
                Err(error @ SignatureError::OtherKey { .. }) => _ = closest.get_or_insert(error),
                Err(error) => closest = Some(error),
            }
        }
        Err(PolicyError::Signature {
            path: signature_path,
            error: closest.unwrap_or(SignatureError::Format),
        })
    }
}

/// Returns the path of a file's signature.
pub(crate) fn signature_of(path: &Path) -> PathBuf {
    // A folder may be written with a slash at its end.
    let mut name = path.components().as_path().as_os_str().to_owned();
    name.push(".minisig");
    name.into()
}

/// Reads a small file. What follows after the limit makes it invalid, whatever it is.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(LIMIT + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use metawasm_registry::trust::EcdsaSecretKey;
    use metawasm_registry::trust::minisign::SecretKey;
    use metawasm_tests::process::Folder;

    use super::*;

    #[test]
    fn a_file_is_trusted_by_a_key_that_signed_it() {
        let folder = Folder::new("policy");
        let (one, two) = (SecretKey::generate().unwrap(), SecretKey::generate().unwrap());
        let first = folder.write("one.pub", one.public().to_text());
        let second = folder.write("two.pub", two.public().to_text());
        let ecdsa = folder.write("ec.pub", EcdsaSecretKey::generate().unwrap().public().to_pem());
        let file = folder.write("f.wasm", "content");
        let policy = |required, keys: &[&PathBuf]| Policy {
            required,
            keys: keys.iter().copied().cloned().collect(),
        };
        let check = |policy: &Policy| {
            policy
                .check_file(&file, b"content")
                .map_err(|error| error.to_string())
        };
        let fails = |policy: &Policy, words: &str| {
            let error = check(policy).unwrap_err();
            assert!(error.contains(words), "{error}");
        };
        assert_eq!(check(&policy(false, &[])), Ok(None));
        fails(
            &policy(true, &[]),
            "`verify.required` is set, and no key is configured",
        );
        fails(
            &policy(false, &[&ecdsa]),
            "has no minisign key, which a file: source needs",
        );
        fails(&policy(false, &[&first]), "f.wasm.minisig: No such file");
        folder.write("f.wasm.minisig", two.sign(b"content", "c"));
        fails(&policy(false, &[&first]), "made with another key");
        assert_eq!(
            check(&policy(true, &[&ecdsa, &first, &second])),
            Ok(Some(second.clone()))
        );
        let error = policy(false, &[&first, &second])
            .check_file(&file, b"other")
            .unwrap_err();
        assert!(
            error.to_string().contains("not valid for this content"),
            "{error}"
        );
        folder.write("f.wasm.minisig", "garbage");
        fails(&policy(false, &[&first]), "not a minisign signature");
        folder.write("two.pub", "garbage");
        fails(&policy(false, &[&second]), "two.pub is not a public key");
        let missing = folder.path().join("missing");
        fails(&policy(false, &[&missing]), "cannot read the key");
    }
}
