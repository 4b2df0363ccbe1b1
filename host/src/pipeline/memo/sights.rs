//! Which requests came before, as far as a small table remembers.
//!
//! An answer is kept when its request comes for the second time. Most requests under load are new ones that never come
//! again: to keep their answers costs a tenth of a call, and memory.

use std::sync::atomic::{AtomicU64, Ordering};

/// Sets of hashes: a power of two, 128 KiB in all.
const SETS: usize = 16 << 10;

/// The hashes that came lately, 16 bits of each: four in a set, the latest lowest.
///
/// Two that share these bits and a set are taken for one. Then an answer is kept that need not be, and nothing else:
/// what is kept is compared byte for byte before it is given.
pub(super) struct Sights(Box<[AtomicU64]>);

impl Sights {
    pub(super) fn new() -> Self {
        Self((0..SETS).map(|_| AtomicU64::new(0)).collect())
    }

    /// Remembers a hash. Did it come before?
    pub(super) fn again(&self, hash: u128) -> bool {
        let Some(set) = self.0.get(hash as usize % SETS) else {
            return false;
        };
        // 0 is an empty place.
        let mark = ((hash >> 64) as u64 & 0xffff).max(1);
        // Two threads at once may lose one of their marks: its answer is kept at the third time.
        let marks = set.load(Ordering::Relaxed);
        let is_known = (0..4).any(|place| (marks >> (16 * place)) & 0xffff == mark);
        if !is_known {
            set.store((marks << 16) | mark, Ordering::Relaxed);
        }
        is_known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_known_when_it_comes_again_and_forgotten_after_four_others() {
        let sights = Sights::new();
        let of = |mark: u128, set: u128| (mark << 64) | set;
        for hash in [of(7, 1), of(0, 2), of(7, 2)] {
            assert!(!sights.again(hash));
            assert!(sights.again(hash));
            assert!(sights.again(hash));
        }
        for mark in 100..104 {
            assert!(sights.again(of(7, 1)), "{mark}");
            assert!(!sights.again(of(mark, 1)));
        }
        assert!(!sights.again(of(7, 1)));
    }
}
