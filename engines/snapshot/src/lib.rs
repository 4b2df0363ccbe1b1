//! Snapshots of engines.
//!
//! An engine prepares its runtime in `init`. [`snapshot`] calls that function once, at the build, and returns a component
//! whose initial memory and globals are those after the call. No call of a hook has to prepare anything.

mod instance;

use wasmtime::component::{Component, ComponentType, Lift, Linker};
use wasmtime::error::Context;
use wasmtime::{Config, Engine, Result, Store, StoreContextMut, bail};
use wasmtime_wizer::Wizer;

use instance::Instance;

/// The export that prepares an engine. It takes and returns nothing.
const INIT: &str = "init";

/// The only import of an engine.
const LOGGING: &str = "metawasm:hook/logging@0.1.0";

/// Bytes that a call may pass to this process: the memory of an engine is read as a list of bytes.
const LARGEST_MEMORY: usize = 1 << 30;

/// The level of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(enum)]
#[repr(u8)]
pub enum Level {
    /// Details for whoever looks for a fault.
    #[component(name = "debug")]
    Debug,
    /// Normal operation.
    #[component(name = "info")]
    Info,
    /// Something that may become a fault.
    #[component(name = "warn")]
    Warn,
    /// A fault.
    #[component(name = "error")]
    Error,
}

impl std::fmt::Display for Level {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str(match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        })
    }
}

/// Calls `init` of a component and returns the component with the state after that call. Equal components have equal
/// snapshots.
///
/// # Errors
///
/// The component is invalid, has no function `init` without parameters and results, has imports other than the log,
/// traps in `init`, or consists of parts that cannot be stored (such as tables that change).
pub fn snapshot(component: &[u8], log: impl Fn(Level, &str) + Send + Sync + 'static) -> Result<Vec<u8>> {
    // Nothing in here waits: what is async in the interfaces belongs to components that do.
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(initialise(component, log))
}

async fn initialise(component: &[u8], log: impl Fn(Level, &str) + Send + Sync + 'static) -> Result<Vec<u8>> {
    let engine = Engine::new(&features())?;
    let original = Component::new(&engine, component).context("the file is not a valid component")?;
    if original.get_export_index(None, INIT).is_none() {
        bail!("the component has no export `{INIT}`; an engine exports `{INIT}: func()`");
    }

    let mut wizer = Wizer::new();
    // The component names the function of its module also when the component itself no longer exports it.
    wizer.init_func(INIT).keep_init_func(true);
    let (context, instrumented) = wizer.instrument_component(component)?;

    let mut linker: Linker<()> = Linker::new(&engine);
    linker.instance(LOGGING)?.func_wrap(
        "log",
        move |_: StoreContextMut<'_, ()>, (level, line): (Level, String)| {
            log(level, &line);
            Ok(())
        },
    )?;
    let mut store = Store::new(&engine, ());
    store.set_hostcall_fuel(LARGEST_MEMORY);
    let instance = linker
        .instantiate_async(&mut store, &Component::new(&engine, &instrumented)?)
        .await
        .context("the component cannot be instantiated")?;
    let init = instance
        .get_typed_func::<(), ()>(&mut store, INIT)
        .with_context(|| format!("the export `{INIT}` is not a function without parameters and results"))?;
    init.call_async(&mut store, ())
        .await
        .with_context(|| format!("`{INIT}` failed"))?;

    let mut instance = Instance::new(store, instance);
    let snapshot = wizer.snapshot_component(&context, &mut instance).await?;
    instance.finish()?;
    Component::new(&engine, &snapshot).context("the snapshot is not a valid component")?;
    Ok(snapshot)
}

/// What the host allows, as far as it decides which bytes end up in the memory.
fn features() -> Config {
    let mut config = Config::new();
    config
        .cranelift_nan_canonicalization(true)
        .wasm_relaxed_simd(false);
    config
}
