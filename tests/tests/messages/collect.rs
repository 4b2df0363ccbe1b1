//! Collects the sentences of a Rust source.

use std::iter::Peekable;
use std::vec::IntoIter;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// Derives whose doc comments are help texts or descriptions for users.
const DOCUMENTED: &[&str] = &["Args", "Parser", "Subcommand", "ValueEnum", "JsonSchema"];
/// Attributes with texts for users.
const TEXTS: &[&str] = &["error", "command", "arg"];

type Tokens = Peekable<IntoIter<TokenTree>>;

/// Returns the sentences of a source in their order. Tests and comments are not included.
///
/// # Errors
///
/// If the source is not Rust.
pub(crate) fn sentences(source: &str) -> Result<Vec<String>, String> {
    let tokens: TokenStream = source.parse().map_err(|error| format!("{error}"))?;
    let mut found = Vec::new();
    items(tokens, false, &mut found);
    found.dedup();
    Ok(found)
}

/// The attributes before an item.
#[derive(Default)]
struct Attributes {
    /// Whether the item exists only in tests.
    test: bool,
    /// Whether doc comments in the item are texts for users.
    documented: bool,
    docs: Vec<String>,
    texts: Vec<String>,
}

impl Attributes {
    fn read(tokens: &mut Tokens) -> Self {
        let mut all = Self::default();
        while is_punct(tokens.peek(), '#') {
            tokens.next();
            if is_punct(tokens.peek(), '!') {
                tokens.next();
            }
            if let Some(TokenTree::Group(group)) = tokens.next() {
                all.add(&group);
            }
        }
        all
    }

    fn add(&mut self, attribute: &Group) {
        let words = words(attribute.stream());
        let name = words.first().map(String::as_str).unwrap_or_default();
        let has = |word: &str| words.iter().any(|other| other == word);
        match name {
            "doc" => self.docs.extend(strings(attribute.stream())),
            "derive" => self.documented |= DOCUMENTED.iter().any(|derive| has(derive)),
            "cfg" => self.test |= has("test") && !has("not"),
            name if TEXTS.contains(&name) => self.texts.extend(strings(attribute.stream())),
            _ => self.test |= words.last().is_some_and(|word| word == "test"),
        }
    }
}

/// Reads items, fields, variants or statements. `documented` says that their doc comments are texts for users.
fn items(stream: TokenStream, documented: bool, found: &mut Vec<String>) {
    let mut tokens = stream.into_iter().collect::<Vec<_>>().into_iter().peekable();
    while tokens.peek().is_some() {
        let attributes = Attributes::read(&mut tokens);
        if attributes.test {
            skip(&mut tokens);
            continue;
        }
        if documented || attributes.documented {
            found.extend(paragraphs(&attributes.docs));
        }
        found.extend(attributes.texts.into_iter().filter(|text| is_sentence(text)));
        let mut inside = attributes.documented;
        while let Some(token) = tokens.next_if(|token| !is_punct(Some(token), '#')) {
            match token {
                TokenTree::Group(group) => {
                    let is_body = group.delimiter() == Delimiter::Brace;
                    items(group.stream(), is_body && (inside || documented), found);
                    inside &= !is_body;
                }
                TokenTree::Literal(_) => found.extend(string(&token).filter(|text| is_sentence(text))),
                TokenTree::Ident(_) | TokenTree::Punct(_) => {}
            }
        }
    }
}

/// Skips an item: up to its body or its semicolon.
fn skip(tokens: &mut Tokens) {
    for token in tokens {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => return,
            token if is_punct(Some(&token), ';') => return,
            _ => {}
        }
    }
}

fn is_punct(token: Option<&TokenTree>, punct: char) -> bool {
    matches!(token, Some(TokenTree::Punct(found)) if found.as_char() == punct)
}

/// Returns all identifiers of a stream, also of groups in it.
fn words(stream: TokenStream) -> Vec<String> {
    let words = stream.into_iter().flat_map(|token| match token {
        TokenTree::Ident(word) => vec![word.to_string()],
        TokenTree::Group(group) => words(group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => Vec::new(),
    });
    words.collect()
}

/// Returns all string literals of a stream, also of groups in it.
fn strings(stream: TokenStream) -> Vec<String> {
    let strings = stream.into_iter().flat_map(|token| match &token {
        TokenTree::Group(group) => strings(group.stream()),
        TokenTree::Literal(_) => string(&token).into_iter().collect(),
        TokenTree::Ident(_) | TokenTree::Punct(_) => Vec::new(),
    });
    strings.collect()
}

/// Returns the value of a string literal.
fn string(token: &TokenTree) -> Option<String> {
    match syn::parse2(TokenStream::from(token.clone())) {
        Ok(syn::Lit::Str(text)) => Some(text.value()),
        _ => None,
    }
}

/// Joins the lines of a doc comment to paragraphs.
fn paragraphs(lines: &[String]) -> Vec<String> {
    let text: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
    let paragraphs = text.split(|line| line.is_empty());
    paragraphs
        .map(|lines| lines.join(" "))
        .filter(|paragraph| !paragraph.is_empty())
        .collect()
}

/// Returns whether a text has at least two words in a row, such as "not found".
fn is_sentence(text: &str) -> bool {
    let is_word = |word: &str| {
        let word = word.trim_matches(|c: char| c.is_ascii_punctuation());
        (word.len() > 1 || word == "a") && word.chars().all(|c| c.is_alphabetic() || c == '\'' || c == '-')
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    words.windows(2).any(|pair| pair.iter().all(|word| is_word(word)))
}

#[test]
fn sentences_of_a_source_are_found_and_tests_are_not() {
    let source = r#"
        //! A comment that is not found.
        /// Also not found.
        #[derive(thiserror::Error)]
        enum Wrong {
            #[error("cannot read {0}: \"{1}\"")]
            Read(String, String),
            #[error("{0}")]
            #[allow(dead_code, reason = "a reason that is not found")]
            Other(String),
        }
        /// Help of the command
        ///
        /// More help,
        /// in two lines.
        #[derive(Debug, clap::Args)]
        #[command(after_help = "Examples:\n  one two")]
        struct Args {
            /// Help of the flag
            #[arg(long, value_name = "FILE")]
            file: String,
        }
        fn say() { println!("two \
            words: {}", one("word")); }
        #[cfg(test)]
        mod tests { const TEXT: &str = "text of a test"; }
        #[cfg(test)]
        mod more;
        #[test]
        fn test() { say("text of a test"); }
        const LAST: &str = "the last sentence";
    "#;
    assert_eq!(
        sentences(source).unwrap(),
        [
            "cannot read {0}: \"{1}\"",
            "Help of the command",
            "More help, in two lines.",
            "Examples:\n  one two",
            "Help of the flag",
            "two words: {}",
            "the last sentence",
        ]
    );
    assert!(sentences("fn (").is_err());
}
