//! What a server has before it listens: the sandbox, and the plugins in it.

use std::time::Instant;

use tokio::runtime::Handle;
use tokio::task::block_in_place;

use super::Failure;
use crate::catalogue::{Catalogue, PluginSpec, load_all};
use crate::config::Config;
use crate::sandbox::{Allocation, Cache, Children, Compiler, Limits, Sandbox, SandboxOptions};
use crate::text::Escaped;

/// The sandbox that a configuration asks for.
pub(super) fn sandbox(config: &Config) -> Result<Sandbox, Failure> {
    let most = |of: fn(&PluginSpec) -> usize| config.plugins.iter().map(of).max().unwrap_or(0);
    let options = SandboxOptions {
        concurrency: config.concurrency,
        // At least the default: a plugin that starts with more than its limit is then told so.
        memory: most(|spec| spec.limits.memory).max(Limits::default().memory),
        table_elements: most(|spec| spec.limits.table_elements),
    };
    let children = Children {
        cache: cache(config),
        bounds: config.compile.bounds,
    };
    let sandbox = Sandbox::new(options)
        .map_err(Failure::Usage)?
        .compiling(Compiler::Children(children));
    match sandbox.allocation() {
        Allocation::PoolScanned => {}
        Allocation::Pool => tracing::info!(
            "this kernel cannot scan for touched pages (Linux 6.7 can): calls are a little slower"
        ),
        Allocation::OnDemand { why } => {
            tracing::warn!(why, "no address space for a pool of instances: calls are slower");
        }
    }
    Ok(sandbox)
}

/// The cache of compiled code. A folder that cannot be trusted costs time, and no more.
fn cache(config: &Config) -> Option<Cache> {
    let path = config.compile.cache.as_ref()?;
    match Cache::open(path) {
        Ok(cache) => Some(cache),
        Err(refused) => {
            let text = format!("{}: {refused}", path.display());
            let text = Escaped(&text);
            tracing::warn!("code cache: {text}; plugins are compiled anew at each start");
            None
        }
    }
}

/// Loads the plugins. One that cannot be loaded does not keep the others from their work; where
/// none can, there is nothing to serve.
pub(super) fn catalogue(sandbox: &Sandbox, config: &Config) -> Result<Catalogue, Failure> {
    let start = Instant::now();
    let outcomes = block_in_place(|| load_all(sandbox, &config.plugins, &Handle::current()));
    let mut catalogue = Catalogue::default();
    let mut failures = Vec::new();
    for (spec, outcome) in config.plugins.iter().zip(outcomes) {
        match &outcome {
            Ok(plugin) => tracing::info!(
                plugin = spec.name,
                digest = plugin.digest,
                size = plugin.size,
                code = plugin.program.origin().as_str(),
                "loaded"
            ),
            Err(error) => {
                tracing::error!(plugin = spec.name, "not loaded: {}", Escaped(&error.to_string()));
                failures.push(format!("plugin {}: {error}", spec.name));
            }
        }
        catalogue.insert(&spec.name, outcome);
    }
    if failures.len() == config.plugins.len() {
        return Err(Failure::Load(failures.join("; ")));
    }
    let milliseconds = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    let of = config.plugins.len();
    let loaded = of - failures.len();
    tracing::info!(loaded, of, milliseconds, "loading is done");
    Ok(catalogue)
}
