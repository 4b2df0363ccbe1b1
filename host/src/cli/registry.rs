//! What the commands that use registries and signatures share.

use std::future::Future;
use std::path::{Path, PathBuf};

use metawasm_formats::text::shown;
use metawasm_registry::trust::{KeyError, SecretKey};
use metawasm_registry::{Options, Reference, RegistryError};
use tracing::level_filters::LevelFilter;

use super::Failure;
use super::boot::WORDS;
use crate::catalogue::{
    EngineOptions, FetchOptions, Fetched, Fetcher, Policy, Source, SourceError, read_small,
};
use crate::telemetry::{self, LineOptions};

/// Arguments: how registries are reached.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct RegistryArgs {
    /// CA bundle (PEM) of registries, in addition to the CAs of the system
    #[arg(
        long,
        value_name = "FILE",
        env = "METAWASM_REGISTRY_CA",
        help_heading = "Registries"
    )]
    registry_ca: Option<PathBuf>,
    /// Registry without TLS (plain HTTP). Loopback addresses need no flag. Repeatable
    #[arg(long, value_name = "HOST:PORT", help_heading = "Registries")]
    plain_http: Vec<String>,
    /// Credentials, in the format of docker's config.json, which is the default. Repeatable
    #[arg(long, value_name = "FILE", help_heading = "Registries")]
    credentials: Vec<PathBuf>,
}

impl RegistryArgs {
    /// Replaces the options that are set.
    pub(super) fn merge(&self, options: &mut Options) {
        if let Some(ca) = &self.registry_ca {
            options.ca = Some(ca.clone());
        }
        if !self.plain_http.is_empty() {
            options.plain_http = Some(self.plain_http.clone());
        }
        if !self.credentials.is_empty() {
            options.credentials.clone_from(&self.credentials);
        }
    }

    /// Returns a fetcher without a content store.
    pub(super) fn fetcher(&self) -> Result<Fetcher, Failure> {
        self.fetcher_with(EngineOptions::default())
    }

    /// The same, with engines.
    pub(super) fn fetcher_with(&self, engines: EngineOptions) -> Result<Fetcher, Failure> {
        let mut options = FetchOptions {
            engines,
            ..FetchOptions::default()
        };
        self.merge(&mut options.registry);
        Fetcher::new(&options).map_err(Failure::usage)
    }
}

/// A client of registries for one command.
pub(super) struct Shipping {
    pub(super) fetcher: Fetcher,
    runtime: tokio::runtime::Runtime,
}

impl Shipping {
    /// Starts the client. Its log lines are shown from the level `warn`.
    pub(super) fn start(args: &RegistryArgs) -> Result<Self, Failure> {
        telemetry::init_lines(LineOptions {
            plugins: LevelFilter::WARN,
            verbose: false,
            keep: false,
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Ok(Self {
            fetcher: args.fetcher()?,
            runtime: runtime
                .map_err(|error| Failure::Load(format!("cannot start the async runtime: {error}")))?,
        })
    }

    pub(super) fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Reads a source. A signature that is missing or invalid is exit code 1.
    pub(super) fn fetch(&self, source: &Source, policy: &Policy) -> Result<Fetched, Failure> {
        let fetched = self.block_on(source.fetch(&self.fetcher, policy));
        fetched.map_err(|error| {
            let text = shown(&error.to_string(), WORDS);
            match error {
                SourceError::Untrusted { .. } => Failure::Refused(text),
                _ => Failure::Load(text),
            }
        })
    }
}

/// Reads a reference to an artifact, `oci://…`.
pub(super) fn reference(text: &str) -> Result<Reference, Failure> {
    match Source::parse(text, Path::new("")) {
        Ok(Source::Oci(reference)) => Ok(reference),
        Ok(Source::File(_) | Source::Script(..)) | Err(SourceError::Unknown(_)) => Err(Failure::Usage(
            format!("invalid artifact {text:?}; expected oci://REGISTRY/REPOSITORY:TAG"),
        )),
        Err(error) => Err(Failure::usage(error)),
    }
}

/// Reads a source: a path or `oci://…`.
pub(super) fn source(text: &str) -> Result<Source, Failure> {
    Source::parse(text, Path::new("")).map_err(Failure::usage)
}

/// Reads a secret key.
pub(super) fn secret_key(path: &Path) -> Result<SecretKey, Failure> {
    let bytes = read_small(path);
    let bytes =
        bytes.map_err(|error| Failure::Usage(format!("cannot read the key {}: {error}", path.display())))?;
    SecretKey::parse(&bytes).map_err(|error| Failure::Usage(format!("the key {} is {error}", path.display())))
}

/// The failure of a request that a registry refused, or that did not reach it.
pub(super) fn refused(what: &str, error: &RegistryError) -> Failure {
    Failure::Refused(shown(&format!("{what}: {error}"), WORDS))
}

/// The failure of a signature that cannot be made.
pub(super) fn unsigned(error: &KeyError) -> Failure {
    Failure::Refused(format!("cannot sign: {error}"))
}
