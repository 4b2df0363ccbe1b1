//! `metawasm push`: uploads a plugin to a registry.

use metawasm_formats::text::shown;
use metawasm_registry::{
    Annotations, Descriptor, Manifest, Reference, RegistryError, media_type, wasm_config,
};

use super::boot::WORDS;
use super::cache::{self, CacheArgs};
use super::registry::{RegistryArgs, Shipping, reference, refused, source};
use super::{Failure, Output};
use crate::catalogue::{Description, Policy, is_script};
use crate::sandbox::{ChildProcesses, Compiler, Limits, Program, Sandbox, SandboxOptions};

/// Upload a plugin to an OCI registry, and print the digest of its manifest
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The same plugin always gets the same digest. Credentials are those of docker: see `metawasm login`.

Examples:
  metawasm push function.wasm oci://ghcr.io/acme/function:1.0
  metawasm push function.wasm oci://localhost:5000/function:1.0

Exit codes:
  0  success
  1  the registry refused, or cannot be reached
  2  invalid usage or input
  3  the plugin cannot be loaded
  4  a bug in metawasm")]
pub(super) struct Args {
    /// Plugin: the path of a component, or oci://REGISTRY/REPOSITORY:TAG to copy it
    #[arg(value_name = "PLUGIN")]
    plugin: String,
    /// Destination, as oci://REGISTRY/REPOSITORY:TAG
    #[arg(value_name = "DESTINATION")]
    to: String,
    #[command(flatten)]
    registry: RegistryArgs,
}

pub(super) fn run(args: &Args) -> Result<Output, Failure> {
    let to = reference(&args.to)?;
    let (Some(tag), None) = (to.tag(), to.digest()) else {
        return Err(Failure::Usage(format!(
            "{to} has no tag, or a digest; expected oci://REGISTRY/REPOSITORY:TAG"
        )));
    };
    let from = source(&args.plugin)?;
    let shipping = Shipping::start(&args.registry)?;
    let bytes = shipping.fetch(&from, &Policy::default())?.bytes;
    if is_script(&bytes) {
        return Err(Failure::Usage(format!(
            "{from} is a script; only components can be pushed; mount a script from a ConfigMap, or add it to an image"
        )));
    }
    let program = shipping.block_on(compile(&bytes)).map_err(|why| {
        let why = shown(&why, WORDS);
        Failure::Load(format!("{from} is not a plugin: {why}"))
    })?;
    let description = Description::parse(program.description()).map_err(|error| {
        let error = shown(&error.to_string(), WORDS);
        Failure::Load(format!(
            "{from} is not a plugin: `describe` returned invalid JSON: {error}"
        ))
    })?;
    let size = bytes.len();
    let pushed = push(&shipping, &to, tag, bytes, &program, &description);
    let digest = shipping.block_on(pushed);
    let digest = digest.map_err(|error| refused(&format!("cannot push {to}"), &error))?;
    let (name, version) = (&description.name, &description.version);
    Ok(Output {
        data: format!("{digest}\n").into_bytes(),
        words: vec![format!("pushed {name} {version}, {size} bytes, to {to}")],
        ..Output::default()
    })
}

/// Compiles a plugin to see that it is one, and what it says of itself. Its settings do not matter here.
async fn compile(bytes: &[u8]) -> Result<Program, String> {
    let limits = Limits::default();
    let options = SandboxOptions {
        concurrency: 1,
        memory: limits.memory,
        table_elements: limits.table_elements,
    };
    let sandbox = Sandbox::new(options).map_err(|error| error.to_string())?;
    let sandbox = sandbox.compiling(Compiler::ChildProcesses(ChildProcesses {
        cache: cache::open(&CacheArgs::default()),
        ..ChildProcesses::default()
    }));
    sandbox
        .load(bytes, limits)
        .await
        .map_err(|error| error.to_string())
}

async fn push(
    shipping: &Shipping,
    to: &Reference,
    tag: &str,
    bytes: Vec<u8>,
    program: &Program,
    description: &Description,
) -> Result<metawasm_registry::Digest, RegistryError> {
    let layer = Descriptor::of(media_type::WASM, &bytes);
    let exports: Vec<&str> = program.hooks().collect();
    let imports: Vec<&str> = program.imports().iter().map(String::as_str).collect();
    let config = wasm_config(&layer.digest, &exports, &imports);
    let annotations = Annotations::from([
        (
            "org.opencontainers.image.title".to_owned(),
            description.name.clone(),
        ),
        (
            "org.opencontainers.image.version".to_owned(),
            description.version.clone(),
        ),
    ]);
    let described = Descriptor::of(media_type::WASM_CONFIG, &config);
    let manifest = Manifest::plugin(described, layer.clone(), annotations);
    let mut session = shipping.fetcher.client().push(to).await?;
    session.put_blob(&layer, bytes).await?;
    session.put_blob(&manifest.config, config).await?;
    let manifest = serde_json::to_vec(&manifest).unwrap_or_default();
    session.put_manifest(tag, manifest).await
}
