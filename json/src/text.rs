//! The text of strings: where one ends, what it says.

use std::borrow::Cow;

/// Bytes that a word of an [`Index`] is about.
pub(super) const WORD: usize = 64;

/// Which bytes of a text are not plain text of a string (a quote, a backslash or a control
/// character): a bit for each, 64 in a word, the first byte's the lowest. What is behind the
/// end is plain.
///
/// Made beforehand, as that is a loop over bytes without a branch, which the compiler
/// vectorises: a string's end is then a shift away. Most strings are shorter than what a
/// search of its own costs each time.
#[derive(Debug)]
pub struct Index(Vec<u64>);

impl Index {
    /// Scans a text.
    pub fn new(text: &str) -> Self {
        let (blocks, rest) = text.as_bytes().as_chunks::<WORD>();
        let mut words = Vec::with_capacity(blocks.len() + 1);
        words.extend(blocks.iter().map(special));
        let mut last = [b' '; WORD];
        for (to, from) in last.iter_mut().zip(rest) {
            *to = *from;
        }
        words.push(special(&last));
        Self(words)
    }

    pub(super) fn words(&self) -> &[u64] {
        &self.0
    }
}

/// Gathers the lowest bits of eight bytes in the highest byte.
const GATHER: u64 = 0x0102_0408_1020_4080;

/// Without vectors: eight bytes at a time.
#[cfg(any(target_arch = "wasm32", test))]
fn special_by_words(block: &[u8; WORD]) -> u64 {
    let (eights, _) = block.as_chunks::<8>();
    eights.iter().rev().fold(0, |word, eight| {
        let flags = specials(u64::from_le_bytes(*eight)) >> 7;
        (word << 8) | (flags.wrapping_mul(GATHER) >> 56)
    })
}

/// The highest bit of each of eight bytes that is not plain text of a string.
pub(super) fn specials(eight: u64) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    const EACH: u64 = 0x0101_0101_0101_0101;
    // No sum below carries into the next byte, because the highest bits are left out of it.
    let differs = |byte: u8| {
        let other = eight ^ (EACH * u64::from(byte));
        ((other & LOW) + LOW) | other
    };
    let is_above = ((eight & LOW) + EACH * (0x80 - 0x20)) | eight;
    !(differs(b'"') & differs(b'\\') & is_above) & !LOW
}

#[cfg(target_arch = "wasm32")]
fn special(block: &[u8; WORD]) -> u64 {
    special_by_words(block)
}

#[cfg(not(target_arch = "wasm32"))]
fn special(block: &[u8; WORD]) -> u64 {
    let mut flags = [0; WORD];
    for (flag, &byte) in flags.iter_mut().zip(block) {
        *flag = u8::from((byte == b'"') | (byte == b'\\') | (byte < 0x20));
    }
    let (eights, _) = flags.as_chunks::<8>();
    eights.iter().rev().fold(0, |word, eight| {
        (word << 8) | (u64::from_le_bytes(*eight).wrapping_mul(GATHER) >> 56)
    })
}

/// What the raw text of a valid string says.
pub fn decode(raw: &str) -> Cow<'_, str> {
    let Some(first) = raw.find('\\') else {
        return Cow::Borrowed(raw);
    };
    let mut plain = String::with_capacity(raw.len());
    plain.push_str(raw.get(..first).unwrap_or_default());
    let mut chars = raw.get(first..).unwrap_or_default().chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            plain.push(c);
            continue;
        }
        let c = match chars.next() {
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => unicode(&mut chars),
            Some(c) => c,
            None => char::REPLACEMENT_CHARACTER,
        };
        plain.push(c);
    }
    Cow::Owned(plain)
}

fn unicode(chars: &mut std::str::Chars<'_>) -> char {
    let unit = four(chars);
    let code = if (0xd800..0xdc00).contains(&unit) {
        chars.nth(1);
        0x10000 + ((unit - 0xd800) << 10) + four(chars).wrapping_sub(0xdc00)
    } else {
        unit
    };
    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn four(chars: &mut std::str::Chars<'_>) -> u32 {
    chars
        .take(4)
        .fold(0, |code, c| (code << 4) | c.to_digit(16).unwrap_or(0))
}

/// A text of somebody else's inside of a sentence: quoted, without control characters, short.
pub fn quote(text: &str) -> String {
    format!("{:?}", shorten(text, 80))
}

/// At most `most` bytes of a text, with an ellipsis where it goes on.
pub fn shorten(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    let cut = text.get(..text.floor_char_boundary(most)).unwrap_or_default();
    Cow::Owned(format!("{cut}…"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn both_scans_find_the_same(block: [u8; WORD], texts in prop::array::uniform32("[\"\\\\\u{0}-\u{30}~\u{7f}]")) {
            prop_assert_eq!(special_by_words(&block), special(&block));
            let mut dense = block;
            for (at, text) in texts.iter().enumerate() {
                dense[2 * at] = text.as_bytes()[0];
            }
            prop_assert_eq!(special_by_words(&dense), special(&dense));
        }

        #[test]
        fn an_index_has_a_bit_for_each_byte(text in "[\"\\\\\u{0}-\u{30}é😀a]{0,150}") {
            let index = Index::new(&text);
            prop_assert_eq!(index.words().len(), text.len() / WORD + 1);
            for (at, byte) in text.bytes().enumerate() {
                let is_special = matches!(byte, b'"' | b'\\' | 0..0x20);
                prop_assert_eq!(index.words()[at / WORD] >> (at % WORD) & 1 == 1, is_special);
            }
        }
    }
}
