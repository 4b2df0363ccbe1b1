//! Creates the parts of a server: the sandbox and its plugins.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use std::{io, thread};

use metawasm_formats::text::{Escaped, shown};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::Failure;
use crate::catalogue::{Fetcher, PluginSpec, load_all};
use crate::config::Config;
use crate::pipeline::Pipeline;
use crate::sandbox::{Allocation, Cache, ChildProcesses, Compiler, Limits, Sandbox, SandboxOptions};

/// Maximum length in bytes of the reason why a plugin was not loaded.
pub(super) const WORDS: usize = 2000;

/// Creates the sandbox for a configuration.
pub(super) fn sandbox(config: &Config) -> Result<Sandbox, Failure> {
    let most = |of: fn(&PluginSpec) -> usize| config.plugins.iter().map(of).max().unwrap_or(0);
    let options = SandboxOptions {
        concurrency: config.concurrency,
        // At least the default, so that a plugin that starts above its own limit gets a clear error.
        memory: most(|spec| spec.limits.memory).max(Limits::default().memory),
        table_elements: most(|spec| spec.limits.table_elements),
    };
    let children = ChildProcesses {
        cache: cache(config),
        bounds: config.compile.bounds,
        retry: config.compile.retry_failed,
    };
    let sandbox = Sandbox::new(options)
        .map_err(Failure::usage)?
        .compiling(Compiler::ChildProcesses(children));
    match sandbox.allocation() {
        Allocation::PoolScanned => {}
        Allocation::Pool => tracing::info!(
            "this kernel cannot scan for dirty pages (requires Linux 6.7); calls are slightly slower"
        ),
        Allocation::OnDemand { why } => {
            tracing::warn!(
                why,
                "cannot reserve address space for the instance pool; calls are slower"
            );
        }
    }
    Ok(sandbox)
}

/// Opens the code cache. An unsafe directory is not an error: plugins are then compiled at each start.
fn cache(config: &Config) -> Option<Cache> {
    let path = config.compile.cache.as_ref()?;
    match Cache::open(path) {
        Ok(cache) => Some(cache),
        Err(refused) => {
            let text = format!("{}: {refused}", path.display());
            let text = Escaped(&text);
            tracing::warn!("code cache: {text}; plugins are compiled at each start");
            None
        }
    }
}

/// Loads the plugins into the catalogue of a pipeline and logs each result. Blocks the current thread.
///
/// A plugin that fails to load does not affect the others.
///
/// # Errors
///
/// [`Failure::Load`] if no plugin can be loaded.
pub(super) fn load(
    pipeline: &Pipeline,
    fetcher: &Fetcher,
    specs: &[PluginSpec],
    executor: &Handle,
) -> Result<(), Failure> {
    let start = Instant::now();
    let failures = Mutex::new(Vec::new());
    load_all(pipeline.sandbox(), fetcher, specs, executor, &|spec, outcome| {
        match &outcome {
            Ok(plugin) => tracing::info!(
                plugin = spec.name,
                digest = plugin.digest,
                manifest = plugin.provenance.manifest.map(tracing::field::display),
                key = plugin
                    .provenance
                    .key
                    .as_ref()
                    .map(|key| tracing::field::display(key.display())),
                size = plugin.size,
                code = plugin.program.origin().as_str(),
                "loaded"
            ),
            Err(error) => {
                let error = shown(&error.to_string(), WORDS);
                tracing::error!(plugin = spec.name, "failed to load: {error}");
                let mut failures = failures.lock().unwrap_or_else(PoisonError::into_inner);
                failures.push(format!("plugin {}: {error}", spec.name));
            }
        }
        pipeline.catalogue().settle(&spec.name, outcome);
    });
    let mut failures = failures.into_inner().unwrap_or_else(PoisonError::into_inner);
    if failures.len() == specs.len() {
        failures.sort();
        return Err(Failure::Load(failures.join("; ")));
    }
    let milliseconds = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    let of = specs.len();
    let loaded = of - failures.len();
    tracing::info!(loaded, of, milliseconds, "finished loading plugins");
    Ok(())
}

/// Calls [`load`] on a separate thread and returns a receiver of its result.
///
/// # Errors
///
/// If the thread cannot be started.
pub(super) fn load_beside(
    pipeline: Arc<Pipeline>,
    fetcher: Fetcher,
    specs: Vec<PluginSpec>,
) -> io::Result<oneshot::Receiver<Result<(), Failure>>> {
    let (sender, receiver) = oneshot::channel();
    let executor = Handle::current();
    thread::Builder::new().name("load".to_owned()).spawn(move || {
        // Without a receiver, the server has ended.
        sender.send(load(&pipeline, &fetcher, &specs, &executor)).ok();
    })?;
    Ok(receiver)
}
