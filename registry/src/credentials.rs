//! Credentials, from files in the format of docker's `config.json`.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use metawasm_formats::text::shown;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Maximum size of a file.
const LIMIT: u64 = 1 << 20;

/// A name and a password.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Login {
    name: String,
    password: String,
}

/// The credentials of registries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    logins: BTreeMap<String, Login>,
    /// Whether a file leaves it to a program to know the credentials.
    helper: bool,
}

/// Reasons why a file of credentials cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// It cannot be read.
    #[error("cannot read the credentials {}: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        error: io::Error,
    },
    /// It cannot be written.
    #[error("cannot write the credentials {}: {error}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's error.
        error: io::Error,
    },
    /// Its content is not a docker configuration.
    #[error("the credentials {} are not a docker configuration: {reason}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong. It contains nothing of the file.
        reason: InvalidConfig,
    },
    /// There is no place for them.
    #[error("cannot find a place for the credentials; set DOCKER_CONFIG to a directory")]
    NoPlace,
}

/// What is wrong with a docker configuration. The content is secret: no message quotes it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidConfig {
    /// It is too large.
    #[error("it is larger than 1 MiB")]
    TooLarge,
    /// Not JSON of that shape.
    #[error("invalid JSON at line {line}, column {column}")]
    Json {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// An entry cannot be decoded.
    #[error("`auths` of {0}: `auth` must be NAME:PASSWORD in base64")]
    Auth(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    #[serde(default)]
    auths: BTreeMap<String, Auth>,
    #[serde(default)]
    creds_store: String,
    #[serde(default)]
    cred_helpers: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct Auth {
    #[serde(default)]
    auth: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
}

impl Login {
    pub(crate) fn new(name: &str, password: &str) -> Self {
        Self {
            name: name.to_owned(),
            password: password.to_owned(),
        }
    }

    /// Returns `NAME:PASSWORD` in base64.
    pub(crate) fn basic(&self) -> String {
        STANDARD.encode(format!("{}:{}", self.name, self.password))
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login")
    }
}

impl Credentials {
    /// Reads files. Without any, it reads docker's own, which may be missing.
    ///
    /// # Errors
    ///
    /// If a file cannot be read or is invalid.
    pub fn read(files: &[PathBuf]) -> Result<Self, CredentialsError> {
        let mut all = Self::default();
        let default = docker_config();
        let optional = files.is_empty();
        let files = if optional { default.as_slice() } else { files };
        for path in files {
            let read = |error| CredentialsError::Read {
                path: path.clone(),
                error,
            };
            let bytes = match read_file(path) {
                Err(error) if optional && error.kind() == io::ErrorKind::NotFound => continue,
                bytes => bytes.map_err(read)?,
            };
            let parsed = Self::parse(&bytes).map_err(|reason| CredentialsError::Invalid {
                path: path.clone(),
                reason,
            })?;
            all.helper |= parsed.helper;
            for (key, login) in parsed.logins {
                all.logins.entry(key).or_insert(login);
            }
        }
        Ok(all)
    }

    /// Reads a docker configuration.
    ///
    /// # Errors
    ///
    /// If it is not one.
    pub fn parse(bytes: &[u8]) -> Result<Self, InvalidConfig> {
        if bytes.len() as u64 > LIMIT {
            return Err(InvalidConfig::TooLarge);
        }
        let config: Config = serde_json::from_slice(bytes).map_err(|error| InvalidConfig::Json {
            line: error.line(),
            column: error.column(),
        })?;
        let mut logins = BTreeMap::new();
        for (key, auth) in config.auths {
            let invalid = || InvalidConfig::Auth(shown(&key, 200));
            let login = if auth.auth.is_empty() {
                Login::new(&auth.username, &auth.password)
            } else {
                let text = STANDARD.decode(auth.auth.trim()).map_err(|_| invalid())?;
                let text = String::from_utf8(text).map_err(|_| invalid())?;
                let (name, password) = text.split_once(':').ok_or_else(invalid)?;
                Login::new(name, password.trim_end_matches('\0'))
            };
            // docker leaves an empty entry behind for what a program knows.
            if !login.name.is_empty() {
                logins.insert(place(&key), login);
            }
        }
        Ok(Self {
            logins,
            helper: !config.creds_store.is_empty() || !config.cred_helpers.is_empty(),
        })
    }

    /// Returns the login for a repository: the one for the longest part of its name.
    pub(crate) fn find(&self, registry: &str, repository: &str) -> Option<&Login> {
        let name = place(&format!("{registry}/{repository}"));
        let mut part = name.as_str();
        loop {
            if let Some(login) = self.logins.get(part) {
                return Some(login);
            }
            part = part.rsplit_once('/')?.0;
        }
    }

    /// Returns whether a file leaves credentials to a helper program, which is not supported.
    pub fn needs_helper(&self) -> bool {
        self.helper && self.logins.is_empty()
    }

    /// Adds a login to docker's configuration, and returns the file.
    ///
    /// # Errors
    ///
    /// If the file is invalid or cannot be written.
    pub fn store(registry: &str, name: &str, password: &str) -> Result<PathBuf, CredentialsError> {
        let path = docker_config()
            .into_iter()
            .next()
            .ok_or(CredentialsError::NoPlace)?;
        let failed = |error| CredentialsError::Write {
            path: path.clone(),
            error,
        };
        let bytes = match read_file(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => b"{}".to_vec(),
            Err(error) => return Err(CredentialsError::Read { path, error }),
        };
        let invalid = |reason| CredentialsError::Invalid {
            path: path.clone(),
            reason,
        };
        Self::parse(&bytes).map_err(invalid)?;
        // The rest of the file stays as it is.
        let mut config: Map<String, Value> = serde_json::from_slice(&bytes).map_err(|error| {
            invalid(InvalidConfig::Json {
                line: error.line(),
                column: error.column(),
            })
        })?;
        let key = match place(registry).as_str() {
            HUB => "https://index.docker.io/v1/".to_owned(),
            other => other.to_owned(),
        };
        let auths = config.entry("auths").or_insert_with(|| json!({}));
        if let Some(auths) = auths.as_object_mut() {
            let auth = Login::new(name, password).basic();
            auths.insert(key, json!({ "auth": auth }));
        }
        let mut text = serde_json::to_string_pretty(&config).unwrap_or_default();
        text.push('\n');
        write_file(&path, text.as_bytes()).map_err(failed)?;
        Ok(path)
    }
}

/// The key of Docker Hub.
const HUB: &str = "index.docker.io";

/// Returns a key without scheme and version, and Docker Hub under one name.
fn place(key: &str) -> String {
    let key = key.trim_start_matches("https://").trim_start_matches("http://");
    let key = key.trim_end_matches('/');
    let key = key
        .strip_suffix("/v1")
        .or_else(|| key.strip_suffix("/v2"))
        .unwrap_or(key);
    let (host, path) = key.split_at(key.find('/').unwrap_or(key.len()));
    let host = match host.to_ascii_lowercase().as_str() {
        "docker.io" | "registry-1.docker.io" => HUB.to_owned(),
        other => other.to_owned(),
    };
    host + path
}

/// Returns docker's configuration file: in `DOCKER_CONFIG`, or in `.docker` of the home directory.
pub fn docker_config() -> Option<PathBuf> {
    let folder = match std::env::var_os("DOCKER_CONFIG").filter(|value| !value.is_empty()) {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(std::env::var_os("HOME").filter(|value| !value.is_empty())?).join(".docker"),
    };
    Some(folder.join("config.json"))
}

fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(LIMIT + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Writes a file that only its owner can read, beside and renamed, so that no half of it is ever read.
fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    // A link stays one.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut beside = path.clone().into_os_string();
    beside.push(format!(".{}.new", std::process::id()));
    let beside = PathBuf::from(beside);
    let write = || {
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(0o600).open(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, &path)
    };
    let written = write();
    if written.is_err() {
        fs::remove_file(&beside).ok();
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(json: &str, registry: &str, repository: &str) -> Option<String> {
        let credentials = Credentials::parse(json.as_bytes()).unwrap();
        let login = credentials.find(registry, repository)?;
        Some(format!("{}:{}", login.name, login.password))
    }

    #[test]
    fn the_longest_part_of_the_name_counts() {
        let auth = |text: &str| STANDARD.encode(text);
        let json = json!({"auths": {
            "ghcr.io": {"auth": auth("all:1:2")},
            "https://ghcr.io/org/": {"username": "org", "password": "3"},
            "https://index.docker.io/v1/": {"auth": auth("hub:4")},
            "localhost:5000": {},
        }})
        .to_string();
        let find = |registry, repository| find(&json, registry, repository);
        assert_eq!(find("ghcr.io", "a/b").as_deref(), Some("all:1:2"));
        assert_eq!(find("ghcr.io", "org/b").as_deref(), Some("org:3"));
        assert_eq!(find("ghcr.io", "organisation/b").as_deref(), Some("all:1:2"));
        assert_eq!(find("docker.io", "a/b").as_deref(), Some("hub:4"));
        assert_eq!(find("localhost:5000", "a"), None);
        assert_eq!(find("example.com", "a"), None);
    }

    #[test]
    fn an_invalid_file_is_refused_without_its_secrets() {
        for (json, words) in [
            ("{", "invalid JSON at line 1, column 1"),
            ("[\"secret\"]", "invalid JSON at line 1"),
            (
                "{\"auths\": {\"a\": {\"auth\": \"secret\"}}}",
                "`auths` of a: `auth` must be",
            ),
            (
                "{\"auths\": {\"a\": {\"auth\": \"c2VjcmV0\"}}}",
                "`auths` of a: `auth` must be",
            ),
            ("{\"auths\": {\"a\": {\"auth\": 7}}}", "invalid JSON"),
        ] {
            let error = Credentials::parse(json.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with(words) && !error.contains("secret"), "{error}");
        }
        let large = vec![b' '; (1 << 20) + 1];
        assert_eq!(Credentials::parse(&large), Err(InvalidConfig::TooLarge));
        let helper = Credentials::parse(b"{\"credsStore\": \"desktop\", \"auths\": {\"ghcr.io\": {}}}");
        assert!(helper.unwrap().needs_helper());
    }
}
