//! What a server is made of: the sandbox, and the plugins in it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use std::{io, thread};

use metawasm_formats::text::{Escaped, shown};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::Failure;
use crate::catalogue::{PluginSpec, load_all};
use crate::config::Config;
use crate::pipeline::Pipeline;
use crate::sandbox::{Allocation, Cache, ChildProcesses, Compiler, Limits, Sandbox, SandboxOptions};

/// Bytes of what is said of a plugin that was not loaded.
pub(super) const WORDS: usize = 2000;

/// The sandbox that a configuration asks for.
pub(super) fn sandbox(config: &Config) -> Result<Sandbox, Failure> {
    let most = |of: fn(&PluginSpec) -> usize| config.plugins.iter().map(of).max().unwrap_or(0);
    let options = SandboxOptions {
        concurrency: config.concurrency,
        // At least the default: a plugin that starts with more than its limit is then told so.
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

/// Loads the plugins into the catalogue of a pipeline, and says in the log what came of each. It takes this thread.
///
/// A plugin that cannot be loaded does not keep the others from their work.
///
/// # Errors
///
/// None could be loaded: there is nothing to serve.
pub(super) fn load(pipeline: &Pipeline, specs: &[PluginSpec], executor: &Handle) -> Result<(), Failure> {
    let start = Instant::now();
    let failures = Mutex::new(Vec::new());
    load_all(pipeline.sandbox(), specs, executor, &|spec, outcome| {
        match &outcome {
            Ok(plugin) => tracing::info!(
                plugin = spec.name,
                digest = plugin.digest,
                size = plugin.size,
                code = plugin.program.origin().as_str(),
                "loaded"
            ),
            Err(error) => {
                let error = shown(&error.to_string(), WORDS);
                tracing::error!(plugin = spec.name, "not loaded: {error}");
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
    tracing::info!(loaded, of, milliseconds, "loading is done");
    Ok(())
}

/// The same on a thread of its own, beside the server. What is received is the outcome.
///
/// # Errors
///
/// No thread could be started.
pub(super) fn load_beside(
    pipeline: Arc<Pipeline>,
    specs: Vec<PluginSpec>,
) -> io::Result<oneshot::Receiver<Result<(), Failure>>> {
    let (sender, receiver) = oneshot::channel();
    let executor = Handle::current();
    thread::Builder::new().name("load".to_owned()).spawn(move || {
        // Where nobody receives it, the server has ended.
        sender.send(load(&pipeline, &specs, &executor)).ok();
    })?;
    Ok(receiver)
}
