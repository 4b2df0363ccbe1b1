//! Masking of secrets in sentences, which plugins write as they like.
//!
//! What looks like a secret is masked rather than shown: a word too many costs less. Nobody can find every secret in every
//! form, which the documentation says.

use super::mask::Mask;

/// Names, besides those of fields, whose values are masked in sentences.
const NAMES: [&str; 4] = ["secret", "pwd", "authorization", "cookie"];
/// Words before a credential: `Authorization: Bearer …`.
const SCHEMES: [&str; 2] = ["bearer", "basic"];
/// Characters that a credential after such a word has at least; shorter ones are prose.
const LEAST: usize = 8;
/// Digits of a mask.
const DIGITS: usize = 8;

impl Mask {
    /// Masks credentials of URLs, and values after the name of a secret (`token=…`, `"password": "…"`, `--password …`), in
    /// a text for people. The text may be cut at its end.
    pub(in crate::serve) fn sentence(&self, text: &str) -> String {
        let mut masked = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((kept, secret, after)) = self.next_secret(rest) {
            masked.push_str(kept);
            masked.push_str(&self.mask(secret));
            rest = after;
        }
        masked.push_str(rest);
        masked
    }

    /// Masks the credentials of URLs alone, in a text that is no sentence, such as the address of an image.
    pub(in crate::serve) fn address(&self, text: &str) -> String {
        match credentials(text, text.find("://").unwrap_or(text.len())) {
            Some((start, end)) => parts(text, start, end).map_or_else(
                || text.to_owned(),
                |(kept, secret, after)| format!("{kept}{}{after}", self.mask(secret)),
            ),
            None => text.to_owned(),
        }
    }

    /// Returns what is before the first secret, the secret, and what is after it.
    fn next_secret<'a>(&self, text: &'a str) -> Option<(&'a str, &'a str, &'a str)> {
        let mut from = 0;
        loop {
            let rest = text.get(from..)?;
            // A word, or the colon of a URL.
            let start = from + rest.find(|c: char| is_of_word(c) || c == ':')?;
            let length = text.get(start..)?.find(|c| !is_of_word(c));
            let end = length.map_or(text.len(), |length| start + length);
            let found = if start == end {
                from = start + 1;
                credentials(text, start)
            } else {
                from = end;
                self.value(text, start, end)
            };
            if let Some((start, end)) = found
                && let Some(secret) = text.get(start..end)
                && !secret.is_empty()
                && !is_mask(secret)
            {
                return parts(text, start, end);
            }
        }
    }

    /// Returns where the value is that a word names.
    fn value(&self, text: &str, start: usize, end: usize) -> Option<(usize, usize)> {
        let word = text.get(start..end)?;
        let (before, after) = (text.get(..start)?, text.get(end..)?);
        if word.ends_with("BEGIN") && after.contains("PRIVATE KEY") {
            return Some((end, text.len()));
        }
        if SCHEMES.iter().any(|scheme| word.eq_ignore_ascii_case(scheme)) {
            let value = after.strip_prefix(' ')?.trim_start();
            let start = text.len() - value.len();
            let length = value.find(char::is_whitespace).unwrap_or(value.len());
            return (length >= LEAST).then_some((start, start + length));
        }
        if !self.is_secret(word) {
            return None;
        }
        if before.ends_with('<')
            && let Some(value) = after.strip_prefix('>')
        {
            let length = value.find('<').unwrap_or(value.len());
            return Some((end + 1, end + 1 + length));
        }
        let sign = after.trim_start_matches(is_quote).trim_start();
        let Some(value) = sign.strip_prefix([':', '=']) else {
            // `--password hunter2`
            let value = after
                .strip_prefix(' ')
                .filter(|_| word.starts_with("--"))?
                .trim_start();
            let start = text.len() - value.len();
            return Some((
                start,
                start + value.find(char::is_whitespace).unwrap_or(value.len()),
            ));
        };
        // `/spec/token: …` and `spec.token: …` name a field, and `acme/token:1.0` an image.
        let is_place = before.ends_with('/') || word.contains('.');
        if is_place && sign.starts_with(':') {
            return None;
        }
        let is_line = sign.starts_with(':');
        let value = beginning(value);
        let start = text.len() - value.len();
        Some((start, start + extent(value, is_line)))
    }

    /// Whether a word, perhaps in the plural, names a secret.
    fn is_secret(&self, word: &str) -> bool {
        let is = |word: &str| {
            let lower = word.to_ascii_lowercase();
            self.is_secret_name(word) || NAMES.iter().any(|name| lower.ends_with(name))
        };
        is(word) || word.strip_suffix(['s', 'S']).is_some_and(is)
    }
}

fn parts(text: &str, start: usize, end: usize) -> Option<(&str, &str, &str)> {
    Some((text.get(..start)?, text.get(start..end)?, text.get(end..)?))
}

fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
}

/// A quote, or the backslash before one in a text within a text.
fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '`' | '\\')
}

/// Skips what may be between a sign and its value: spaces, line breaks that are written as `\n`, and YAML's signs.
fn beginning(mut value: &str) -> &str {
    loop {
        let next = value
            .trim_start()
            .trim_start_matches("\\n")
            .trim_start_matches("\\t")
            .trim_start_matches(['>', '|']);
        if next.len() == value.len() {
            return value;
        }
        value = next;
    }
}

/// Returns the length of a value at the start of a text. `is_line`: it may have spaces, as in YAML.
fn extent(value: &str, is_line: bool) -> usize {
    if value.starts_with(['[', '{']) {
        return value.find([']', '}']).map_or(value.len(), |end| end + 1);
    }
    let quotes = value.len() - value.trim_start_matches(is_quote).len();
    if quotes > 0 {
        let (opening, inside) = value.split_at(quotes);
        return closing(opening, inside).map_or(value.len(), |end| quotes + end);
    }
    let line = value.find("\\n").unwrap_or(value.len());
    let end = value.find(char::is_whitespace).filter(|_| !is_line);
    end.map_or(line, |end| end.min(line))
}

/// Finds the quotes that end a text which these have begun.
fn closing(opening: &str, inside: &str) -> Option<usize> {
    let quote = opening.chars().last()?;
    // `\"` ends at `\"`, and `"` at the next one that is not escaped.
    let is_nested = opening.contains('\\');
    let mut escaped = false;
    let mut characters = inside.char_indices().peekable();
    while let Some((index, c)) = characters.next() {
        if c == quote && escaped == is_nested {
            // YAML's quote within quotes is written twice.
            if quote == '\'' && characters.next_if(|(_, next)| *next == quote).is_some() {
                continue;
            }
            return Some(if is_nested { index.saturating_sub(1) } else { index });
        }
        escaped = c == '\\' && !escaped;
    }
    None
}

/// Returns where the password of a URL is, or its user if it has none. `colon` is where `://` may be.
fn credentials(text: &str, colon: usize) -> Option<(usize, usize)> {
    let start = colon + 3;
    let rest = text.get(colon..)?.strip_prefix("://")?;
    let end = rest
        .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`'))
        .unwrap_or(rest.len());
    let url = rest.get(..end)?;
    let Some(at) = url.rfind('@') else {
        // Cut before the `@`: what is no port may be a password.
        let cut = url.strip_suffix('…').or_else(|| url.strip_suffix("..."))?;
        let (host, after) = cut.split_once(':')?;
        let is_port = after.starts_with(|c: char| c.is_ascii_digit());
        return (!is_port && !host.contains('/')).then_some((start + host.len() + 1, start + end));
    };
    let user = url.get(..at)?;
    match user.find(':') {
        Some(colon) => Some((start + colon + 1, start + at)),
        // `https://host/@scope` has no credentials.
        None if user.contains('/') => None,
        None => Some((start, start + at)),
    }
}

/// Whether a text is a mask already.
fn is_mask(text: &str) -> bool {
    let digits = text.strip_prefix("masked-").unwrap_or_default();
    digits.len() == DIGITS && digits.chars().all(|c| c.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::mask::MaskOptions;
    use super::*;

    fn mask() -> Mask {
        Mask::new(MaskOptions {
            fields: vec!["pin-code".to_owned()],
            ..MaskOptions::default()
        })
    }

    #[test]
    fn no_secret_is_left() {
        let mask = mask();
        for text in [
            "cannot log in with password=hunter2, try again",
            "cannot log in with password: hunter2",
            "password: two hunter2 words",
            "invalid: {\"apiToken\": \"hunter2 hunter2\"}",
            r#"invalid: {\"password\": \"hunter2\"}"#,
            r#"{"password":"ab\"hunter2"}"#,
            "`dbPassword` = 'hunter2'; ask",
            "password: 'it''s hunter2'",
            r"password:\n  hunter2",
            r"password: |\n  hunter2",
            "password=ab,hunter2",
            "password=ab)hunter2",
            "postgres://me:hunter2@db:5432/x is unreachable",
            "postgres://me:pa/hunter2@db",
            "https://hunter2@example.com/x",
            "cannot reach postgres://me:hunter2…",
            "PIN_CODE=hunter2",
            "token=\"hunter2",
            "Authorization: Bearer hunter2hunter2",
            "the header is Bearer hunter2hunter2",
            "secret=hunter2",
            "aws_secret=hunter2",
            "pwd=hunter2",
            "tokens: [\"a\", \"hunter2\"]",
            "AUTH_TOKENS=hunter2",
            "password => hunter2",
            "run it with --password hunter2",
            "<password>hunter2</password>",
            "-----BEGIN RSA PRIVATE KEY----- hunter2",
            "password=masked-hunter2",
            "/hook/x/password=hunter2",
        ] {
            let found = mask.sentence(text);
            assert!(
                !found.contains("hunter2") && found.contains("masked-"),
                "{text}: {found}"
            );
        }
    }

    #[test]
    fn harmless_sentences_stay_as_they_are() {
        let mask = mask();
        for text in [
            "plugin function, sync of Function default/hello: invalid answer: /children/0/spec: is wrong",
            "no token is set",
            "the password is missing:",
            "token=",
            "token = ",
            "ä: = :=: password",
            "spec.password: expected a string",
            "/spec/token: is wrong",
            "cannot pull oci://ghcr.io/acme/issue-token:1.4.2",
            "see https://example.com:8443/a and https://example.com/@b",
            "basic auth is required",
            "",
        ] {
            assert_eq!(mask.sentence(text), text);
        }
        assert_eq!(
            mask.address("oci://ghcr.io/acme/issue-token:1.4.2"),
            "oci://ghcr.io/acme/issue-token:1.4.2"
        );
        assert!(!mask.address("https://me:hunter2@example.com").contains("hunter2"));
    }

    proptest! {
        /// Masking ends, and what is masked stays masked in the same way.
        #[test]
        fn any_text_can_be_masked_again(text in "(password|token|[a: =\"'\\\\{}\\[\\]<>/@n-]|://|é){0,30}") {
            let mask = mask();
            let once = mask.sentence(&text);
            prop_assert!(once.len() <= text.len() + 15 * (text.len() + 1));
            mask.sentence(&once);
        }
    }
}
