//! What a plugin's answers depend on besides the request.

/// A plugin as its answers have it: equal requests to plugins of one identity get equal answers, on every
/// host of this version.
///
/// It covers the plugin's bytes, its settings, the bytes that an answer may have, and the version of the
/// host, whose rules an answer passes. Name, memory and deadline are left out: they decide whether there is
/// an answer, never what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Identity([u8; 32]);

impl Identity {
    /// Bytes of an identity.
    pub const LENGTH: usize = 32;

    /// `digest` is the one of the plugin's bytes, `answer` the limit of an answer's.
    pub fn new(digest: &str, settings: &str, answer: usize) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("metawasm 2026-11 identity of a plugin");
        for part in [
            env!("CARGO_PKG_VERSION").as_bytes(),
            digest.as_bytes(),
            settings.as_bytes(),
            &(answer as u64).to_le_bytes(),
        ] {
            // With its length before it, no part can pass for a piece of its neighbour.
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_makes_another_identity() {
        let all = [
            Identity::new("sha256:ab", "{}", 1),
            Identity::new("sha256:a", "b{}", 1),
            Identity::new("sha256:ab{", "}", 1),
            Identity::new("sha256:ab", "{ }", 1),
            Identity::new("sha256:ab", "{}", 2),
        ];
        for (index, one) in all.iter().enumerate() {
            assert!(all.iter().skip(index + 1).all(|other| one != other), "{index}");
        }
        assert_eq!(all[0], Identity::new("sha256:ab", "{}", 1));
    }
}
