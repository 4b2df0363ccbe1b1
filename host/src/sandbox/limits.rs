//! How much a call may use.

use std::time::Duration;

use wasmtime::ResourceLimiter;

/// The limits of one call. All of them are always on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Wall-clock time from the start of the call, instantiation included. A call is
    /// stopped at its first turn after it: within a turn (6 ms) where it runs alone, within a tick
    /// for each call of its plugin that is on the slow lane with it.
    pub deadline: Duration,
    /// Bytes of linear memory, all memories of the component together.
    pub memory: usize,
    /// Elements of all tables together (a table element is a pointer).
    pub table_elements: usize,
    /// Bytes of the answer.
    pub answer: usize,
    /// Log lines that are kept of one call; what is beyond is counted and dropped.
    pub log_lines: u32,
    /// Bytes that are kept of one log line.
    pub log_line: usize,
    /// Log lines a second that are kept of all calls of a plugin together, and four times as many at
    /// once; what is beyond is counted and dropped.
    pub log_rate: u32,
}

impl Default for Limits {
    /// 2 s, 64 MiB, 100,000 elements, 8 MiB, 50 lines of 2 KiB a call, 50 lines a second.
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(2),
            memory: 64 << 20,
            table_elements: 100_000,
            answer: 8 << 20,
            log_lines: 50,
            log_line: 2 << 10,
            log_rate: 50,
        }
    }
}

/// A component from `wit-component` has a main module and up to two small ones that tie
/// imports together. One that is linked from many modules has one instance for each: Python, from
/// componentize-py with its standard library, has 38.
const INSTANCES: usize = 64;
/// One is usual.
const MEMORIES: usize = 4;
/// One or two are usual.
const TABLES: usize = 16;

/// The guest asked for more memory than its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the guest asked for {asked} bytes of memory, the limit is {limit}")]
pub(super) struct MemoryExceeded {
    pub(super) asked: usize,
    pub(super) limit: usize,
}

/// The guest asked for more table elements than its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the guest asked for {asked} table elements, the limit is {limit}")]
pub(super) struct TableExceeded {
    pub(super) asked: usize,
    pub(super) limit: usize,
}

/// Memory or a table could not grow although the limits allow it: the module's own maximum,
/// or the slot in the pool.
#[derive(Debug, thiserror::Error)]
#[error("it could not grow its memory")]
pub(super) struct GrowthFailed;

/// What wasmtime's `StoreLimits` does with `trap_on_grow_failure`, but over the sum of all
/// memories instead of each, and with errors that have a type.
#[derive(Debug)]
pub(super) struct Limiter {
    memory: Budget,
    table: Budget,
}

#[derive(Debug)]
struct Budget {
    used: usize,
    limit: usize,
}

impl Budget {
    /// Accounts for growth from `current` to `desired`; the new total when it is too much.
    fn grow(&mut self, current: usize, desired: usize) -> Result<(), usize> {
        let total = self.used.saturating_add(desired.saturating_sub(current));
        if total > self.limit {
            return Err(total);
        }
        self.used = total;
        Ok(())
    }
}

impl Limiter {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            memory: Budget {
                used: 0,
                limit: limits.memory,
            },
            table: Budget {
                used: 0,
                limit: limits.table_elements,
            },
        }
    }
}

impl Limiter {
    /// Bytes of memory that were given out; a guest never gives any back.
    pub(super) fn memory(&self) -> usize {
        self.memory.used
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let limit = self.memory.limit;
        self.memory
            .grow(current, desired)
            .map_err(|asked| MemoryExceeded { asked, limit })?;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        // A guest that gets -1 here would only trap a little later, with less to say.
        Err(error.context(GrowthFailed))
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let limit = self.table.limit;
        self.table
            .grow(current, desired)
            .map_err(|asked| TableExceeded { asked, limit })?;
        Ok(true)
    }

    fn table_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        Err(error.context(GrowthFailed))
    }

    fn instances(&self) -> usize {
        INSTANCES
    }

    fn memories(&self) -> usize {
        MEMORIES
    }

    fn tables(&self) -> usize {
        TABLES
    }
}

/// How much of the pool one call can take at most, for sizing it.
pub(super) struct PerCall {
    pub(super) instances: u32,
    pub(super) memories: u32,
    pub(super) tables: u32,
}

pub(super) const PER_CALL: PerCall = PerCall {
    instances: INSTANCES as u32,
    memories: MEMORIES as u32,
    tables: TABLES as u32,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_limited_over_all_memories_together() {
        let limits = Limits {
            memory: 128 << 10,
            ..Limits::default()
        };
        let mut limiter = Limiter::new(&limits);
        assert!(limiter.memory_growing(0, 64 << 10, None).unwrap());
        assert!(
            limiter.memory_growing(0, 64 << 10, None).unwrap(),
            "a second memory"
        );
        let error = limiter.memory_growing(64 << 10, 128 << 10, None).unwrap_err();
        assert_eq!(
            error.downcast_ref::<MemoryExceeded>(),
            Some(&MemoryExceeded {
                asked: 192 << 10,
                limit: 128 << 10
            })
        );
    }

    #[test]
    fn a_refused_growth_is_not_counted() {
        let limits = Limits {
            table_elements: 10,
            ..Limits::default()
        };
        let mut limiter = Limiter::new(&limits);
        assert!(limiter.table_growing(0, 11, None).is_err());
        assert!(limiter.table_growing(0, 10, None).unwrap());
    }

    #[test]
    fn absurd_sizes_do_not_overflow() {
        let mut limiter = Limiter::new(&Limits::default());
        assert!(limiter.memory_growing(0, 1 << 16, None).unwrap());
        assert!(limiter.memory_growing(0, usize::MAX, None).is_err());
    }
}
