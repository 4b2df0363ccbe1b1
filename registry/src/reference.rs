//! References to artifacts: `REGISTRY/REPOSITORY:TAG@DIGEST`.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use crate::digest::Digest;

/// Maximum length of a registry and of a repository, as registries have it.
const LONGEST: usize = 255;

/// A reference to an artifact in a registry. It has a tag, a digest, or both; then the digest counts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    registry: String,
    repository: String,
    tag: Option<String>,
    digest: Option<Digest>,
}

/// Reasons why a text is not a reference.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// There is no repository.
    #[error("the repository is missing; expected oci://REGISTRY/REPOSITORY:TAG")]
    NoRepository,
    /// The registry is not a host with an optional port.
    #[error(
        "invalid registry {0:?}; expected a host with an optional port, such as ghcr.io or localhost:5000"
    )]
    Registry(String),
    /// The repository has other characters.
    #[error(
        "invalid repository {0:?}; expected lower-case letters, digits and the separators . _ - /, at most {LONGEST} bytes"
    )]
    Repository(String),
    /// The tag has other characters.
    #[error(
        "invalid tag {0:?}; expected 1 to 128 letters, digits and the characters . _ -, not starting with . or -"
    )]
    Tag(String),
    /// The digest is not a SHA-256.
    #[error("invalid digest {0:?}; expected sha256: and 64 lower-case hexadecimal digits")]
    Digest(String),
    /// There is neither a tag nor a digest.
    #[error("the tag is missing; expected oci://REGISTRY/REPOSITORY:TAG or @sha256:DIGEST")]
    NoTag,
}

impl Reference {
    /// Returns the host and the optional port: `ghcr.io`, `localhost:5000`.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// Returns the repository: `openfunction/function`.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// Returns the tag.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// Returns the digest of the manifest, if the reference pins it.
    pub fn digest(&self) -> Option<Digest> {
        self.digest
    }

    /// Returns a reference to another manifest of the same repository, by digest alone.
    #[must_use]
    pub fn with_digest(&self, digest: Digest) -> Self {
        Self {
            tag: None,
            digest: Some(digest),
            ..self.clone()
        }
    }

    /// Returns `REGISTRY/REPOSITORY`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.registry, self.repository)
    }

    /// Returns the last part of the repository: `function` of `openfunction/function`.
    pub fn short_name(&self) -> &str {
        self.repository.rsplit('/').next().unwrap_or_default()
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    /// Reads a reference without `oci://`.
    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => {
                let parsed = digest.parse();
                (
                    rest,
                    Some(parsed.map_err(|_| ReferenceError::Digest(digest.to_owned()))?),
                )
            }
            None => (text, None),
        };
        let (registry, rest) = rest.split_once('/').ok_or(ReferenceError::NoRepository)?;
        let (repository, tag) = match rest.split_once(':') {
            Some((repository, tag)) => (repository, Some(tag)),
            None => (rest, None),
        };
        if !is_registry(registry) {
            return Err(ReferenceError::Registry(registry.to_owned()));
        }
        if repository.is_empty() {
            return Err(ReferenceError::NoRepository);
        }
        if !is_repository(repository) {
            return Err(ReferenceError::Repository(repository.to_owned()));
        }
        if let Some(tag) = tag.filter(|tag| !is_tag(tag)) {
            return Err(ReferenceError::Tag(tag.to_owned()));
        }
        if tag.is_none() && digest.is_none() {
            return Err(ReferenceError::NoTag);
        }
        Ok(Self {
            registry: registry.to_ascii_lowercase(),
            repository: repository.to_owned(),
            tag: tag.map(str::to_owned),
            digest,
        })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "oci://{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        match self.digest {
            Some(digest) => write!(f, "@{digest}"),
            None => Ok(()),
        }
    }
}

/// Whether a text is a host with an optional port.
pub(crate) fn is_registry(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((host, port)) if host.parse::<Ipv6Addr>().is_ok() => ("v6", port),
            _ => return false,
        },
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let label = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let port = match port.strip_prefix(':') {
        Some(digits) => digits.parse::<u16>().is_ok_and(|port| port > 0) && !digits.starts_with('+'),
        None => port.is_empty(),
    };
    text.len() <= LONGEST && port && host.split('.').all(label)
}

/// Whether a text is `part/part…`, each of lower-case letters and digits with separators between them.
fn is_repository(text: &str) -> bool {
    let part = |part: &str| {
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let bytes = part.as_bytes();
        let ends = bytes.first().zip(bytes.last());
        ends.is_some_and(|(first, last)| inner(*first) && inner(*last))
            && bytes.iter().all(|byte| inner(*byte) || b"._-".contains(byte))
            && !["..", "___", "._", "_.", ".-", "-.", "_-", "-_"]
                .iter()
                .any(|pair| part.contains(pair))
    };
    text.len() <= LONGEST && text.split('/').all(part)
}

fn is_tag(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=128).contains(&text.len()) && text.bytes().all(inner) && !text.starts_with(['.', '-'])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_reference_is_read_as_it_is_written() {
        let digest = Digest::of(b"");
        for text in [
            "ghcr.io/openfunction/function:1.0".to_owned(),
            "localhost:5000/f:latest".to_owned(),
            "[::1]:5000/a/b_c/d-e.f__g:V_1.2-x".to_owned(),
            format!("127.0.0.1:5000/f@{digest}"),
            format!("r.example/f:1@{digest}"),
        ] {
            let reference: Reference = text.parse().unwrap();
            assert_eq!(reference.to_string(), format!("oci://{text}"));
        }
        let reference: Reference = "GHCR.io/a/b:1".parse().unwrap();
        assert_eq!((reference.registry(), reference.short_name()), ("ghcr.io", "b"));
    }

    #[test]
    fn an_invalid_part_is_named() {
        for (text, words) in [
            ("", "the repository is missing"),
            ("function:1", "the repository is missing"),
            ("ghcr.io/", "the repository is missing"),
            ("ghcr.io/f", "the tag is missing"),
            ("gh_cr.io/f:1", "invalid registry \"gh_cr.io\""),
            ("ghcr.io:0/f:1", "invalid registry"),
            ("ghcr.io:+1/f:1", "invalid registry"),
            ("a..b/f:1", "invalid registry"),
            ("[::g]/f:1", "invalid registry"),
            ("user@host/f:1", "invalid digest"),
            ("ghcr.io/F:1", "invalid repository \"F\""),
            ("ghcr.io/a//b:1", "invalid repository"),
            ("ghcr.io/../b:1", "invalid repository"),
            ("ghcr.io/a-:1", "invalid repository"),
            ("ghcr.io/a:", "invalid tag"),
            ("ghcr.io/a:-1", "invalid tag"),
            ("ghcr.io/a:1/2", "invalid tag"),
            ("ghcr.io/a@sha256:12", "invalid digest \"sha256:12\""),
            ("ghcr.io/a@sha512:12", "invalid digest"),
        ] {
            let error = text.parse::<Reference>().unwrap_err().to_string();
            assert!(error.starts_with(words), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_refused_or_written_back(text in "[a-c./:@_A\\[\\]-]{0,20}|.{0,60}|[a-z.]{1,9}(:[0-9]{1,6})?/[a-z._/-]{1,9}(:[A-Z0-9._-]{1,9})?") {
            if let Ok(reference) = text.parse::<Reference>() {
                let again = reference.to_string();
                prop_assert_eq!(again["oci://".len()..].parse(), Ok(reference));
            }
        }
    }
}
