//! How much room all request bodies together may take.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The room for bodies.
#[derive(Debug)]
pub(super) struct Budget {
    most: usize,
    used: AtomicUsize,
}

impl Budget {
    /// So many bytes.
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            used: AtomicUsize::new(0),
        })
    }

    /// Room for a body of which nothing is known yet.
    pub(super) fn empty(self: &Arc<Self>) -> Held {
        Held {
            budget: self.clone(),
            bytes: 0,
        }
    }

    /// Bytes that are in use.
    pub(super) fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }
}

/// Room that a body has, given back when dropped.
#[derive(Debug)]
pub(super) struct Held {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Held {
    /// Makes it so large; `false` where there is no room. It never shrinks.
    pub(super) fn reach(&mut self, bytes: usize) -> bool {
        let Some(more) = bytes.checked_sub(self.bytes).filter(|more| *more > 0) else {
            return true;
        };
        let Budget { used, most } = &*self.budget;
        let taken = used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
            used.checked_add(more).filter(|used| used <= most)
        });
        if taken.is_ok() {
            self.bytes = bytes;
        }
        taken.is_ok()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.budget.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_taken_once_grows_and_comes_back() {
        let budget = Budget::new(100);
        let mut first = budget.empty();
        assert!(first.reach(60) && first.reach(50));
        let mut second = budget.empty();
        assert!(second.reach(40));
        assert!(!second.reach(41), "there is no room for one more");
        assert_eq!(budget.used(), 100);
        drop(first);
        assert!(second.reach(100));
        assert!(!second.reach(usize::MAX));
        drop(second);
        assert_eq!(budget.used(), 0);
    }
}
