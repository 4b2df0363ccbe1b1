//! Code that several programs share: equal components are compiled, mapped and linked once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use blake3::Hash;

use super::code::Code;
use super::error::LoadError;

/// The code of all programs of a sandbox, by the hash of their components. Code without a program is dropped.
#[derive(Default)]
pub(super) struct SharedCode {
    slots: Mutex<HashMap<Hash, Slot>>,
}

/// Locked while the component is compiled, so that others with the same one wait for it.
type Slot = Arc<Mutex<Weak<Code>>>;

impl SharedCode {
    /// Returns the code of a component and whether it was there before. `make` compiles it, if no program has it.
    pub(super) fn get(
        &self,
        component: Hash,
        make: impl FnOnce() -> Result<Code, LoadError>,
    ) -> Result<(Arc<Code>, bool), LoadError> {
        let slot = self.slot(component);
        let mut slot = lock(&slot);
        if let Some(code) = slot.upgrade() {
            return Ok((code, true));
        }
        let code = Arc::new(make()?);
        *slot = Arc::downgrade(&code);
        Ok((code, false))
    }

    fn slot(&self, component: Hash) -> Slot {
        let mut slots = lock(&self.slots);
        // One that cannot be locked is in use.
        let used = |slot: &Slot| {
            Arc::strong_count(slot) > 1 || slot.try_lock().map_or(true, |code| code.strong_count() > 0)
        };
        slots.retain(|_, slot| used(slot));
        slots.entry(component).or_default().clone()
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        lock(&self.slots).len()
    }
}

/// A panic of the compiler leaves an empty slot, which is whole.
fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use metawasm_tests::guest::Guest;

    use crate::sandbox::{Limits, Origin, Program, Sandbox, SandboxOptions};

    #[tokio::test]
    async fn equal_components_share_their_code_as_long_as_a_program_has_it() {
        let options = SandboxOptions {
            concurrency: 1,
            memory: 64 << 20,
            table_elements: 100_000,
        };
        let sandbox = Sandbox::new(options).unwrap();
        let [one, other] = ["{}", "[]"].map(|answer| Guest::answering(answer).component());
        let load = async |bytes: &[u8]| sandbox.load(bytes, Limits::default()).await.unwrap();
        let first = load(&one).await;
        let second = load(&one).await;
        let third = load(&other).await;
        let origins = [&first, &second, &third].map(Program::origin);
        assert_eq!(origins, [Origin::Compiled, Origin::Shared, Origin::Compiled]);
        assert_eq!(first.description(), second.description());
        assert_eq!(sandbox.shared().len(), 2);
        drop((first, second));
        let again = load(&one).await;
        assert_eq!(again.origin(), Origin::Compiled);
        drop((again, third));
        load(&other).await;
        assert_eq!(sandbox.shared().len(), 1, "only what was asked for last");
    }
}
