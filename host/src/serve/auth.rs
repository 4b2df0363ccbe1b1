//! Who may call a hook: bearer tokens and passwords, from files.
//!
//! Only hashes are kept, all of one length: comparing them takes the same time whatever is sent, and nothing
//! that could be logged is a secret. Several may be valid at once, so that a secret can be replaced without
//! a call that fails: first the new one is added here, then the controllers get it, then the old one goes.

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::http::HeaderValue;
use blake3::Hash;
use subtle::{Choice, ConstantTimeEq};

use super::files::{FileError, Files, read_all};

/// Files of secrets, one a line. Where both are there, either will do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthFiles {
    /// Bearer tokens.
    pub bearer: Option<PathBuf>,
    /// Names and passwords, `NAME:PASSWORD`.
    pub basic: Option<PathBuf>,
}

/// Reasons why files of secrets cannot be used. No message contains a secret.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file is not text.
    #[error("{}: not valid UTF-8", .path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
    },
    /// A file has no secret.
    #[error("{}: no secret found; write one secret per line", .path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A line is not a secret.
    #[error("{}:{line}: {reason}", .path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line's number, from 1.
        line: usize,
        /// What is wrong with it.
        reason: SecretError,
    },
}

/// Reasons why a line is not a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// A token has another character than those of a header.
    #[error("invalid token; use ASCII characters without spaces")]
    Token,
    /// Not a name and a password.
    #[error("invalid credentials; expected NAME:PASSWORD")]
    NameAndPassword,
}

/// The secrets of the files that were good last.
pub(super) struct Auth {
    pub(super) known: Arc<ArcSwap<Known>>,
    /// The files they are in.
    pub(super) files: Files,
}

/// Who is known.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    bearer: Vec<Hash>,
    basic: Vec<Hash>,
}

impl Auth {
    /// Reads the files; `None` where there are none, and so everybody may call.
    ///
    /// # Errors
    ///
    /// The field and the file that is missing, empty or not understood; nothing that is in it.
    pub(super) fn load(names: &AuthFiles) -> Result<Option<Self>, AuthError> {
        let paths: Vec<PathBuf> = names.bearer.iter().chain(&names.basic).cloned().collect();
        if paths.is_empty() {
            return Ok(None);
        }
        let contents = read_all(&paths)?;
        let known = Arc::new(ArcSwap::from_pointee(Known::read(names, &contents)?));
        let (target, names) = (known.clone(), names.clone());
        let take = move |contents: &[Vec<u8>]| {
            target.store(Arc::new(Known::read(&names, contents)?));
            Ok(())
        };
        Ok(Some(Self {
            known,
            files: Files::new(paths, &contents, Box::new(take)),
        }))
    }
}

impl Known {
    fn read(names: &AuthFiles, contents: &[Vec<u8>]) -> Result<Self, AuthError> {
        let mut contents = contents.iter();
        let mut secrets = |name: &Option<PathBuf>, encode: fn(&str) -> Result<String, SecretError>| {
            let Some(name) = name else {
                return Ok(Vec::new());
            };
            let contents = contents.next().map(Vec::as_slice).unwrap_or_default();
            let path = || name.clone();
            let text = std::str::from_utf8(contents).map_err(|_| AuthError::NotUtf8 { path: path() })?;
            let mut secrets = Vec::new();
            for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty()) {
                let secret = encode(line).map_err(|reason| AuthError::Line {
                    path: path(),
                    line: index + 1,
                    reason,
                })?;
                secrets.push(blake3::hash(secret.as_bytes()));
            }
            if secrets.is_empty() {
                return Err(AuthError::Empty { path: path() });
            }
            Ok(secrets)
        };
        Ok(Self {
            bearer: secrets(&names.bearer, token)?,
            basic: secrets(&names.basic, name_and_password)?,
        })
    }

    /// Whether a header `Authorization` is of somebody who is known.
    pub(super) fn admits(&self, header: Option<&HeaderValue>) -> bool {
        let Some((scheme, secret)) = header.and_then(|value| value.to_str().ok()?.split_once(' ')) else {
            return false;
        };
        let known = if scheme.eq_ignore_ascii_case("bearer") {
            &self.bearer
        } else if scheme.eq_ignore_ascii_case("basic") {
            &self.basic
        } else {
            return false;
        };
        let hash = blake3::hash(secret.trim_start_matches(' ').as_bytes());
        // All of them, whichever it is.
        let found = known.iter().fold(Choice::from(0), |found, known| {
            found | known.as_bytes().ct_eq(hash.as_bytes())
        });
        found.into()
    }

    /// What a caller that is not known is told to show.
    pub(super) fn challenges(&self) -> impl Iterator<Item = HeaderValue> {
        let bearer = (!self.bearer.is_empty()).then_some("Bearer realm=\"metawasm\"");
        let basic = (!self.basic.is_empty()).then_some("Basic realm=\"metawasm\", charset=\"UTF-8\"");
        bearer.into_iter().chain(basic).map(HeaderValue::from_static)
    }
}

fn token(line: &str) -> Result<String, SecretError> {
    if line.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(line.to_owned())
    } else {
        Err(SecretError::Token)
    }
}

/// As it is sent: in base64.
fn name_and_password(line: &str) -> Result<String, SecretError> {
    match line.split_once(':') {
        Some((name, _)) if !name.is_empty() => Ok(base64(line.as_bytes())),
        _ => Err(SecretError::NameAndPassword),
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let bits = (0..3).fold(0_usize, |bits, index| {
            bits << 8 | usize::from(three.get(index).copied().unwrap_or(0))
        });
        for digit in 0..4 {
            let there = digit <= three.len();
            let value = DIGITS.get(bits >> (18 - 6 * digit) & 63).copied().unwrap_or(b'=');
            text.push(if there { char::from(value) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(bearer: Option<&str>, basic: Option<&str>) -> Result<Known, AuthError> {
        let names = AuthFiles {
            bearer: bearer.map(|_| "bearer.txt".into()),
            basic: basic.map(|_| "basic.txt".into()),
        };
        let contents: Vec<Vec<u8>> = bearer
            .iter()
            .chain(&basic)
            .map(|text| text.as_bytes().to_vec())
            .collect();
        Known::read(&names, &contents)
    }

    fn admits(known: &Known, header: &str) -> bool {
        known.admits(Some(&HeaderValue::from_str(header).unwrap()))
    }

    #[test]
    fn who_is_in_the_file_is_known() {
        let known = known(Some("old\n\nnew\r\n"), Some("Aladdin:open sesame\nu:a:b")).unwrap();
        for header in [
            "Bearer old",
            "bearer new",
            "Bearer  new",
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
            "BASIC dTphOmI=",
        ] {
            assert!(admits(&known, header), "{header}");
        }
        for header in [
            "",
            "Bearer",
            "Bearer ",
            "Bearer ol",
            "Bearer old2",
            "Bearer Aladdin:open sesame",
            "Basic old",
            "old",
            "Digest old",
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ",
        ] {
            assert!(!admits(&known, header), "{header}");
        }
        assert!(!known.admits(None));
        assert_eq!(known.challenges().count(), 2);
    }

    #[test]
    fn a_scheme_without_a_file_knows_nobody() {
        let known = known(None, Some("a:b")).unwrap();
        assert!(!admits(&known, "Bearer a:b") && !admits(&known, "Bearer "));
        assert!(admits(&known, "Basic YTpi"));
    }

    #[test]
    fn a_bad_file_is_named_and_its_secrets_are_not() {
        for (bearer, basic, error) in [
            (Some("\n\n"), None, "bearer.txt: no secret found"),
            (Some(""), None, "bearer.txt: no secret found"),
            (Some("good\nhush hush"), None, "bearer.txt:2: invalid token"),
            (Some("hüsh"), None, "bearer.txt:1: invalid token"),
            (
                None,
                Some("hush"),
                "basic.txt:1: invalid credentials; expected NAME:PASSWORD",
            ),
            (
                None,
                Some(":hush"),
                "basic.txt:1: invalid credentials; expected NAME:PASSWORD",
            ),
            (Some("good"), Some("\n"), "basic.txt: no secret found"),
        ] {
            let found = known(bearer, basic).unwrap_err().to_string();
            assert!(found.starts_with(error), "{found}");
            assert!(!found.contains("hush"), "{found}");
        }
    }

    #[test]
    fn base64_is_that_of_rfc_4648() {
        for (text, code) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
            ("\u{fffd}>?", "77+9Pj8="),
        ] {
            assert_eq!(base64(text.as_bytes()), code);
        }
    }
}
