//! Digests, as registries write them.

use sha2::{Digest, Sha256};

/// `sha256:` and the hash in hex, as registries write it.
pub(super) fn digest(bytes: &[u8]) -> String {
    let mut text = String::from("sha256:");
    for byte in Sha256::digest(bytes) {
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

/// The hash in a digest, as the key of a component. A second hash would take a tenth of a start with compiled code.
pub(super) fn hash_of(digest: &str) -> blake3::Hash {
    let hash = digest.strip_prefix("sha256:").map(blake3::Hash::from_hex);
    hash.and_then(Result::ok)
        .unwrap_or_else(|| blake3::hash(digest.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_that_of_its_digest() {
        let of = digest(b"");
        assert_eq!(format!("sha256:{}", hash_of(&of)), of);
        assert_ne!(hash_of("sha256:"), hash_of("sha256:0"), "whatever it is");
    }

    #[test]
    fn the_digest_is_the_one_that_registries_use() {
        assert_eq!(
            digest(b""),
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}
