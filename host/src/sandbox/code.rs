//! The code of a component, compiled and linked.

use wasmtime::component::{Component, ComponentExportIndex, InstancePre};

use super::artifact::Key;
use super::compile::Origin;
use super::state::State;

/// The machine code of a component.
pub(super) struct Compiled {
    pub(super) component: Component,
    pub(super) origin: Origin,
    /// By what it is found in the cache, where there may be one.
    pub(super) key: Option<Key>,
}

/// What a component can be called for.
pub(super) enum Face {
    /// A plugin: its hooks, in the order of [`HOOKS`](super::HOOKS).
    Plugin(Vec<(&'static str, ComponentExportIndex)>),
    /// An engine, which runs scripts.
    Engine {
        compile: ComponentExportIndex,
        call: ComponentExportIndex,
    },
}

/// What programs of equal components have in common.
pub(super) struct Code {
    pub(super) pre: InstancePre<State>,
    pub(super) face: Face,
    pub(super) describe: ComponentExportIndex,
    pub(super) imports: Vec<String>,
    pub(super) version: String,
    pub(super) compiled: Compiled,
}
