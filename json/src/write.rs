//! JSON, written into a text.

use std::borrow::Cow;

use super::append::append;
use super::block::first_special;

/// What can be written as JSON.
pub trait Write {
    /// Appends the value.
    fn write(&self, to: &mut String);
}

/// An object that is being written, member by member.
#[derive(Debug)]
pub struct Members<'t> {
    to: &'t mut String,
    is_empty: bool,
}

impl<'t> Members<'t> {
    /// Opens an object.
    #[inline]
    pub fn new(to: &'t mut String) -> Self {
        to.push('{');
        Self { to, is_empty: true }
    }

    /// Appends a key, and returns the text for its value.
    pub fn key(&mut self, key: &str) -> &mut String {
        if !self.is_empty {
            self.to.push(',');
        }
        self.is_empty = false;
        key.write(self.to);
        self.to.push(':');
        self.to
    }

    /// Appends a member.
    pub fn member(&mut self, key: &str, value: &impl Write) {
        value.write(self.key(key));
    }

    /// Closes the object.
    #[inline]
    pub fn end(self) {
        self.to.push('}');
    }
}

impl Write for str {
    #[inline(never)]
    fn write(&self, to: &mut String) {
        to.reserve(self.len() + 2);
        to.push('"');
        let mut rest = self;
        while let Some(at) = first_special(rest.as_bytes()) {
            rest = escape(rest, at, to);
        }
        append(to, rest);
        to.push('"');
    }
}

impl Write for bool {
    fn write(&self, to: &mut String) {
        to.push_str(if *self { "true" } else { "false" });
    }
}

impl Write for i64 {
    #[inline(never)]
    fn write(&self, to: &mut String) {
        /// Digits of an `i64` at most.
        const DIGITS: usize = 19;
        let mut digits = [b'0'; DIGITS];
        let mut rest = self.unsigned_abs();
        let mut used = 0;
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
            used += 1;
            if rest == 0 {
                break;
            }
        }
        if *self < 0 {
            to.push('-');
        }
        let digits = digits.get(DIGITS - used..).unwrap_or_default();
        to.push_str(str::from_utf8(digits).unwrap_or_default());
    }
}

impl<T: Write> Write for [T] {
    fn write(&self, to: &mut String) {
        to.push('[');
        for (index, value) in self.iter().enumerate() {
            if index != 0 {
                to.push(',');
            }
            value.write(to);
        }
        to.push(']');
    }
}

impl<T: Write> Write for Vec<T> {
    fn write(&self, to: &mut String) {
        self.as_slice().write(to);
    }
}

impl Write for String {
    fn write(&self, to: &mut String) {
        self.as_str().write(to);
    }
}

impl Write for Cow<'_, str> {
    fn write(&self, to: &mut String) {
        (**self).write(to);
    }
}

impl<T: Write + ?Sized> Write for &T {
    fn write(&self, to: &mut String) {
        (**self).write(to);
    }
}

impl<T: Write> Write for Option<T> {
    fn write(&self, to: &mut String) {
        match self {
            Some(value) => value.write(to),
            None => to.push_str("null"),
        }
    }
}

/// Writes a text up to a byte that needs an escape, and that byte. Returns what is behind it.
#[inline(never)]
fn escape<'t>(text: &'t str, at: usize, to: &mut String) -> &'t str {
    let (plain, special) = text.split_at(at);
    append(to, plain);
    let byte = special.as_bytes().first().copied().unwrap_or_default();
    match byte {
        b'"' => to.push_str("\\\""),
        b'\\' => to.push_str("\\\\"),
        0x8 => to.push_str("\\b"),
        b'\t' => to.push_str("\\t"),
        b'\n' => to.push_str("\\n"),
        0xc => to.push_str("\\f"),
        b'\r' => to.push_str("\\r"),
        _ => {
            to.push_str("\\u00");
            for half in [byte >> 4, byte & 0xf] {
                to.push(char::from_digit(u32::from(half), 16).unwrap_or('0'));
            }
        }
    }
    special.get(1..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(value: &(impl Write + ?Sized)) -> String {
        let mut text = String::new();
        value.write(&mut text);
        text
    }

    proptest! {
        #[test]
        fn texts_are_written_as_serde_json_writes_them(any: String, dense in "[\"\\\\\u{0}-\u{30}é😀a\u{7f}\u{80}]{0,40}") {
            for value in [any, dense] {
                prop_assert_eq!(text(value.as_str()), serde_json::to_string(&value).unwrap());
            }
        }

        #[test]
        fn whole_numbers_are_written_as_they_are(any: i64, small in -1000_i64..1000) {
            for number in [any, small, 0, i64::MIN, i64::MAX] {
                prop_assert_eq!(text(&number), number.to_string());
            }
        }
    }

    #[test]
    fn objects_and_lists_have_their_commas() {
        let mut text = String::new();
        let mut members = Members::new(&mut text);
        members.member("a", &5_i64);
        members.member("b\n", &vec![Some(true), None]);
        Members::new(members.key("c")).end();
        members.end();
        assert_eq!(text, r#"{"a":5,"b\n":[true,null],"c":{}}"#);
        assert_eq!(self::text(&[false; 0][..]), "[]");
    }
}
