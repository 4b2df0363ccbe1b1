//! `memcmp` and `bcmp`, eight bytes at a time, for targets whose own compare one byte in each turn.
//!
//! On WebAssembly each turn also checks whether the guest has run for too long. musl, with which the host of the image is
//! linked, spent 30 % of the time of a repeated request in its own.
//!
//! `use metawasm_memcmp as _;` links them. On other targets they are not exported.

#![allow(unsafe_code, reason = "symbols that the compiler calls")]
#![cfg_attr(
    not(any(target_arch = "wasm32", target_env = "musl")),
    allow(dead_code, reason = "tests alone")
)]

const WORD: usize = size_of::<u64>();
const HALF: usize = size_of::<u32>();

/// See C's `memcmp`.
///
/// # Safety
/// Both blocks have `length` bytes.
#[cfg_attr(any(target_arch = "wasm32", target_env = "musl"), unsafe(no_mangle))]
unsafe extern "C" fn memcmp(left: *const u8, right: *const u8, length: usize) -> i32 {
    let order = |at: usize| {
        // SAFETY: `at` is below `length`.
        let (left, right) = unsafe { (left.add(at).read(), right.add(at).read()) };
        i32::from(left) - i32::from(right)
    };
    let differing = |at: usize| {
        // SAFETY: so many bytes from `at` on are below `length`.
        let (left, right) = unsafe {
            let (left, right) = (left.add(at).cast::<u64>(), right.add(at).cast::<u64>());
            (left.read_unaligned(), right.read_unaligned())
        };
        match left ^ right {
            0 => None,
            // The lowest byte is the first.
            differs => Some(at + (u64::from_le(differs).trailing_zeros() / u8::BITS) as usize),
        }
    };
    if length < WORD {
        if length < HALF {
            return (0..length).map(order).find(|order| *order != 0).unwrap_or(0);
        }
        let differing = |at: usize| {
            // SAFETY: so many bytes from `at` on are below `length`.
            let (left, right) = unsafe {
                let (left, right) = (left.add(at).cast::<u32>(), right.add(at).cast::<u32>());
                (left.read_unaligned(), right.read_unaligned())
            };
            match left ^ right {
                0 => None,
                differs => Some(at + (u32::from_le(differs).trailing_zeros() / u8::BITS) as usize),
            }
        };
        return differing(0).or_else(|| differing(length - HALF)).map_or(0, order);
    }
    let last = length - WORD;
    let mut at = 0;
    while at < last {
        if let Some(at) = differing(at) {
            return order(at);
        }
        at += WORD;
    }
    // Some bytes are looked at twice: that is one step in place of up to seven.
    differing(last).map_or(0, order)
}

/// See BSD's `bcmp`: 0 if the blocks are equal.
///
/// # Safety
/// Both blocks have `length` bytes.
#[cfg_attr(any(target_arch = "wasm32", target_env = "musl"), unsafe(no_mangle))]
unsafe extern "C" fn bcmp(left: *const u8, right: *const u8, length: usize) -> i32 {
    // SAFETY: the caller's promise is passed on.
    unsafe { memcmp(left, right, length) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cmp::Ordering;

    fn compare(left: &[u8], right: &[u8]) -> i32 {
        assert_eq!(left.len(), right.len());
        // SAFETY: both have that length.
        unsafe { memcmp(left.as_ptr(), right.as_ptr(), left.len()) }
    }

    #[test]
    fn blocks_of_each_length_differ_at_each_place() {
        for length in 0..70 {
            for start in 0..8 {
                let left: Vec<u8> = (0..start + length).map(|byte| byte as u8).collect();
                assert_eq!(compare(&left[start..], &left[start..]), 0);
                for place in start..start + length {
                    for (byte, expected) in [
                        (0xff, Ordering::Less),
                        (left[place].wrapping_sub(1), Ordering::Greater),
                    ] {
                        let mut right = left.clone();
                        right[place] = byte;
                        // What follows must not count.
                        for (number, later) in right[place + 1..].iter_mut().enumerate() {
                            *later = (number * 37) as u8;
                        }
                        let expected = if left[place] == 0 {
                            Ordering::Less
                        } else {
                            expected
                        };
                        let (left, right) = (&left[start..], &right[start..]);
                        assert_eq!(compare(left, right).cmp(&0), expected, "{length} {start} {place}");
                        assert_eq!(compare(right, left).cmp(&0), expected.reverse());
                        // SAFETY: both have that length.
                        assert_ne!(unsafe { bcmp(left.as_ptr(), right.as_ptr(), left.len()) }, 0);
                    }
                }
            }
        }
    }
}
