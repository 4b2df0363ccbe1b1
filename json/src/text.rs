//! The text of strings: where one ends, what it says.

use std::borrow::Cow;

use super::block::{BLOCK, padded, special};

/// Which bytes of a text are not plain text of a string (a quote, a backslash or a control
/// character): a bit for each, 64 in a word, the first byte's the lowest. What is behind the
/// end is plain.
///
/// Made beforehand, many bytes at a time: a string's end is then a shift away. Most strings are shorter than what a
/// search of its own costs each time.
#[derive(Debug)]
pub struct Index(Vec<u64>);

impl Index {
    /// Scans a text.
    pub fn new(text: &str) -> Self {
        let (blocks, rest) = text.as_bytes().as_chunks::<BLOCK>();
        let mut words = Vec::with_capacity(blocks.len() + 1);
        words.extend(blocks.iter().map(special));
        words.push(special(&padded(rest)));
        Self(words)
    }

    pub(super) fn words(&self) -> &[u64] {
        &self.0
    }
}

/// What the raw text of a valid string says.
#[inline(never)]
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
        fn an_index_has_a_bit_for_each_byte(text in "[\"\\\\\u{0}-\u{30}é😀a]{0,150}") {
            let index = Index::new(&text);
            prop_assert_eq!(index.words().len(), text.len() / BLOCK + 1);
            for (at, byte) in text.bytes().enumerate() {
                let is_special = matches!(byte, b'"' | b'\\' | 0..0x20);
                prop_assert_eq!(index.words()[at / BLOCK] >> (at % BLOCK) & 1 == 1, is_special);
            }
        }
    }
}
