//! What is wrong with a JSON text, and where.

use std::fmt;

/// A text that is no JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {what}")]
pub struct JsonError {
    /// Bytes before the place.
    pub offset: usize,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// What is wrong there.
    pub what: What,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The text ends inside of a value.
    End,
    /// No value begins with this.
    Value,
    /// No key where one must be.
    Key,
    /// No colon after a key.
    Colon,
    /// Neither a comma nor the object's end after a member.
    InObject,
    /// Neither a comma nor the list's end after an element.
    InList,
    /// A control character in a string.
    Control,
    /// A backslash before something that needs none.
    Escape,
    /// `\u` without four hexadecimal digits.
    Unicode,
    /// Half of a surrogate pair: it stands for no character.
    Surrogate,
    /// A number that JSON does not know.
    Number,
    /// Not `true`, `false` or `null`.
    Word,
    /// Something after the value.
    Trailing,
    /// More than [`super::MAX_DEPTH`] open brackets.
    Depth,
    /// More than 4 GiB.
    Size,
}

/// A [`JsonError`] before anybody asks for line and column.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// Bytes before it.
    pub offset: usize,
    /// What is wrong there.
    pub what: What,
}

impl Fault {
    /// Finds the line and the column.
    pub fn locate(self, text: &str) -> JsonError {
        let (line, column) = position(text, self.offset);
        JsonError {
            offset: self.offset,
            line,
            column,
            what: self.what,
        }
    }
}

/// Line and column of an offset, both from 1.
pub fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..text.floor_char_boundary(offset)).unwrap_or(text);
    let line = before.bytes().filter(|&byte| byte == b'\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
    (line, column)
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::End => "the text ends here, inside of a value",
            Self::Value => "expected a value",
            Self::Key => "expected a key in double quotes",
            Self::Colon => "expected `:` after the key",
            Self::InObject => "expected `,` or `}` after the member of an object",
            Self::InList => "expected `,` or `]` after the element of a list",
            Self::Control => "a control character in a string must be escaped",
            Self::Escape => "no such escape: expected one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u",
            Self::Unicode => "expected four hexadecimal digits after \\u",
            Self::Surrogate => "half of a surrogate pair stands for no character",
            Self::Number => "a number must look like 12, -0.5 or 1e9",
            Self::Word => "expected true, false or null",
            Self::Trailing => "there must be nothing after the value",
            Self::Depth => "objects and lists are nested deeper than 128",
            Self::Size => "more than 4 GiB",
        })
    }
}
