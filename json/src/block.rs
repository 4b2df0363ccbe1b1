//! Sixty-four bytes at a time: which of them have a meaning, as bits.

use wide::u8x16;

/// Bytes of a block, one for each bit of a word.
pub(super) const BLOCK: usize = 64;

/// Bytes of a vector.
const LANE: usize = 16;

/// Which bytes of a block are quotes and backslashes. The first byte has the lowest bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quotes {
    pub(super) quotes: u64,
    backslashes: u64,
}

/// Which bytes of a block are brackets, of either kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Brackets {
    pub(super) opens: u64,
    pub(super) closes: u64,
}

/// The bit that makes `[` and `]` equal to `{` and `}`.
const BRACE: u8 = b'{' ^ b'[';

/// A block with nothing behind the end of a text.
pub(super) fn padded(rest: &[u8]) -> [u8; BLOCK] {
    let mut block = [b' '; BLOCK];
    for (to, from) in block.iter_mut().zip(rest) {
        *to = *from;
    }
    block
}

/// Quotes, backslashes and control characters: what is not plain text of a string.
#[inline]
pub(super) fn special(block: &[u8; BLOCK]) -> u64 {
    gather(block, special_of)
}

impl Brackets {
    #[inline]
    pub(super) fn new(block: &[u8; BLOCK]) -> Self {
        Self {
            opens: gather(block, |lane| equal(lane | u8x16::splat(BRACE), b'{')),
            closes: gather(block, |lane| equal(lane | u8x16::splat(BRACE), b'}')),
        }
    }
}

impl Quotes {
    /// Those of some bytes of the block.
    #[inline]
    pub(super) fn new(block: &[u8; BLOCK], bytes: u64) -> Self {
        Self {
            quotes: bytes & gather(block, |lane| equal(lane, b'"')),
            backslashes: bytes & gather(block, |lane| equal(lane, b'\\')),
        }
    }

    /// The ones that begin or end a string. `is_escaped` says whether a backslash before the block is about its first
    /// byte; afterwards, about the next block's.
    #[inline]
    pub(super) fn delimiters(&self, is_escaped: &mut bool) -> u64 {
        if self.backslashes == 0 {
            let first = u64::from(std::mem::take(is_escaped));
            return self.quotes & !first;
        }
        self.quotes & !escaped(self.backslashes, is_escaped)
    }
}

/// The bytes behind a backslash that is not itself behind one.
///
/// Of each run of backslashes every second byte is escaped, and the one behind the run if the run has an odd length. An addition
/// carries through each run, which tells where it ends. The method is simdjson's (Langdale and Lemire, 2019).
#[inline]
fn escaped(backslashes: u64, is_escaped: &mut bool) -> u64 {
    const EVEN: u64 = 0x5555_5555_5555_5555;
    let first = u64::from(*is_escaped);
    let backslashes = backslashes & !first;
    let behind = (backslashes << 1) | first;
    let odd_starts = backslashes & !EVEN & !behind;
    let (sum, overflows) = odd_starts.overflowing_add(backslashes);
    *is_escaped = overflows;
    (EVEN ^ (sum << 1)) & behind
}

/// A bit for each byte that is inside of a string: behind an odd number of delimiters. The first quote counts as inside.
#[inline]
pub(super) fn inside(delimiters: u64) -> u64 {
    let mut bits = delimiters;
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

/// The first byte that is not plain text of a string.
///
/// What is left behind the last whole lane is looked at together with bytes before it: one step in place of many.
#[inline]
pub(super) fn first_special(text: &[u8]) -> Option<usize> {
    let place = |bits: u64, start: usize| (bits != 0).then(|| start + bits.trailing_zeros() as usize);
    let (lanes, _) = text.as_chunks::<LANE>();
    for (number, lane) in lanes.iter().enumerate() {
        let found = place(special_of(u8x16::new(*lane)), number * LANE);
        if found.is_some() {
            return found;
        }
    }
    let length = text.len();
    if let Some(last) = text.last_chunk::<LANE>() {
        return place(special_of(u8x16::new(*last)), length - LANE);
    }
    // The first and the last bytes, side by side; they overlap in a text that is shorter.
    let ends = |lane: u128, size: usize| {
        let found = place(special_of(u8x16::new(lane.to_le_bytes())), 0)?;
        Some(if found < size {
            found
        } else {
            length + found - 2 * size
        })
    };
    if let (Some(first), Some(last)) = (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        let half = |bytes: &[u8; 8]| u128::from(u64::from_le_bytes(*bytes));
        return ends(half(first) | (half(last) << 64), 8);
    }
    if let (Some(first), Some(last)) = (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        let half = |bytes: &[u8; 4]| u128::from(u32::from_le_bytes(*bytes));
        let both = half(first) | (half(last) << 32);
        return ends(both | (both << 64), 4);
    }
    text.iter()
        .position(|&byte| matches!(byte, b'"' | b'\\' | 0..0x20))
}

#[inline(always)]
fn gather(block: &[u8; BLOCK], bits: impl Fn(u8x16) -> u64) -> u64 {
    let (lanes, _) = block.as_chunks::<LANE>();
    lanes
        .iter()
        .rev()
        .fold(0, |word, lane| (word << LANE) | bits(u8x16::new(*lane)))
}

#[inline(always)]
fn special_of(lane: u8x16) -> u64 {
    bits(
        lane.simd_eq(u8x16::splat(b'"'))
            | lane.simd_eq(u8x16::splat(b'\\'))
            | lane.simd_le(u8x16::splat(0x1f)),
    )
}

#[inline(always)]
fn equal(lane: u8x16, byte: u8) -> u64 {
    bits(lane.simd_eq(u8x16::splat(byte)))
}

/// A comparison's result, the first byte's bit the lowest.
#[inline(always)]
fn bits(lane: u8x16) -> u64 {
    u64::from(lane.to_bitmask())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A bit for each byte that is something.
    fn bits(block: &[u8], is: impl Fn(u8) -> bool) -> u64 {
        let block = block.iter().enumerate();
        block.fold(0, |word, (at, &byte)| word | (u64::from(is(byte)) << at))
    }

    fn dense() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop::sample::select(b"\"\\{}[]\x00\x1f\x20\x80\xdb\xfb a".as_slice());
        prop::collection::vec(prop_oneof![4 => byte, 1 => any::<u8>()], BLOCK)
    }

    /// What a reader of one byte after the other finds escaped.
    fn escaped_one_by_one(block: &[u8], is_escaped: &mut bool) -> u64 {
        let block = block.iter().enumerate();
        block.fold(0, |word, (at, &byte)| {
            let was = *is_escaped;
            *is_escaped = !was && byte == b'\\';
            word | (u64::from(was) << at)
        })
    }

    proptest! {
        #[test]
        fn each_byte_is_marked_for_what_it_is(block in dense(), bytes: u64) {
            let block: [u8; BLOCK] = block.try_into().unwrap();
            prop_assert_eq!(special(&block), bits(&block, |byte| matches!(byte, b'"' | b'\\' | 0..0x20)));
            prop_assert_eq!(Quotes::new(&block, bytes), Quotes {
                quotes: bytes & bits(&block, |byte| byte == b'"'),
                backslashes: bytes & bits(&block, |byte| byte == b'\\'),
            });
            prop_assert_eq!(Brackets::new(&block), Brackets {
                opens: bits(&block, |byte| matches!(byte, b'{' | b'[')),
                closes: bits(&block, |byte| matches!(byte, b'}' | b']')),
            });
        }

        #[test]
        fn the_first_is_found_in_texts_of_each_length(block in dense(), text in "[a-z]{0,40}[\"a-z]{0,8}") {
            for bytes in [&block, text.as_bytes()] {
                for start in 0..bytes.len() {
                    let rest = &bytes[start..];
                    let expected = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
                    prop_assert_eq!(first_special(rest), expected);
                }
            }
        }

        #[test]
        fn delimiters_are_the_quotes_without_a_backslash(text in "[\"\\\\a]{192}", mut is_escaped: bool) {
            let mut expected_escaped = is_escaped;
            for block in text.as_bytes().as_chunks::<BLOCK>().0 {
                let marks = Quotes::new(block, u64::MAX);
                let expected = marks.quotes & !escaped_one_by_one(block, &mut expected_escaped);
                prop_assert_eq!(marks.delimiters(&mut is_escaped), expected);
                prop_assert_eq!(is_escaped, expected_escaped);
            }
        }

        #[test]
        fn inside_is_behind_an_odd_number(delimiters: u64) {
            let expected = (0..64).fold(0, |word, at| {
                let odd = (delimiters & (u64::MAX >> (63 - at))).count_ones() % 2;
                word | (u64::from(odd) << at)
            });
            prop_assert_eq!(inside(delimiters), expected);
        }
    }
}
