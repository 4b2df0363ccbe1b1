//! Texts from outside, made fit for a sentence, a line of a log or a terminal.
//!
//! Whoever sends a text also chooses its size and its characters. So [`cut`] and [`shown`] look at no more bytes than
//! they give back, and [`Escaped`] lets no character through that a reader cannot see.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

/// Returns at most `most` bytes of a text, cut between characters. Where the text goes on, an ellipsis and the number
/// of bytes that are left out follow: `abc… (5 bytes more)`.
pub fn cut(text: &str, most: usize) -> Cow<'_, str> {
    match kept(text, most) {
        kept if kept.len() == text.len() => Cow::Borrowed(text),
        kept => Cow::Owned(format!("{kept}{}", More(text.len() - kept.len()))),
    }
}

/// Returns a text as [`Escaped`] shows it, in at most `most` bytes, and what [`cut`] adds where something is missing.
pub fn shown(text: &str, most: usize) -> String {
    let start = kept(text, most);
    let mut out = String::with_capacity(start.len());
    for (at, c) in start.char_indices() {
        let before = out.len();
        push(&mut out, c);
        if out.len() > most {
            out.truncate(before);
            out.push_str(&More(text.len() - at).to_string());
            return out;
        }
    }
    if start.len() < text.len() {
        out.push_str(&More(text.len() - start.len()).to_string());
    }
    out
}

/// Formats a value and returns it as [`shown`] shows a text. A text in it is read no further than that: of one that is
/// longer only the length is asked for.
pub fn shown_value(value: &impl fmt::Display, most: usize) -> String {
    let mut start = Start {
        text: String::new(),
        most,
        more: 0,
    };
    // It takes everything, and so never fails.
    write!(start, "{value}").ok();
    let Start { text, more, .. } = start;
    match more {
        0 => shown(&text, most),
        // What is escaped may be longer than the bound even though it is not longer itself.
        more => {
            let mut out = String::with_capacity(text.len());
            let mut rest = text.len();
            for c in text.chars() {
                let before = out.len();
                push(&mut out, c);
                if out.len() > most {
                    out.truncate(before);
                    break;
                }
                rest -= c.len_utf8();
            }
            out.push_str(&More(rest.saturating_add(more)).to_string());
            out
        }
    }
}

/// The start of a text that is written, and how much more there is.
struct Start {
    text: String,
    most: usize,
    more: usize,
}

impl fmt::Write for Start {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        // What comes after a cut is not the start any more.
        let free = if self.more == 0 {
            self.most - self.text.len()
        } else {
            0
        };
        let kept = kept(part, free);
        self.text.push_str(kept);
        self.more = self.more.saturating_add(part.len() - kept.len());
        Ok(())
    }
}

/// Shows a text in one line and without hidden characters: control characters (ANSI and OSC sequences begin with
/// one), line breaks, characters that change the direction of text, and characters of no width are written as
/// escapes such as `\n` and `\u{1b}`. Letters, marks, symbols and spaces of all scripts stay.
///
/// It reads the whole text: use [`shown`] where its size is not bounded.
pub struct Escaped<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut plain = 0;
        for (at, c) in self.0.char_indices().filter(|(_, c)| is_hidden(*c)) {
            f.write_str(self.0.get(plain..at).unwrap_or_default())?;
            write!(f, "{}", c.escape_default())?;
            plain = at + c.len_utf8();
        }
        f.write_str(self.0.get(plain..).unwrap_or_default())
    }
}

/// Returns data (JSON or YAML) as a terminal may get it: line breaks and tabs stay, every other hidden character is
/// written as `\uXXXX`, which is its escape in a string of either format.
pub fn on_terminal(data: &str) -> Cow<'_, str> {
    let hidden = |c: char| is_hidden(c) && !matches!(c, '\n' | '\t');
    if !data.contains(hidden) {
        return Cow::Borrowed(data);
    }
    let mut out = String::with_capacity(data.len());
    for c in data.chars() {
        if hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Returns a text with every run of white space as a single space, so that lines become one.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The end of a text of which so many bytes are left out.
struct More(usize);

impl fmt::Display for More {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => f.write_str("… (1 byte more)"),
            bytes => write!(f, "… ({bytes} bytes more)"),
        }
    }
}

fn kept(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or_default()
}

fn push(out: &mut String, c: char) {
    if is_hidden(c) {
        out.extend(c.escape_default());
    } else {
        out.push(c);
    }
}

/// Whether a reader would not see that a character is there, or would see other characters differently.
fn is_hidden(c: char) -> bool {
    match c {
        ' '..='~' => false,
        // Letters and marks by their category, but blank, or only a choice between two shapes. The two choices
        // that emoji are written with stay.
        '\u{34f}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0d}'
        | '\u{ffa0}'
        | '\u{e0100}'..='\u{e01ef}' => true,
        // Their own spaces belong to many scripts. The separators of lines and paragraphs are none.
        c if c.is_whitespace() && !c.is_control() => matches!(c, '\u{2028}' | '\u{2029}'),
        c => is_unprintable(c),
    }
}

/// Whether Unicode has a character as a control, format, private or unassigned one.
fn is_unprintable(c: char) -> bool {
    // The standard library has the table, and shows it in `Debug` alone. There, a mark is escaped only where it is
    // the first of a text.
    let mut text = String::from("a");
    text.push(c);
    text.escape_debug().nth(1) == Some('\\')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_cut_is_between_characters_and_says_how_much_is_missing() {
        assert_eq!(cut("aé", 2), "a… (2 bytes more)");
        assert_eq!(cut("aé", 3), "aé");
        assert_eq!(cut("abc", 0), "… (3 bytes more)");
        assert_eq!(cut("ab", 1), "a… (1 byte more)");
        assert!(matches!(cut("a", 20), Cow::Borrowed("a")));
    }

    #[test]
    fn hidden_characters_are_shown_and_not_sent() {
        for (hidden, escaped) in [
            ("a\nb\r\tc", "a\\nb\\r\\tc"),
            ("\u{1b}[31mred\u{1b}[0m", "\\u{1b}[31mred\\u{1b}[0m"),
            ("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("\u{7f}\0\u{85}", "\\u{7f}\\u{0}\\u{85}"),
            (
                "a\u{202e}b\u{2066}c\u{61c}\u{200f}",
                "a\\u{202e}b\\u{2066}c\\u{61c}\\u{200f}",
            ),
            (
                "a\u{200b}b\u{200d}c\u{feff}\u{2060}",
                "a\\u{200b}b\\u{200d}c\\u{feff}\\u{2060}",
            ),
            ("\u{2028}\u{2029}\u{ad}", "\\u{2028}\\u{2029}\\u{ad}"),
            ("\u{e0041}\u{e0100}\u{3164}", "\\u{e0041}\\u{e0100}\\u{3164}"),
        ] {
            assert_eq!(Escaped(hidden).to_string(), escaped);
            assert_eq!(shown(hidden, 1000), escaped);
        }
    }

    #[test]
    fn ordinary_text_of_all_scripts_stays() {
        let text = "a \\ \"quoted\" 'é' e\u{301} Ω 漢字\u{3000}한국어 हिन्दी עברית العربية 👍❤\u{fe0f} «\u{a0}x\u{202f}»";
        assert_eq!(Escaped(text).to_string(), text);
        assert_eq!(shown(text, 1000), text);
    }

    #[test]
    fn what_is_shown_is_bounded_after_it_is_escaped() {
        assert_eq!(shown("\u{1b}\u{1b}", 11), "\\u{1b}… (1 byte more)");
        assert_eq!(
            shown("\u{1b}\u{1b}", 12),
            "\\u{1b}… (1 byte more)".replace("… (1 byte more)", "\\u{1b}")
        );
        assert_eq!(shown("abc", 2), "ab… (1 byte more)");
    }

    #[test]
    fn data_for_a_terminal_is_the_same_json() {
        let value = serde_json::json!({"a\u{9b}": "\u{1b}\n\u{202e}\u{e0041}\u{7f}é", "b": [1]});
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            let shown = on_terminal(&text);
            assert!(!shown.chars().any(|c| is_hidden(c) && c != '\n'), "{shown:?}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
        }
        assert!(matches!(on_terminal("{\n\t\"a\": \"é\"}"), Cow::Borrowed(_)));
    }

    /// A gibibyte costs as much as a kibibyte.
    #[test]
    fn no_more_is_read_than_is_shown() {
        let text = "\u{1b}".repeat(64 << 20);
        let start = std::time::Instant::now();
        for _ in 0..1000 {
            assert!(shown(&text, 100).len() < 140);
            assert!(cut(&text, 100).len() < 140);
        }
        assert!(start.elapsed().as_secs() < 2, "{:?}", start.elapsed());
    }

    #[test]
    fn a_value_is_read_no_further_than_it_is_shown() {
        let text = "\u{1b}".repeat(64 << 20);
        let start = std::time::Instant::now();
        for _ in 0..1000 {
            let said = shown_value(&format_args!("plugin p: {text} and more"), 100);
            assert!(
                said.starts_with("plugin p: \\u{1b}") && said.ends_with(" bytes more)"),
                "{said}"
            );
            assert!(said.len() < 140, "{said}");
        }
        assert!(start.elapsed().as_secs() < 2, "{:?}", start.elapsed());
    }

    proptest! {
        #[test]
        fn a_value_is_shown_as_its_text_is(parts in proptest::collection::vec("[\u{0}-\u{a0}é😀]{0,9}", 0..9), most in 0_usize..80) {
            struct Parts(Vec<String>);
            impl fmt::Display for Parts {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    self.0.iter().try_for_each(|part| f.write_str(part))
                }
            }
            let text = parts.concat();
            prop_assert_eq!(shown_value(&Parts(parts), most), shown(&text, most));
        }

        #[test]
        fn nothing_hidden_is_left_and_the_bound_holds(text in "\\PC{0,40}|[\u{0}-\u{a0}\u{200b}-\u{206f}\u{fff0}-\u{ffff}a]{0,60}|.{0,60}", most in 0_usize..80) {
            let escaped = Escaped(&text).to_string();
            prop_assert!(!escaped.chars().any(is_hidden));
            let shown = shown(&text, most);
            prop_assert!(!shown.chars().any(is_hidden));
            prop_assert!(shown.len() <= most + 32);
            if escaped.len() <= most && text.len() <= most {
                prop_assert_eq!(shown, escaped);
            }
            prop_assert!(cut(&text, most).len() <= most + 32);
        }
    }
}
