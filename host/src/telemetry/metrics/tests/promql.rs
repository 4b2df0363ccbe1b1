//! Which metrics and labels an expression of PromQL uses.
//!
//! This reads names and label matchers alone. `promtool` checks the syntax.

use std::collections::BTreeSet;

/// Words that are followed by a list of labels in brackets.
const GROUPING: &[&str] = &["by", "without", "on", "ignoring", "group_left", "group_right"];
/// Operators that are words.
const OPERATORS: &[&str] = &["and", "or", "unless", "bool", "offset"];

/// What an expression uses.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Uses {
    /// Metrics with their matchers: label and value.
    pub(super) metrics: Vec<(String, Vec<(String, String)>)>,
    /// Labels by which results are grouped or joined.
    pub(super) grouping: BTreeSet<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'a> {
    Name(&'a str),
    Text(&'a str),
    Sign(char),
}

/// Reads an expression.
pub(super) fn uses(expression: &str) -> Uses {
    let tokens = tokens(expression);
    let mut found = Uses::default();
    let mut at = 0;
    while at < tokens.len() {
        let next = tokens.get(at + 1).copied();
        match tokens[at] {
            Token::Name(name) if GROUPING.contains(&name) => {
                let list = until(&tokens, at + 1, ')');
                found.grouping.extend(names(list));
                at += list.len();
            }
            Token::Name(name) if OPERATORS.contains(&name) => {}
            // A function, or an aggregation.
            Token::Name(_) if next == Some(Token::Sign('(')) => {}
            Token::Name(_) if matches!(next, Some(Token::Name(word)) if GROUPING.contains(&word)) => {}
            Token::Name(name) => {
                let list: &[Token<'_>] = match next {
                    Some(Token::Sign('{')) => until(&tokens, at + 1, '}'),
                    _ => &[],
                };
                let texts = list.iter().filter_map(|token| match token {
                    Token::Text(text) => Some((*text).to_owned()),
                    _ => None,
                });
                let matchers = names(list).zip(texts).collect();
                found.metrics.push((name.to_owned(), matchers));
                at += list.len();
            }
            Token::Text(_) | Token::Sign(_) => {}
        }
        at += 1;
    }
    found
}

/// The tokens from a place to the next closing sign, and that sign.
fn until<'a, 'b>(tokens: &'b [Token<'a>], start: usize, sign: char) -> &'b [Token<'a>] {
    let end = tokens[start..]
        .iter()
        .position(|token| *token == Token::Sign(sign))
        .unwrap_or_else(|| panic!("no {sign}"));
    &tokens[start..=start + end]
}

fn names(tokens: &[Token<'_>]) -> impl Iterator<Item = String> {
    tokens.iter().filter_map(|token| match token {
        Token::Name(name) => Some((*name).to_owned()),
        _ => None,
    })
}

fn tokens(expression: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut rest = expression;
    while let Some(first) = rest.chars().next() {
        let part = |is: fn(char) -> bool| rest.find(|c: char| !is(c)).unwrap_or(rest.len());
        let length = match first {
            '"' => rest[1..].find('"').expect("a text ends") + 2,
            // A duration, also a variable of Grafana.
            '[' => rest.find(']').expect("a range ends") + 1,
            // A number or a duration.
            '0'..='9' => part(|c| c.is_ascii_alphanumeric() || c == '.'),
            'a'..='z' | 'A'..='Z' | '_' => part(|c| c.is_ascii_alphanumeric() || c == '_'),
            _ => first.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        match first {
            '"' => found.push(Token::Text(&token[1..length - 1])),
            'a'..='z' | 'A'..='Z' | '_' => found.push(Token::Name(token)),
            '[' | '0'..='9' => {}
            sign if sign.is_whitespace() => {}
            sign => found.push(Token::Sign(sign)),
        }
        rest = after;
    }
    found
}

#[test]
fn names_matchers_and_groups_are_found() {
    let found = uses(
        "histogram_quantile(0.99, sum by (job, le) (rate(a_bucket{x=\"1\",y=~\"2|3\"}[$__rate_interval]))) > 1e3 \
         and on (instance) b offset 5m or 7 * 86400 - time()",
    );
    let text = |text: &str| text.to_owned();
    assert_eq!(
        found,
        Uses {
            metrics: vec![
                (
                    text("a_bucket"),
                    vec![(text("x"), text("1")), (text("y"), text("2|3"))]
                ),
                (text("b"), vec![]),
            ],
            grouping: ["job", "le", "instance"].map(text).into(),
        }
    );
}
