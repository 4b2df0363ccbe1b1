//! The state of an instance, read through functions that were added to its component.

use wasmtime::component::{self, ComponentNamedList, Lift, WasmList};
use wasmtime::error::Context;
use wasmtime::{Error, Result, Store};
use wasmtime_wizer::ComponentInstanceState;

/// An instance whose state can be read.
pub(crate) struct Instance {
    store: Store<()>,
    instance: component::Instance,
    /// The first failure. The interface has no place for it.
    failure: Option<Error>,
}

impl Instance {
    pub(crate) fn new(store: Store<()>, instance: component::Instance) -> Self {
        Self {
            store,
            instance,
            failure: None,
        }
    }

    /// Returns the first failure of all reads.
    pub(crate) fn finish(self) -> Result<()> {
        self.failure.map_or(Ok(()), Err)
    }

    async fn read<R>(&mut self, interface: &str, function: &str) -> Result<R>
    where
        (R,): ComponentNamedList + Lift + 'static,
    {
        let interface = self
            .instance
            .get_export_index(&mut self.store, None, interface)
            .with_context(|| format!("the instance has no {interface}"))?;
        let index = self
            .instance
            .get_export_index(&mut self.store, Some(&interface), function)
            .with_context(|| format!("the instance has no {function}"))?;
        let function = self
            .instance
            .get_typed_func::<(), (R,)>(&mut self.store, &index)?;
        let (value,) = function.call_async(&mut self.store, ()).await?;
        Ok(value)
    }

    async fn number<R: Default>(&mut self, interface: &str, function: &str) -> R
    where
        (R,): ComponentNamedList + Lift + 'static,
    {
        match self.read(interface, function).await {
            Ok(value) => value,
            Err(failure) => {
                self.failure.get_or_insert(failure);
                R::default()
            }
        }
    }
}

impl ComponentInstanceState for Instance {
    async fn call_func_ret_list_u8(
        &mut self,
        instance: &str,
        func: &str,
        contents: impl FnOnce(&[u8]) + Send,
    ) {
        match self.read::<WasmList<u8>>(instance, func).await {
            Ok(bytes) => contents(bytes.as_le_slice(&self.store)),
            Err(failure) => {
                self.failure.get_or_insert(failure);
                contents(&[]);
            }
        }
    }

    async fn call_func_ret_s32(&mut self, instance: &str, func: &str) -> i32 {
        self.number(instance, func).await
    }

    async fn call_func_ret_s64(&mut self, instance: &str, func: &str) -> i64 {
        self.number(instance, func).await
    }

    async fn call_func_ret_f32(&mut self, instance: &str, func: &str) -> u32 {
        self.number::<f32>(instance, func).await.to_bits()
    }

    async fn call_func_ret_f64(&mut self, instance: &str, func: &str) -> u64 {
        self.number::<f64>(instance, func).await.to_bits()
    }
}
