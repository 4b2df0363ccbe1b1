//! The bodies of the fuzz targets: bytes as a registry, a file or a person sends them.
//!
//! The fuzzer calls them with what it makes up (`fuzz/`, `cargo xtask fuzz`), the tests below with mutated examples.

#![allow(clippy::panic, reason = "a panic is how a fuzz target says what is wrong")]

use crate::challenge::Challenge;
use crate::trust::{PublicKey, SecretKey, cosign, minisign};
use crate::{Credentials, Manifest, Reference};

/// References, manifests, challenges and docker configurations. What is a reference is written back as one.
pub fn registry(data: &[u8]) {
    Manifest::parse(data)
        .and_then(|manifest| manifest.layer().cloned())
        .ok();
    Credentials::parse(data).ok();
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(reference) = text.parse::<Reference>() {
        let again = reference.to_string();
        assert_eq!(again.trim_start_matches("oci://").parse(), Ok(reference));
    }
    Challenge::parse(text);
}

/// Keys and signatures. Nobody has signed what the fuzzer makes up.
pub fn trust(data: &[u8]) {
    if let Ok(PublicKey::Minisign(key)) = PublicKey::parse(data) {
        assert_eq!(
            PublicKey::parse(key.to_text().as_bytes()),
            Ok(PublicKey::Minisign(key))
        );
    }
    if let Ok(SecretKey::Minisign(secret)) = SecretKey::parse(data) {
        let key = secret.public();
        assert!(key.verify(b"content", data).is_err());
    }
    cosign::Signature::new(data, data).subject().ok();
    if let Ok(PublicKey::Minisign(key)) = PublicKey::parse(include_bytes!("trust/vectors/minisign.pub")) {
        let known: &minisign::PublicKey = &key;
        assert!(known.verify(b"other content", data).is_err());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EXAMPLES: &[&str] = &[
        r#"{"schemaVersion": 2, "config": {"mediaType": "application/vnd.wasm.config.v0+json", "digest": "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "size": 0}, "layers": []}"#,
        r#"{"auths": {"ghcr.io": {"auth": "amFuZTpzZWNyZXQ="}}}"#,
        "Bearer realm=\"https://a/t\",service=\"b\"",
        "ghcr.io/a/b:1@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        include_str!("trust/vectors/minisign.pub"),
        include_str!("trust/vectors/minisign.key"),
        include_str!("trust/vectors/minisign.sig"),
        include_str!("trust/vectors/ec.pub"),
    ];

    proptest! {
        #[test]
        fn mutated_examples_are_read_or_refused(
            example in 0..EXAMPLES.len(),
            changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut bytes = EXAMPLES[example].as_bytes().to_vec();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            registry(&bytes);
            trust(&bytes);
            bytes.truncate(cut.index(bytes.len()));
            registry(&bytes);
            trust(&bytes);
        }
    }
}
