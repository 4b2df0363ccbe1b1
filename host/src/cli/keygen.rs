//! `metawasm keygen`: creates a key pair.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use metawasm_registry::trust::{EcdsaSecretKey, minisign};

use super::registry::unsigned;
use super::{Failure, Output};

/// Create a key pair for signatures: PREFIX.key, which is secret, and PREFIX.pub
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The secret key has no password: only its file permissions (0600) protect it. It is PKCS#8 (PEM) or minisign's format.
cosign uses it after `cosign import-key-pair --key metawasm.key`.

Examples:
  metawasm keygen
  metawasm keygen --kind minisign --output keys/files

Exit codes:
  0  success
  2  invalid usage, or a file exists or cannot be written
  4  a bug in metawasm")]
pub(super) struct Args {
    /// Prefix of the files
    #[arg(short, long, value_name = "PREFIX", default_value = "metawasm")]
    output: PathBuf,
    /// Kind of key: ECDSA P-256 for oci: sources, or Ed25519 for file: sources
    #[arg(long, value_enum, default_value_t = Kind::Cosign)]
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// ECDSA P-256, for plugins in registries
    Cosign,
    /// Ed25519, for files
    Minisign,
}

pub(super) fn run(args: &Args) -> Result<Output, Failure> {
    let (secret, public) = match args.kind {
        Kind::Cosign => {
            let key = EcdsaSecretKey::generate().map_err(|error| unsigned(&error))?;
            (key.to_pem(), key.public().to_pem())
        }
        Kind::Minisign => {
            let key = minisign::SecretKey::generate().map_err(|error| unsigned(&error))?;
            (key.to_text(), key.public().to_text())
        }
    };
    let mut words = Vec::new();
    for (ending, text, mode) in [("key", secret, 0o600), ("pub", public, 0o644)] {
        let mut path = args.output.clone().into_os_string();
        path.push(format!(".{ending}"));
        let path = PathBuf::from(path);
        write_new(&path, &text, mode)
            .map_err(|error| Failure::Usage(format!("cannot write {}: {error}", path.display())))?;
        words.push(format!("created {}", path.display()));
    }
    Ok(Output {
        words,
        ..Output::default()
    })
}

/// Writes a file that must not exist: a key that is overwritten is lost.
fn write_new(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(mode).open(path)?;
    file.write_all(text.as_bytes())
}
