//! Short texts, appended without a call.

#![allow(unsafe_code, reason = "blocks of a fixed size may cut characters")]

use core::ptr;

/// Longer texts are copied by the platform.
const SHORT: usize = 64;

/// Appends a text, as [`String::push_str`] does.
///
/// A short text is copied in blocks of a fixed size that overlap. In WebAssembly, to copy a block of another size is an
/// instruction that calls the host, which takes longer than the copy.
#[inline]
pub(super) fn append(to: &mut String, text: &str) {
    if text.len() > SHORT {
        return to.push_str(text);
    }
    to.reserve(text.len());
    // SAFETY: there is room for the text, and it does not overlap what was just borrowed mutably. What is appended is the whole
    // text, so that `to` stays valid UTF-8.
    unsafe {
        let to = to.as_mut_vec();
        copy(to.as_mut_ptr().add(to.len()), text.as_ptr(), text.len());
        to.set_len(to.len() + text.len());
    }
}

/// Copies at most [`SHORT`] bytes.
///
/// # Safety
/// Both blocks have `length` bytes and do not overlap.
#[inline(always)]
unsafe fn copy(to: *mut u8, from: *const u8, length: usize) {
    /// The first and the last bytes.
    macro_rules! ends {
        ($block:literal) => {{
            let last = length - $block;
            // SAFETY: `length` is at least the block's.
            unsafe {
                ptr::copy_nonoverlapping(from, to, $block);
                ptr::copy_nonoverlapping(from.add(last), to.add(last), $block);
            }
        }};
    }
    match length {
        0 => {}
        1 => ends!(1),
        2..4 => ends!(2),
        4..8 => ends!(4),
        8..16 => ends!(8),
        16..32 => ends!(16),
        _ => ends!(32),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_each_length_are_appended() {
        let text: String = ('a'..='z').chain('ä'..='ÿ').cycle().take(100).collect();
        for before in [0, 1, 40] {
            for length in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
                let mut to = text.chars().take(before).collect::<String>();
                let expected = format!("{to}{}", &text[..length]);
                append(&mut to, &text[..length]);
                assert_eq!(to, expected);
            }
        }
    }
}
