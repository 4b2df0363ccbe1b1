//! `metawasm sign` and `metawasm verify`.

use std::path::{Path, PathBuf};

use metawasm_registry::trust::SecretKey;
use metawasm_registry::trust::cosign::Signature;
use metawasm_registry::{Descriptor, Digest, Reference, RegistryError, media_type};

use super::registry::{RegistryArgs, Shipping, refused, secret_key, source, unsigned};
use super::{Failure, Output};
use crate::catalogue::{Policy, Source, signature_of};

/// Sign a plugin: in its registry as cosign does, or a file as minisign does
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A plugin in a registry needs an ECDSA P-256 key. Its signature is stored beside it, under the tag sha256-DIGEST.sig.
A file needs a minisign key. Its signature is FILE.minisig.

Examples:
  metawasm sign --key metawasm.key oci://ghcr.io/acme/function@sha256:DIGEST
  metawasm sign --key files.key function.wasm

Exit codes:
  0  success
  1  the registry refused, or cannot be reached
  2  invalid usage or input
  3  the plugin cannot be read
  4  a bug in metawasm")]
pub(super) struct SignArgs {
    /// Plugin: the path of a component, or oci://REGISTRY/REPOSITORY:TAG or @sha256:DIGEST
    #[arg(value_name = "PLUGIN")]
    plugin: String,
    /// Secret key (file)
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    #[command(flatten)]
    registry: RegistryArgs,
}

/// Check the signature of a plugin, and print its digest
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  metawasm verify --key metawasm.pub oci://ghcr.io/acme/function:1.0
  metawasm verify --key files.pub function.wasm

Exit codes:
  0  the plugin has a valid signature of the key
  1  it does not
  2  invalid usage or input
  3  the plugin cannot be read
  4  a bug in metawasm")]
pub(super) struct VerifyArgs {
    /// Plugin: the path of a component, or oci://REGISTRY/REPOSITORY:TAG or @sha256:DIGEST
    #[arg(value_name = "PLUGIN")]
    plugin: String,
    /// Public key (file); a signature of one of them is enough. Repeatable
    #[arg(long, value_name = "FILE", required = true)]
    key: Vec<PathBuf>,
    #[command(flatten)]
    registry: RegistryArgs,
}

pub(super) fn sign(args: &SignArgs) -> Result<Output, Failure> {
    let key = secret_key(&args.key)?;
    let shipping = Shipping::start(&args.registry)?;
    match (source(&args.plugin)?, &key) {
        (Source::File(path) | Source::Script(path, _), SecretKey::Minisign(key)) => {
            let source = Source::File(path.clone());
            let bytes = shipping.fetch(&source, &Policy::default())?.bytes;
            // The signature of a folder with one component would be one of a file that may change its name.
            if path.is_dir() && bytes.starts_with(b"\0asm") {
                let error = format!("{} is a directory; expected the path of a file", path.display());
                return Err(Failure::Usage(error));
            }
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let comment = format!("file: {name}, {}", Digest::of(&bytes));
            let to = signature_of(&path);
            std::fs::write(&to, key.sign(&bytes, &comment))
                .map_err(|error| Failure::Usage(format!("cannot write {}: {error}", to.display())))?;
            Ok(signed(&to.display().to_string(), &source.to_string()))
        }
        (Source::Oci(reference), SecretKey::Ecdsa(_)) => {
            let what = format!("cannot sign {reference}");
            let digest = shipping.block_on(attach(&shipping, &reference, &key));
            let digest = digest.map_err(|error| refused(&what, &error))??;
            Ok(signed(
                &digest.to_string(),
                &reference.with_digest(digest).to_string(),
            ))
        }
        (Source::File(_) | Source::Script(..), SecretKey::Ecdsa(_)) => {
            Err(other_kind(&args.key, "ECDSA P-256", "a file", "minisign"))
        }
        (Source::Oci(_), SecretKey::Minisign(_)) => Err(other_kind(
            &args.key,
            "minisign",
            "a plugin in a registry",
            "ECDSA P-256",
        )),
    }
}

/// Signs what a reference stands for now, and returns its digest.
async fn attach(
    shipping: &Shipping,
    reference: &Reference,
    key: &SecretKey,
) -> Result<Result<Digest, Failure>, RegistryError> {
    let SecretKey::Ecdsa(key) = key else {
        return Ok(Err(Failure::Bug));
    };
    let mut session = shipping.fetcher.client().push(reference).await?;
    let manifest = match (reference.digest(), reference.tag()) {
        (Some(digest), _) => session.manifest(&digest.to_string()).await?,
        (None, tag) => session.manifest(tag.unwrap_or_default()).await?,
    };
    let signature = match Signature::sign(reference, &manifest.digest, key) {
        Ok(signature) => signature,
        Err(error) => return Ok(Err(unsigned(&error))),
    };
    let subject = Descriptor::of(media_type::MANIFEST, &manifest.bytes);
    session.attach(&subject, &signature).await?;
    Ok(Ok(manifest.digest))
}

fn signed(data: &str, what: &str) -> Output {
    Output {
        data: format!("{data}\n").into_bytes(),
        words: vec![format!("signed {what}")],
        ..Output::default()
    }
}

fn other_kind(key: &Path, kind: &str, what: &str, expected: &str) -> Failure {
    Failure::Usage(format!(
        "the key {} is {kind}; {what} needs {expected}: create it with `metawasm keygen --kind {}`",
        key.display(),
        if expected == "minisign" {
            "minisign"
        } else {
            "cosign"
        }
    ))
}

pub(super) fn verify(args: &VerifyArgs) -> Result<Output, Failure> {
    let plugin = source(&args.plugin)?;
    let shipping = Shipping::start(&args.registry)?;
    let policy = Policy {
        required: true,
        keys: args.key.clone(),
    };
    let fetched = shipping.fetch(&plugin, &policy)?;
    let digest = match fetched.provenance.manifest {
        Some(digest) => digest,
        None => Digest::of(&fetched.bytes),
    };
    let key = fetched.provenance.key.unwrap_or_default();
    Ok(Output {
        data: format!("{digest}\n").into_bytes(),
        words: vec![format!("{plugin} has a valid signature of {}", key.display())],
        ..Output::default()
    })
}
