//! Texts from elsewhere, made fit for a sentence.

/// Writes control characters as escapes: a name with a line break in it would forge lines of a log
/// and make two sentences of one.
pub(crate) fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// Lines become one, and any white space a single space.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Cuts a text to so many bytes, with an ellipsis where something is missing.
pub(crate) fn cut(text: &mut String, most: usize) {
    if text.len() > most {
        text.truncate(text.floor_char_boundary(most));
        text.push('…');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_and_not_sent() {
        assert_eq!(printable("a\nb\u{1b}[31m ü"), "a\\nb\\u{1b}[31m ü");
    }

    #[test]
    fn a_cut_is_between_characters() {
        let mut text = "aé".to_owned();
        cut(&mut text, 2);
        assert_eq!(text, "a…");
        cut(&mut text, 20);
        assert_eq!(text, "a…");
    }
}
