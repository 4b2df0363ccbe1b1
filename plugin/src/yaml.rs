//! As much YAML as people write into annotations and ConfigMaps: mappings, lists and scalars, in
//! blocks or on one line.
//!
//! A YAML library is larger than the whole plugin. What this does not read (anchors, tags, block
//! scalars, several documents) is refused with its line, never misread: what it accepts means the
//! same in YAML.

use std::borrow::Cow;

use crate::json::{Json, Object};

/// Why a text is not read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unread {
    /// From 1.
    pub(crate) line: usize,
    pub(crate) why: &'static str,
}

/// Mappings and lists in each other at most.
const MOST_DEPTH: usize = 16;
/// Keys of one mapping at most: they are put in order one by one.
const MOST_KEYS: usize = 1024;

/// Reads one document; nothing is `null`.
///
/// # Errors
/// [`Unread`] for the first line that is not understood.
pub(crate) fn read(text: &str) -> Result<Json<'_>, Unread> {
    let mut lines = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let content = line.trim_start_matches(' ');
        let line = Line {
            number: index + 1,
            indent: line.len() - content.len(),
            text: content.trim_end(),
        };
        if line.text.starts_with('\t') {
            return Err(line.unread("is indented with a tab"));
        }
        let is_start = lines.is_empty() && line.indent == 0 && line.text == "---";
        if !is_start && (line.text.starts_with("---") || line.text.starts_with("...")) {
            return Err(line.unread(SPECIAL));
        }
        if !line.text.is_empty() && !line.text.starts_with('#') && !is_start {
            lines.push(line);
        }
    }
    let mut reader = Reader { lines, next: 0 };
    let Some(first) = reader.peek() else {
        return Ok(Json::Null);
    };
    let value = reader.block(first.indent, 0)?;
    match reader.peek() {
        None => Ok(value),
        Some(line) => Err(line.unread("is indented otherwise than the lines before it")),
    }
}

#[derive(Clone, Copy)]
struct Line<'a> {
    number: usize,
    indent: usize,
    text: &'a str,
}

impl Line<'_> {
    fn unread(&self, why: &'static str) -> Unread {
        Unread {
            line: self.number,
            why,
        }
    }

    fn is_item(&self) -> bool {
        self.text == "-" || self.text.starts_with("- ")
    }
}

struct Reader<'a> {
    lines: Vec<Line<'a>>,
    next: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<Line<'a>> {
        self.lines.get(self.next).copied()
    }

    /// Goes on with the rest of the current line, as if it stood on a line of its own.
    fn enter(&mut self, line: Line<'a>) {
        if let Some(current) = self.lines.get_mut(self.next) {
            *current = line;
        }
    }

    /// A mapping, a list or a scalar whose lines start at `indent`.
    fn block(&mut self, indent: usize, depth: usize) -> Result<Json<'a>, Unread> {
        let Some(line) = self.peek() else {
            return Ok(Json::Null);
        };
        if depth > MOST_DEPTH {
            return Err(line.unread("is too deep"));
        }
        if line.is_item() {
            self.list(indent, depth)
        } else if key(line)?.is_some() {
            self.mapping(indent, depth)
        } else {
            self.next += 1;
            scalar(line)
        }
    }

    fn list(&mut self, indent: usize, depth: usize) -> Result<Json<'a>, Unread> {
        let mut list = Vec::new();
        while let Some(line) = self.peek().filter(|line| line.indent == indent && line.is_item()) {
            let text = line.text.get(1..).unwrap_or_default();
            let rest = text.trim_start_matches(' ');
            if is_nothing(rest) {
                self.next += 1;
                list.push(self.below(indent, depth, false)?);
                continue;
            }
            let indent = indent + 1 + text.len() - rest.len();
            self.enter(Line {
                indent,
                text: rest,
                ..line
            });
            list.push(self.block(indent, depth + 1)?);
        }
        Ok(Json::List(list))
    }

    fn mapping(&mut self, indent: usize, depth: usize) -> Result<Json<'a>, Unread> {
        let mut object = Object::new();
        while let Some(line) = self.peek().filter(|line| line.indent == indent) {
            let Some((key, rest)) = key(line)? else {
                return Err(line.unread("is no `key: value`"));
            };
            if object.len() >= MOST_KEYS {
                return Err(line.unread("has one key too many"));
            }
            if object.contains(&key) {
                return Err(line.unread("has a key that is there already"));
            }
            self.next += 1;
            let value = if is_nothing(rest) {
                self.below(indent, depth, true)?
            } else {
                scalar(Line { text: rest, ..line })?
            };
            object.insert(key, value);
        }
        Ok(Json::Object(object))
    }

    /// The value on the lines below a key or a dash, if they are deeper. A list may start where
    /// its key does.
    fn below(&mut self, indent: usize, depth: usize, of_key: bool) -> Result<Json<'a>, Unread> {
        match self.peek() {
            Some(line) if line.indent > indent => self.block(line.indent, depth + 1),
            Some(line) if of_key && line.indent == indent && line.is_item() => self.list(indent, depth + 1),
            _ => Ok(Json::Null),
        }
    }
}

fn is_nothing(text: &str) -> bool {
    text.is_empty() || text.starts_with('#')
}

/// A line's key and what follows its colon, if it has one.
fn key(line: Line<'_>) -> Result<Option<(Cow<'_, str>, &str)>, Unread> {
    let (key, rest) = match line.text.chars().next() {
        Some('"' | '\'') => {
            let (key, rest) = quoted(line)?;
            let Some(rest) = rest.trim_start().strip_prefix(':') else {
                return Ok(None);
            };
            (key, rest)
        }
        Some('[' | '{') => return Ok(None),
        _ => match line.text.split_once(": ") {
            Some((key, rest)) => (Cow::Borrowed(key), rest),
            None => match line.text.strip_suffix(':') {
                Some(key) => (Cow::Borrowed(key), ""),
                None => return Ok(None),
            },
        },
    };
    if !rest.is_empty() && !rest.starts_with(' ') && line.text.starts_with(['"', '\'']) {
        return Err(line.unread("has a colon without a space behind it"));
    }
    let is_quoted = line.text.starts_with(['"', '\'']);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '(' | ')');
    if !is_quoted && (!key.chars().all(is_plain) || !matches!(plain(line, &key)?, Json::Text(_))) {
        return Err(line.unread("has a key that is not plain: put it in quotes"));
    }
    Ok(Some((key, rest.trim_start())))
}

const SPECIAL: &str = "has a part of YAML that is not read here: write plain mappings, lists and values";

/// A value that fits its line.
fn scalar(line: Line<'_>) -> Result<Json<'_>, Unread> {
    let text = line.text;
    match text.chars().next() {
        Some('[' | '{') => flow(line),
        Some('"' | '\'') => {
            let (text, rest) = quoted(line)?;
            if !is_nothing(rest.trim_start()) {
                return Err(line.unread("has something behind a quoted value"));
            }
            Ok(Json::Text(text))
        }
        Some('&' | '*' | '!' | '|' | '>' | '%' | '@' | '`' | '?' | ',' | ']' | '}') => {
            Err(line.unread(SPECIAL))
        }
        _ => {
            let text = text.split(" #").next().unwrap_or_default().trim_end();
            if text.contains(": ") || text.ends_with(':') || text == "-" || text.starts_with("- ") {
                return Err(line.unread("has a colon in a value: put it in quotes"));
            }
            plain(line, text)
        }
    }
}

/// A plain scalar, by YAML's core schema. What might be a number of another notation is refused.
fn plain<'a>(line: Line<'_>, text: &'a str) -> Result<Json<'a>, Unread> {
    let value = match text {
        "" | "~" | "null" | "Null" | "NULL" => Json::Null,
        "true" | "True" | "TRUE" => Json::Flag(true),
        "false" | "False" | "FALSE" => Json::Flag(false),
        _ => match crate::json::read(text, crate::json::Keep::All) {
            Ok(number @ Json::Number(_)) => number,
            _ if text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'))
                && (text.parse::<f64>().is_ok()
                    || text.starts_with("0x")
                    || text.starts_with("0o")
                    || text.starts_with('.')) =>
            {
                return Err(line.unread("has a number that is not read here: put it in quotes"));
            }
            _ => text.into(),
        },
    };
    Ok(value)
}

/// A value in quotes, and what follows it.
fn quoted(line: Line<'_>) -> Result<(Cow<'_, str>, &str), Unread> {
    let open = || line.unread("has a quote that is not closed");
    if let Some(text) = line.text.strip_prefix('\'') {
        let mut from = 0;
        loop {
            let end = text
                .get(from..)
                .and_then(|rest| rest.find('\''))
                .ok_or_else(open)?
                + from;
            let (start, rest) = text.split_at_checked(end).ok_or_else(open)?;
            match rest.strip_prefix("''") {
                Some(_) => from = end + 2,
                None => {
                    let rest = rest.get(1..).unwrap_or_default();
                    return Ok((Cow::Owned(start.replace("''", "'")), rest));
                }
            }
        }
    }
    let text = line.text.get(1..).unwrap_or_default();
    let mut escaped = false;
    for (index, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => {
                let (_, rest) = text.split_at_checked(index + 1).ok_or_else(open)?;
                let whole = line.text.get(..index + 2).unwrap_or_default();
                // The escapes that people use are JSON's.
                let value: String = serde_json::from_str(whole)
                    .map_err(|_| line.unread("has an escape that is not read here"))?;
                return Ok((Cow::Owned(value), rest));
            }
            _ => {}
        }
    }
    Err(open())
}

/// `[a, b]` or JSON, on one line.
fn flow(line: Line<'_>) -> Result<Json<'_>, Unread> {
    if let Ok(value) = crate::json::read(line.text, crate::json::Keep::All) {
        return Ok(value);
    }
    let text = line.text.split(" #").next().unwrap_or_default().trim_end();
    let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let Some(inner) = inner.filter(|inner| !inner.contains(['[', ']', '{', '}', '"', '\''])) else {
        return Err(line.unread("has brackets that are not read here: write it as a block or as JSON"));
    };
    let mut items: Vec<&str> = inner.split(',').map(str::trim).collect();
    if items.last() == Some(&"") {
        items.pop();
    }
    let mut list = Vec::new();
    for item in items {
        if item.is_empty() {
            return Err(line.unread("has an empty place in a list"));
        }
        list.push(scalar(Line { text: item, ..line })?);
    }
    Ok(Json::List(list))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn read_here(text: &str) -> Result<Value, Unread> {
        read(text).map(|json| serde_json::to_value(&json).unwrap())
    }

    /// What is accepted means the same to a whole YAML library.
    fn agrees(text: &str) {
        if let Ok(ours) = read_here(text) {
            let theirs: Value = serde_saphyr::from_str(text)
                .unwrap_or_else(|error| panic!("only we read {text:?} as {ours}: {error}"));
            assert_eq!(ours, theirs, "{text:?}");
        }
    }

    #[test]
    fn what_people_write_is_read() {
        for text in [
            "pre:\n- plugin-custom\n- plugin-example\npost:\n- plugin-custom\n",
            "---\n# all of them\norder:\n  - plugin-a   # the first\n  - 'plugin-b'\n",
            "enabled: true\nprovider:\n  name: \"skywalking\"\n  oapServer: \"localhost:xxx\"\ntags:\n  func: f\n  layer: faas\nbaggage:\n  key: sw8-correlation\n  value: 'base64(string key):base64(string value),it''s'\n",
            "enabled: false\nprovider:\n  name: opentelemetry\n  exporter:\n    name: jaeger\n    endpoint: http://localhost:14268/api/traces\n",
            "pre: [a, b]\npost: []\n",
            "{\"pre\": [\"a\"], \"n\": 1.5}",
            "list:\n  - name: a\n    value: 1\n  -\n    name: b\n  - - c\n    - d\nlast: ~\n",
            "a:\nb: \"x\\ny\" # z\n\"c d\": -7\ne: http://x\n",
        ] {
            read_here(text).unwrap();
            agrees(text);
        }
        assert_eq!(read_here("# nothing\n\n"), Ok(Value::Null));
    }

    #[test]
    fn the_rest_is_refused_with_its_line() {
        for (text, line, why) in [
            (
                "a: 1\n b: 2\n",
                2,
                "is indented otherwise than the lines before it",
            ),
            ("a: 1\n\tb: 2\n", 2, "is indented with a tab"),
            ("a: |\n  b\n", 1, SPECIAL),
            ("a: &x 1\n", 1, SPECIAL),
            ("a: !t 1\n", 1, SPECIAL),
            ("a: 1\na: 2\n", 2, "has a key that is there already"),
            ("a: 1\nb\n", 2, "is no `key: value`"),
            ("a: \"b\n", 1, "has a quote that is not closed"),
            ("a: 'b\n", 1, "has a quote that is not closed"),
            ("a: \"\\x41\"\n", 1, "has an escape that is not read here"),
            ("a: b: c\n", 1, "has a colon in a value: put it in quotes"),
            (
                "a: [b, [c]]\n",
                1,
                "has brackets that are not read here: write it as a block or as JSON",
            ),
            ("a: [b,, c]\n", 1, "has an empty place in a list"),
            ("a: \"b\" c\n", 1, "has something behind a quoted value"),
        ] {
            assert_eq!(read_here(text), Err(Unread { line, why }), "{text:?}");
        }
        let deep: String = (0..100).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
        assert_eq!(read_here(&deep).unwrap_err().why, "is too deep");
    }

    proptest! {
        #[test]
        fn any_text_is_answered_and_none_is_misread(
            text in prop::collection::vec(
                prop_oneof![Just("a: "), Just("b:"), Just("- "), Just("-"), Just("\n"), Just("\n  "), Just("\n    "),
                    Just("'"), Just("\""), Just("["), Just("]"), Just("{"), Just("}"), Just(", "), Just(" #"),
                    Just("x"), Just("1"), Just("true"), Just("~"), Just(": "), Just("\\"), Just("é"), Just("|"), Just("&")],
                0..14)
        ) {
            agrees(&text.concat());
        }

        #[test]
        fn no_text_is_too_odd(text in "\\PC{0,60}") {
            let _ = read_here(&text);
        }
    }
}
