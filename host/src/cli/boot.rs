//! Creates the parts of a server: the sandbox and its plugins.

use std::thread;
use std::time::Instant;

use metawasm_formats::text::Escaped;

use super::Failure;
use crate::catalogue::PluginSpec;
use crate::config::Config;
use crate::rollout::Rollout;
use crate::sandbox::{Allocation, Cache, ChildProcesses, Compiler, Limits, Sandbox, SandboxOptions};

/// Maximum length in bytes of the reason why a plugin was not loaded.
pub(super) const WORDS: usize = 2000;

/// Shadows that a host has room for at least: some may be configured later.
const SHADOWS: usize = 4;

/// Creates the sandbox for a configuration.
pub(super) fn sandbox(config: &Config) -> Result<Sandbox, Failure> {
    let most = |of: fn(&PluginSpec) -> usize| config.plugins.iter().map(of).max().unwrap_or(0);
    // Besides calls that somebody waits for: self-tests and descriptions of plugins that are being loaded, one for each
    // core, and shadows.
    let shadows = config.plugins.iter().filter(|spec| spec.shadow.is_some()).count();
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let aside = u32::try_from(cores + shadows.max(SHADOWS)).unwrap_or(u32::MAX);
    let options = SandboxOptions {
        concurrency: config.concurrency.saturating_add(aside),
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

/// Loads the plugins and logs how many were. Blocks the current thread.
///
/// A plugin that fails to load does not affect the others.
///
/// # Errors
///
/// [`Failure::Load`] if no plugin can be loaded.
pub(super) fn load(rollout: &mut Rollout, specs: &[PluginSpec]) -> Result<(), Failure> {
    let start = Instant::now();
    let reports = rollout.apply(specs);
    let mut failures = Vec::new();
    for report in reports.iter().filter(|report| !report.shadow) {
        if let Some(reason) = &report.reason {
            failures.push(format!("plugin {}: {reason}", report.name));
        }
    }
    if failures.len() == specs.len() {
        return Err(Failure::Load(failures.join("; ")));
    }
    let milliseconds = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    let of = specs.len();
    let loaded = of - failures.len();
    tracing::info!(loaded, of, milliseconds, "finished loading plugins");
    Ok(())
}
