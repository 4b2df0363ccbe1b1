//! `metawasm login`: stores the credentials of a registry.

use std::io::{self, Read};

use metawasm_registry::Credentials;

use super::registry::{RegistryArgs, Shipping, refused};
use super::{Failure, Output};

/// Check the credentials of a registry, and store them in docker's configuration
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The password is read from standard input. It is stored in $DOCKER_CONFIG/config.json or ~/.docker/config.json, without
encryption, in a file that only you can read.

Examples:
  metawasm login ghcr.io --username jane < token.txt
  metawasm login registry.example.com:5000 -u ci < /run/secrets/token

Exit codes:
  0  success
  1  the registry refused the credentials, or cannot be reached
  2  invalid usage, or the file cannot be written
  4  a bug in metawasm")]
pub(super) struct Args {
    /// Registry, as HOST or HOST:PORT
    #[arg(value_name = "REGISTRY")]
    registry: String,
    /// User name
    #[arg(short, long, value_name = "NAME")]
    username: String,
    #[command(flatten)]
    options: RegistryArgs,
}

/// Maximum length of a password: tokens have a few kilobytes.
const LIMIT: u64 = 64 << 10;

pub(super) fn run(args: &Args) -> Result<Output, Failure> {
    // A repository and a tag make a registry a reference, whose rules apply.
    let registry = args.registry.trim_start_matches("oci://").trim_end_matches('/');
    let reference = format!("{registry}/x:x").parse::<metawasm_registry::Reference>();
    if let Err(error) = reference {
        return Err(Failure::usage(error));
    }
    if args.username.is_empty() || args.username.contains(':') {
        let error = "invalid user name; expected a name without a colon";
        return Err(Failure::Usage(error.to_owned()));
    }
    let mut password = String::new();
    let read = io::stdin().take(LIMIT + 1).read_to_string(&mut password);
    read.map_err(|error| Failure::Usage(format!("cannot read the password from standard input: {error}")))?;
    let password = password.trim_end_matches(['\r', '\n']);
    if password.is_empty() || password.len() as u64 > LIMIT {
        let error = "no valid password on standard input; expected 1 to 65536 bytes";
        return Err(Failure::Usage(error.to_owned()));
    }
    let shipping = Shipping::start(&args.options)?;
    let check = shipping
        .fetcher
        .client()
        .login(registry, &args.username, password);
    let checked = shipping.block_on(check);
    checked.map_err(|error| refused(&format!("cannot log in to {registry}"), &error))?;
    let path = Credentials::store(registry, &args.username, password).map_err(Failure::usage)?;
    Ok(Output {
        words: vec![format!(
            "stored the credentials of {registry} in {}",
            path.display()
        )],
        ..Output::default()
    })
}
