//! `metawasm pull`: downloads a plugin from a registry.

use std::path::{Path, PathBuf};

use super::registry::{RegistryArgs, Shipping, reference};
use super::{Failure, Output};
use crate::catalogue::{Policy, Source};

/// Download a plugin from an OCI registry, and print the digest of its manifest
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  metawasm pull oci://ghcr.io/acme/function:1.0 -o function.wasm
  metawasm pull oci://ghcr.io/acme/function:1.0 --verify-key metawasm.pub

Exit codes:
  0  success
  1  the plugin has no valid signature of the key
  2  invalid usage, or the file cannot be written
  3  the plugin cannot be pulled
  4  a bug in metawasm")]
pub(super) struct Args {
    /// Plugin, as oci://REGISTRY/REPOSITORY:TAG or @sha256:DIGEST
    #[arg(value_name = "PLUGIN")]
    from: String,
    /// File for the component; - is standard output [default: the last part of the repository, with .wasm]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Public key (file) that the plugin must be signed with. Repeatable
    #[arg(long, value_name = "FILE")]
    verify_key: Vec<PathBuf>,
    #[command(flatten)]
    registry: RegistryArgs,
}

pub(super) fn run(args: &Args) -> Result<Output, Failure> {
    let from = reference(&args.from)?;
    let shipping = Shipping::start(&args.registry)?;
    let policy = Policy {
        required: false,
        keys: args.verify_key.clone(),
    };
    let fetched = shipping.fetch(&Source::Oci(from.clone()), &policy)?;
    let digest = fetched.provenance.manifest.map(|digest| digest.to_string());
    let digest = digest.unwrap_or_default();
    let size = fetched.bytes.len();
    let path = match &args.output {
        Some(path) if path == Path::new("-") => {
            return Ok(Output {
                data: fetched.bytes,
                words: vec![digest],
                ..Output::default()
            });
        }
        Some(path) => path.clone(),
        None => PathBuf::from(format!("{}.wasm", from.short_name())),
    };
    write(&path, &fetched.bytes)
        .map_err(|error| Failure::Usage(format!("cannot write {}: {error}", path.display())))?;
    Ok(Output {
        data: format!("{digest}\n").into_bytes(),
        words: vec![format!("pulled {size} bytes to {}", path.display())],
        ..Output::default()
    })
}

/// Writes a file beside and renames it, so that a host that serves it never reads half of it.
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if path.exists() && !path.is_file() {
        // Such as /dev/null.
        return std::fs::write(path, bytes);
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.new", std::process::id()));
    let written = std::fs::write(&beside, bytes).and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        std::fs::remove_file(&beside).ok();
    }
    written
}
